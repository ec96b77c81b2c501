import type { Command, Heartbeat, Monitor, Schedule } from '../../core/model/types.ts'
import { HOUR_MS, MINUTE_MS } from '../../core/text/time.ts'
import { defaultOf } from '../schema/field.ts'
import { policyShape, settingsShape } from '../schema/schema.ts'
import type { MonitorValues } from './monitors.ts'
import { toRunOn } from './run-on.ts'

const SHORTEST_TIMEOUT_MS = 10_000
const LONGEST_TIMEOUT_MS = MINUTE_MS

const SHORTEST_GRACE_MS = MINUTE_MS
const LONGEST_GRACE_MS = HOUR_MS

/** A monitor of values in which no mistake was found, with all that it inherits. */
export function toMonitor(values: MonitorValues): Monitor {
  const schedule = toSchedule(values)
  const command = toCommand(values)
  const heartbeat = toHeartbeat(values)
  const { name } = values
  const runOn = toRunOn(values)
  if (name === undefined || (command === null && heartbeat === null)) {
    throw new Error('a monitor without name or command is a mistake')
  }
  return {
    name,
    command,
    heartbeat,
    schedule,
    timeoutMs: values.timeout ?? defaultTimeoutMs(schedule),
    retryIntervalMs: values.retry_interval ?? null,
    policy: {
      alertAfter: values.alert_after ?? defaultOf(policyShape.alert_after),
      alertEvery: values.alert_every ?? defaultOf(policyShape.alert_every),
      recoverAfter: values.recover_after ?? defaultOf(policyShape.recover_after),
      alertDown: values.alerts ?? values.alert_down ?? defaultOf(policyShape.alerts),
      alertUp: values.alert_up ?? defaultOf(policyShape.alert_up),
      flapDetection: values.flap_detection ?? null,
    },
    warningExitCodes: values.warning_exit_codes ?? [],
    // A monitor's own list does not name itself; an inherited one may.
    dependsOn: values.depends_on?.filter((parent) => parent !== name) ?? [],
    env: values.env ?? {},
    workingDirectory: values.working_directory ?? null,
    description: values.description ?? '',
    runbook: values.runbook ?? '',
    tags: values.tags ?? [],
    group: values.group ?? '',
    isPublic: values.public ?? null,
    isEnabled: values.enabled ?? defaultOf(policyShape.enabled),
    ...(runOn !== null && { runOn }),
  }
}

/** Stands for a schedule that nobody can tell: it is never overdue. */
const UNKNOWN_SCHEDULE: Schedule = { kind: 'cron', expression: '', timezone: null }
const UNKNOWN_ALERT = [{ alert: '', after: null }]

/** A monitor of which nothing but its name is known: to be shown, never to be run. */
export function unknownMonitor(name: string): Monitor {
  return sketchMonitor(name, {}, () => true)
}

/**
 * A monitor of values in which there are mistakes, as far as it goes: to be shown, never to be run. `isLost` tells which
 * keys are given without a usable value, for which a default would be an invention.
 */
export function sketchMonitor(
  name: string,
  values: MonitorValues,
  isLost: (key: keyof MonitorValues) => boolean,
): Monitor {
  const { heartbeat, ...others } = values
  const monitor = toMonitor({ ...others, name, command: ['false'] })
  const isTimed =
    heartbeat === undefined && !(['heartbeat', 'check_interval', 'schedule', 'timeout'] as const).some(isLost)
  const hasAlerts = !isLost('alerts') && !isLost('alert_down')
  return {
    ...monitor,
    heartbeat: heartbeat?.key === undefined ? null : toHeartbeat(values),
    schedule: isTimed ? monitor.schedule : UNKNOWN_SCHEDULE,
    policy: {
      ...monitor.policy,
      alertDown: hasAlerts ? monitor.policy.alertDown : UNKNOWN_ALERT,
      recoverAfter: isLost('recover_after') ? 0 : monitor.policy.recoverAfter,
    },
  }
}

function toSchedule({ heartbeat, ...own }: MonitorValues): Schedule {
  const { schedule, timezone } = heartbeat ?? own
  if (schedule !== undefined) return { kind: 'cron', expression: schedule, timezone: timezone ?? null }
  if (heartbeat === undefined) {
    return { kind: 'interval', intervalMs: own.check_interval ?? defaultOf(settingsShape.check_interval) }
  }
  if (heartbeat.interval === undefined) throw new Error('a heartbeat without interval and schedule is a mistake')
  return { kind: 'interval', intervalMs: heartbeat.interval }
}

function toHeartbeat({ heartbeat }: MonitorValues): Heartbeat | null {
  if (heartbeat === undefined) return null
  const { key, interval, grace } = heartbeat
  if (key === undefined) throw new Error('a heartbeat without key is a mistake')
  const tenthMs = interval === undefined ? LONGEST_GRACE_MS : Math.round(interval / 10)
  return { key, graceMs: grace ?? Math.min(Math.max(tenthMs, SHORTEST_GRACE_MS), LONGEST_GRACE_MS) }
}

/** The timeout of what runs by this schedule and has none of its own. */
export function defaultTimeoutMs(schedule: Schedule): number {
  if (schedule.kind === 'cron') return LONGEST_TIMEOUT_MS
  return Math.min(Math.max(schedule.intervalMs, SHORTEST_TIMEOUT_MS), LONGEST_TIMEOUT_MS)
}

/** The two keys that give a command; at most one of them is set where there was no mistake. */
export interface CommandValues {
  readonly command?: string | readonly string[] | undefined
  readonly shell_command?: string | undefined
  /** The shell that runs a script. */
  readonly shell?: string | undefined
}

/** What to execute; null where neither key has a value. */
export function toCommand({ command, shell_command: script, shell = 'sh' }: CommandValues): Command | null {
  const given = command ?? script
  if (typeof given === 'string') return [shell, '-c', given]
  const [program, ...rest] = given ?? []
  return program === undefined ? null : [program, ...rest]
}
