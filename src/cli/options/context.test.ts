import { describe, expect, test } from 'bun:test'
import { DAY } from '../../../test/support/time.ts'
import { parseSince } from './context.ts'

const NOW = Date.parse('2026-07-31T12:34:00Z')

test.each([
  { text: '24h', atMs: NOW - DAY },
  { text: '7d', atMs: NOW - 7 * DAY },
  { text: '90', atMs: NOW - 90_000 },
  { text: '2026-07-30T10:00Z', atMs: Date.parse('2026-07-30T10:00Z') },
  { text: '2026-07-30T10:00:30.5+02:00', atMs: Date.parse('2026-07-30T08:00:30.500Z') },
  { text: '2026-07-30', atMs: new Date(2026, 6, 30).getTime() },
  { text: '2026-07-30 10:15:30', atMs: new Date(2026, 6, 30, 10, 15, 30).getTime() },
])('--since $text', ({ text, atMs }) => {
  expect(parseSince(text, NOW)).toBe(atMs)
})

describe('is refused', () => {
  test.each([
    { text: 'yesterday', says: 'a duration or a time, not "yesterday"' },
    { text: '', says: 'a duration or a time' },
    { text: '-1h', says: 'a duration or a time' },
    { text: '2026-13-01', says: 'a duration or a time' },
    { text: '2026-08-01', says: 'in the future' },
  ])('--since "$text"', ({ text, says }) => {
    expect(() => parseSince(text, NOW)).toThrow(says)
  })
})
