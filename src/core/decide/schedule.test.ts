import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { DAY } from '../../../test/support/time.ts'
import { nextSlot, spreadSlot } from './schedule.ts'

describe('nextSlot', () => {
  test.each([
    { name: 'in time', slotMs: 0, intervalMs: 10, afterMs: 3, atMs: 10, skippedCount: 0 },
    { name: 'exactly at the next slot', slotMs: 0, intervalMs: 10, afterMs: 10, atMs: 20, skippedCount: 1 },
    {
      name: 'B6: after a run longer than two intervals',
      slotMs: 0,
      intervalMs: 10,
      afterMs: 25,
      atMs: 30,
      skippedCount: 2,
    },
    { name: 'before the slot itself', slotMs: 50, intervalMs: 10, afterMs: 20, atMs: 60, skippedCount: 0 },
    {
      name: 'B5: 40 days, more than a timer holds',
      slotMs: 0,
      intervalMs: 40 * DAY,
      afterMs: 1,
      atMs: 40 * DAY,
      skippedCount: 0,
    },
  ])('$name', ({ slotMs, intervalMs, afterMs, atMs, skippedCount }) => {
    expect(nextSlot({ slotMs, intervalMs, afterMs })).toEqual({ atMs, skippedCount })
  })

  test('is the first slot of the grid that is still to come, and counts those in between', () => {
    const ms = fc.double({ min: 0, max: 1e9, noNaN: true })
    fc.assert(
      fc.property(ms, fc.integer({ min: 100, max: 1e7 }), ms, (slotMs, intervalMs, laterMs) => {
        const afterMs = slotMs + laterMs
        const { atMs, skippedCount } = nextSlot({ slotMs, intervalMs, afterMs })
        expect(atMs).toBeGreaterThan(afterMs)
        expect(atMs - afterMs).toBeLessThanOrEqual(intervalMs * (1 + 1e-9))
        expect(Math.abs((atMs - slotMs) / intervalMs - (skippedCount + 1))).toBeLessThan(1e-6)
      }),
    )
  })
})

describe('spreadSlot', () => {
  test.each([
    { name: 'a few come within the second', count: 5, intervalMs: 30_000, lastMs: 400 },
    { name: 'B7: 5,000 are spread over the interval', count: 5000, intervalMs: 30_000, lastMs: 29_994 },
    { name: 'a short interval is not exceeded', count: 10, intervalMs: 100, lastMs: 90 },
  ])('$name', ({ count, intervalMs, lastMs }) => {
    expect(spreadSlot({ nowMs: 0, index: 0, count, intervalMs })).toBe(0)
    expect(spreadSlot({ nowMs: 0, index: count - 1, count, intervalMs })).toBeCloseTo(lastMs)
  })
})
