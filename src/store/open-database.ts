import { Database } from 'bun:sqlite'
import { chmodSync, closeSync, existsSync, openSync } from 'node:fs'
import { checkFile, newerThanThis, type Refusal, setAside } from './file-check.ts'
import { migrate, versionOf } from './migrate.ts'

export interface Opened {
  readonly kind: 'opened'
  readonly database: Database
  /** Where the file that was there has gone, as it was damaged; null when it was sound. */
  readonly setAside: string | null
}

/** How long SQLite itself waits for another process's lock, before we are told and try again. */
const BUSY_MS = 2000
/** The log is cut back to this size once it has been longer. */
const LOG_LIMIT_BYTES = 16 * 1024 * 1024
/** What a restart needs; the history is looked through later, beside the work. */
const ESSENTIAL_TABLES = ['facts', 'monitors', 'incidents', 'notifications', 'deliveries', 'silences']

/**
 * Opens the file for writing, made if it is missing and brought up to date. A damaged one is moved aside and a new one
 * begun. Throws what the system or SQLite says when neither can be done.
 */
export function openDatabase(path: string, nowMs: number): Opened | Refusal {
  const found = checkFile(path)
  if (found.kind === 'refused') return found
  if (found.kind === 'damaged') return beginAnew(path, nowMs)
  if (found.kind === 'missing') return { kind: 'opened', database: create(path), setAside: null }
  try {
    return newerInLog(path) ?? { kind: 'opened', database: openSound(path), setAside: null }
  } catch (error) {
    if (!isDamage(error)) throw error
    return beginAnew(path, nowMs)
  }
}

/** Moves what is there aside and begins with an empty file. */
export function beginAnew(path: string, nowMs: number): Opened {
  const aside = setAside(path, nowMs)
  return { kind: 'opened', database: create(path), setAside: aside }
}

/** Whether an error says that the file is no longer what SQLite has written. */
export function isDamage(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB' || error instanceof Damaged
}

class Damaged extends Error {}

function create(path: string): Database {
  // SQLite gives its log the permissions of the file.
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
  return connect(path)
}

function openSound(path: string): Database {
  const database = connect(path)
  const tables = new Set(
    database
      .query<{ name: string }, []>("SELECT name FROM sqlite_master WHERE type = 'table'")
      .all()
      .map(({ name }) => name),
  )
  for (const table of ESSENTIAL_TABLES) {
    const findings = tables.has(table) ? checkTable(database, table) : 'it is missing'
    if (findings === 'ok') continue
    database.close()
    throw new Damaged(`${table}: ${findings}`)
  }
  return database
}

/** `ok`, or what is wrong with a table and its indexes. */
export function checkTable(database: Database, table: string): string {
  return database.query<{ quick_check: string }, []>(`PRAGMA quick_check('${table}')`).get()?.quick_check ?? ''
}

function connect(path: string): Database {
  const database = new Database(path, { readwrite: true })
  try {
    database.run(`PRAGMA busy_timeout = ${BUSY_MS}`)
    database.run('PRAGMA journal_mode = WAL')
    database.run('PRAGMA synchronous = FULL')
    database.run('PRAGMA temp_store = MEMORY')
    database.run('PRAGMA cache_size = -512')
    database.run(`PRAGMA journal_size_limit = ${LOG_LIMIT_BYTES}`)
    migrate(database)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** The version in the header is that of the last checkpoint; what was written since stands in the log. */
function newerInLog(path: string): Refusal | null {
  if (!existsSync(`${path}-wal`)) return null
  const database = new Database(path, { readonly: true })
  try {
    return newerThanThis(path, versionOf(database))
  } finally {
    database.close()
  }
}
