import type { Database } from 'bun:sqlite'
import { readDatabase } from '../../store/file/read-database.ts'
import { UsageError } from '../terminal/outcome.ts'

/** Reads from a daemon's database as it is at one moment. Throws UsageError where that cannot be done. */
export function readOrRefuse<Result>(path: string, read: (database: Database) => Result): Result {
  const reading = readDatabase(path, read)
  if (reading.kind === 'refused') throw new UsageError(reading.reason, reading.hint)
  return reading.result
}
