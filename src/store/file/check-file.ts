import { Database } from 'bun:sqlite'
import { closeSync, lstatSync, openSync, readFileSync, readSync, realpathSync, renameSync, type Stats } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { LATEST_VERSION } from './migrate.ts'
import { isDamage, type Refusal, refused } from './trouble.ts'

/** Others could change what such a file makes Minitor believe. */
const WRITABLE_BY_OTHERS = 0o022
/** SQLite's newest schema format. */
const NEWEST_FORMAT = 4
/** No Minitor will ever have this many schemas: such a number is damage. */
const ABSURD_VERSION = 10_000
export const HEADER_BYTES = 100
export const MAGIC = 'SQLite format 3\0'

/** The tables that a start does not wait for: they are large, and no decision rests on them. */
const HISTORY_TABLES = ['checks', 'roll_ups', 'series', 'measured_hours', 'unwatched']

/** Where the header says whether changes are written to a log: 2, or 1 in a copy that `minitor backup` has made. */
export const FORMAT_AT = 18
export const FORMAT_WITHOUT_LOG = 1

/**
 * Checks the file without opening it as a database, which could change it. `damaged`: it never was a database, or is none
 * any more.
 */
export function checkFile(path: string): Refusal | { readonly kind: 'missing' | 'sound' | 'damaged' } {
  const found = checkKind(path)
  if (found.kind !== 'database') return found
  if (hasLogOfAnother(path)) {
    return refused(
      `${path} is a copy beside the log of another database`,
      'start the daemon, which sets the log aside, or use minitor restore',
    )
  }
  return newerThanThis(path, found.version) ?? { kind: 'sound' }
}

/** The same, whichever Minitor has written the file. */
export function checkKind(
  path: string,
): Refusal | { readonly kind: 'missing' | 'damaged' } | { readonly kind: 'database'; readonly version: number } {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return { kind: 'missing' }
  const trouble = troubleWith(path, stats)
  if (trouble !== null) return trouble
  // If there is a log, the file was cut off: SQLite would throw the log away.
  if (stats.size === 0) return { kind: hasLog(path) ? 'damaged' : 'missing' }
  const header = readHeader(path)
  if (isText(header)) {
    return refused(
      `${path} is a text file, not a database`,
      'name another file with database: or --database; this one was not touched',
    )
  }
  if (header.length < HEADER_BYTES || header.toString('latin1', 0, MAGIC.length) !== MAGIC) return { kind: 'damaged' }
  const version = header.readUInt32BE(60)
  if (header.readUInt32BE(44) > NEWEST_FORMAT || version > ABSURD_VERSION) return { kind: 'damaged' }
  return { kind: 'database', version }
}

/** A configuration, say, that was named by mistake: no damage turns a database into printable text. */
function isText(beginning: Buffer): boolean {
  const text = new TextDecoder().decode(beginning, { stream: true })
  // Cut off within its first words.
  if (MAGIC.startsWith(text)) return false
  return !/[\p{Cc}\ufffd]/u.test(text.replace(/[\t\n\r]/g, ''))
}

/** Refuses a file that a newer Minitor has written; null for all others. */
export function newerThanThis(path: string, version: number): Refusal | null {
  if (version <= LATEST_VERSION) return null
  return refused(
    `${path} was written by a newer Minitor (schema ${version}, this one knows ${LATEST_VERSION})`,
    'start the newer Minitor, or name another file with --database; the file was not touched',
  )
}

/** `ok`, or what is wrong with the pages of these tables and their indexes, or that one is missing. */
export function checkTables(database: Database, tables: readonly string[]): string {
  const present = namesOfTables(database)
  const missing = tables.find((table) => !present.has(table))
  return missing === undefined ? checkPages(database, tables) : `${missing}: it is missing`
}

function checkPages(database: Database, tables: readonly string[]): string {
  for (const table of tables) {
    const found = database.query<{ quick_check: string }, []>(`PRAGMA quick_check('${table}')`).get()?.quick_check
    if (found !== 'ok') return `${table}: ${found ?? ''}`
  }
  return 'ok'
}

function namesOfTables(database: Database): ReadonlySet<string> {
  const tables = database.query<{ name: string }, []>("SELECT name FROM sqlite_master WHERE type = 'table'").all()
  return new Set(tables.map(({ name }) => name))
}

