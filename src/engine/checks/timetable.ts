import { type NextSlot, nextSlot } from '../../core/decide/schedule.ts'
import type { Clock } from '../../core/model/ports.ts'
import type { Schedule } from '../../core/model/types.ts'
import { HOUR_MS, MINUTE_MS } from '../../core/text/time.ts'
import { createCronSchedule } from './cron.ts'

/** A cron monitor reads the wall clock at least this often, as that clock can be set. */
const LOOK_AGAIN_MS = MINUTE_MS
/** The clocks of two machines differ: a ping that comes this little before a time of the schedule was meant for it. */
const EARLY_MS = 1000
/** A clock that is set back by more than this was wrong: then there is nothing to wait for. So does Vixie's cron. */
const CLOCK_WAS_WRONG_MS = 3 * HOUR_MS

/** The times of one monitor's schedule, an interval or a cron expression, in milliseconds of the monotonic clock. */
export interface Timetable {
  /** Upper limit for spreading the monitor's checks. */
  readonly intervalMs: number
  /** The slot that follows `slotMs` and is not yet past. */
  next(slotMs: number): NextSlot
  /** The first slot after a moment, independent of the slots before: one interval later, or the next cron time. */
  after(atMs: number): number
  /**
   * When a ping is due after one at `atMs`, where one is due at `dueMs`. A ping that comes before that time, by no more
   * than `graceMs`, counts for it, unless it is nearer to the time before.
   */
  afterPing(ping: { readonly atMs: number; readonly dueMs: number; readonly graceMs: number }): number
  /** Null when the slot's time has really come, else when to ask again. */
  lookAgainAt(): number | null
}

export function createTimetable(schedule: Schedule, clock: Clock): Timetable {
  return schedule.kind === 'interval'
    ? intervalTimetable(schedule.intervalMs, clock)
    : cronTimetable(createCronSchedule(schedule.expression, schedule.timezone), clock)
}

function intervalTimetable(intervalMs: number, clock: Clock): Timetable {
  return {
    intervalMs,
    next: (slotMs) => nextSlot({ slotMs, intervalMs, afterMs: clock.monotonicMs() }),
    after: (atMs) => atMs + intervalMs,
    afterPing: ({ atMs }) => atMs + intervalMs,
    lookAgainAt: () => null,
  }
}

function cronTimetable(cron: (afterMs: number) => number | null, clock: Clock): Timetable {
  let dueWallMs: number | null = null
  let lastWallMs = -Infinity

  /** If the clock was set back, slots that had their check do not come again. */
  const plan = () => {
    const nowMs = clock.wallMs()
    const isAhead = lastWallMs > nowMs && lastWallMs < nowMs + CLOCK_WAS_WRONG_MS
    dueWallMs = cron(isAhead ? lastWallMs : nowMs)
    const dueInMs = dueWallMs === null ? LOOK_AGAIN_MS : Math.min(dueWallMs - nowMs, LOOK_AGAIN_MS)
    return clock.monotonicMs() + dueInMs
  }

  const offsetMs = () => clock.wallMs() - clock.monotonicMs()
  const after = (atMs: number) => (cron(Math.ceil(atMs + offsetMs()) + EARLY_MS) ?? Infinity) - offsetMs()

  return {
    intervalMs: LOOK_AGAIN_MS,
    next: () => ({ atMs: plan(), skippedCount: 0 }),
    after,
    afterPing({ atMs, dueMs, graceMs }) {
      const earlyMs = dueMs - atMs
      if (earlyMs <= 0 || earlyMs > graceMs) return after(atMs)
      const isNearest = after(atMs - earlyMs) > dueMs - EARLY_MS
      return after(isNearest ? dueMs : atMs)
    },
    lookAgainAt() {
      if (dueWallMs === null || clock.wallMs() < dueWallMs) return plan()
      lastWallMs = dueWallMs
      return null
    },
  }
}
