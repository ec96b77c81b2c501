import type { Config, Guard } from '../../src/core/model/config.ts'
import type { Alert, Monitor, Schedule } from '../../src/core/model/types.ts'
import type { Random } from '../support/random.ts'
import { aConfig, aMonitor, anAlert } from '../support/samples.ts'
import { HOUR, MINUTE, SECOND } from '../support/time.ts'
import { randomPolicy } from './random-policy.ts'

const NAMES = ['web', 'api', 'dns', 'db', 'cache', 'queue', 'vpn', 'ldap', 'ntp', 'proxy']
const ALERTS = ['mail', 'sms', 'pager', 'chat']
const TAGS = ['inside', 'outside']
/** The interval of the fastest monitors of a world; everything else follows from it. */
const PACES = [SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 20 * SECOND, MINUTE]

/** Makes valid configurations, and changes them as people do. */
export interface ConfigMaker {
  /** About one interval of this world. */
  readonly paceMs: number
  first(): Config
  changed(config: Config): Config
  /** The same without anything that mutes for ever. */
  calmed(config: Config): Config
}

export function createConfigMaker(random: Random): ConfigMaker {
  const paceMs = random.pick(PACES)
  const hasMaintenance = random.chance(0.15)
  const countsAsDowntime = hasMaintenance && random.chance(0.5)

  const newAlert = (name: string): Alert =>
    anAlert({
      name,
      command: [[`alert-${name}`], ['--about', { variable: 'monitor_name' }]],
      timeoutMs: random.pick([5, 30]) * SECOND,
      retryForMs: random.pick([0, 30 * SECOND, 10 * MINUTE, HOUR]),
      fallback: random.chance(0.3) ? random.pick(ALERTS) : null,
      digestMs: random.chance(name === 'chat' ? 0.7 : 0.05) ? random.pick([5, 30, 60]) * SECOND : null,
    })

  const newSchedule = (): Schedule =>
    random.chance(0.05)
      ? { kind: 'cron', expression: random.pick(['* * * * *', '*/2 * * * *']), timezone: 'UTC' }
      : { kind: 'interval', intervalMs: paceMs * random.pick([0.5, 1, 1, 1, 2, 3]) }

  const newMonitor = (name: string, { monitors, alerts }: Pick<Config, 'monitors' | 'alerts'>): Monitor =>
    aMonitor({
      name,
      command: ['check', name, String(random.int(1, 999))],
      schedule: newSchedule(),
      timeoutMs: random.pick([10 * SECOND, 30 * SECOND, Math.max(2 * paceMs, 2 * SECOND)]),
      retryIntervalMs: random.chance(0.2) ? paceMs / 4 : null,
      policy: randomPolicy(random, [...alerts.keys()], paceMs),
      warningExitCodes: random.chance(0.3) ? [1] : [],
      dependsOn: random.chance(0.35) ? random.some(namesBefore(name, monitors), 0.4) : [],
      tags: random.some(TAGS, 0.4),
      isEnabled: random.chance(0.95),
    })

  const newGuard = (): Guard | null =>
    random.chance(0.5)
      ? { command: ['guard', 'x'], intervalMs: random.pick([5, 30]) * SECOND, timeoutMs: 10 * SECOND }
      : null

  const first = (): Config => {
    const alerts = random.some(ALERTS, 0.8).map(newAlert)
    const base = aConfig([], alerts)
    const monitors = random.some(NAMES, 0.5).reduce<Monitor[]>((all, name) => {
      all.push(newMonitor(name, { monitors: all, alerts: base.alerts }))
      return all
    }, [])
    return consistent({
      ...base,
      monitors,
      maxConcurrentChecks: random.pick([256, 256, 256, 3, 1]),
      guard: random.chance(0.4) ? newGuard() : null,
      watchdog: random.chance(0.2) ? { command: ['watchdog', 'x'], intervalMs: MINUTE } : null,
      alertRestart: random.some([...base.alerts.keys()], 0.3),
      maintenance: hasMaintenance
        ? [
            {
              expression: '*/20 * * * *',
              timezone: 'UTC',
              durationMs: 5 * MINUTE,
              countsAsDowntime,
              of: { monitors: ['web', 'api'], tags: [] },
            },
          ]
        : [],
      retention: random.chance(0.25)
        ? { checksMs: 30 * MINUTE, hourlyMs: 1500 * HOUR, dailyMs: 50_000 * HOUR }
        : base.retention,
    })
  }

  const withMonitor = (config: Config, change: (monitor: Monitor) => Partial<Monitor>): Config => {
    if (config.monitors.length === 0) return config
    const changed = random.pick(config.monitors)
    const next = { ...changed, ...change(changed) }
    return { ...config, monitors: config.monitors.map((one) => (one === changed ? next : one)) }
  }

  const withNewcomer = (config: Config): Config => {
    const free = NAMES.filter((name) => config.monitors.every((one) => one.name !== name))
    if (free.length === 0) return config
    return { ...config, monitors: [...config.monitors, newMonitor(random.pick(free), config)] }
  }

  const changes: readonly (readonly [number, (config: Config) => Config])[] = [
    [2, withNewcomer],
    [2, (config) => ({ ...config, monitors: random.some(config.monitors, 0.8) })],
    [2, (config) => withMonitor(config, ({ isEnabled }) => ({ isEnabled: !isEnabled }))],
    [1, (config) => withMonitor(config, () => ({ name: random.pick(NAMES) }))],
    [3, (config) => withMonitor(config, () => ({ schedule: newSchedule() }))],
    [3, (config) => withMonitor(config, () => ({ policy: randomPolicy(random, [...config.alerts.keys()], paceMs) }))],
    [1, (config) => withMonitor(config, ({ name }) => ({ command: ['check', name, String(random.int(1, 999))] }))],
    [1, (config) => withMonitor(config, () => ({ retryIntervalMs: random.pick([null, paceMs / 4]) }))],
    [2, (config) => withMonitor(config, ({ name }) => ({ dependsOn: namesBefore(name, config.monitors) }))],
    [2, (config) => ({ ...config, alerts: withoutAlert(config.alerts, random.pick(ALERTS)) })],
    [2, (config) => ({ ...config, alerts: withAlert(config.alerts, newAlert(random.pick(ALERTS))) })],
    [1, (config) => ({ ...config, maxConcurrentChecks: random.pick([256, 3, 1]) })],
    [1, (config) => ({ ...config, guard: newGuard() })],
    [1, (config) => ({ ...config, monitors: config.monitors.toReversed() })],
  ]

  return {
    paceMs,
    first,
    changed: (config) => consistent(random.weighed(changes)(config)),
    calmed: (config) => consistent({ ...config, maxConcurrentChecks: 256, maintenance: [] }),
  }
}

