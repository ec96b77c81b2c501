import type { Database } from 'bun:sqlite'
import { type ApplyWrites, createApplyWrites } from '../tables/apply-writes.ts'
import { createDeliveryRows } from '../tables/deliveries.ts'
import { createRetain } from '../tables/retain.ts'
import { runPrefixesIn } from './load-snapshot.ts'
import { readAsWritten } from './open-database.ts'
import { lookAfter, type OpenFiles } from './watch-files.ts'

/** Who holds the file, for a second daemon to name and for the next one to clean up after. */
export interface Holder {
  readonly pid: number
  readonly startTicks: string
  /** With what the ids of its runs begin. */
  readonly runPrefix: string
}

/** The file while it can be written. */
export interface InUse extends ApplyWrites {
  readonly database: Database
  readonly files: OpenFiles
  readonly retain: ReturnType<typeof createRetain>
  /** Of the file when the mutes were read; null where they are to be read again. */
  mutesVersion: number | null
}

/** Says in the file who has it from now on. Closes it where that cannot be done. */
export function takeUp(
  database: Database,
  { path, holder, secret }: { path: string; holder: Holder; secret: string },
): InUse {
  return closingOnError(database, () =>
    readAsWritten(() => {
      nameHolder(database, holder, secret)
      return {
        database,
        ...createApplyWrites(database, createDeliveryRows(database)),
        retain: createRetain(database),
        mutesVersion: dataVersion(database),
        files: lookAfter(path),
      }
    }),
  )
}

export function closingOnError<Result>(database: Database, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    closeQuietly(database)
    throw error
  }
}

/** A daemon that is killed in its start has not yet ended what the one before has left: that is still to be found. */
const PREFIXES_KEPT = 20

function nameHolder(database: Database, { pid, startTicks, runPrefix }: Holder, secret: string): void {
  const set = database.query('INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)')
  database.transaction(() => {
    set.run('holder_pid', pid)
    set.run('holder_start_ticks', startTicks)
    const others = runPrefixesIn(database).slice(1 - PREFIXES_KEPT)
    set.run('run_prefixes', JSON.stringify([...others, runPrefix]))
    set.run('secret', secret)
  })()
}

/** Goes up when another connection has changed the file. */
export function dataVersion(database: Database): number {
  return database.query<{ data_version: number }, []>('PRAGMA data_version').get()?.data_version ?? 0
}

/** Closing writes the log back into the file; if the disk does not let it, the log stays and is read at the next start. */
export function closeQuietly(database: Database): void {
  try {
    database.close()
  } catch {}
}
