/** minitor-go takes long flags with one dash, and says true or false behind them. */
const SINGLE_DASH = /^-(config|metrics|metrics-port|debug|version|startup-alerts|py-compat|self-monitor)(?:=(.*))?$/
const SWITCHES = new Set(['metrics', 'debug', 'version', 'py-compat', 'self-monitor'])

/** Rewrites minitor-go's flags to those with two dashes; leaves everything else as it is. Pure. */
export function normalizeArguments(args: readonly string[]): string[] {
  return args.flatMap((arg) => {
    const match = SINGLE_DASH.exec(arg)
    if (match === null) return [arg]
    const [, name = '', value] = match
    if (!SWITCHES.has(name)) return value === undefined ? [`--${name}`] : [`--${name}=${value}`]
    return value === undefined || /^(1|t|true)$/i.test(value) ? [`--${name}`] : []
  })
}
