import type { Database } from 'bun:sqlite'
import type { Unwatched } from '../../core/model/ports.ts'

/** Times in Unix epoch milliseconds. */
export interface UnwatchedRows {
  /** Adds a time nobody watched, in whole milliseconds. Id 0 stands for all monitors. */
  add(monitorId: number, time: Omit<Unwatched, 'monitor'>): void
  /** When nobody watched last; null if somebody always did. */
  lastEndMs(): number | null
}

export function createUnwatchedRows(database: Database): UnwatchedRows {
  const add = database.query('INSERT OR REPLACE INTO unwatched (from_ms, monitor_id, to_ms) VALUES (?, ?, ?)')
  const removeAfter = database.query('DELETE FROM unwatched WHERE from_ms > ?')
  const endBy = database.query('UPDATE unwatched SET to_ms = ?1 WHERE from_ms <= ?1 AND to_ms > ?1')
  const lastEnd = database.query<{ toMs: number | null }, []>(
    'SELECT max(to_ms) AS toMs FROM unwatched WHERE monitor_id = 0',
  )
  return {
    add(monitorId, { fromMs, toMs }) {
      if (fromMs < toMs) return void add.run(fromMs, monitorId, toMs)
      // The clock was set back: a time that has begun ends where Minitor watches again, and none is to come.
      removeAfter.run(toMs)
      endBy.run(toMs)
    },
    lastEndMs: () => lastEnd.get()?.toMs ?? null,
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
