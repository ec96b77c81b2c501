import { expect, test } from 'bun:test'
import { setImmediate } from 'node:timers/promises'
import { createTurnstile } from './turnstile.ts'

test('so many at once, so many wait, in their order, and no more', async () => {
  const turnstile = createTurnstile({ atOnce: 2, waiting: 2 })
  const begun: number[] = []
  const ends = new Map<number, () => void>()
  const enter = (number: number) =>
    turnstile.pass(async () => {
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

test('what fails makes room, too', async () => {
  const turnstile = createTurnstile({ atOnce: 1, waiting: 1 })
  const failing = turnstile.pass(async () => {
    throw new Error('no')
  })
  expect(failing).rejects.toThrow('no')
  expect(await turnstile.pass(async () => 'yes')).toBe('yes')
})
