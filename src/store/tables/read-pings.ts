import type { Database } from 'bun:sqlite'
import type { KeptPing } from '../../core/past/kept.ts'

/** The pings of a monitor that came at `sinceMs` or later, of the last hundred; oldest first. */
export function readPings(database: Database, monitorId: number, sinceMs: number): KeptPing[] {
  return database
    .query<KeptPing, [number, number]>(
      `SELECT at_ms AS atMs, kind, exit_code AS exitCode, rid, duration_ms AS durationMs, body FROM pings
       WHERE monitor_id = ? AND at_ms >= ? ORDER BY number`,
    )
    .all(monitorId, sinceMs)
}
