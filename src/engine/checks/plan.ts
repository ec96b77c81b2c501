import { nextSlot, spreadSlot } from '../../core/decide/schedule.ts'
import type { Clock, Snapshot } from '../../core/model/ports.ts'
import type { Due } from './scheduler.ts'
import { dueAt, type Watched } from './watched.ts'

/**
 * Plans the first slots (the start) of monitors that were not watched until now, and sets their grids. A monitor whose
 * last slot was saved goes on in its grid; one that is new, or whose slots passed meanwhile, is due at once. A cron
 * monitor waits for its time, a heartbeat for its first ping.
 */
export function planFirst(newcomers: readonly Watched[], past: Past): Due<Watched>[] {
  const { clock, kept } = past
  const nowMs = clock.monotonicMs()
  const atOnce: Watched[] = []
  const planned: Due<Watched>[] = []
  for (const watched of newcomers) {
    const isHeartbeat = watched.monitor.heartbeat !== null
    watched.slotMs = isHeartbeat
      ? firstPing(watched, past)
      : firstSlot(watched, kept.get(watched.monitor.name)?.slotAtMs ?? null, clock)
    if (isHeartbeat || watched.slotMs > nowMs) planned.push({ task: watched, dueMs: dueAt(watched) })
    else atOnce.push(watched)
  }
  return [...planned, ...planOverdue(atOnce, clock)]
}

interface Past {
  readonly clock: Clock
  readonly kept: Snapshot['monitors']
  /** When the last daemon was last known to watch. Unix epoch milliseconds. */
  readonly lastAliveAtMs: number | null
}

/** When the first ping is due: as before the restart, plus the time in which no pings were taken. */
function firstPing({ monitor, timetable, state }: Watched, { clock, kept, lastAliveAtMs }: Past): number {
  const nowMs = clock.monotonicMs()
  const nowAtMs = clock.wallMs()
  const anewMs = timetable.after(nowMs)
  const slotAtMs = kept.get(monitor.name)?.slotAtMs ?? null
  // A slot that had its check belongs to the command that this monitor once was.
  if (slotAtMs === null || slotAtMs <= (state.lastCheckAtMs ?? -Infinity)) return anewMs
  const unwatchedMs = Math.max(0, nowAtMs - (lastAliveAtMs ?? nowAtMs))
  // A slot further ahead than a ping now would set it was written by a wrong wall clock.
  return Math.min(nowMs + slotAtMs - nowAtMs, anewMs) + unwatchedMs
}

function firstSlot({ monitor, timetable }: Watched, slotAtMs: number | null, clock: Clock): number {
  const nowMs = clock.monotonicMs()
  if (monitor.schedule.kind === 'cron') return timetable.next(nowMs).atMs
  const { intervalMs } = monitor.schedule
  const lastSlotMs = slotAtMs === null ? null : nowMs - (clock.wallMs() - slotAtMs)
  // A slot far ahead was written by a wrong wall clock.
  if (lastSlotMs === null || lastSlotMs > nowMs + intervalMs) return NEVER_MS
  const next = nextSlot({ slotMs: lastSlotMs, intervalMs, afterMs: nowMs })
  return next.skippedCount === 0 ? next.atMs : next.atMs - intervalMs
}

/** The slot of a monitor that never had one. */
const NEVER_MS = -Infinity

/**
 * Spreads checks whose slots have passed (after a start or a stall): each runs once, and soon, without a burst. The grids
 * stay; a slot that would follow within half an interval is covered by this check.
 */
export function planOverdue(overdue: readonly Watched[], clock: Clock): Due<Watched>[] {
  const nowMs = clock.monotonicMs()
  return overdue.map((watched, index) => {
    if (watched.monitor.heartbeat !== null) return { task: watched, dueMs: nowMs }
    const { intervalMs } = watched.timetable
    const dueMs = spreadSlot({ nowMs, index, count: overdue.length, intervalMs })
    if (watched.slotMs === NEVER_MS) watched.slotMs = dueMs
    const { atMs } = nextSlot({ slotMs: watched.slotMs, intervalMs, afterMs: dueMs })
    if (watched.slotMs < dueMs) watched.slotMs = atMs - dueMs < intervalMs / 2 ? atMs : atMs - intervalMs
    return { task: watched, dueMs }
  })
}

/** When a monitor is due after its schedule was changed: one new interval after its last slot, but not in the past. */
export function replan(watched: Watched, oldIntervalMs: number, clock: Clock): Due<Watched> {
  const nowMs = clock.monotonicMs()
  const isInterval = watched.monitor.schedule.kind === 'interval'
  const lastSlotMs = watched.slotMs > nowMs ? watched.slotMs - oldIntervalMs : watched.slotMs
  watched.slotMs = isInterval
    ? Math.max(nowMs, lastSlotMs + watched.timetable.intervalMs)
    : watched.timetable.next(nowMs).atMs
  return { task: watched, dueMs: watched.slotMs }
}
