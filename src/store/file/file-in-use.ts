import type { Database } from 'bun:sqlite'
import { type ApplyWrites, createApplyWrites } from '../tables/apply-writes.ts'
import { createDeliveryRows } from '../tables/deliveries.ts'
import { type Holder, nameHolder } from '../tables/facts.ts'
import { createRetain } from '../tables/retain.ts'
import { readAsWritten } from './open-database.ts'
import { lookAfter, type OpenFiles } from './watch-files.ts'

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
