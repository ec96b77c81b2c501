/** First checks are this far apart, if the interval leaves room: at once for people, but no burst. */
const FIRST_CHECKS_APART_MS = 100

/**
 * When to check the `index`-th of `count` monitors that become due together: spread over at most one interval.
 * Times are milliseconds of any one clock.
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
 * The first slot after `afterMs` on the grid through `slotMs`. Missed slots are skipped, never caught up, and the
 * grid does not move: checks neither drift nor bunch. Times are milliseconds of any one clock.
 */
export function nextSlot(grid: { slotMs: number; intervalMs: number; afterMs: number }): NextSlot {
  const passed = Math.max(0, Math.floor((grid.afterMs - grid.slotMs) / grid.intervalMs))
  const atMs = grid.slotMs + (passed + 1) * grid.intervalMs
  // Division rounds: the slot found may be at `afterMs` itself.
  return atMs > grid.afterMs
    ? { atMs, skippedCount: passed }
    : { atMs: atMs + grid.intervalMs, skippedCount: passed + 1 }
}

/**
 * How cron reads an expression: with five or six fields; a day must match both day fields if one of them begins with
 * an asterisk (also with a step), and otherwise either. So does the cron of Debian and of BSD.
 */
export function cronRules(expression: string): { readonly mode: '5-or-6-parts'; readonly domAndDow: boolean } {
  const fields = expression.trim().split(/\s+/)
  const dayFields = [fields.at(-3), fields.at(-1)]
  return { mode: '5-or-6-parts', domAndDow: dayFields.some((field) => /^[*?]/.test(field ?? '')) }
}
