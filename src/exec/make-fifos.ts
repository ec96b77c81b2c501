import { closeSync, constants, openSync } from 'node:fs'
import type { OutputWindow } from './output-window.ts'
import { inPrivateDirectory } from './private-directory.ts'

/** A named pipe without a name: its reading end is open, and the way to open it for writing goes through /proc. */
export interface Fifo {
  readonly readFd: number
  readonly writerPath: string
  /** For commands that print while they run. Made when the first of them does, and used again by all later ones. */
  window: OutputWindow | null
}

/**
 * Makes up to `count` FIFOs, and at least one. They are in the file system only while this runs, so that no death of
 * Minitor leaves one behind. Throws when not even one could be made: a system error if something ran out.
 */
export function makeFifos(count: number): Fifo[] {
  const names = Array.from({ length: count }, (_, index) => `${index}`)
  return inPrivateDirectory(names, (paths) => {
    const { exitCode } = Bun.spawnSync(['mkfifo', ...paths], { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' })
    if (exitCode !== 0) throw new Error(`mkfifo ended with exit code ${exitCode}`)
    return openAll(paths)
  })
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
