import { readSync } from 'node:fs'
import { errnoCode } from './errno-code.ts'
import type { Fifo } from './make-fifos.ts'

/** Where `readNow` puts what it reads. One for all, as everybody uses up what was read before the next read. */
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
