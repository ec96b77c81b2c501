import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { DAY, HOUR } from '../../../test/support/time.ts'
import { formatUptime, splitIntoBuckets, uptimeOf } from './roll-up.ts'

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
    expect(splitIntoBuckets(from, to, 100)).toEqual(expected.map(([startMs, ms]) => ({ startMs, ms })))
  })

  test('hours and days are those of UTC', () => {
    const from = Date.parse('2026-07-31T23:59:50Z')
    const to = Date.parse('2026-08-01T00:00:05Z')
    expect(splitIntoBuckets(from, to, HOUR)).toEqual([
      { startMs: Date.parse('2026-07-31T23:00:00Z'), ms: 10_000 },
      { startMs: Date.parse('2026-08-01T00:00:00Z'), ms: 5000 },
    ])
    expect(splitIntoBuckets(from, to, DAY)).toEqual([
      { startMs: Date.parse('2026-07-31T00:00:00Z'), ms: 10_000 },
      { startMs: Date.parse('2026-08-01T00:00:00Z'), ms: 5000 },
    ])
  })

  test('sums up, and each piece is inside its bucket, which follows the one before', () => {
    const start = fc.integer({ min: -40 * DAY, max: 100 * 365 * DAY })
    const length = fc.integer({ min: 1, max: 40 * DAY })
    fc.assert(
      fc.property(start, length, fc.constantFrom(HOUR, DAY), (from, spanMs, bucketMs) => {
        const pieces = splitIntoBuckets(from, from + spanMs, bucketMs)
        expect(pieces.reduce((sum, { ms }) => sum + ms, 0)).toBe(spanMs)
        const firstStart = pieces[0]?.startMs ?? Number.NaN
        for (const [index, { startMs, ms }] of pieces.entries()) {
          expect(Math.abs(startMs % bucketMs)).toBe(0)
          expect(startMs).toBe(firstStart + index * bucketMs)
          // No more than the bucket and the span have in common, and something.
          expect(ms).toBeGreaterThan(0)
          expect(ms).toBe(Math.min(from + spanMs, startMs + bucketMs) - Math.max(from, startMs))
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
  expect(formatUptime(uptimeOf({ upMs: 36_500 * DAY, downMs: 1 }))).toBe('99.99%')
})

test.each([
  { share: 1, text: '100%' },
  { share: 0.9998, text: '99.98%' },
  { share: 0.99984, text: '99.98%' },
  { share: 0.99986, text: '99.99%' },
  { share: 0.99999, text: '99.99%' },
  { share: 1 - Number.EPSILON, text: '99.99%' },
  { share: 0.972, text: '97.2%' },
  { share: 0.5, text: '50%' },
  { share: 0.29, text: '29%' },
  { share: 0.0057, text: '0.57%' },
  { share: 0.0001, text: '0.01%' },
  { share: 0.00001, text: '0.01%' },
  { share: Number.MIN_VALUE, text: '0.01%' },
  { share: 0, text: '0%' },
  { share: null, text: '–' },
])('an uptime of $share reads $text', ({ share, text }) => {
  expect(formatUptime(share)).toBe(text)
})
