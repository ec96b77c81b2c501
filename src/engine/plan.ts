import type { Clock, Snapshot } from '../core/ports.ts'
import { nextSlot, spreadSlot } from '../core/schedule.ts'
import type { Watched } from './watched.ts'

/** A monitor and when it is due first, in monotonic milliseconds. */
export interface Planned {
  readonly watched: Watched
  readonly dueMs: number
}

/**
 * Finds the first slots of monitors that were not watched until now, and sets their grids. One whose last slot is kept
 * goes on in its grid; if slots passed meanwhile it comes once, soon. One that is new comes at once. All that come at
 * once are spread. A cron monitor waits for its time.
 */
export function planFirst(
  newcomers: readonly Watched[],
  { clock, snapshot }: { clock: Clock; snapshot: Snapshot },
): Planned[] {
  const nowMs = clock.monotonicMs()
  const atOnce: Watched[] = []
  const planned: Planned[] = []

  for (const watched of newcomers) {
    const { schedule, name } = watched.monitor
    if (schedule.kind === 'cron') {
      watched.slotMs = watched.timetable.next(nowMs).atMs
      planned.push({ watched, dueMs: watched.slotMs })
      continue
    }
    const { intervalMs } = schedule
    const slotAtMs = snapshot.monitors.get(name)?.slotAtMs
    const lastSlotMs = slotAtMs === undefined ? null : nowMs - (clock.wallMs() - slotAtMs)
    // A slot far ahead was written by a wall clock that was wrong.
    if (lastSlotMs === null || lastSlotMs > nowMs + intervalMs) {
      atOnce.push(watched)
      continue
    }
    const next = nextSlot({ slotMs: lastSlotMs, intervalMs, afterMs: nowMs })
    watched.slotMs = next.skippedCount === 0 ? next.atMs : next.atMs - intervalMs
    if (next.skippedCount === 0) planned.push({ watched, dueMs: next.atMs })
    else atOnce.push(watched)
  }

  for (const [index, watched] of atOnce.entries()) {
    const { intervalMs } = watched.timetable
    const dueMs = spreadSlot({ nowMs, index, count: atOnce.length, intervalMs })
    if (Number.isNaN(watched.slotMs)) watched.slotMs = dueMs
    planned.push({ watched, dueMs })
  }
  return planned
}

/** When a monitor is due whose schedule was changed: one new interval after its last slot, but not in the past. */
export function replan(watched: Watched, oldIntervalMs: number, clock: Clock): Planned {
  const nowMs = clock.monotonicMs()
  const isInterval = watched.monitor.schedule.kind === 'interval'
  const lastSlotMs = watched.slotMs > nowMs ? watched.slotMs - oldIntervalMs : watched.slotMs
  watched.slotMs = isInterval
    ? Math.max(nowMs, lastSlotMs + watched.timetable.intervalMs)
    : watched.timetable.next(nowMs).atMs
  return { watched, dueMs: watched.slotMs }
}
