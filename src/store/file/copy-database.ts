import { Database } from 'bun:sqlite'
import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { removeHolder, removeSessions } from '../tables/facts.ts'
import { type JournalPosition, readJournaled } from '../tables/journaled.ts'
import { checkFile, isThere } from './check-file.ts'
import { DISK_FULL, isDiskFull, type Refusal, reasonOf, refusalFor, refused } from './trouble.ts'

export interface Copied {
  readonly kind: 'copied'
  readonly path: string
  readonly bytes: number
}

/**
 * Copies a database as it is at one moment, while a daemon writes it. The copy appears under its name once it is complete
 * and on the disk, or not at all; an existing file is left alone. Does not throw for what a user can do something about.
 */
export function copyDatabase(from: string, to: string): Copied | Refusal {
  const target = resolve(to)
  try {
    if (isThere(target)) return taken(target)
    const found = checkFile(from)
    if (found.kind === 'refused') return found
    if (found.kind !== 'sound') return refused(`${from} is no database`, "name the daemon's with --database")
    // Beside the target: from another file system it could not be moved there in one step.
    const draft = `${target}.part-${crypto.randomUUID().slice(0, 8)}`
    closeSync(openSync(draft, 'wx', 0o600))
    try {
      copyInto(from, draft, removeSessions)
      sync(draft)
      putInPlace(draft, target)
    } finally {
      for (const suffix of ['', '-journal']) rmSync(draft + suffix, { force: true })
    }
    sync(dirname(target))
    return { kind: 'copied', path: target, bytes: statSync(target).size }
  } catch (error) {
    return cannotCopy({ from, target, error })
  }
}

function copyInto<Result>(from: string, draft: string, finish: (copy: Database) => Result): Result {
  const source = new Database(from, { readonly: true })
  try {
    source.run('PRAGMA busy_timeout = 5000')
    // The copy can give free pages back, whether the file can or not; see give-back.ts. Where the file can, setting it would
    // be a write.
    const found = source.query<{ auto_vacuum: number }, []>('PRAGMA auto_vacuum').get()
    if (found?.auto_vacuum === 0) source.run('PRAGMA auto_vacuum = INCREMENTAL')
    source.run('VACUUM INTO ?', [draft])
  } finally {
    source.close()
  }
  const copy = new Database(draft, { readwrite: true })
  try {
    removeHolder(copy)
    return finish(copy)
  } finally {
    copy.close()
  }
}

export interface BaseCopied {
  readonly kind: 'copied'
  /** Null where the file follows no journal. */
  readonly position: JournalPosition | null
}

/**
 * The same for other servers of a cluster, with what signs sessions, in the process whose thread writes the file: it is not
 * opened but by SQLite. Replaces what is at `to`. Never throws.
 */
export function copyForServers(from: string, to: string): BaseCopied | Refusal {
  try {
    rmSync(to, { force: true })
    closeSync(openSync(to, 'wx', 0o600))
    const { position, unpublishedCount } = copyInto(from, to, readJournaled)
    // Others would have that twice: in the copy, and once it is published.
    if (unpublishedCount > 0) throw new Error('it has what is not published yet')
    return { kind: 'copied', position }
  } catch (error) {
    rmSync(to, { force: true })
    return refused(`cannot copy ${from} to ${to}: ${reasonOf(error, to)}`, 'make room on the disk')
  }
}

/** Unlike a rename, a link does not overwrite a file that was made meanwhile; not every file system has links. */
function putInPlace(draft: string, target: string): void {
  try {
    linkSync(draft, target)
  } catch (error) {
    if (isThere(target)) throw error
    renameSync(draft, target)
  }
}

/** Waits until a file, or the names in a directory, are on the disk. */
export function sync(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

function taken(path: string): Refusal {
  return refused(`${path} is there already`, 'choose another name; a backup never overwrites a file')
}

function cannotCopy({ from, target, error }: { from: string; target: string; error: unknown }): Refusal {
  const directory = dirname(target)
  const code = error instanceof Error && 'code' in error ? error.code : ''
  if (code === 'EEXIST') return taken(target)
  if (code === 'ENOENT') return refused(`there is no directory ${directory}`, 'make it, or choose another place')
  const hint = `choose a place that this user may write to; nothing was left in ${directory}`
  if (isDiskFull(error, target)) return refused(`${DISK_FULL}: ${directory}`, hint)
  return refusalFor(error, { path: from, attempt: `copy ${from} to ${target}`, hint })
}
