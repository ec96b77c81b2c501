import { Database } from 'bun:sqlite'
import { statSync } from 'node:fs'
import { PastUnavailable } from '../../core/past/past.ts'
import { checkFile, newerThanThis } from './check-file.ts'
import { LATEST_VERSION, versionOf } from './migrate.ts'
import { noDatabase, type Refusal, refusalFor, refused } from './trouble.ts'

export interface OpenForReading {
  readonly kind: 'opened'
  readonly database: Database
}

/** How long to wait for a writer: readers wait only while the log is recovered or removed. */
const BUSY_MS = 2000

/**
 * Opens a database beside the daemon that writes it. Takes no lock and changes nothing: the file is neither made nor brought
 * up to date. Does not throw for what a user can do something about.
 */
export function openForReading(path: string): OpenForReading | Refusal {
  try {
    const found = checkFile(path)
    if (found.kind === 'refused') return found
    if (found.kind === 'missing') return refused(`${path} is empty`, 'start the daemon on it first')
    if (found.kind === 'damaged') return noDatabase(path)
    return connectForReading(path)
  } catch (error) {
    return refusalFor(error, { path, attempt: `read ${path}` })
  }
}

/**
 * The same in the daemon's own process, where the file must not be checked first: opening and closing it without SQLite
 * would give up the locks that SQLite holds on it for the whole process.
 */
function connectForReading(path: string): OpenForReading | Refusal {
  try {
    const database = new Database(path, { readonly: true })
    try {
      database.run(`PRAGMA busy_timeout = ${BUSY_MS}`)
      const trouble = hasPrograms(database) ? noDatabase(path) : troubleWithVersion(path, versionOf(database))
      if (trouble === null) return { kind: 'opened', database }
      database.close()
      return trouble
    } catch (error) {
      database.close()
      throw error
    }
  } catch (error) {
    return refusalFor(error, { path, attempt: `read ${path}` })
  }
}

/**
 * Views, triggers and virtual tables: Minitor makes none, and somebody else's could keep whoever reads them busy for ever.
 */
function hasPrograms(database: Database): boolean {
  return database.query('SELECT 1 FROM sqlite_master WHERE rootpage = 0 LIMIT 1').get() !== null
}

export interface HasRead<Result> {
  readonly kind: 'read'
  readonly result: Result
}

/** Opens a database, reads from it as it is at one moment, and closes it again. */
export function readDatabase<Result>(path: string, read: (database: Database) => Result): HasRead<Result> | Refusal {
  const opened = openForReading(path)
  if (opened.kind === 'refused') return opened
  const { database } = opened
  try {
    return readAtOneMoment(path, database, read)
  } finally {
    database.close()
  }
}

/** Reads from an open database as it is at one moment. */
function readAtOneMoment<Result>(
  path: string,
  database: Database,
  read: (database: Database) => Result,
): HasRead<Result> | Refusal {
  try {
    return { kind: 'read', result: database.transaction(() => read(database))() }
  } catch (error) {
    return refusalFor(error, { path, attempt: `read ${path}` })
  }
}

function troubleWithVersion(path: string, version: number): Refusal | null {
  if (version >= LATEST_VERSION) return newerThanThis(path, version)
  return refused(
    `${path} was written by an older Minitor (schema ${version}, this one knows ${LATEST_VERSION})`,
    'start the daemon of this version once, which brings the file up to date',
  )
}

/** A database of the daemon's own process, to read from for as long as that lives. Everything here blocks its caller. */
export interface PastFile {
  /** As it is at one moment. Throws PastUnavailable where it cannot be read for now. */
  read<Result>(work: (database: Database) => Result): Result
  close(): void
}

/** The file need not be there yet, and may be replaced: a damaged one is moved aside, and another begun in its place. */
export function createPastFile(path: string): PastFile {
  let open: { readonly database: Database; readonly inode: number } | null = null

  const close = () => {
    open?.database.close()
    open = null
  }

  const connect = (): Database => {
    // Read before the file is opened: if another takes its place meanwhile, the next question notices.
    const inode = statSync(path, { throwIfNoEntry: false })?.ino
    if (inode === undefined) {
      close()
      throw new PastUnavailable(`there is no file ${path}`)
    }
    if (open?.inode === inode) return open.database
    close()
    const opened = connectForReading(path)
    if (opened.kind === 'refused') throw new PastUnavailable(opened.reason)
    open = { database: opened.database, inode }
    return opened.database
  }

  return {
    read(work) {
      const reading = readAtOneMoment(path, connect(), work)
      if (reading.kind === 'read') return reading.result
      // What SQLite has cached of a damaged file must not outlive it.
      close()
      throw new PastUnavailable(reading.reason)
    },
    close,
  }
}
