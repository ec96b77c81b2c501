import { mkdtempSync, openSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isExhaustion } from './errno-code.ts'

// On a read-only or full system the usual place may be closed, while one of these is still open.
const OTHER_DIRECTORIES = ['/dev/shm', '/run', '/var/tmp']

/**
 * Calls `use` with the paths of files in a new directory that only this user can enter, and removes both afterwards: what
 * was opened stays open without a name, so that nothing is left behind however Minitor dies. Throws if no directory will
 * do: a system error if something ran out.
 */
export function inPrivateDirectory<Result>(
  names: readonly string[],
  use: (paths: readonly string[]) => Result,
): Result {
  const troubles: string[] = []
  for (const parent of new Set([tmpdir(), ...OTHER_DIRECTORIES])) {
    try {
      return inDirectory(mkdtempSync(join(parent, 'minitor-')), names, use)
    } catch (error) {
      if (isExhaustion(error)) throw error
      troubles.push(`${parent}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  throw new Error(`found no directory for temporary files (${troubles.join('; ')})`)
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
 * without a name: it can be read, reopened or ignored, and nothing blocks. (Bun, given a text, makes a file in memory,
 * too, but that stays open until it is garbage-collected.) Throws what the system says.
 */
export function openInput(text: string): number {
  return inPrivateDirectory(['input'], ([path = '']) => {
    writeFileSync(path, text, { mode: 0o600 })
    return openSync(path, 'r')
  })
}
