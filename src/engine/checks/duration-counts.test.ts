import { expect, test } from 'bun:test'
import type { Outcome } from '../../core/model/types.ts'
import { createDurationCounts } from './watched.ts'

function countsOf(outcome: Outcome, durationsMs: readonly number[]) {
  const durations = createDurationCounts()
  for (const durationMs of durationsMs) durations.add({ outcome, durationMs })
  return durations.tallies()
}

test.each<{ name: string; durationMs: number; firstBoundMs: number | undefined }>([
  { name: 'nothing at all', durationMs: 0, firstBoundMs: 5 },
  { name: 'a bound itself', durationMs: 5, firstBoundMs: 5 },
  { name: 'a little more than a bound', durationMs: 5.01, firstBoundMs: 10 },
  { name: 'the last bound', durationMs: 60_000, firstBoundMs: 60_000 },
  { name: 'more than the last bound', durationMs: 60_001, firstBoundMs: undefined },
])('$name counts in every bucket from the first that holds it', ({ durationMs, firstBoundMs }) => {
  const passed = countsOf('passed', [durationMs]).find(({ outcome }) => outcome === 'passed')
  const holding = passed?.buckets.filter(({ count }) => count === 1).map(({ boundMs }) => boundMs)
  const expected = passed?.buckets.map(({ boundMs }) => boundMs).filter((boundMs) => boundMs >= (firstBoundMs ?? 1e9))
  expect(holding).toEqual(expected)
  expect(passed).toMatchObject({ count: 1, sumMs: durationMs })
})

test('outcomes are counted apart, and all are there from the start', () => {
  const counts = countsOf('timed_out', [10_000, 20_000]).map(({ outcome, count, sumMs }) => [outcome, count, sumMs])
  expect(counts).toEqual([
    ['passed', 0, 0],
    ['warned', 0, 0],
    ['failed', 0, 0],
    ['timed_out', 2, 30_000],
    ['not_started', 0, 0],
  ])
})

test('what is void counts for nothing', () => {
  expect(countsOf('void', [7]).every(({ count, sumMs }) => count === 0 && sumMs === 0)).toBe(true)
})
