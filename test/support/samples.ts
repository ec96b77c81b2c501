import { toMonitor } from '../../src/config/read/to-monitor.ts'
import type { NodeCard } from '../../src/core/model/cluster.ts'
import type { Config } from '../../src/core/model/config.ts'
import type { LogLevel } from '../../src/core/model/log-settings.ts'
import { NO_MUTES } from '../../src/core/model/mute.ts'
import type { Change, Log, LogFields, Snapshot } from '../../src/core/model/ports.ts'
import { PENDING } from '../../src/core/model/state.ts'
import type { Alert, CheckResult, Monitor, MonitorState } from '../../src/core/model/types.ts'
import { deliveriesFor, notificationsFor } from '../../src/core/tell/notification.ts'
import { DAY } from './time.ts'

/** A monitor with the defaults of the configuration, but alerting once, at the first failure and when up again. */
export function aMonitor(changes: Partial<Monitor> = {}): Monitor {
  const monitor = toMonitor({
    name: 'web',
    command: ['true'],
    alert_after: { kind: 'failures', count: 1 },
    alert_every: { kind: 'once' },
    alert_up: ['log'],
  })
  return { ...monitor, ...changes }
}

/** What an agent says of itself. */
export function aCard(changes: Partial<NodeCard> = {}): NodeCard {
  return {
    name: 'nas',
    kind: 'agent',
    version: '1.0.0',
    hostname: 'host-nas',
    tags: [],
    startedAtMs: 0,
    slots: 8,
    running: 0,
    configuration: null,
    sequence: null,
    sequenceBefore: null,
    unpublished: 0,
    saidAtMs: null,
    namesake: null,
    ...changes,
  }
}

export function anAlert(changes: Partial<Alert> = {}): Alert {
  return {
    name: 'mail',
    command: [['mail']],
    input: null,
    timeoutMs: 30_000,
    env: {},
    retryForMs: 3_600_000,
    fallback: null,
    digestMs: null,
    ...changes,
  }
}

export function aConfig(monitors: readonly Monitor[], alerts: readonly Alert[] = []): Config {
  const all: Alert[] = [anAlert({ name: 'log', command: 'log' }), ...alerts]
  return {
    monitors,
    alerts: new Map(all.map((alert) => [alert.name, alert])),
    maxConcurrentChecks: 256,
    guard: null,
    maintenance: [],
    watchdog: null,
    alertRestart: [],
    log: { format: null, level: 'info' },
    database: ':memory:',
    retention: { checksMs: 7 * DAY, hourlyMs: 90 * DAY, dailyMs: 1825 * DAY },
    web: null,
    cluster: null,
    secrets: [],
  }
}

export const NOTHING_KEPT: Snapshot = {
  monitors: new Map(),
  deliveries: [],
  mutes: NO_MUTES,
  lastAliveAtMs: null,
  endedSessions: [],
  secret: '00'.repeat(32),
  installation: 'here',
}

const FAILED: CheckResult = {
  monitor: 'web',
  runId: 'r',
  outcome: 'failed',
  exitCode: 1,
  reason: 'exit code 1',
  output: 'refused\n',
  startedAtMs: 1000,
  durationMs: 1.5,
}

/** An outage of `web` at that time: the check, the state, and a delivery by each alert. */
export function aChange(monitor: string, atMs: number, changes: Partial<Change> & { alerts?: string[] } = {}): Change {
  const { alerts = [], ...rest } = changes
  const check = { ...FAILED, monitor, startedAtMs: atMs, ...rest.check }
  const state: MonitorState = {
    ...PENDING,
    status: 'down',
    failureCount: 1,
    outageStartedAtMs: atMs,
    incidentId: `${monitor}-${atMs}`,
    lastCheckAtMs: atMs,
    ...rest.state,
  }
  const tellings = [{ kind: 'down', alerts, incidentId: `${monitor}-${atMs}`, number: 1 }] as const
  const about = { monitor: aMonitor({ name: monitor }), check, before: PENDING, after: state }
  const occasion = { ...about, atMs, hostname: 'h', url: '' }
  const notifications = alerts.length === 0 ? [] : notificationsFor(tellings, occasion)
  return {
    ping: null,
    slotAtMs: atMs,
    notifications,
    deliveries: notifications.flatMap(deliveriesFor),
    quiet: '',
    keepsOutput: true,
    measured: [],
    maintenanceUntilMs: null,
    planned: [],
    isRoutine: false,
    ...rest,
    check,
    state,
  }
}

export interface CollectedLog extends Log {
  readonly lines: readonly { readonly level: LogLevel; readonly message: string; readonly fields: LogFields }[]
}

export function collectLog(): CollectedLog {
  const lines: { level: LogLevel; message: string; fields: LogFields }[] = []
  return { lines, write: (level, message, fields = {}) => lines.push({ level, message, fields }) }
}
