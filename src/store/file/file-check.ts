import { closeSync, lstatSync, openSync, readSync, renameSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'
import { LATEST_VERSION } from './migrate.ts'

/** Why a database cannot be used. The user has to do something: a reason, and what. */
export interface Refusal {
  readonly kind: 'refused'
  readonly reason: string
  readonly hint: string
}

export function refused(reason: string, hint: string): Refusal {
  return { kind: 'refused', reason, hint }
}

/** Others could change what such a file makes Minitor believe. */
const WRITABLE_BY_OTHERS = 0o022
/** Of SQLite's own format of schemas, the newest that there is. */
const NEWEST_FORMAT = 4
/** No Minitor will ever have so many schemas: such a number is damage. */
const ABSURD_VERSION = 10_000
export const HEADER_BYTES = 100
export const MAGIC = 'SQLite format 3\0'

/**
 * Looks at the file without opening it as a database, which could change it. `damaged`: it never was one, or it is none
 * any more.
 */
export function checkFile(path: string): Refusal | { readonly kind: 'missing' | 'sound' | 'damaged' } {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return { kind: 'missing' }
  const trouble = troubleWith(path, stats)
  if (trouble !== null) return trouble
  // With a log it was cut off: SQLite would throw the log away.
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
  return newerThanThis(path, version) ?? { kind: 'sound' }
}

/** A configuration, say, that was named by mistake: nothing that happens to a database leaves only printable text of it. */
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

function troubleWith(path: string, stats: Stats): Refusal | null {
  if (stats.isSymbolicLink()) {
    return refused(`${path} is a symbolic link`, 'name the file that it points to, with database: or --database')
  }
  if (!stats.isFile()) return refused(`${path} is not a file`, 'name a file with database: or --database')
  if ((stats.mode & WRITABLE_BY_OTHERS) === 0) return null
  return refused(`${path} can be written by other users of this machine`, `chmod 600 ${path}`)
}

function hasLog(path: string): boolean {
  return (lstatSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0
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

/** Moves a database with its log out of the way, so that nothing of it is lost; returns its new name. */
export function setAside(path: string, nowMs: number): string {
  const time = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '')
  let aside = `${path}.corrupt-${time}`
  for (let count = 2; lstatSync(aside, { throwIfNoEntry: false }) !== undefined; count++) {
    aside = `${path}.corrupt-${time}-${count}`
  }
  renameSync(path, aside)
  for (const suffix of ['-wal', '-shm']) {
    if (lstatSync(path + suffix, { throwIfNoEntry: false }) !== undefined) renameSync(path + suffix, aside + suffix)
  }
  return aside
}

/** What the system says when a file cannot be made or opened, in words that say what to do. */
export function unusable(path: string, error: unknown): Refusal {
  const message = error instanceof Error ? error.message : String(error)
  return refused(
    `cannot keep state in ${path}: ${message}`,
    `make ${dirname(path)} writable for Minitor, name another file with database: or --database, or go without: --database :memory:`,
  )
}
