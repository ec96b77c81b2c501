import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'

/** Why a database cannot be used. The user has to do something: a reason, and what. */
export interface Refusal {
  readonly kind: 'refused'
  readonly reason: string
  readonly hint: string
}

export const DISK_FULL = 'the disk is full'

/** Codes of the system and of SQLite. SHMSIZE: SQLite could not grow the index of its log. */
const NO_ROOM = /^(?:ENOSPC|EDQUOT|SQLITE_FULL|SQLITE_IOERR_SHMSIZE)/
/** Codes of errors about what was asked for, not about the disk: trying again cannot help. Bugs have none at all. */
const OUR_FAULT = /^$|^ERR_|^SQLITE_(?:CONSTRAINT|MISMATCH|ERROR|MISUSE|RANGE|TOOBIG)/

/** The file is there, but it is not what SQLite, or Minitor, has written. */
export class Damaged extends Error {}

/** The file cannot be opened for now, and it is not damaged either; the message is the reason. */
export class Unavailable extends Error {}

export function refused(reason: string, hint: string): Refusal {
  return { kind: 'refused', reason, hint }
}

export function noDatabase(path: string): Refusal {
  return refused(`${path} is not a database of Minitor`, "name the daemon's with --database")
}

/** Whether an error says that the file is no longer what was written. */
export function isDamage(error: unknown): boolean {
  return error instanceof Damaged || /^SQLITE_(?:CORRUPT|NOTADB$)/.test(codeOf(error))
}

/** Whether an error from opening or writing `path` says that its disk has no room, for content or for another file. */
export function isDiskFull(error: unknown, path: string): boolean {
  const code = codeOf(error)
  return NO_ROOM.test(code) || (code.startsWith('SQLITE_CANTOPEN') && hasNoInodes(dirname(path)))
}

/** Whether another connection has the file, or a part of it, locked. */
export function isBusy(error: unknown): boolean {
  return codeOf(error).startsWith('SQLITE_BUSY')
}

/** Whether an error is Minitor's own fault, so that what was asked for can never be done. */
export function isBug(error: unknown): boolean {
  return !isDamage(error) && !(error instanceof Unavailable) && OUR_FAULT.test(codeOf(error))
}

/** Why `path` cannot be written for now, for the log. */
export function reasonOf(error: unknown, path: string): string {
  const code = codeOf(error)
  if (isDiskFull(error, path)) return DISK_FULL
  if (code.startsWith('SQLITE_READONLY')) return 'the disk or the file is read-only'
  if (isBusy(error)) return 'another process holds the database'
  return messageOf(error) + (code === '' ? '' : ` (${code})`)
}

/** A reason for a command, and what to do: what comes from the system or SQLite. Everything else is a bug, and thrown. */
export function refusalFor(
  error: unknown,
  { path, attempt, hint }: { path: string; attempt: string; hint?: string },
): Refusal {
  const [code, message] = [codeOf(error), messageOf(error)]
  if (code === 'SQLITE_ERROR' && message.startsWith('no such table')) return noDatabase(path)
  if (code === '' || code === 'SQLITE_ERROR') throw error
  if (isBusy(error)) return refused(`another process keeps ${path} locked`, 'try again later')
  if (isDamage(error)) {
    return refused(`${path} is damaged: ${message}`, 'a running daemon sets it aside and begins anew: look at its log')
  }
  if (isDiskFull(error, path)) return refused(`cannot ${attempt}: ${DISK_FULL}`, 'make room on the disk')
  return refused(`cannot ${attempt}: ${message}`, hint ?? 'run this as the user that the daemon runs as')
}

/** Why a daemon cannot start on `path`. */
export function unusable(path: string, error: unknown): Refusal {
  return refused(
    `cannot keep state in ${path}: ${messageOf(error)}`,
    `make ${dirname(path)} writable for Minitor, name another file with database: or --database, or go without: --database :memory:`,
  )
}

/** Reads what Minitor has written. Where that reads differently, which SQLite's own check of its pages does not find, it is damage. */
export function readAsWritten<Result>(read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (error instanceof SyntaxError || /^SQLITE_(?:ERROR|TOOBIG)/.test(codeOf(error))) throw new Damaged(String(error))
    throw error
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** SQLite says only that a file cannot be opened. */
function hasNoInodes(directory: string): boolean {
  try {
    const { files, ffree } = statfsSync(directory)
    // Some file systems do not count them.
    return files > 0 && ffree === 0
  } catch {
    return false
  }
}
