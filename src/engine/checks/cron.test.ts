import { expect, test } from 'bun:test'
import { createCronSchedule } from './cron.ts'

/** The first times of an expression after Monday, 30 November 2026, 00:00 UTC. */
function daysOf(expression: string, count: number): string[] {
  const next = createCronSchedule(expression, 'UTC')
  const times: number[] = []
  for (let atMs = Date.UTC(2026, 10, 30); times.length < count; ) {
    atMs = next(atMs) ?? Number.NaN
    times.push(atMs)
  }
  return times.map((atMs) => new Date(atMs).toISOString().slice(0, 10))
}

// Tried with Debian's cron at 2026-12-01, a Tuesday: it ran `0 0 1-31/2 * 1` and not `0 0 */2 * 1`.
test.each([
  { expression: '0 0 */2 * 1', days: ['2026-12-07', '2026-12-21', '2027-01-11'] },
  { expression: '0 0 1-31/2 * 1', days: ['2026-12-01', '2026-12-03', '2026-12-05', '2026-12-07', '2026-12-09'] },
  { expression: '0 0 1 * */2', days: ['2026-12-01', '2027-04-01', '2027-05-01', '2027-06-01'] },
  { expression: '0 0 0 */2 * 1', days: ['2026-12-07', '2026-12-21'] },
  { expression: '0 0 1 * 1', days: ['2026-12-01', '2026-12-07', '2026-12-14'] },
  { expression: '0 0 * * 1', days: ['2026-12-07', '2026-12-14'] },
  { expression: '0 0 ? * 1', days: ['2026-12-07', '2026-12-14'] },
  { expression: '0 0 15 * *', days: ['2026-12-15', '2027-01-15'] },
  { expression: '@weekly', days: ['2026-12-06', '2026-12-13'] },
])('$expression', ({ expression, days }) => {
  expect(daysOf(expression, days.length)).toEqual([...days])
})
