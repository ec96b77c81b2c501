import { mkdtempSync, openSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { errnoCode, isExhaustion } from './errno-code.ts'

/** What every directory would refuse in the same way, as it is not about the disk. */
const SHORT_OF = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM'])

/** One disk may be full, read-only or not there, while another is fine. The last is the working directory. */
export function temporaryPlaces(purpose: 'pipes' | 'input', temporary: string): ReadonlySet<string> {
  const others = ['/dev/shm', temporary, '/run', '/var/tmp', '/tmp', '.']
  // Pipes take no room; what is to be read is best in memory, which is there when every disk is full.
  return new Set(purpose === 'pipes' ? [temporary, ...others] : others)
}

/**
 * Calls `use` with the paths of files in a new directory that only this user can enter, and removes both afterwards: what
 * was opened stays open without a name, so that nothing is left behind however Minitor dies. If `use` fails in one place,
 * the next is tried. Throws if no directory will do: a system error if something ran out.
 */
export function inPrivateDirectory<Result>(
  purpose: 'pipes' | 'input',
  names: readonly string[],
  use: (paths: readonly string[]) => Result,
): Result {
  const troubles: string[] = []
  let shortage: string | null = null
  for (const parent of temporaryPlaces(purpose, tmpdir())) {
    try {
      return inDirectory(mkdtempSync(join(parent, 'minitor-')), names, use)
    } catch (error) {
      if (SHORT_OF.has(errnoCode(error))) throw error
      if (isExhaustion(error)) shortage = errnoCode(error)
      troubles.push(`${parent}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  const error = new Error(`found no directory for temporary files (${troubles.join('; ')})`)
  throw shortage === null ? error : Object.assign(error, { code: shortage })
}

function inDirectory<Result>(directory: string, names: readonly string[], use: (paths: readonly string[]) => Result) {
  const paths = names.map((name) => join(directory, name))
  try {
    return use(paths)
  } finally {
    // Removing one by one needs no descriptor, of which there may be none left.
    for (const path of paths) attempt(() => unlinkSync(path))
    attempt(() => rmdirSync(directory))
  }
}

/** Cleaning up goes on to the end whatever fails. */
function attempt(step: () => void): void {
  try {
    step()
  } catch {}
}

/**
 * Opens a descriptor from which the text can be read, for a command's standard input; the caller closes it. It is a file
 * without a name: it can be read, reopened or ignored, and nothing blocks. Null if there is no directory for it, so that
 * Bun has to make one in memory, which stays open until it is garbage-collected. Throws if something else ran out.
 */
export function openInput(text: string): number | null {
  try {
    return inPrivateDirectory('input', ['input'], ([path = '']) => {
      writeFileSync(path, text, { mode: 0o600 })
      return openSync(path, 'r')
    })
  } catch (error) {
    if (SHORT_OF.has(errnoCode(error))) throw error
    return null
  }
}
