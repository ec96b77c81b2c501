import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { CheckResult, MonitorState } from '../model/types.ts'
import { countCheck, countedAs, emptyRollUp, mergeRollUp, type RollUp, summarize } from './roll-up.ts'

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
