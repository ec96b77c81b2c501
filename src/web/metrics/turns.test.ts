import { expect, test } from 'bun:test'
import { createTurns } from './turns.ts'

test.each<{ name: string; othersMs: number; expected: number[] }>([
  { name: 'others have nothing to do', othersMs: 0, expected: [10, 20, 30, 40] },
  { name: 'others take a little', othersMs: 20, expected: [10, 30, 50, 70] },
  { name: 'others take a second', othersMs: 1_000, expected: [10, 60, 110, 160] },
])('$name', async ({ othersMs, expected }) => {
  let nowMs = 0
  let workedMs = 0
  const turnsAt: number[] = []
  const pause = createTurns({
    monotonicMs: () => nowMs,
    async nextTurn() {
      turnsAt.push(workedMs)
      nowMs += othersMs
    },
  })
  while (turnsAt.length < expected.length) {
    workedMs++
    nowMs++
    await pause()
  }
  expect(turnsAt).toEqual(expected)
})
