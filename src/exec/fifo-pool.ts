import { closeSync, constants, openSync, readSync } from 'node:fs'
import { errnoCode } from './errno-code.ts'
import type { OutputWindow } from './output-window.ts'
import { inPrivateDirectory } from './private-directory.ts'

// The pool doubles, so that few commands at once need few descriptors and many need few batches.
const FIRST_BATCH = 4
const LARGEST_BATCH = 64

// A background process can hold its FIFO for years; this many stay open for them before the oldest is closed.
const MAX_HELD = 64

// Often enough that a background process rarely waits for room, seldom enough to cost nothing.
const HELD_PACE_MS = 1000

/**
 * FIFOs for commands that run, used again and again. If a command has ended while a process it left behind still holds
 * its FIFO, that stays open and is emptied now and then: closing it would kill the process by SIGPIPE at its next write.
 */
export class FifoPool {
  #free: Fifo[] = []
  #held: Fifo[] = []
  #takenCount = 0
  #timer: ReturnType<typeof setInterval> | null = null

  /** Makes sure that there is one. Throws when no FIFO can be made. */
  prepare(): void {
    this.giveBack(this.take(), false)
  }

  /** Throws when no FIFO can be made. */
  take(): Fifo {
    if (this.#free.length === 0) this.#reclaim()
    if (this.#free.length === 0) this.#free = makeFifos(this.#nextBatch())
    const fifo = this.#free.pop()
    if (fifo === undefined) throw new Error('made no FIFO')
    this.#takenCount++
    return fifo
  }

  /** `isHeld`: a process that can write to it is left. */
  giveBack(fifo: Fifo, isHeld: boolean): void {
    this.#takenCount--
    if (!isHeld) {
      this.#free.push(fifo)
      return
    }
    this.#held.push(fifo)
    if (this.#held.length > MAX_HELD) closeAll(this.#held.splice(0, 1))
    if (this.#timer === null) this.#timer = setInterval(() => this.#reclaim(), HELD_PACE_MS).unref()
  }

  /** Closes all FIFOs that no running command needs, when descriptors have run out. */
  relieve(): void {
    closeAll(this.#free.splice(0))
    closeAll(this.#held.splice(0))
    this.#stopTimer()
  }

  #nextBatch(): number {
    return Math.min(LARGEST_BATCH, Math.max(FIRST_BATCH, this.#takenCount))
  }

  #reclaim(): void {
    if (this.#held.length === 0) return
    const released = new Set(this.#held.filter((fifo) => readNow(fifo, 0) === 0))
    this.#free.push(...released)
    this.#held = this.#held.filter((fifo) => !released.has(fifo))
    if (this.#held.length === 0) this.#stopTimer()
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }
}

function closeAll(fifos: readonly Fifo[]): void {
  for (const fifo of fifos) closeSync(fifo.readFd)
}

/** A named pipe without a name: its reading end is open, and it is opened for writing through /proc. */
export interface Fifo {
  readonly readFd: number
  readonly writerPath: string
  /** For commands that print while they run. Made for the first of them, and used again by all later ones. */
  window: OutputWindow | null
}

/**
 * Makes up to `count` FIFOs, and at least one. They are in the file system only while this runs, so that no death of
 * Minitor leaves one behind. Throws when not even one could be made: a system error if something ran out.
 */
function makeFifos(count: number): Fifo[] {
  if (Bun.which('mkfifo') === null) throw new Error('"mkfifo" is in none of the directories of PATH')
  const names = Array.from({ length: count }, (_, index) => `${index}`)
  return inPrivateDirectory('pipes', names, (paths) => {
    const { exitCode } = Bun.spawnSync(['mkfifo', ...paths], { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' })
    if (exitCode !== 0) throw new Error(`mkfifo ended with exit code ${exitCode}`)
    return openAll(paths)
  })
}

// A command needs a descriptor for its FIFO, one to hand it over and one to watch its process.
const DESCRIPTORS_PER_RUN = 3

/** At least one; at the limit of open files (EMFILE), only as many as the remaining descriptors can serve. */
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

/** Where `readNow` puts what it reads. One for all, as each reader uses it up before the next read. */
export const readBuffer = Buffer.allocUnsafeSlow(64 * 1024)

/** Reads what is there without waiting: how many bytes, 0 when no writer is left, -1 when there is nothing yet. */
export function readNow(fifo: Fifo, offset: number): number {
  try {
    return readSync(fifo.readFd, readBuffer, offset, readBuffer.length - offset, null)
  } catch (error) {
    if (errnoCode(error) === 'EAGAIN') return -1
    throw error
  }
}
