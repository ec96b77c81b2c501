import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { HOUR } from '../../../test/support/time.ts'
import { formatAge, formatDuration, parseDuration } from './duration.ts'

test.each([
  { name: 'a number is seconds', value: 30, ms: 30_000 },
  { name: 'a fraction of a second', value: 0.5, ms: 500 },
  { name: 'nothing', value: 0, ms: 0 },
  { name: 'text without a unit is seconds', value: '30', ms: 30_000 },
  { name: 'milliseconds', value: '300ms', ms: 300 },
  { name: 'seconds', value: '30s', ms: 30_000 },
  { name: 'minutes and seconds', value: '1m30s', ms: 90_000 },
  { name: 'minutes, not the start of milliseconds', value: '5m', ms: 300_000 },
  { name: 'minutes and milliseconds', value: '1m5ms', ms: 60_005 },
  { name: 'a fraction with its unit', value: '1.5h', ms: 5_400_000 },
  { name: 'days', value: '40d', ms: 40 * 86_400_000 },
  { name: 'weeks and years', value: '1y2w', ms: 379 * 86_400_000 },
  { name: 'below a millisecond is rounded', value: '0.4ms', ms: 0 },
  { name: 'empty', value: '', ms: null },
  { name: 'negative number', value: -5, ms: null },
  { name: 'negative text', value: '-5s', ms: null },
  { name: 'not a number', value: Number.NaN, ms: null },
  { name: 'endless', value: Infinity, ms: null },
  { name: 'over a hundred years', value: '101y', ms: null },
  { name: 'space', value: '30 s', ms: null },
  { name: 'smaller unit first', value: '30s1m', ms: null },
  { name: 'a unit twice', value: '1s1s', ms: null },
  { name: 'unknown unit', value: '5 minutes', ms: null },
  { name: 'upper case', value: '30S', ms: null },
  { name: 'exponent', value: '1e3', ms: null },
  { name: 'digits of another script', value: '٣s', ms: null },
  { name: 'line break at the end', value: '30s\n', ms: null },
])('reads $name', ({ value, ms }) => {
  expect(parseDuration(value)).toBe(ms)
})

test.each([
  { ms: 0, text: '0s' },
  { ms: 300, text: '300ms' },
  { ms: 30_000, text: '30s' },
  { ms: 90_000, text: '1m30s' },
  { ms: 7_200_000, text: '2h' },
  { ms: 90_061_001, text: '1d1h1m1s1ms' },
])('writes $text', ({ ms, text }) => {
  expect(formatDuration(ms)).toBe(text)
})

test('what is written is read back as the same time', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100 * 365 * 86_400_000 }), (ms) => {
      expect(parseDuration(formatDuration(ms))).toBe(ms)
    }),
  )
})

test('no text makes it slow or throw', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const ms = parseDuration(text)
      expect(ms === null || Number.isInteger(ms)).toBe(true)
    }),
  )
  expect(parseDuration('1'.repeat(100_000))).toBeNull()
})

test.each([
  { ms: -5, text: '0s' },
  { ms: 999, text: '0s' },
  { ms: 12_900, text: '12s' },
  { ms: 61_999, text: '1m1s' },
  { ms: HOUR, text: '1h' },
  { ms: 3 * HOUR + 12 * 60_000 + 59_000, text: '3h12m' },
  { ms: 77 * HOUR + 59 * 60_000, text: '3d5h' },
  { ms: 400 * 24 * HOUR, text: '400d' },
])('$ms ms is $text', ({ ms, text }) => {
  expect(formatAge(ms)).toBe(text)
})
