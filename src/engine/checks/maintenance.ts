import type { MaintenanceWindow } from '../../core/model/config.ts'
import type { PlannedTime } from '../../core/model/present.ts'
import type { Monitor } from '../../core/model/types.ts'
import { type CronSchedule, createCronSchedule } from './cron.ts'

type Maintained = Pick<Monitor, 'name' | 'tags'>

/** The planned maintenance of monitors. Times are Unix epoch milliseconds. */
export interface Maintenance {
  /**
   * End of the maintenance that a monitor is in; null if it is in none. Windows of one expression that overlap count as
   * one: the end is that of the last one that has begun.
   */
  until(monitor: Maintained, atMs: number): number | null
  /** Whether trouble is downtime: outside of maintenance, and in one that counts. */
  isDowntime(monitor: Maintained, atMs: number): boolean
  /** The next windows that begin after a time, soonest first; at most `count`. */
  next(monitor: Maintained, afterMs: number, count: number): PlannedTime[]
}

export function createMaintenance(windows: readonly MaintenanceWindow[]): Maintenance {
  const planned = windows.map((window) => ({ window, endAt: createWindow(window), next: startsOf(window) }))
  const of = (monitor: Maintained) =>
    planned.filter(
      ({ window: { of } }) => of === null || of.monitors.includes(monitor.name) || isTagged(of.tags, monitor),
    )
  return {
    until(monitor, atMs) {
      const ends = of(monitor).flatMap(({ endAt }) => endAt(atMs) ?? [])
      return ends.length === 0 ? null : Math.max(...ends)
    },
    isDowntime(monitor, atMs) {
      const open = of(monitor).filter(({ endAt }) => endAt(atMs) !== null)
      return open.length === 0 || open.some(({ window }) => window.countsAsDowntime)
    },
    next(monitor, afterMs, count) {
      const all = of(monitor).flatMap(({ window, next }) => {
        const times: PlannedTime[] = []
        for (let fromMs = next(afterMs); fromMs !== null && times.length < count; fromMs = next(fromMs)) {
          times.push({ fromMs, untilMs: fromMs + window.durationMs })
        }
        return times
      })
      return all.sort((one, other) => one.fromMs - other.fromMs).slice(0, count)
    },
  }
}

function startsOf({ expression, timezone }: MaintenanceWindow): CronSchedule {
  return createCronSchedule(expression, timezone)
}

function isTagged(tags: readonly string[], monitor: Pick<Monitor, 'tags'>): boolean {
  return tags.some((tag) => monitor.tags.includes(tag))
}

/** The last start of a window before a moment, and the range of moments for which it is that. */
interface Stretch {
  readonly startMs: number | null
  readonly fromMs: number
  readonly toMs: number
}

/**
 * When the window that is open at a time ends. Many monitors ask for about the same time, so the answer is remembered
 * for as long as it holds: until the next window begins.
 */
function createWindow(window: MaintenanceWindow) {
  const { durationMs } = window
  const next = startsOf(window)
  let known: Stretch | null = null

  const stretchFrom = (startMs: number | null, fromMs: number): Stretch => ({
    startMs,
    fromMs,
    toMs: next(fromMs) ?? Infinity,
  })
  const stretchAt = (atMs: number): Stretch => {
    if (known !== null && atMs >= known.toMs) {
      const following = stretchFrom(known.toMs, known.toMs)
      if (atMs < following.toMs) return following
    }
    const startMs = lastStart(next, atMs - durationMs, atMs)
    return stretchFrom(startMs, startMs ?? atMs)
  }

  return (atMs: number): number | null => {
    if (known === null || atMs < known.fromMs || atMs >= known.toMs) known = stretchAt(atMs)
    const { startMs } = known
    return startMs !== null && startMs + durationMs > atMs ? startMs + durationMs : null
  }
}

/** Cron expressions are no finer. */
const RESOLUTION_MS = 1000

/** The last time of a schedule in (earliestMs, atMs]: nearly always close to `atMs`, so the search begins there. */
function lastStart(next: CronSchedule, earliestMs: number, atMs: number): number | null {
  const isBefore = (fromMs: number) => (next(fromMs) ?? Infinity) <= atMs
  let lateMs = atMs
  let earlyMs = Math.max(earliestMs, atMs - 60 * RESOLUTION_MS)
  while (!isBefore(earlyMs)) {
    if (earlyMs === earliestMs) return null
    lateMs = earlyMs
    earlyMs = Math.max(earliestMs, atMs - 8 * (atMs - earlyMs))
  }
  while (lateMs - earlyMs > RESOLUTION_MS) {
    const middleMs = Math.floor((earlyMs + lateMs) / 2)
    if (isBefore(middleMs)) earlyMs = middleMs
    else lateMs = middleMs
  }
  return next(earlyMs)
}
