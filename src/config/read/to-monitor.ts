import type { Command, Monitor, Schedule } from '../../core/model/types.ts'
import { toHeartbeat, toPingSchedule } from './heartbeat.ts'
import { BUILT_IN, type MonitorValues } from './settings.ts'

const SHORTEST_TIMEOUT_MS = 10_000
const LONGEST_TIMEOUT_MS = 60_000

/** A monitor of values in which no mistake was found, all that it inherits included. Pure. */
export function toMonitor(values: MonitorValues): Monitor {
  const schedule = toSchedule(values)
  const command = toCommand(values)
  const heartbeat = values.heartbeat === undefined ? null : toHeartbeat(values.heartbeat)
  if (values.name === undefined || (command === null && heartbeat === null)) {
    throw new Error('a monitor without name or command is never kept')
  }
  return {
    name: values.name,
    command,
    heartbeat,
    schedule,
    timeoutMs: values.timeout ?? defaultTimeoutMs(schedule),
    retryIntervalMs: values.retry_interval ?? null,
    policy: {
      alertAfter: values.alert_after ?? BUILT_IN.alertAfter,
      alertEvery: values.alert_every ?? BUILT_IN.alertEvery,
      recoverAfter: values.recover_after ?? BUILT_IN.recoverAfter,
      alertDown: values.alerts ?? values.alert_down ?? BUILT_IN.alertDown,
      alertUp: values.alert_up ?? BUILT_IN.alertUp,
      flapDetection: values.flap_detection ?? null,
    },
    warningExitCodes: values.warning_exit_codes ?? [],
    // A monitor's own list does not name itself; an inherited one may.
    dependsOn: values.depends_on?.filter((parent) => parent !== values.name) ?? [],
    env: values.env ?? {},
    workingDirectory: values.working_directory ?? null,
    description: values.description ?? '',
    runbook: values.runbook ?? '',
    tags: values.tags ?? [],
    group: values.group ?? '',
    isEnabled: values.enabled ?? BUILT_IN.isEnabled,
  }
}

function toSchedule({ heartbeat, schedule, timezone, check_interval: intervalMs }: MonitorValues): Schedule {
  if (heartbeat !== undefined) return toPingSchedule(heartbeat)
  if (schedule !== undefined) return { kind: 'cron', expression: schedule, timezone: timezone ?? null }
  return { kind: 'interval', intervalMs: intervalMs ?? BUILT_IN.checkIntervalMs }
}

/** The timeout of what runs by this schedule and has none of its own. Pure. */
export function defaultTimeoutMs(schedule: Schedule): number {
  if (schedule.kind === 'cron') return LONGEST_TIMEOUT_MS
  return Math.min(Math.max(schedule.intervalMs, SHORTEST_TIMEOUT_MS), LONGEST_TIMEOUT_MS)
}

/** The two keys that give a command; at most one of them is set where there was no mistake. */
export interface CommandValues {
  readonly command?: string | readonly string[] | undefined
  readonly shell_command?: string | undefined
}

/** What to execute; null where neither key has a value. Pure. */
export function toCommand({ command, shell_command: script }: CommandValues): Command | null {
  const given = command ?? script
  if (typeof given === 'string') return ['sh', '-c', given]
  const [program, ...rest] = given ?? []
  return program === undefined ? null : [program, ...rest]
}
