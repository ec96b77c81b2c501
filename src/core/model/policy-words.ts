import { formatDuration } from '../text/duration.ts'
import { plural } from '../text/plural.ts'
import type { AlertAfter, AlertEvery, AlertStep, Command, Monitor, Schedule, Threshold } from './types.ts'

export function describeSchedule(schedule: Schedule): string {
  if (schedule.kind === 'interval') return `every ${formatDuration(schedule.intervalMs)}`
  return `at ${schedule.expression}${schedule.timezone === null ? '' : ` (${schedule.timezone})`}`
}

/** When a monitor is checked, `every 30s`, or a heartbeat expects pings: `pinged every 1d`. */
export function describeWatch({ schedule, heartbeat }: Monitor): string {
  return heartbeat === null ? describeSchedule(schedule) : `pinged ${describeSchedule(schedule)}`
}

export function describeThreshold(threshold: AlertAfter | Threshold): string {
  if (threshold.kind === 'time') return formatDuration(threshold.ms)
  return threshold.kind === 'of'
    ? `${threshold.count} of ${threshold.window} failures`
    : plural(threshold.count, 'failure')
}

export function describeEvery(every: AlertEvery): string {
  if (every.kind === 'backoff') return 'back off'
  return every.kind === 'once' ? 'none' : `every ${describeThreshold(every)}`
}

export function describeAlerts(steps: readonly AlertStep[]): string {
  return steps
    .map(({ alert, after, on }) => {
      const limits = [
        ...(after === null ? [] : [`after ${describeThreshold(after)}`]),
        ...(on ? [`on ${on.join(', ')}`] : []),
      ]
      return limits.length === 0 ? alert : `${alert} (${limits.join('; ')})`
    })
    .join(', ')
}

/** The script of a command that only runs one in the shell, as a string in the configuration does; else null. */
export function scriptOf(command: Command): string | null {
  const [program, flag, script] = command
  return program === 'sh' && flag === '-c' && command.length === 3 ? (script ?? null) : null
}
