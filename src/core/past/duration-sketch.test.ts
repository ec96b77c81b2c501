import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { DAY } from '../../../test/support/time.ts'
import {
  addDuration,
  type DurationSketch,
  decodeSketch,
  encodeSketch,
  mergeSketch,
  quantile,
} from './duration-sketch.ts'

/** Spread over the orders of magnitude, as durations are. */
const duration = fc
  .double({ min: Math.log(0.1), max: Math.log(DAY), noNaN: true })
  .map((log) => Math.min(Math.max(Math.exp(log), 0.1), DAY))
const durations = fc.array(duration, { maxLength: 200 })

describe('quantile', () => {
  test('is within 5 % of the exact one', () => {
    fc.assert(
      fc.property(fc.array(duration, { minLength: 1, maxLength: 200 }), share(), (list, q) => {
        const exact = exactQuantile(list, q)
        const error = Math.abs((quantile(sketchOf(list), q) ?? 0) - exact) / exact
        expect(error).toBeLessThanOrEqual(0.05 + 1e-9)
      }),
    )
  })

  test.each([
    { name: 'the smallest', q: 0, exact: 100 },
    { name: 'the median is the lower of the middle two', q: 0.5, exact: 200 },
    { name: 'just above the median', q: 0.51, exact: 400 },
    { name: 'the largest', q: 1, exact: 800 },
  ])('$name', ({ q, exact }) => {
    const value = quantile(sketchOf([800, 100, 400, 200]), q) ?? 0
    expect(value).toBeGreaterThanOrEqual(exact * 0.95)
    expect(value).toBeLessThanOrEqual(exact * 1.05)
  })

  test('is null of nothing', () => {
    expect(quantile(new Map(), 0.5)).toBeNull()
  })

  test.each([0, 0.05, 0.1, -1, Number.NaN])('%p ms goes to the lowest bucket', (ms) => {
    const value = quantile(sketchOf([ms]), 0.5)
    expect(value).toBeCloseTo(0.105, 9)
  })

  test('an endless duration goes to a bucket that can be kept', () => {
    const sketch = sketchOf([Infinity])
    expect(quantile(sketch, 1)).toBeGreaterThan(1e15)
    expect(decodeSketch(encodeSketch(sketch))).toEqual(sketch)
  })
})

test('merging is the same as adding all', () => {
  fc.assert(
    fc.property(durations, durations, (left, right) => {
      const merged = sketchOf(left)
      const from = sketchOf(right)
      mergeSketch(merged, from)
      expect(merged).toEqual(sketchOf([...left, ...right]))
      expect(from).toEqual(sketchOf(right))
    }),
  )
})

describe('encodeSketch and decodeSketch', () => {
  test('what was written is read back', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(511), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }))), (buckets) => {
        const sketch: DurationSketch = new Map(buckets)
        expect(decodeSketch(encodeSketch(sketch))).toEqual(sketch)
      }),
    )
  })

  test('the stored form stays as it is', () => {
    const sketch: DurationSketch = new Map([
      [70, 300],
      [0, 2],
      [73, 1],
    ])
    expect([...encodeSketch(sketch)]).toEqual([1, 2, 70, 0xac, 0x02, 3, 1])
    expect(encodeSketch(new Map())).toHaveLength(0)
  })

  test.each([
    { name: 'every 30 s', checks: 120 },
    { name: 'every second', checks: 3600 },
  ])('an hour of checks $name is less than 40 bytes', ({ checks }) => {
    // Most around 120 ms, some up to twice that, a few slow ones.
    const list = Array.from({ length: checks }, (_, index) => 100 + 40 * ((index * 0.618) % 1) + (index % 10 ? 0 : 90))
    expect(encodeSketch(sketchOf([...list, 450, 900, 2500])).length).toBeLessThan(40)
  })

  test.each<{ name: string; bytes: number[]; expected: [bucket: number, count: number][] }>([
    { name: 'nothing', bytes: [], expected: [] },
    { name: 'a bucket without its count', bytes: [71, 3, 2], expected: [[70, 3]] },
    { name: 'a count that is cut', bytes: [71, 3, 2, 0x80], expected: [[70, 3]] },
    { name: 'a step of zero', bytes: [71, 3, 0, 5, 1, 1], expected: [[70, 3]] },
    { name: 'a count of zero', bytes: [71, 3, 1, 0, 1, 1], expected: [[70, 3]] },
    { name: 'a bucket beyond the last', bytes: [71, 3, 0xff, 0x7f, 1, 1], expected: [[70, 3]] },
    { name: 'a count beyond whole numbers', bytes: [71, 3, 1, ...Array(9).fill(0xff), 1], expected: [[70, 3]] },
    { name: 'a number without end', bytes: Array(1000).fill(0x80).concat(0, 1), expected: [] },
  ])('damaged: $name', ({ bytes, expected }) => {
    expect([...decodeSketch(Uint8Array.from(bytes))]).toEqual(expected)
  })

  test('of cut bytes the whole buckets are read', () => {
    fc.assert(
      fc.property(durations, fc.nat(), (list, place) => {
        const whole = sketchOf(list)
        const bytes = encodeSketch(whole)
        const buckets = [...decodeSketch(bytes.subarray(0, place % (bytes.length + 1)))]
        expect(buckets).toEqual([...whole].sort(([a], [b]) => a - b).slice(0, buckets.length))
      }),
    )
  })

  test('any bytes give a sketch that can be used', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const sketch = decodeSketch(bytes)
        expect(decodeSketch(encodeSketch(sketch))).toEqual(sketch)
        expect(quantile(sketch, 0.95) === null).toBe(sketch.size === 0)
      }),
    )
  })
})

function share(): fc.Arbitrary<number> {
  return fc.oneof(fc.constantFrom(0, 0.5, 0.95, 0.99, 1), fc.double({ min: 0, max: 1, noNaN: true }))
}

function sketchOf(list: readonly number[]): DurationSketch {
  const sketch: DurationSketch = new Map()
  for (const ms of list) addDuration(sketch, ms)
  return sketch
}

/** Nearest rank. */
function exactQuantile(list: readonly number[], q: number): number {
  const sorted = [...list].sort((a, b) => a - b)
  return sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1] ?? Number.NaN
}
