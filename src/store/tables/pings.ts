import type { Database } from 'bun:sqlite'
import type { Ping } from '../../core/model/ports.ts'
import type { KeptPing } from '../../core/past/kept.ts'

/** How many pings of each monitor are stored. */
const PINGS_KEPT = 100

/** Makes the function that adds a ping of a monitor, and removes its oldest if there are too many. */
export function createPingRows(database: Database): (monitorId: number, ping: Ping) => void {
  const add = database.query<{ number: number }, (string | number | null)[]>(
    `INSERT INTO pings (monitor_id, number, at_ms, kind, exit_code, rid, duration_ms, body)
     SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7 FROM pings WHERE monitor_id = ?1
     RETURNING number`,
  )
  const removeUpTo = database.query('DELETE FROM pings WHERE monitor_id = ? AND number <= ?')

  return (monitorId, { atMs, kind, exitCode, rid, durationMs, body }) => {
    const roundedMs = durationMs === null ? null : Math.round(durationMs)
    const added = add.get(monitorId, Math.round(atMs), kind, exitCode, rid, roundedMs, body)
    removeUpTo.run(monitorId, (added?.number ?? 0) - PINGS_KEPT)
  }
}

/** The pings of a monitor that came at `sinceMs` or later, from the stored ones; oldest first. */
export function readPings(database: Database, monitorId: number, sinceMs: number): KeptPing[] {
  return database
    .query<KeptPing, [number, number]>(
      `SELECT at_ms AS atMs, kind, exit_code AS exitCode, rid, duration_ms AS durationMs, body FROM pings
       WHERE monitor_id = ? AND at_ms >= ? ORDER BY number`,
    )
    .all(monitorId, sinceMs)
}
