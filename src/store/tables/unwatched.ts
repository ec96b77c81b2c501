import type { Database } from 'bun:sqlite'
import type { Unwatched } from '../../core/model/ports.ts'

/** Times in Unix epoch milliseconds. */
export interface UnwatchedRows {
  /** Adds a time nobody watched. Id 0 stands for all monitors. */
  add(monitorId: number, time: Omit<Unwatched, 'monitor'>): void
  /** The clock was set back: a time that has begun ends now, at the latest, since Minitor watches; none is to come. */
  endBy(nowMs: number): void
}

export function createUnwatchedRows(database: Database): UnwatchedRows {
  const add = database.query('INSERT OR REPLACE INTO unwatched (from_ms, monitor_id, to_ms) VALUES (?, ?, ?)')
  const removeAfter = database.query('DELETE FROM unwatched WHERE from_ms > ?')
  const endBy = database.query('UPDATE unwatched SET to_ms = ?1 WHERE from_ms <= ?1 AND to_ms > ?1')
  return {
    add: (monitorId, { fromMs, toMs }) => void add.run(Math.round(fromMs), monitorId, Math.round(toMs)),
    endBy(nowMs) {
      removeAfter.run(Math.round(nowMs))
      endBy.run(Math.round(nowMs))
    },
  }
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
