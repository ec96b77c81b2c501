/** First checks come at least this far apart where the interval leaves room: at once for people, not a burst. */
const FIRST_CHECKS_APART_MS = 100

/**
 * When the `index`-th of `count` monitors that become due together is checked: spread over at most one interval.
 * Times are milliseconds of any one clock. Pure.
 */
export function spreadSlot(slot: { nowMs: number; index: number; count: number; intervalMs: number }): number {
  return slot.nowMs + slot.index * Math.min(FIRST_CHECKS_APART_MS, slot.intervalMs / slot.count)
}

export interface NextSlot {
  readonly atMs: number
  /** Slots between the last one and this one that passed without a check. */
  readonly skippedCount: number
}

/**
 * The first slot after `afterMs` on the grid through `slotMs`. Slots that went by are skipped, never caught up, and the
 * grid does not move: checks neither drift nor bunch. Times are milliseconds of any one clock. Pure.
 */
export function nextSlot(grid: { slotMs: number; intervalMs: number; afterMs: number }): NextSlot {
  const passed = Math.max(0, Math.floor((grid.afterMs - grid.slotMs) / grid.intervalMs))
  const atMs = grid.slotMs + (passed + 1) * grid.intervalMs
  // Dividing rounds: the slot found may be the one at `afterMs` itself.
  return atMs > grid.afterMs
    ? { atMs, skippedCount: passed }
    : { atMs: atMs + grid.intervalMs, skippedCount: passed + 1 }
}
