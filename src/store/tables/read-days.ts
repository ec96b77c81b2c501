import type { Database } from 'bun:sqlite'
import { BAR_DAYS, type DownMs } from '../../core/past/past.ts'
import { splitIntoBuckets } from '../../core/past/time-buckets.ts'
import type { KnownMonitor } from './read-monitors.ts'
import { SPANS } from './roll-ups.ts'

/**
 * How long each monitor was down on each of the last days (UTC), oldest first, by its id. Somebody watches: the time since
 * the last check counts as what that check said.
 */
export function readDays(
  database: Database,
  monitors: readonly KnownMonitor[],
  nowMs: number,
): Map<number, readonly DownMs[]> {
  const todayMs = Math.floor(nowMs / SPANS.day) * SPANS.day
  const firstMs = todayMs - (BAR_DAYS - 1) * SPANS.day
  const days = new Map(monitors.map(({ id }) => [id, Array.from({ length: BAR_DAYS }, (): DownMs => null)]))
  const add = (id: number, startMs: number, watchedMs: number, downMs: number) => {
    const ofMonitor = days.get(id)
    const index = (startMs - firstMs) / SPANS.day
    if (ofMonitor !== undefined && watchedMs > 0) ofMonitor[index] = (ofMonitor[index] ?? 0) + downMs
  }

  const rows = database
    .query<unknown, [string, number, number]>(
      `SELECT m.value, r.start_ms, r.up_ms, r.down_ms FROM json_each(?) m CROSS JOIN roll_ups r
       WHERE r.monitor_id = m.value AND r.span = 'day' AND r.start_ms BETWEEN ? AND ?`,
    )
    .values(JSON.stringify(monitors.map(({ id }) => id)), firstMs, todayMs) as [number, number, number, number][]
  for (const [id, startMs, upMs, downMs] of rows) add(id, startMs, upMs + downMs, downMs)
  for (const { id, countedToMs, countedAs } of monitors) {
    if (countedToMs === null || countedAs === null) continue
    for (const { startMs, ms } of splitIntoBuckets(Math.max(countedToMs, firstMs), nowMs, SPANS.day)) {
      add(id, startMs, ms, countedAs === 'down' ? ms : 0)
    }
  }
  return days
}
