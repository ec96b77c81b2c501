import { expect, test } from 'bun:test'
import { setImmediate } from 'node:timers/promises'
import { createQueue, createThrottle } from './password-check.ts'

function throttleAt() {
  let now = 0
  const throttle = createThrottle(() => now)
  return {
    ...throttle,
    pass: (ms: number) => {
      now += ms
    },
  }
}

/** How long until the next attempt may be made, in whole seconds. */
function pauseOf(throttle: ReturnType<typeof throttleAt>, key: string): number {
  for (let seconds = 0; ; seconds++) {
    if (throttle.take(key)) return seconds
    throttle.pass(1_000)
  }
}

test('pauses double up to a minute', () => {
  const throttle = throttleAt()
  const pauses = Array.from({ length: 13 }, () => pauseOf(throttle, 'a'))
  expect(pauses).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60])
})

test('other keys do not wait', () => {
  const throttle = throttleAt()
  for (let count = 0; count < 4; count++) throttle.take('a')
  expect([throttle.take('a'), throttle.take('b')]).toEqual([false, true])
})

test('a right password and a long pause both start the count anew', () => {
  const throttle = throttleAt()
  const use = () => [1, 2, 3, 4, 5].map(() => throttle.take('a'))
  expect(use()).toEqual([true, true, true, true, false])
  throttle.forgive('a')
  expect(use()).toEqual([true, true, true, true, false])
  throttle.pass(1_000_000)
  expect(use()).toEqual([true, true, true, true, false])
})

test('it remembers 10,000 keys and no more', () => {
  const throttle = throttleAt()
  for (let count = 0; count < 4; count++) throttle.take('first')
  for (let count = 0; count < 9_999; count++) throttle.take(`key ${count}`)
  expect(throttle.take('first')).toBe(false)
  throttle.take('one more')
  expect(throttle.take('first')).toBe(true)
})

test('two at once, two more wait in line, and the next is turned away', async () => {
  const inTurn = createQueue({ atOnce: 2, waitingLimit: 2 })
  const begun: number[] = []
  const ends = new Map<number, () => void>()
  const enter = (number: number) =>
    inTurn(async () => {
      begun.push(number)
      await new Promise<void>((resolve) => ends.set(number, resolve))
      return number
    })
  const passes = [1, 2, 3, 4].map(enter)
  expect(enter(5)).toBeNull()
  for (const number of [2, 1, 3, 4]) {
    await setImmediate()
    expect(begun.length).toBe(Math.min(4, 2 + [2, 1, 3, 4].indexOf(number)))
    ends.get(number)?.()
    expect(await passes[number - 1]).toBe(number)
  }
  expect(begun).toEqual([1, 2, 3, 4])
})

test('work that fails makes room, too', async () => {
  const inTurn = createQueue({ atOnce: 1, waitingLimit: 1 })
  const failing = inTurn(async () => {
    throw new Error('no')
  })
  expect(failing).rejects.toThrow('no')
  expect(await inTurn(async () => 'yes')).toBe('yes')
})