/** Checks the history in a file, through a connection of its own: `ok`, or what is wrong. */
export function checkHistory(path: string): string {
  let database: Database | null = null
  try {
    database = new Database(path, { readonly: true })
    const present = namesOfTables(database)
    // A file that there was no room to begin in has none yet.
    return checkPages(
      database,
      HISTORY_TABLES.filter((table) => present.has(table)),
    )
  } catch (error) {
    // What cannot be checked now, a busy file say, is not therefore damaged.
    return isDamage(error) && error instanceof Error ? error.message : 'ok'
  } finally {
    database?.close()
  }
}

function troubleWith(path: string, stats: Stats): Refusal | null {
  if (stats.isSymbolicLink()) {
    return refused(`${path} is a symbolic link`, 'name the file that it points to, with database: or --database')
  }
  if (!stats.isFile()) return refused(`${path} is not a file`, 'name a file with database: or --database')
  if (isMountPoint(path)) {
    return refused(
      `${path} is mounted by itself, without the log that belongs beside it`,
      `mount the directory that it is in: what is written to the log would be lost with ${dirname(path)}`,
    )
  }
  // SQLite would wait at a FIFO for ever.
  const odd = ['-wal', '-shm', '-journal'].find((suffix) => !isFileOrMissing(path + suffix))
  if (odd !== undefined) {
    return refused(`${path}${odd}, which belongs to the database, is not a file`, 'remove it, or name another database')
  }
  if ((stats.mode & WRITABLE_BY_OTHERS) === 0) return null
  return refused(`${path} can be written by other users of this machine`, `chmod 600 ${path}`)
}

function isFileOrMissing(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? true
}

/** As a container has a single file of its host. */
function isMountPoint(path: string): boolean {
  let mounts: string
  try {
    mounts = readFileSync('/proc/self/mountinfo', 'utf8')
  } catch {
    return false
  }
  const real = join(realpathSync(dirname(path)), basename(path))
  return mounts.split('\n').some((line) => unescapeOctal(line.split(' ')[4] ?? '') === real)
}

/** The kernel writes blanks and backslashes as `\040`. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}

function hasLog(path: string): boolean {
  return (lstatSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0
}

/**
 * Whether somebody has put a copy in the place of a database and left its log there. SQLite would apply that. A daemon
 * notes in the header that there may be a log before it makes one.
 */
function hasLogOfAnother(path: string): boolean {
  return hasLog(path) && readHeader(path)[FORMAT_AT] === FORMAT_WITHOUT_LOG
}

/** Moves the log of another database out of the way; returns its new name, null where there was none. */
export function setLogAside(path: string, nowMs: number): string | null {
  if (!isThere(path) || !hasLogOfAnother(path)) return null
  const aside = asideName(path, 'replaced', nowMs)
  for (const suffix of ['-wal', '-shm']) if (isThere(path + suffix)) renameSync(path + suffix, aside + suffix)
  return `${aside}-wal`
}

function readHeader(path: string): Buffer {
  const fd = openSync(path, 'r')
  try {
    const header = Buffer.alloc(HEADER_BYTES)
    return header.subarray(0, readSync(fd, header, 0, HEADER_BYTES, 0))
  } finally {
    closeSync(fd)
  }
}

/** A name that is free: `minitor.db.corrupt-20261129T010203Z`. */
export function asideName(path: string, word: string, nowMs: number): string {
  const aside = `${path}.${word}-${new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '')}`
  const isFree = (name: string) => ['', '-wal', '-shm'].every((suffix) => !isThere(name + suffix))
  for (let count = 2, name = aside; ; name = `${aside}-${count++}`) if (isFree(name)) return name
}

export function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

/** Moves a database with its log out of the way, so that nothing of it is lost; returns its new name. */
export function setAside(path: string, nowMs: number): string {
  setLogAside(path, nowMs)
  const aside = asideName(path, 'corrupt', nowMs)
  renameSync(path, aside)
  for (const suffix of ['-wal', '-shm']) {
    if (isThere(path + suffix)) renameSync(path + suffix, aside + suffix)
  }
  return aside
}
