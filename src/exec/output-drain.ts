import { type Fifo, readBuffer, readNow } from './fifo-pool.ts'
import { decodeOutput, OutputWindow } from './output-window.ts'

// Most commands have ended by the first read and never need a second.
const FIRST_PACE_MS = 25
const FLOWING_PACE_MS = 1
const SLOWEST_PACE_MS = 250

// A writer that filled a page may be waiting for room.
const FLOWING_BYTES = 4096

// A command that prints more is most likely printing for ever; from here on it gets 3 MB a second.
const FLOOD_BYTES = 16 * 1024 * 1024
const FLOOD_PACE_MS = 20

// Reads fall on common ticks, so that many quiet commands share one wake-up.
const TICK_MS = 16

// A pipe holds at most 1 MiB; anything after that is printed by processes that were left behind.
const MAX_LAST_READS = 17

/** Empties the FIFO of one command: at once while data flows, seldom while it is quiet, to the end after its exit. */
export class OutputDrain {
  readonly #fifo: Fifo
  #keptBytes = 0
  #paceMs = FIRST_PACE_MS
  /** Monotonic milliseconds of the next read. */
  dueMs: number

  constructor(fifo: Fifo, nowMs: number) {
    this.#fifo = fifo
    this.dueMs = nowMs + FIRST_PACE_MS
  }

  /** Reads what is there, and sets `dueMs` anew. */
  read(nowMs: number): void {
    const byteCount = readNow(this.#fifo, 0)
    if (byteCount > 0) this.#keep(byteCount)
    this.#paceMs = this.#nextPaceMs(byteCount)
    const dueMs = nowMs + this.#paceMs
    this.dueMs = this.#paceMs < TICK_MS ? dueMs : Math.ceil(dueMs / TICK_MS) * TICK_MS
  }

  /** Reads what is left after the command's exit. `isHeld`: a process it left behind can still write. */
  finish(): { readonly text: string; readonly isHeld: boolean } {
    let filled = 0
    let byteCount = readNow(this.#fifo, 0)
    for (let reads = 1; byteCount > 0; reads++) {
      filled += byteCount
      if (reads === MAX_LAST_READS) break
      if (filled === readBuffer.length) {
        this.#keep(filled)
        filled = 0
      }
      byteCount = readNow(this.#fifo, filled)
    }
    const isHeld = byteCount !== 0
    if (this.#keptBytes === 0) return { text: decodeOutput(readBuffer, filled), isHeld }
    return { text: this.#keep(filled).text(), isHeld }
  }

  #keep(byteCount: number): OutputWindow {
    this.#fifo.window ??= new OutputWindow()
    const window = this.#fifo.window
    if (this.#keptBytes === 0) window.clear()
    window.append(readBuffer, byteCount)
    this.#keptBytes += byteCount
    return window
  }

  #nextPaceMs(byteCount: number): number {
    if (byteCount < FLOWING_BYTES) return Math.min(SLOWEST_PACE_MS, this.#paceMs * 2)
    return this.#keptBytes > FLOOD_BYTES ? FLOOD_PACE_MS : FLOWING_PACE_MS
  }
}
