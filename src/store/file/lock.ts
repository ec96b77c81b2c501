import { Database } from 'bun:sqlite'
import { closeSync, existsSync, openSync } from 'node:fs'

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
