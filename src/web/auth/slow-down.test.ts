import { expect, test } from 'bun:test'
import { createSlowDown } from './slow-down.ts'

function slowDownAt() {
  let now = 0
  const slowDown = createSlowDown(() => now)
  return {
    ...slowDown,
    pass: (ms: number) => {
      now += ms
    },
  }
}

/** How long until the next attempt may be made, in whole seconds. */
function pauseOf(slowDown: ReturnType<typeof slowDownAt>, key: string): number {
  for (let seconds = 0; ; seconds++) {
    if (slowDown.take(key)) return seconds
    slowDown.pass(1_000)
  }
}

test('pauses double up to a minute', () => {
  const slowDown = slowDownAt()
  const pauses = Array.from({ length: 13 }, () => pauseOf(slowDown, 'a'))
  expect(pauses).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60])
})

test('others do not wait', () => {
  const slowDown = slowDownAt()
  for (let count = 0; count < 4; count++) slowDown.take('a')
  expect([slowDown.take('a'), slowDown.take('b')]).toEqual([false, true])
})

test('who is right begins anew, as does who comes back later', () => {
  const slowDown = slowDownAt()
  const use = () => [1, 2, 3, 4, 5].map(() => slowDown.take('a'))
  expect(use()).toEqual([true, true, true, true, false])
  slowDown.forgive('a')
  expect(use()).toEqual([true, true, true, true, false])
  slowDown.pass(1_000_000)
  expect(use()).toEqual([true, true, true, true, false])
})

test('it remembers so many and no more', () => {
  const slowDown = slowDownAt()
  for (let count = 0; count < 4; count++) slowDown.take('first')
  for (let count = 0; count < 9_999; count++) slowDown.take(`key ${count}`)
  expect(slowDown.take('first')).toBe(false)
  slowDown.take('one more')
  expect(slowDown.take('first')).toBe(true)
})
