import { expect, test } from 'bun:test'
import { localTime } from './time.ts'

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
