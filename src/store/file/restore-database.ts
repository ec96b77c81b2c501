import { chownSync, linkSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { asideName, checkFile, checkKind, isThere } from './check-file.ts'
import { copyDatabase, sync } from './copy-database.ts'
import { heldByAnother } from './database-file.ts'
import { takeLock } from './open-for-writing.ts'
import { type Refusal, refusalFor, refused } from './trouble.ts'

export interface Restored {
  readonly kind: 'restored'
  readonly bytes: number
  /** Where the database is that was in its place; null where there was nothing. */
  readonly setAside: string | null
}

const NAME_A_BACKUP = 'name a file that minitor backup has made'

/**
 * Puts a copy of a database in the place of a daemon's, which must not run. What was there, with its log, is set aside:
 * the log of one database applied to another would damage it. Does not throw for what a user can do something about.
 */
export function restoreDatabase(from: string, path: string, nowMs: number): Restored | Refusal {
  const backup = resolve(from)
  if (backup === path) return refused(`${path} is the database itself`, 'name a backup of it')
  if (!isThere(backup)) return refused(`there is no file ${backup}`, NAME_A_BACKUP)
  const lockFile = `${path}.lock`
  try {
    const found = checkKind(path)
    if (found.kind === 'refused') return found
    const given = checkFile(backup)
    if (given.kind === 'refused') return given
    if (given.kind !== 'sound') return refused(`${backup} is no database`, NAME_A_BACKUP)
    const hadLock = isThere(lockFile)
    const lock = takeLock(lockFile)
    if (lock === null) return { ...heldByAnother(path), hint: 'stop it first, and start it again afterwards' }
    try {
      const { uid, gid } = statSync(isThere(path) ? path : dirname(path))
      const draft = asideName(path, 'restoring', nowMs)
      const copied = copyDatabase(backup, draft)
      if (copied.kind === 'refused') return copied
      try {
        // Root restores for the user that the daemon runs as.
        if (process.getuid?.() === 0)
          for (const file of hadLock ? [draft] : [draft, lockFile]) chownSync(file, uid, gid)
        return { kind: 'restored', bytes: copied.bytes, setAside: exchange(path, draft, 'before-restore', nowMs) }
      } finally {
        rmSync(draft, { force: true })
      }
    } finally {
      lock.release()
    }
  } catch (error) {
    return refusalFor(error, { path, attempt: `restore ${path}` })
  }
}

/**
 * Puts a copy that another server has made, and that lies beside the database, in its place; the database must be closed.
 * What was there is set aside as `NAME.aside-TIME`; returns that name, null where there was nothing.
 */
export function putInPlace(path: string, copy: string, nowMs: number): string | null | Refusal {
  try {
    const given = checkFile(copy)
    if (given.kind === 'refused') return given
    if (given.kind !== 'sound') return refused(`the copy of another server is no database: ${copy}`, NAME_A_BACKUP)
    const lock = takeLock(`${path}.lock`)
    if (lock === null) return heldByAnother(path)
    try {
      sync(copy)
      return exchange(path, copy, 'aside', nowMs)
    } finally {
      lock.release()
    }
  } catch (error) {
    return refusalFor(error, { path, attempt: `put a copy in the place of ${path}` })
  }
}

/** Puts a database that was set aside by that back in its place; what is there was a copy, and is removed. Throws. */
export function putBack(path: string, aside: string): void {
  const lock = takeLock(`${path}.lock`)
  if (lock === null) throw new Error(heldByAnother(path).reason)
  try {
    for (const suffix of ['-wal', '-shm', '']) rmSync(path + suffix, { force: true })
    for (const suffix of ['-wal', '-shm', '']) if (isThere(aside + suffix)) renameSync(aside + suffix, path + suffix)
    sync(dirname(path))
  } finally {
    lock.release()
  }
}

/**
 * The log goes first, so that no moment has the new file beside the old log; and the place of the file is never empty, or
 * a daemon that starts just then would begin a new one.
 */
function exchange(path: string, draft: string, word: string, nowMs: number): string | null {
  const parts = ['-wal', '-shm', ''].filter((suffix) => isThere(path + suffix))
  const aside = asideName(path, word, nowMs)
  for (const suffix of parts) {
    if (suffix !== '') renameSync(path + suffix, aside + suffix)
    else keepUnder(path, aside)
  }
  renameSync(draft, path)
  sync(dirname(path))
  return parts.length === 0 ? null : aside
}

function keepUnder(path: string, aside: string): void {
  try {
    linkSync(path, aside)
  } catch {
    // Not every file system has links.
    renameSync(path, aside)
  }
}
