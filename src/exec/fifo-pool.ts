import { closeSync } from 'node:fs'
import { type Fifo, makeFifos } from './make-fifos.ts'
import { readNow } from './read-now.ts'

// The pool doubles, so that few commands at once need few descriptors and many need few batches.
const FIRST_BATCH = 4
const LARGEST_BATCH = 64

// A background process can hold its FIFO for years; so many are kept open for them before the oldest is given up.
const MAX_HELD = 64

// Often enough that a background process rarely waits for room, seldom enough to cost nothing.
const HELD_PACE_MS = 1000

/**
 * FIFOs for commands that run, used again and again. One whose command has ended while a process it left behind still
 * holds it is kept open and emptied now and then, as closing it would end that process with SIGPIPE at its next word.
 */
export class FifoPool {
  #free: Fifo[] = []
  #held: Fifo[] = []
  #takenCount = 0
  #timer: ReturnType<typeof setInterval> | null = null

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

  /** Closes all that no running command needs, when descriptors have run out. */
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
