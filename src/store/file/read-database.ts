import { Database } from 'bun:sqlite'
import { statSync } from 'node:fs'
import { PastUnavailable } from '../../core/past/past.ts'
import { checkFile, newerThanThis, type Refusal, refused } from './file-check.ts'
import { LATEST_VERSION, versionOf } from './migrate.ts'
import { isDamage } from './open-database.ts'
import { DISK_FULL, isDiskFull } from './trouble.ts'

export interface OpenForReading {
  readonly kind: 'opened'
  readonly database: Database
}

/** How long a writer is waited for: readers have to wait only while the file is recovered or removed from its log. */
const BUSY_MS = 2000

/**
 * Opens a database beside the daemon that writes it. Takes no lock and changes nothing: it is neither made nor brought up
 * to date. Never throws for what a user can do something about.
 */
export function openForReading(path: string): OpenForReading | Refusal {
  try {
    const found = checkFile(path)
    if (found.kind === 'refused') return found
    if (found.kind === 'missing') return refused(`${path} is empty`, 'start the daemon on it first')
    if (found.kind === 'damaged') return noDatabase(path)
    return connectForReading(path)
  } catch (error) {
    return unreadable(path, error)
  }
}

/**
 * The same in the daemon's own process, where the file must not be looked at before: whoever opens it by himself and
 * closes it again gives up the locks that SQLite holds on it for the whole process.
 */
export function connectForReading(path: string): OpenForReading | Refusal {
  try {
    const database = new Database(path, { readonly: true })
    try {
      database.run(`PRAGMA busy_timeout = ${BUSY_MS}`)
      const trouble = troubleWithVersion(path, versionOf(database))
      if (trouble === null) return { kind: 'opened', database }
      database.close()
      return trouble
    } catch (error) {
      database.close()
      throw error
    }
  } catch (error) {
    return unreadable(path, error)
  }
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
    return readAtOnce(path, database, read)
  } finally {
    database.close()
  }
}

/** Reads from an open database as it is at one moment. */
export function readAtOnce<Result>(
  path: string,
  database: Database,
  read: (database: Database) => Result,
): HasRead<Result> | Refusal {
  try {
    return { kind: 'read', result: database.transaction(() => read(database))() }
  } catch (error) {
    return unreadable(path, error)
  }
}

function troubleWithVersion(path: string, version: number): Refusal | null {
  if (version >= LATEST_VERSION) return newerThanThis(path, version)
  return refused(
    `${path} was written by an older Minitor (schema ${version}, this one knows ${LATEST_VERSION})`,
    'start the daemon of this version once, which brings the file up to date',
  )
}

function noDatabase(path: string): Refusal {
  return refused(`${path} is not a database of Minitor`, "name the daemon's with --database")
}

/** What comes from the system or SQLite, the user can do something about; everything else is a bug and thrown. */
function unreadable(path: string, error: unknown): Refusal {
  if (!(error instanceof Error && 'code' in error)) throw error
  const code = String(error.code)
  if (code === 'SQLITE_ERROR') {
    if (error.message.startsWith('no such table')) return noDatabase(path)
    throw error
  }
  if (isDamage(error)) {
    return refused(
      `${path} is damaged: ${error.message}`,
      'a running daemon sets it aside and begins anew: look at its log',
    )
  }
  if (code.startsWith('SQLITE_BUSY')) return refused(`another process keeps ${path} locked`, 'try again in a moment')
  if (isDiskFull(error, path)) return refused(`cannot read ${path}: ${DISK_FULL}`, 'make room on the disk')
  return refused(`cannot read ${path}: ${error.message}`, 'run this as the user that the daemon runs as')
}

/** A database of the daemon's own process, to read from for as long as it lives. Everything here blocks its caller. */
export interface PastFile {
  /** As it is at one moment. Throws PastUnavailable where it cannot be read for now. */
  read<Result>(work: (database: Database) => Result): Result
  close(): void
}

/** It need not be there yet, and may be replaced: a damaged one is moved aside, and another begun in its place. */
export function createPastFile(path: string): PastFile {
  let open: { readonly database: Database; readonly inode: number } | null = null

  const close = () => {
    open?.database.close()
    open = null
  }

  const connect = (): Database => {
    // Asked before it is opened: of two that change places meanwhile, the next question finds out.
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
      const reading = readAtOnce(path, connect(), work)
      if (reading.kind === 'read') return reading.result
      // What it has in memory of a damaged file must not outlive it.
      close()
      throw new PastUnavailable(reading.reason)
    },
    close,
  }
}
