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
  /** The times in a span in which trouble is no downtime: in a maintenance, and in none that counts as downtime. */
  excused(monitor: Maintained, fromMs: number, toMs: number): PlannedTime[]
  /** The next windows that begin after a time, soonest first; at most `count`. */
  next(monitor: Maintained, afterMs: number, count: number): PlannedTime[]
}

export function createMaintenance(windows: readonly MaintenanceWindow[]): Maintenance {
  const planned = windows.map((window) => ({ window, ...createWindow(window) }))
  const of = (monitor: Maintained) =>
    planned.filter(
      ({ window: { of } }) => of === null || of.monitors.includes(monitor.name) || isTagged(of.tags, monitor),
    )
  return {
    until(monitor, atMs) {
      const ends = of(monitor).flatMap(({ endAt }) => endAt(atMs) ?? [])
      return ends.length === 0 ? null : Math.max(...ends)
    },
    excused(monitor, fromMs, toMs) {
      const edges = of(monitor).flatMap(({ window, timesIn }) =>
        timesIn(fromMs, toMs).flatMap((time) => edgesOf(time, window.countsAsDowntime)),
      )
      return uncounted(edges).map((time) => ({ ...time, untilMs: Math.min(time.untilMs, toMs) }))
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

function isTagged(tags: readonly string[], monitor: Pick<Monitor, 'tags'>): boolean {
  return tags.some((tag) => monitor.tags.includes(tag))
}

/** Where a window opens (1) or closes (-1). */
interface Edge {
  readonly atMs: number
  readonly step: 1 | -1
  readonly counts: boolean
}

function edgesOf({ fromMs, untilMs }: PlannedTime, counts: boolean): Edge[] {
  return [
    { atMs: fromMs, step: 1, counts },
    { atMs: untilMs, step: -1, counts },
  ]
}

/** The times in which a window is open, and none that counts as downtime; oldest first. */
function uncounted(edges: readonly Edge[]): PlannedTime[] {
  const times: PlannedTime[] = []
  const open = { counting: 0, others: 0 }
  let fromMs: number | null = null
  const inOrder = edges.toSorted((one, other) => one.atMs - other.atMs)
  for (const [index, { atMs, step, counts }] of inOrder.entries()) {
    open[counts ? 'counting' : 'others'] += step
    if (inOrder[index + 1]?.atMs === atMs) continue
    const isExcused = open.others > 0 && open.counting === 0
    if (isExcused) fromMs ??= atMs
    else if (fromMs !== null) {
      times.push({ fromMs, untilMs: atMs })
      fromMs = null
    }
  }
  return times
}

/** Two days of a window that opens every minute. To look for these takes a fifth of a second, in which no check starts. */
const MOST_TIMES = 3000

/** The last start of a window before a moment, and the range of moments for which it is that. */
interface Stretch {
  readonly startMs: number | null
  readonly fromMs: number
  readonly toMs: number
}

/**
 * The times of a window. Many monitors ask for about the same time, so the answer is remembered for as long as it holds:
 * until the next window begins.
 */
function createWindow({ expression, timezone, durationMs }: MaintenanceWindow) {
  const next = createCronSchedule(expression, timezone)
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

  const look = (atMs: number): Stretch => {
    if (known === null || atMs < known.fromMs || atMs >= known.toMs) known = stretchAt(atMs)
    return known
  }
  return {
    next,
    /** When the one that is open at a time ends; null while none is open. */
    endAt(atMs: number): number | null {
      const { startMs } = look(atMs)
      return startMs !== null && startMs + durationMs > atMs ? startMs + durationMs : null
    },
    /** Those that are open in a span, from its beginning on; no more than `MOST_TIMES`. */
    timesIn(fromMs: number, endMs: number): PlannedTime[] {
      const { startMs, toMs } = look(fromMs)
      const times: PlannedTime[] = []
      if (startMs !== null && startMs + durationMs > fromMs) times.push({ fromMs, untilMs: startMs + durationMs })
      for (let atMs: number | null = toMs; atMs !== null && atMs < endMs && times.length < MOST_TIMES; ) {
        const untilMs: number = atMs + durationMs
        times.push({ fromMs: atMs, untilMs })
        const nextMs = next(atMs)
        // The last one that begins while it is open goes on for longest.
        atMs = nextMs !== null && nextMs < untilMs ? lastStart(next, atMs, untilMs) : nextMs
      }
      return times
    },
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
