import { afterEach, expect, test } from 'bun:test'
import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs'
import { type Fifo, FifoPool } from './fifo-pool.ts'

const pool = new FifoPool()
afterEach(() => pool.relieve())

const openWriter = (fifo: Fifo) => openSync(fifo.writerPath, constants.O_WRONLY)

function isOpen(fifo: Fifo): boolean {
  try {
    return fstatSync(fifo.readFd).isFIFO()
  } catch {
    return false
  }
}

test('a FIFO is used again', () => {
  const fifo = pool.take()
  pool.giveBack(fifo, false)
  expect(pool.take()).toBe(fifo)
  pool.giveBack(fifo, false)
})

test('many at once are all different', () => {
  const taken = Array.from({ length: 100 }, () => pool.take())
  expect(new Set(taken.map((fifo) => fifo.readFd)).size).toBe(100)
  for (const fifo of taken) pool.giveBack(fifo, false)
})

test('a FIFO has no name in the file system', () => {
  const fifo = pool.take()
  expect(fstatSync(fifo.readFd).nlink).toBe(0)
  pool.giveBack(fifo, false)
})

test('one that is held is used again only when its last writer is gone', () => {
  const held = pool.take()
  const writeFd = openWriter(held)
  writeSync(writeFd, 'not for the next one')
  pool.giveBack(held, true)
  const others = Array.from({ length: 20 }, () => pool.take())
  expect(others).not.toContain(held)
  closeSync(writeFd)
  const more = Array.from({ length: 100 }, () => pool.take())
  expect(more).toContain(held)
  for (const fifo of [...others, ...more]) pool.giveBack(fifo, false)
})

test('of too many that are held the oldest is given up', () => {
  const taken = Array.from({ length: 65 }, () => pool.take())
  const writers = taken.map(openWriter)
  for (const fifo of taken) pool.giveBack(fifo, true)
  expect(taken.map(isOpen)).toEqual([false, ...Array.from({ length: 64 }, () => true)])
  for (const fd of writers) closeSync(fd)
})

test('in need, all that nobody uses are closed', () => {
  const [used, free, held] = [pool.take(), pool.take(), pool.take()]
  pool.giveBack(free, false)
  pool.giveBack(held, true)
  pool.relieve()
  expect([used, free, held].map(isOpen)).toEqual([true, false, false])
  pool.giveBack(used, false)
})
