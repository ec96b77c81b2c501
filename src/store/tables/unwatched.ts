import type { Database } from 'bun:sqlite'
import type { Unwatched } from '../../core/model/ports.ts'

/** Times in Unix epoch milliseconds. */
export interface UnwatchedRows {
  /** Adds a time nobody watched, in whole milliseconds, or follows a clock that was set back. */
  add(time: Unwatched): void
  /** From when a monitor counts that the file does not know yet, whose first check may have begun before; null for always. */
  newCountsFromMs(): number | null
}

export function createUnwatchedRows(database: Database): UnwatchedRows {
  const add = database.query('INSERT OR REPLACE INTO unwatched (from_ms, monitor_id, to_ms) VALUES (?, 0, ?)')
  const removeAfter = database.query('DELETE FROM unwatched WHERE from_ms > ?')
  const endBy = database.query('UPDATE unwatched SET to_ms = ?1 WHERE from_ms <= ?1 AND to_ms > ?1')
  const setCountsFrom = database.query("INSERT OR REPLACE INTO facts (name, value) VALUES ('new_counts_from_ms', ?)")
  const countsFrom = database.query<{ value: number }, []>("SELECT value FROM facts WHERE name = 'new_counts_from_ms'")
  const rows: UnwatchedRows = {
    add({ fromMs, toMs }) {
      if (fromMs <= toMs) {
        if (fromMs < toMs) add.run(fromMs, toMs)
        setCountsFrom.run(toMs)
        return
      }
      // The clock was set back: a time that has begun ends where Minitor watches again, and none is to come.
      removeAfter.run(toMs)
      endBy.run(toMs)
      const countsFromMs = rows.newCountsFromMs()
      if (countsFromMs !== null) setCountsFrom.run(Math.min(countsFromMs, fromMs) + toMs - fromMs)
    },
    newCountsFromMs: () => countsFrom.get()?.value ?? null,
  }
  return rows
}

/** The times after `sinceMs` in which nobody watched: oldest first. */
export function readUnwatched(database: Database, sinceMs: number): Unwatched[] {
  return database
    .query<Unwatched, [number]>(
      'SELECT from_ms AS fromMs, to_ms AS toMs FROM unwatched WHERE to_ms > ? ORDER BY from_ms, to_ms',
    )
    .all(sinceMs)
}
