import { Database } from 'bun:sqlite'
import { chmodSync, closeSync, existsSync, openSync } from 'node:fs'
import { checkFile, newerThanThis, type Refusal } from './file-check.ts'
import { migrate, versionOf } from './migrate.ts'

export interface Opened {
  readonly kind: 'opened'
  readonly database: Database
}

/** How long SQLite itself waits for another process's lock, before we are told and try again. */
const BUSY_MS = 2000
/** The log is cut back to this size once it has been longer. */
const LOG_LIMIT_BYTES = 16 * 1024 * 1024
/** What a restart needs; the history is looked through later, beside the work. */
const ESSENTIAL_TABLES = ['facts', 'monitors', 'incidents', 'notifications', 'deliveries', 'silences']

/**
 * Opens the file for writing, made if it is missing and brought up to date. Throws what the system or SQLite says when that
 * cannot be done, and `Damaged` of a file that is no sound database.
 */
export function openDatabase(path: string): Opened | Refusal {
  const found = checkFile(path)
  if (found.kind === 'refused') return found
  if (found.kind === 'damaged') throw new Damaged('it is no database')
  if (found.kind === 'missing') return { kind: 'opened', database: create(path) }
  return newerInLog(path) ?? { kind: 'opened', database: openSound(path) }
}

/** Whether an error says that the file is no longer what SQLite has written. */
export function isDamage(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB' || error instanceof Damaged
}

/** The file is there, but it is not what SQLite, or Minitor, has written. */
export class Damaged extends Error {}

/** Reads what Minitor has written. Where it says something else, which SQLite's own look at its pages does not find, that is damage. */
export function readAsWritten<Result>(read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (error instanceof SyntaxError || /^SQLITE_(?:ERROR|TOOBIG)/.test(code)) throw new Damaged(String(error))
    throw error
  }
}

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

/** The tables that a start does not wait for: they are large, and no decision rests on them. */
const TABLES = ['checks', 'roll_ups', 'series', 'measured_hours', 'unwatched']

/** Looks through the history of a file, through a connection of its own: `ok`, or what is wrong. */
export function checkHistory(path: string): string {
  let database: Database | null = null
  try {
    database = new Database(path, { readonly: true })
    for (const table of TABLES) {
      const finding = checkTable(database, table)
      if (finding !== 'ok') return `${table}: ${finding}`
    }
    return 'ok'
  } catch (error) {
    // What cannot be looked at now, a busy file say, is not therefore damaged.
    return isDamage(error) && error instanceof Error ? error.message : 'ok'
  } finally {
    database?.close()
  }
}
