import { expect, jest, test } from 'bun:test'
import { createSharedWork } from './shared-work.ts'

/** Work that ends when told to, and has cost as much as told. */
function setUp() {
  let nowMs = 0
  const started: PromiseWithResolvers<string>[] = []
  const share = createSharedWork(
    () => {
      const work = Promise.withResolvers<string>()
      started.push(work)
      return work.promise
    },
    () => nowMs,
  )
  const spend = (ms: number) => {
    nowMs += ms
  }
  return { share, started, spend }
}

test('who asks while it is made gets the same answer', async () => {
  const { share, started } = setUp()
  const answers = [share(), share()]
  started[0]?.resolve('one')
  expect(await Promise.all(answers)).toEqual(['one', 'one'])
  expect(started).toHaveLength(1)
})

test('G9: the answer stays good for ten times its cost, and is forgotten then', async () => {
  jest.useFakeTimers()
  try {
    const { share, started, spend } = setUp()
    const first = share()
    spend(5)
    started[0]?.resolve('one')
    await first
    jest.advanceTimersByTime(49)
    expect(await share()).toBe('one')
    jest.advanceTimersByTime(1)
    const second = share()
    started[1]?.resolve('two')
    expect(await second).toBe('two')
  } finally {
    jest.useRealTimers()
  }
})

test('a failure is not kept', async () => {
  const { share, started } = setUp()
  const first = share()
  started[0]?.reject(new Error('no'))
  expect(first).rejects.toThrow('no')
  await first.catch(() => {})
  const second = share()
  started[1]?.resolve('two')
  expect(await second).toBe('two')
})

test('an answer that took long is good for five seconds', async () => {
  jest.useFakeTimers()
  try {
    const { share, started, spend } = setUp()
    const first = share()
    spend(4_000)
    started[0]?.resolve('one')
    await first
    jest.advanceTimersByTime(4_999)
    void share()
    expect(started).toHaveLength(1)
    jest.advanceTimersByTime(1)
    void share()
    expect(started).toHaveLength(2)
  } finally {
    jest.useRealTimers()
  }
})
