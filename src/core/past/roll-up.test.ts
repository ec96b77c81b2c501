import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { CheckResult, MonitorState } from '../model/types.ts'
import {
  countCheck,
  countedAs,
  emptyRollUp,
  formatUptime,
  mergeRollUp,
  type RollUp,
  splitIntoBuckets,
  summarize,
  uptimeOf,
} from './roll-up.ts'

type Counted = Pick<CheckResult, 'outcome' | 'durationMs'>

const OUTCOMES = ['passed', 'warned', 'failed', 'timed_out', 'not_started', 'void'] as const
const STATUSES = ['pending', 'up', 'failing', 'down', 'paused'] as const

function rollUpOf(checks: readonly Counted[], time: Partial<RollUp> = {}): RollUp {
  const sums = { ...emptyRollUp(), ...time }
  for (const check of checks) countCheck(sums, check)
  return sums
}

describe('a check', () => {
  test.each([
    { outcome: 'passed', counts: [1, 0, 0], isTimed: true },
    { outcome: 'warned', counts: [1, 0, 0], isTimed: true },
    { outcome: 'failed', counts: [0, 1, 0], isTimed: true },
    { outcome: 'timed_out', counts: [0, 1, 0], isTimed: true },
    // It took no time, and would pull the percentiles down.
    { outcome: 'not_started', counts: [0, 1, 0], isTimed: false },
    { outcome: 'void', counts: [0, 0, 1], isTimed: false },
  ] as const)('that is $outcome counts as such', ({ outcome, counts, isTimed }) => {
    const sums = rollUpOf([{ outcome, durationMs: 20 }])
    expect([sums.passedCount, sums.failedCount, sums.voidCount]).toEqual([...counts])
    expect(sums.longestMs).toBe(isTimed ? 20 : 0)
    expect([...sums.durations.values()]).toEqual(isTimed ? [1] : [])
    expect([sums.upMs, sums.downMs]).toEqual([0, 0])
  })

  test('that was shorter leaves the longest as it is', () => {
    const lasted = (durationMs: number) => ({ outcome: 'passed', durationMs }) as const
    expect(rollUpOf([lasted(3), lasted(9), lasted(5)]).longestMs).toBe(9)
  })
})

describe('the summary', () => {
  test.each([
    {
      of: 'nothing',
      checks: [],
      summary: { checkCount: 0, failedCount: 0, p50Ms: null, p95Ms: null, longestMs: null },
    },
    {
      of: 'one that was never started',
      checks: [{ outcome: 'not_started', durationMs: 5 }],
      summary: { checkCount: 1, failedCount: 1, p50Ms: null, p95Ms: null, longestMs: null },
    },
    {
      of: 'void ones',
      checks: [{ outcome: 'void', durationMs: 5 }],
      summary: { checkCount: 0, failedCount: 0, p50Ms: null, p95Ms: null, longestMs: null },
    },
  ] as const)('of $of', ({ checks, summary }) => {
    expect(summarize(rollUpOf(checks))).toEqual(summary)
  })

  test('never has a percentile above the longest one', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.001, max: 1e7, noNaN: true }), { minLength: 1 }), (lasted) => {
        const { p50Ms, p95Ms, longestMs } = summarize(
          rollUpOf(lasted.map((durationMs) => ({ outcome: 'passed', durationMs }))),
        )
        expect(longestMs).toBe(Math.max(...lasted))
        expect(p95Ms).toBeLessThanOrEqual(longestMs ?? 0)
        expect(p50Ms).toBeLessThanOrEqual(p95Ms ?? 0)
      }),
    )
  })
})

describe('two times added up', () => {
  const check = fc.record({
    outcome: fc.constantFrom(...OUTCOMES),
    durationMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
  })
  const time = fc.record({ upMs: fc.nat(3_600_000), downMs: fc.nat(3_600_000) })

  test('are what one time with the checks of both is', () => {
    fc.assert(
      fc.property(fc.array(check), fc.array(check), time, time, (ones, others, one, other) => {
        const into = rollUpOf(ones, one)
        const from = rollUpOf(others, other)
        const before = structuredClone(from)
        mergeRollUp(into, from)
        const both = { upMs: one.upMs + other.upMs, downMs: one.downMs + other.downMs }
        expect(into).toEqual(rollUpOf([...ones, ...others], both))
        expect(from).toEqual(before)
      }),
    )
  })

  test('are the same with nothing added', () => {
    const sums = rollUpOf([{ outcome: 'failed', durationMs: 3 }], { upMs: 1, downMs: 2 })
    const before = structuredClone(sums)
    mergeRollUp(sums, emptyRollUp())
    expect(sums).toEqual(before)
  })
})

describe('the time after a check', () => {
  const expected: Record<MonitorState['status'], 'up' | 'down' | null> = {
    pending: null,
    up: 'up',
    failing: 'down',
    down: 'down',
    paused: null,
  }
  test.each(OUTCOMES.flatMap((outcome) => STATUSES.map((status) => ({ outcome, status }))))(
    'that is $outcome and leaves the monitor $status',
    ({ outcome, status }) => {
      expect(countedAs(outcome, status)).toBe(outcome === 'void' ? null : expected[status])
    },
  )
})

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

