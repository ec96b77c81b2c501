import { afterEach, expect, test } from 'bun:test'
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { FifoPool } from './fifo-pool.ts'
import { OutputDrain } from './output-drain.ts'

const PIPE_BYTES = 65_536

const pool = new FifoPool()
afterEach(() => pool.relieve())

/** A drain whose command began at 0, and what happens to it: `look` returns how long until the next look. */
function startDrain() {
  const fifo = pool.take()
  const drain = new OutputDrain(fifo, 0)
  const writeFd = openSync(fifo.writerPath, constants.O_WRONLY)
  let nowMs = 0
  return {
    print: (byteCount: number) => writeSync(writeFd, new Uint8Array(byteCount)),
    look: () => {
      nowMs = drain.dueMs
      drain.read(nowMs)
      return drain.dueMs - nowMs
    },
    [Symbol.dispose]: () => {
      closeSync(writeFd)
      pool.giveBack(fifo, false)
    },
  }
}

test('a command that prints much is not held up, also when it begins late', () => {
  using drain = startDrain()
  for (let looks = 0; looks < 20; looks++) drain.look()
  expect(drain.look()).toBeGreaterThan(200)
  for (let looks = 0; looks < 200; looks++) {
    drain.print(PIPE_BYTES)
    expect(drain.look()).toBe(1)
  }
})

test('A7: a command that prints without end is emptied seldom, so that it costs little time', () => {
  using drain = startDrain()
  for (let bytes = 0; bytes <= 16 * 1024 * 1024; bytes += PIPE_BYTES) {
    drain.print(PIPE_BYTES)
    drain.look()
  }
  drain.print(PIPE_BYTES)
  expect(drain.look()).toBeGreaterThanOrEqual(20)
})
