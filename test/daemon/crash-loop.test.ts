import { expect, test } from 'bun:test'
import { runCrashLoop } from '../crash-loop/crash-loop.ts'

const ROUNDS = 30

test(`D1: killed ${ROUNDS} times at random moments: every outage is told, in order, and its end`, async () => {
  const seed = Date.now() % 1_000_000
  const { violations, summary } = await runCrashLoop({ rounds: ROUNDS, seed })
  const replay = `npx bun test/crash-loop/run.ts ${ROUNDS} --seed ${seed}`
  expect({ violations, replay }).toEqual({ violations: [], replay })
  // A loop in which nothing happens proves nothing.
  expect(summary.rounds).toBe(ROUNDS)
  expect(summary.incidents).toBeGreaterThan(10)
  expect(summary.told).toBeGreaterThan(2 * summary.incidents)
  expect(summary.killedInDelivery).toBeGreaterThan(3)
})