describe('splitIntoBuckets', () => {
  test.each<{ name: string; from: number; to: number; expected: [startMs: number, ms: number][] }>([
    { name: 'within one', from: 1010, to: 1040, expected: [[1000, 30]] },
    { name: 'exactly one', from: 1000, to: 1100, expected: [[1000, 100]] },
    {
      name: 'over an edge',
      from: 1090,
      to: 1120,
      expected: [
        [1000, 10],
        [1100, 20],
      ],
    },
    {
      name: 'whole ones in between',
      from: 1050,
      to: 1310,
      expected: [
        [1000, 50],
        [1100, 100],
        [1200, 100],
        [1300, 10],
      ],
    },
    {
      name: 'before 1970',
      from: -30,
      to: 20,
      expected: [
        [-100, 30],
        [0, 20],
      ],
    },
    { name: 'nothing at an edge', from: 1100, to: 1100, expected: [] },
    { name: 'nothing within one', from: 1050, to: 1050, expected: [] },
    { name: 'a clock that went back', from: 1050, to: 1020, expected: [] },
  ])('$name', ({ from, to, expected }) => {
    expect(splitIntoBuckets(from, to, 100).map(({ startMs, fromMs, toMs }) => [startMs, toMs - fromMs])).toEqual(
      expected,
    )
  })

  test('hours and days are those of UTC', () => {
    const from = Date.parse('2026-07-31T23:59:50Z')
    const to = Date.parse('2026-08-01T00:00:05Z')
    const midnightMs = Date.parse('2026-08-01T00:00:00Z')
    const [before, after] = [
      { fromMs: from, toMs: midnightMs },
      { fromMs: midnightMs, toMs: to },
    ]
    expect(splitIntoBuckets(from, to, HOUR_MS)).toEqual([
      { startMs: Date.parse('2026-07-31T23:00:00Z'), ...before },
      { startMs: midnightMs, ...after },
    ])
    expect(splitIntoBuckets(from, to, DAY_MS)).toEqual([
      { startMs: Date.parse('2026-07-31T00:00:00Z'), ...before },
      { startMs: midnightMs, ...after },
    ])
  })

  test('sums up, and each piece is inside its bucket, which follows the one before', () => {
    const start = fc.integer({ min: -40 * DAY_MS, max: 100 * 365 * DAY_MS })
    const length = fc.integer({ min: 1, max: 40 * DAY_MS })
    fc.assert(
      fc.property(start, length, fc.constantFrom(HOUR_MS, DAY_MS), (from, spanMs, bucketMs) => {
        const pieces = splitIntoBuckets(from, from + spanMs, bucketMs)
        expect(pieces.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)).toBe(spanMs)
        const firstStart = pieces[0]?.startMs ?? Number.NaN
        for (const [index, { startMs, fromMs, toMs }] of pieces.entries()) {
          expect(Math.abs(startMs % bucketMs)).toBe(0)
          expect(startMs).toBe(firstStart + index * bucketMs)
          // No more than the bucket and the span have in common, and something.
          expect(toMs).toBeGreaterThan(fromMs)
          expect(fromMs).toBe(Math.max(from, startMs))
          expect(toMs).toBe(Math.min(from + spanMs, startMs + bucketMs))
        }
      }),
    )
  })
})

test.each([
  { name: 'always up', upMs: 500, downMs: 0, expected: 1 },
  { name: 'always down', upMs: 0, downMs: 500, expected: 0 },
  { name: 'three quarters', upMs: 750, downMs: 250, expected: 0.75 },
  { name: 'not watched', upMs: 0, downMs: 0, expected: null },
])('uptime: $name', ({ upMs, downMs, expected }) => {
  expect(uptimeOf({ upMs, downMs })).toBe(expected)
})

test('a millisecond in a hundred years shows', () => {
  expect(formatUptime(uptimeOf({ upMs: 36_500 * DAY_MS, downMs: 1 }))).toBe('99.99%')
})

test.each([
  { share: 1, text: '100%' },
  { share: 0.9998, text: '99.98%' },
  { share: 0.99984, text: '99.98%' },
  { share: 0.99986, text: '99.99%' },
  { share: 0.99999, text: '99.99%' },
  { share: 1 - Number.EPSILON, text: '99.99%' },
  { share: 0.972, text: '97.20%' },
  { share: 0.5, text: '50.00%' },
  { share: 0.29, text: '29.00%' },
  { share: 0.0057, text: '0.57%' },
  { share: 0.0001, text: '0.01%' },
  { share: 0.00001, text: '0.01%' },
  { share: Number.MIN_VALUE, text: '0.01%' },
  { share: 0, text: '0%' },
  { share: null, text: '–' },
])('an uptime of $share reads $text', ({ share, text }) => {
  expect(formatUptime(share)).toBe(text)
})
