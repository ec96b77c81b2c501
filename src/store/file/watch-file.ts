import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { FORMAT_AT, FORMAT_WITHOUT_LOG, HEADER_BYTES, MAGIC } from './check-file.ts'

export const GONE = 'the file is gone from its place'
/** What a log begins with, except for its last bit. */
const LOG_MAGIC = 0x377f0682

/** A database and its log while they are open. SQLite itself would go on for days writing what nobody can read again. */
export interface WatchedFile {
  /** What others have done to them, as a reason; null while they are what they were. */
  damage(): string | null
  /** Only after the database is closed: closing a file gives up SQLite's locks on it. */
  close(): void
}

export function watchFile(path: string): WatchedFile {
  const log = `${path}-wal`
  const fd = openSync(path, 'r')
  const inode = fstatSync(fd).ino
  let logFd: number | null = null

  const logDamage = (): string | null => {
    // SQLite makes it with the first write.
    if (logFd === null && inodeOf(log) === null) return null
    logFd ??= openSync(log, 'r')
    const { ino, size } = fstatSync(logFd)
    if (inodeOf(log) !== ino) return 'its log is gone from its place'
    // The last bit is the byte order of its checksums.
    const isLog = size === 0 || (read(logFd, 4).readUInt32BE() & ~1) === LOG_MAGIC
    return isLog ? null : 'its log was written over or cut off'
  }

  return {
    damage() {
      if (inodeOf(path) !== inode) return GONE
      const header = read(fd, HEADER_BYTES)
      if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) return 'the file was written over or cut off'
      if (header[FORMAT_AT] === FORMAT_WITHOUT_LOG) return 'a copy was written over the file'
      return logDamage()
    },
    close() {
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
