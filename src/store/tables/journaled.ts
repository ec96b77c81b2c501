import type { Database } from 'bun:sqlite'
import type { NewLeader } from '../../core/model/cluster.ts'

/** Which journal of a cluster a file follows, and the last record of it that the file has. */
export interface JournalPosition {
  readonly id: string
  readonly sequence: number
  /** Of that record; empty where the file has none of this journal. */
  readonly recordId: string
}

/** What was written while there was nobody to publish it to: a JSON document of writes. */
export interface UnpublishedRecord {
  /** The engine keeps what has the same id once. */
  readonly id: string
  readonly nowMs: number
  readonly writes: string
}

export type NumberedRecord = UnpublishedRecord & { readonly number: number }

/** What a file knows of its cluster. */
export interface Journaled {
  /** Null in a file that has never followed a journal. */
  readonly position: JournalPosition | null
  /** The last leader that it has heard of. */
  readonly leader: NewLeader | null
  readonly unpublishedCount: number
}

export function readJournaled(database: Database): Journaled {
  const fact = database.query<{ value: unknown }, [string]>('SELECT value FROM facts WHERE name = ?')
  const read = (name: string) => {
    const value = fact.get(name)?.value
    return typeof value === 'string' ? JSON.parse(value) : null
  }
  const { count } = database.query<{ count: number }, []>('SELECT count(*) AS count FROM unpublished').get() ?? {}
  return {
    position: read('journal') as JournalPosition | null,
    leader: read('leader') as NewLeader | null,
    unpublishedCount: count ?? 0,
  }
}

/** The oldest of those that are not published yet, behind the one of this number. */
export function readUnpublished(database: Database, limit: number, behind = 0): NumberedRecord[] {
  return database
    .query<NumberedRecord, [number, number]>(
      'SELECT number, id, now_ms AS nowMs, writes FROM unpublished WHERE number > ? ORDER BY number LIMIT ?',
    )
    .all(behind, limit)
}

/** The same facts and rows, written. */
export function createJournaledRows(database: Database) {
  const set = database.query('INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)')
  const add = database.query('INSERT INTO unpublished (id, now_ms, writes) VALUES (?, ?, ?)')
  const removeTo = database.query('DELETE FROM unpublished WHERE number <= ?')
  return {
    follow: (position: JournalPosition) => void set.run('journal', JSON.stringify(position)),
    noteLeader: (leader: NewLeader) => void set.run('leader', JSON.stringify(leader)),
    keep: ({ id, nowMs, writes }: UnpublishedRecord) => void add.run(id, nowMs, writes),
    forgetTo: (number: number) => void removeTo.run(number),
    leave() {
      removeTo.run(Number.MAX_SAFE_INTEGER)
      database.run("DELETE FROM facts WHERE name IN ('journal', 'leader')")
    },
  }
}
