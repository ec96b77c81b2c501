import { Database } from 'bun:sqlite'
import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, lstatSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { removeHolder } from '../tables/facts.ts'
import { checkFile, type Refusal, refused } from './file-check.ts'
import { isDamage } from './open-database.ts'

export interface Copied {
  readonly kind: 'copied'
  readonly path: string
  readonly bytes: number
}

/**
 * Copies a database as it is at one moment, while a daemon writes it. The copy appears under its name when it is whole
 * and on the disk, or not at all; a file that is there already is left alone. Throws nothing that a user can mend.
 */
export function copyDatabase(from: string, to: string): Copied | Refusal {
  const target = resolve(to)
  try {
    if (isThere(target)) return taken(target)
    const found = checkFile(from)
    if (found.kind === 'refused') return found
    if (found.kind !== 'sound') return refused(`${from} is no database`, "name the daemon's with --database")
    // Beside the target: on another file system it could not be moved there as a whole.
    const draft = `${target}.part-${randomBytes(4).toString('hex')}`
    closeSync(openSync(draft, 'wx', 0o600))
    try {
      copyInto(from, draft)
      sync(draft)
      putInPlace(draft, target)
    } finally {
      for (const suffix of ['', '-journal']) rmSync(draft + suffix, { force: true })
    }
    sync(dirname(target))
    return { kind: 'copied', path: target, bytes: statSync(target).size }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    return cannotCopy({ from, target, error, code: String(error.code) })
  }
}

function copyInto(from: string, draft: string): void {
  const source = new Database(from, { readonly: true })
  try {
    source.run('PRAGMA busy_timeout = 5000')
    source.run('VACUUM INTO ?', [draft])
  } finally {
    source.close()
  }
  const copy = new Database(draft, { readwrite: true })
  try {
    removeHolder(copy)
  } finally {
    copy.close()
  }
}

/** A link, unlike a rename, fails where somebody has been faster; not every file system knows it. */
function putInPlace(draft: string, target: string): void {
  try {
    linkSync(draft, target)
  } catch (error) {
    if (isThere(target)) throw error
    renameSync(draft, target)
  }
}

function sync(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

function taken(path: string): Refusal {
  return refused(`${path} is there already`, 'choose another name; a backup never overwrites a file')
}

interface Failure {
  readonly from: string
  readonly target: string
  readonly error: Error
  readonly code: string
}

function cannotCopy({ from, target, error, code }: Failure): Refusal {
  const directory = dirname(target)
  const hint = `choose a place that this user may write to; nothing was left in ${directory}`
  if (code === 'EEXIST') return taken(target)
  if (code === 'ENOENT') return refused(`there is no directory ${directory}`, 'make it, or choose another place')
  if (code.startsWith('SQLITE_FULL') || code === 'ENOSPC') return refused(`the disk is full: ${directory}`, hint)
  if (isDamage(error)) return refused(`${from} is damaged: ${error.message}`, "look at the daemon's log")
  return refused(`cannot copy ${from} to ${target}: ${error.message}`, hint)
}
