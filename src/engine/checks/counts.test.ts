import { expect, test } from 'bun:test'
import type { Outcome } from '../../core/model/types.ts'
import { createDurationCounts } from './counts.ts'

/** The histogram of one outcome, after checks of that outcome: its buckets by their bounds in seconds. */
function countsOf(outcome: Outcome, durationsMs: readonly number[], asked = outcome) {
  const durations = createDurationCounts()
  for (const durationMs of durationsMs) durations.add({ outcome, durationMs })
  const samples = [...durations.family.samples()].filter(({ labels }) => labels.outcome === asked)
  const sampleValue = (suffix: string) => samples.find((sample) => sample.suffix === suffix)?.value
  const buckets = samples.flatMap(({ labels: { le }, value }) => (le === undefined ? [] : [{ le, value }]))
  return { buckets, count: sampleValue('_count'), sum: sampleValue('_sum') }
}

test.each<{ name: string; durationMs: number; firstBound: string }>([
  { name: 'nothing at all', durationMs: 0, firstBound: '0.005' },
  { name: 'a bound itself', durationMs: 5, firstBound: '0.005' },
  { name: 'a little more than a bound', durationMs: 5.01, firstBound: '0.01' },
  { name: 'the last bound', durationMs: 60_000, firstBound: '60' },
  { name: 'more than the last bound', durationMs: 60_001, firstBound: '+Inf' },
])('$name counts in every bucket from the first that holds it', ({ durationMs, firstBound }) => {
  const { buckets, count, sum } = countsOf('passed', [durationMs])
  const bounds = buckets.map(({ le }) => le)
  expect(buckets.filter(({ value }) => value === 1).map(({ le }) => le)).toEqual(
    bounds.slice(bounds.indexOf(firstBound)),
  )
  expect([count, sum]).toEqual([1, durationMs / 1000])
})

test('bounds ascend, and each bucket holds what those before it hold', () => {
  const { buckets, count } = countsOf('passed', [1, 40, 40, 2000, 70_000])
  expect(buckets.map(({ le, value }) => `${le}: ${value}`).join(', ')).toBe(
    '0.005: 1, 0.01: 1, 0.025: 1, 0.05: 3, 0.1: 3, 0.25: 3, 0.5: 3, 1: 3, 2.5: 4, 5: 4, 10: 4, 30: 4, 60: 4, +Inf: 5',
  )
  expect(count).toBe(5)
})

test('outcomes are counted apart, and all are there from the start', () => {
  const seen = (['passed', 'warned', 'failed', 'timed_out', 'not_started'] as const).map((asked) => {
    const { count, sum } = countsOf('timed_out', [10_000, 20_000], asked)
    return [asked, count, sum]
  })
  expect(seen).toEqual([
    ['passed', 0, 0],
    ['warned', 0, 0],
    ['failed', 0, 0],
    ['timed_out', 2, 30],
    ['not_started', 0, 0],
  ])
})

test('what is void counts for nothing', () => {
  const durations = createDurationCounts()
  durations.add({ outcome: 'void', durationMs: 7 })
  expect([...durations.family.samples()].every(({ value }) => value === 0)).toBe(true)
})
