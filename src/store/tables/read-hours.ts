import type { Database } from 'bun:sqlite'
import { countCheck, emptyRollUp, mergeRollUp, type RollUp } from '../../core/past/roll-up.ts'
import { readUnsummed } from './read-unsummed.ts'
import { type StoredRollUp, toRollUp } from './roll-ups.ts'

/**
 * The checks of a monitor in the hours that began at `sinceMs` (Unix epoch milliseconds) or later, as one; of the time
 * up, that until `countedToMs` of the monitor.
 */
export function readHours(database: Database, monitorId: number, sinceMs: number): RollUp {
  const stored = database
    .query<StoredRollUp, [number, number]>(
      `SELECT passed_count, failed_count, void_count, up_ms, down_ms, longest_ms, durations FROM roll_ups
       WHERE monitor_id = ? AND span = 'hour' AND start_ms >= ?`,
    )
    .all(monitorId, sinceMs)
  const sums = emptyRollUp()
  for (const row of stored) mergeRollUp(sums, toRollUp(row))
  for (const check of readUnsummed(database, monitorId, sinceMs)) countCheck(sums, check)
  return sums
}
