import { Database } from 'bun:sqlite'
import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { HEADER_BYTES, MAGIC } from './file-check.ts'

export const GONE = 'the file is gone from its place'
/** With what a log begins, but for its last bit. */
const LOG_MAGIC = 0x377f0682

/** A database and its log while they are open. SQLite itself would write on for days into what nobody can read again. */
export interface OpenFiles {
  /** What others have done to them, as a reason; null when they are what they were. */
  damage(): string | null
  /** Only after the database is closed: closing a file of one's own gives up SQLite's locks on it. */
  close(): void
}

export function lookAfter(path: string): OpenFiles {
  const log = `${path}-wal`
  const fd = openSync(path, 'r')
  const inode = fstatSync(fd).ino
  let logFd: number | null = null
  let isClosed = false

  const logDamage = (): string | null => {
    // SQLite makes it with the first write.
    if (logFd === null && inodeOf(log) === null) return null
    logFd ??= openSync(log, 'r')
    const { ino, size } = fstatSync(logFd)
    if (inodeOf(log) !== ino) return 'its log is gone from its place'
    // Its last bit says in which order bytes were summed up.
    const isLog = size === 0 || (read(logFd, 4).readUInt32BE() & ~1) === LOG_MAGIC
    return isLog ? null : 'its log was written over or cut off'
  }

  return {
    damage() {
      if (inodeOf(path) !== inode) return GONE
      if (read(fd, HEADER_BYTES).toString('latin1', 0, MAGIC.length) !== MAGIC)
        return 'the file was written over or cut off'
      return logDamage()
    },
    close() {
      if (isClosed) return
      isClosed = true
      closeSync(fd)
      if (logFd !== null) closeSync(logFd)
    },
  }
}

function inodeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? null
}

/** The first bytes; zeroes where the file is shorter. */
function read(fd: number, count: number): Buffer {
  const bytes = Buffer.alloc(count)
  readSync(fd, bytes, 0, count, 0)
  return bytes
}

/** Held until `release`, and by the kernel no longer than the process lives. */
export interface Lock {
  release(): void
}

/**
 * Takes the lock that keeps a second daemon off the same file; null when somebody has it. It is SQLite's own lock on an
 * empty file beside the database: it works over containers, too, and leaves the database itself open to readers.
 * Throws when that file cannot be made.
 */
export function takeLock(path: string): Lock | null {
  // Not where it is there: closing a file gives up the locks that this process has on it.
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
  const database = new Database(path, { readwrite: true })
  try {
    // Beside the file itself this needs no room on the disk.
    database.run('PRAGMA journal_mode = MEMORY')
    database.run('BEGIN EXCLUSIVE')
    return { release: () => database.close() }
  } catch (error) {
    database.close()
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY')) return null
    throw error
  }
}
