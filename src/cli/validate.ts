import type { Command } from 'commander'
import { renderMistakes } from '../config/read/report.ts'
import type { Mistake } from '../config/yaml/source.ts'
import type { Config } from '../core/model/config.ts'
import { describeAlerts, describeEvery, describeThreshold, describeWatch } from '../core/model/policy-words.ts'
import type { Monitor } from '../core/model/types.ts'
import { formatDuration } from '../core/text/duration.ts'
import { plural } from '../core/text/plural.ts'
import { printable } from '../core/text/printable.ts'
import { addConfigOption, load } from './options/context.ts'
import { refuseForbidden } from './options/places.ts'
import { ConfigRefused, EXIT } from './terminal/outcome.ts'
import { colours, print, printError, printJson, table } from './terminal/terminal.ts'

/** More do not fit on a screen. */
const MONITORS_SHOWN = 20

export function addValidate(program: Command, finish: (exitCode: number) => void): void {
  addConfigOption(program.command('validate'))
    .description('Check the configuration: all mistakes with their places, or a summary.')
    .option(
      '--json',
      'print {ok, monitors, alerts, errors: [{file, line, column, message, hint}], warnings: [the same]}; monitors and alerts are numbers',
    )
    .addHelpText(
      'after',
      '\nMistakes and warnings are printed to standard error; with --json all goes to\nstandard output.\n\nExit codes: 0 the configuration is fine, perhaps with warnings; 2 it has\nmistakes.',
    )
    .action(({ config: path, json }: { config: string; json?: true }) => {
      const loaded = load(path, { mustBePingable: true, hasAdvice: true })
      if (json) {
        const errors = loaded.ok ? [] : loaded.mistakes.map(toJson)
        const warnings = loaded.ok ? loaded.warnings.map(toJson) : []
        const counts = loaded.ok
          ? { monitors: loaded.config.monitors.length, alerts: loaded.config.alerts.size }
          : { monitors: 0, alerts: 0 }
        printJson({ ok: loaded.ok, ...counts, errors, warnings })
        return finish(loaded.ok ? EXIT.fine : EXIT.usage)
      }
      if (!loaded.ok) {
        refuseForbidden(path)
        throw new ConfigRefused(renderMistakes(loaded.mistakes))
      }
      if (loaded.warnings.length > 0) printError(renderMistakes(loaded.warnings, 'warning'))
      print(renderSummary(path, loaded.config))
    })
}

function toJson({ file, line, column, message, hint }: Mistake) {
  return { file, line, column, message, hint }
}

function renderSummary(path: string, config: Config): string {
  const { monitors, alerts } = config
  const names = [...alerts.keys()].join(', ')
  const head = `${colours.green('fine')}: ${path} has ${plural(monitors.length, 'monitor')} and ${plural(alerts.size, 'alert')} (${printable(names)})`
  const rows = monitors.slice(0, MONITORS_SHOWN).map(row)
  const more = monitors.length > MONITORS_SHOWN ? [`… and ${monitors.length - MONITORS_SHOWN} more`] : []
  const titles = ['MONITOR', 'CHECKED', 'DOWN AFTER', 'REMINDERS', 'WHEN DOWN', 'WHEN UP'].map(colours.dim)
  return [head, '', table([titles, ...rows]), ...more, ...aroundMonitors(config)].join('\n')
}

/** Guard, maintenance and watchdog, if there are any. */
function aroundMonitors({ guard, maintenance, watchdog }: Config): string[] {
  const parts = [
    guard === null ? [] : [`guard: every ${formatDuration(guard.intervalMs)}`],
    maintenance.length === 0 ? [] : [`maintenance: ${plural(maintenance.length, 'window')}`],
    watchdog === null ? [] : [`watchdog: every ${formatDuration(watchdog.intervalMs)}`],
  ].flat()
  return parts.length === 0 ? [] : ['', parts.join('; ')]
}

function row(monitor: Monitor): string[] {
  const { name, policy, isEnabled } = monitor
  return [
    printable(name),
    isEnabled ? describeWatch(monitor) : 'never (enabled: false)',
    describeThreshold(policy.alertAfter),
    describeEvery(policy.alertEvery),
    printable(describeAlerts(policy.alertDown)) || '-',
    printable(policy.alertUp.join(', ')) || '-',
  ]
}
