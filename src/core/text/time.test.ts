import { expect, test } from 'bun:test'
import { isTimeZone, localTime, wholeTime, withTimes } from './time.ts'

// All on the clock of the machine that runs the tests, wherever it is.
const NOW_MS = new Date(2026, 5, 1, 18, 4, 5).getTime()
const at = (...[day, hour, minute, second]: [number, number, number, number]) =>
  new Date(2026, 5, day, hour, minute, second).getTime()

test.each([
  { name: 'today', time: at(1, 20, 9, 30), shown: '20:09' },
  { name: 'earlier today', time: at(1, 3, 0, 0), shown: '03:00' },
  { name: 'ten minutes from now', time: at(1, 18, 14, 5), shown: '18:14' },
  { name: 'less than that', time: at(1, 18, 14, 4), shown: '18:14:04' },
  { name: 'a moment ago', time: at(1, 18, 4, 0), shown: '18:04:00' },
  { name: 'tomorrow', time: at(2, 0, 0, 0), shown: '2026-06-02 00:00' },
  { name: 'at this time tomorrow', time: at(2, 18, 4, 5), shown: '2026-06-02 18:04' },
  { name: 'yesterday', time: at(0, 23, 59, 0), shown: '2026-05-31 23:59' },
  { name: 'in a year', time: new Date(2027, 5, 1, 18, 4).getTime(), shown: '2027-06-01 18:04' },
])('a time $name', ({ time, shown }) => {
  expect(localTime(time, NOW_MS)).toBe(shown)
})

test('a time in a zone, with its day there', () => {
  const nowMs = Date.parse('2026-06-01T18:04:05Z')
  expect(localTime(nowMs, nowMs, 'Asia/Kathmandu')).toBe('23:49:05')
  expect(localTime(nowMs + 3_600_000, nowMs, 'Asia/Kathmandu')).toBe('2026-06-02 00:49')
  expect(wholeTime(nowMs, 'America/New_York')).toBe('2026-06-01 14:04:05 (America/New_York)')
})

test('the times in a text are written for who reads it', () => {
  const text = 'no success yet, due 2026-03-01T12:00:00Z; before 2026-03-01T11:59:59.123Z, not 2026-03-01'
  expect(withTimes(text, (atMs) => `<${atMs - Date.parse('2026-03-01T12:00:00Z')}>`)).toBe(
    'no success yet, due <0>; before <-877>, not 2026-03-01',
  )
})

test.each([
  ['Europe/Berlin', true],
  ['UTC', true],
  ['Berlin', false],
  ['', false],
])('%p as a time zone: %p', (name, is) => {
  expect(isTimeZone(name)).toBe(is)
})
