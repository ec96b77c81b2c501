import type { Database } from 'bun:sqlite'
import { emptyRollUp, mergeRollUp, type RollUp } from '../core/roll-up.ts'
import { toRollUp } from './monitor-rows.ts'

/** The hours of a monitor that began at `sinceMs` (Unix epoch milliseconds) or later, as one. */
export function readHours(database: Database, monitorId: number, sinceMs: number): RollUp {
  const stored = database
    .query<Parameters<typeof toRollUp>[0], [number, number]>(
      `SELECT passed_count, failed_count, void_count, up_ms, down_ms, longest_ms, durations FROM roll_ups
       WHERE monitor_id = ? AND span = 'hour' AND start_ms >= ?`,
    )
    .all(monitorId, sinceMs)
  const sums = emptyRollUp()
  for (const row of stored) mergeRollUp(sums, toRollUp(row))
  return sums
}
