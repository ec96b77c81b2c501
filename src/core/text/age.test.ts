import { expect, test } from 'bun:test'
import { formatAge } from './duration.ts'

const HOUR = 3_600_000

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