/** Monitors depend on those that come before them in the alphabet, so that they never do so in a circle. */
function namesBefore(name: string, monitors: readonly Monitor[]): string[] {
  return monitors.map((one) => one.name).filter((other) => other < name)
}

function withAlert(alerts: Config['alerts'], alert: Alert): Config['alerts'] {
  return new Map([...alerts, [alert.name, alert]])
}

function withoutAlert(alerts: Config['alerts'], name: string): Config['alerts'] {
  return new Map([...alerts].filter(([other]) => other !== name))
}

/** Leaves out what the configuration would refuse: names that stand twice, unknown names, fallbacks in a circle. */
function consistent(config: Config): Config {
  const names = [...config.alerts.keys()]
  const isKnown = (name: string) => config.alerts.has(name)
  const alerts = [...config.alerts.values()].map((alert) => {
    const { fallback } = alert
    const isFine = fallback !== null && names.indexOf(fallback) > names.indexOf(alert.name)
    return { ...alert, fallback: isFine ? fallback : null }
  })
  const unique = [...new Map(config.monitors.map((monitor) => [monitor.name, monitor])).values()]
  const monitors = unique.map((monitor) => {
    const { policy } = monitor
    const steps = policy.alertDown.filter(({ alert }) => isKnown(alert))
    const alertDown = steps.length === 0 ? [{ alert: 'log', after: null }] : steps
    const dependsOn = monitor.dependsOn.filter((name) => name < monitor.name && unique.some((one) => one.name === name))
    return { ...monitor, dependsOn, policy: { ...policy, alertDown, alertUp: policy.alertUp.filter(isKnown) } }
  })
  const alertRestart = config.alertRestart.filter(isKnown)
  return { ...config, alerts: new Map(alerts.map((alert) => [alert.name, alert])), monitors, alertRestart }
}
