import { closeSync, constants, mkdtempSync, openSync, rmdirSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isExhaustion } from './errno-code.ts'
import type { OutputWindow } from './output-window.ts'

/** A named pipe without a name: its reading end is open, and the way to open it for writing goes through /proc. */
export interface Fifo {
  readonly readFd: number
  readonly writerPath: string
  /** For commands that print while they run. Made when the first of them does, and used again by all later ones. */
  window: OutputWindow | null
}

// On a read-only system the usual place may be closed, while one of these is still open.
const OTHER_DIRECTORIES = ['/dev/shm', '/run', '/var/tmp']

/**
 * Makes up to `count` FIFOs, and at least one. They are in the file system only while this runs, so that no death of
 * Minitor leaves one behind. Throws when not even one could be made: a system error if something ran out.
 */
export function makeFifos(count: number): Fifo[] {
  const troubles: string[] = []
  for (const parent of new Set([tmpdir(), ...OTHER_DIRECTORIES])) {
    try {
      return makeFifosIn(parent, count)
    } catch (error) {
      if (isExhaustion(error)) throw error
      troubles.push(`${parent}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  throw new Error(`found no directory to make named pipes in (${troubles.join('; ')})`)
}

function makeFifosIn(parent: string, count: number): Fifo[] {
  const directory = mkdtempSync(join(parent, 'minitor-'))
  const paths = Array.from({ length: count }, (_, index) => join(directory, `${index}`))
  try {
    const { exitCode } = Bun.spawnSync(['mkfifo', ...paths], { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' })
    if (exitCode !== 0) throw new Error(`mkfifo ended with exit code ${exitCode}`)
    return openAll(paths)
  } finally {
    for (const path of paths) attempt(() => unlinkSync(path))
    attempt(() => rmdirSync(directory))
  }
}

// A command needs a descriptor for its FIFO, one to hand it over and one to watch its process.
const DESCRIPTORS_PER_RUN = 3

/** At least one; where the limit of open files is met, only as many as the rest of the descriptors can serve. */
function openAll(paths: readonly string[]): Fifo[] {
  const fifos: Fifo[] = []
  for (const path of paths) {
    try {
      const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
      fifos.push({ readFd, writerPath: `/proc/self/fd/${readFd}`, window: null })
    } catch (error) {
      if (fifos.length === 0) throw error
      for (const fifo of fifos.splice(Math.ceil(fifos.length / DESCRIPTORS_PER_RUN))) closeSync(fifo.readFd)
      break
    }
  }
  return fifos
}

/** Cleaning up goes on to the end: what is not there needs no removing. */
function attempt(step: () => void): void {
  try {
    step()
  } catch {}
}
