import { Database } from 'bun:sqlite'
import { chmodSync, closeSync, existsSync, openSync } from 'node:fs'
import { checkFile, checkTables, newerThanThis } from './check-file.ts'
import { migrate, versionOf } from './migrate.ts'
import { Damaged, isBusy, type Refusal } from './trouble.ts'

/** How long SQLite itself waits for another process's lock, before it reports that and we try again. */
const BUSY_MS = 2000
/** The log is cut back to this size once it has been longer. */
const LOG_LIMIT_BYTES = 16 * 1024 * 1024
/** What a restart needs; the history is checked later, beside the work. */
const ESSENTIAL_TABLES = ['facts', 'monitors', 'incidents', 'notifications', 'deliveries', 'silences']

export interface OpenForWriting {
  readonly kind: 'opened'
  readonly database: Database
}

/**
 * Opens the file for the daemon, makes it if it is missing, and brings it up to date. Throws the error of the system or of
 * SQLite when that fails, and `Damaged` for a file that is no sound database.
 */
export function openForWriting(path: string): OpenForWriting | Refusal {
  const found = checkFile(path)
  if (found.kind === 'refused') return found
  if (found.kind === 'damaged') throw new Damaged('it is no database')
  if (found.kind === 'missing') return { kind: 'opened', database: create(path) }
  return newerInLog(path) ?? { kind: 'opened', database: openSound(path) }
}

function create(path: string): Database {
  // SQLite gives its log the permissions of the file.
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
  return connect(path)
}

function openSound(path: string): Database {
  const database = connect(path)
  return closingOnError(database, () => {
    const finding = checkTables(database, ESSENTIAL_TABLES)
    if (finding !== 'ok') throw new Damaged(finding)
    return database
  })
}

function connect(path: string): Database {
  const database = new Database(path, { readwrite: true })
  return closingOnError(database, () => {
    database.run(`PRAGMA busy_timeout = ${BUSY_MS}`)
    // Only a new file takes it, see give-back.ts. Others are only written once they are known to be sound.
    const found = database.query<{ page_count: number }, []>('PRAGMA page_count').get()
    if (found?.page_count === 0) database.run('PRAGMA auto_vacuum = INCREMENTAL')
    database.run('PRAGMA journal_mode = WAL')
    database.run('PRAGMA synchronous = FULL')
    database.run('PRAGMA temp_store = MEMORY')
    database.run('PRAGMA cache_size = -512')
    database.run(`PRAGMA journal_size_limit = ${LOG_LIMIT_BYTES}`)
    migrate(database)
    return database
  })
}

/** The version in the header is that of the last checkpoint; later ones are in the log. */
function newerInLog(path: string): Refusal | null {
  if (!existsSync(`${path}-wal`)) return null
  const database = new Database(path, { readonly: true })
  try {
    // Whoever closed the file last may still be clearing away the log.
    database.run(`PRAGMA busy_timeout = ${BUSY_MS}`)
    return newerThanThis(path, versionOf(database))
  } finally {
    database.close()
  }
}

export function closingOnError<Result>(database: Database, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    closeQuietly(database)
    throw error
  }
}

/** Closing writes the log back into the file. If the disk does not allow that, the next start reads the log. */
export function closeQuietly(database: Database): void {
  try {
    database.close()
  } catch {}
}

/** Held until `release`, or until the process ends. */
export interface Lock {
  release(): void
}

/**
 * Takes the lock that keeps a second daemon off the same file; null when another process has it. It is SQLite's own lock on
 * an empty file beside the database, so it works across containers and leaves the database open to readers. Throws when
 * that file cannot be made.
 */
export function takeLock(path: string): Lock | null {
  // Only if it is missing: closing a file gives up the locks that this process has on it.
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
  const database = new Database(path, { readwrite: true })
  try {
    // Beside the file itself this needs no room on the disk.
    database.run('PRAGMA journal_mode = MEMORY')
    database.run('BEGIN EXCLUSIVE')
    return { release: () => database.close() }
  } catch (error) {
    database.close()
    if (isBusy(error)) return null
    throw error
  }
}
