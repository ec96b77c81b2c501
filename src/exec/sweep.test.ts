import { expect, test } from 'bun:test'
import { Sweep } from './sweep.ts'

/** Collects visits as names, in order, until `count` have come. */
function visits(count: number, moveOnMs: (item: { name: string }) => number) {
  const seen: string[] = []
  const { promise, resolve } = Promise.withResolvers<string[]>()
  const sweep = new Sweep<{ name: string; dueMs: number }>((item, nowMs) => {
    expect(nowMs).toBeGreaterThanOrEqual(item.dueMs)
    seen.push(item.name)
    item.dueMs = nowMs + moveOnMs(item)
    if (seen.length === count) {
      for (const each of sweep.items) sweep.delete(each)
      resolve(seen)
    }
  })
  return { sweep, seen: promise }
}

test('visits each item when it is due, again and again', async () => {
  const { sweep, seen } = visits(4, ({ name }) => (name === 'slow' ? 10_000 : 100))
  const nowMs = performance.now()
  sweep.add({ name: 'slow', dueMs: nowMs + 150 })
  sweep.add({ name: 'quick', dueMs: nowMs })
  // In whatever order: a busy machine may wake late, when both are due.
  expect((await seen).toSorted()).toEqual(['quick', 'quick', 'quick', 'slow'])
})

test('wakes earlier for an item whose time has come nearer', async () => {
  const { sweep, seen } = visits(1, () => 10_000)
  const item = { name: 'hurried', dueMs: performance.now() + 60_000 }
  sweep.add(item)
  item.dueMs = performance.now()
  sweep.wake(item)
  expect(await seen).toEqual(['hurried'])
})

test('does not visit what was deleted', async () => {
  const { sweep, seen } = visits(1, () => 10_000)
  const gone = { name: 'gone', dueMs: performance.now() }
  sweep.add(gone)
  sweep.add({ name: 'kept', dueMs: performance.now() + 30 })
  sweep.delete(gone)
  expect(await seen).toEqual(['kept'])
})
