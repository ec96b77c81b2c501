import type { Database } from 'bun:sqlite'
import type { Unwatched } from '../../core/model/ports.ts'

/** Makes the function that adds a time nobody watched. Id 0 stands for all monitors. */
export function createUnwatchedRows(database: Database): (monitorId: number, time: Omit<Unwatched, 'monitor'>) => void {
  const add = database.query('INSERT OR REPLACE INTO unwatched (from_ms, monitor_id, to_ms) VALUES (?, ?, ?)')
  return (monitorId, { fromMs, toMs }) => void add.run(Math.round(fromMs), monitorId, Math.round(toMs))
}

/** The times after `sinceMs` in which a monitor was not watched, or none was: oldest first. */
export function readUnwatched(
  database: Database,
  { monitorId, sinceMs }: { monitorId: number; sinceMs: number },
): Omit<Unwatched, 'monitor'>[] {
  return database
    .query<{ fromMs: number; toMs: number }, [number, number]>(
      `SELECT from_ms AS fromMs, to_ms AS toMs FROM unwatched
       WHERE monitor_id IN (0, ?) AND to_ms > ? ORDER BY from_ms, to_ms`,
    )
    .all(monitorId, sinceMs)
}
