import { expect, test } from 'bun:test'
import { CHARTS, type ChartWindow, chartStarts, shortestChart } from './past.ts'

const NOW = Date.parse('2026-07-31T12:34:56Z')

test.each<{ window: ChartWindow; count: number; first: string; last: string }>([
  { window: '1h', count: 361, first: '2026-07-31T11:34:50', last: '2026-07-31T12:34:50' },
  { window: '6h', count: 361, first: '2026-07-31T06:34', last: '2026-07-31T12:34' },
  { window: '24h', count: 289, first: '2026-07-30T12:30', last: '2026-07-31T12:30' },
  { window: '7d', count: 169, first: '2026-07-24T12:00', last: '2026-07-31T12:00' },
  { window: '30d', count: 721, first: '2026-07-01T12:00', last: '2026-07-31T12:00' },
  { window: '90d', count: 91, first: '2026-05-02T00:00', last: '2026-07-31T00:00' },
])('a chart of $window has $count points', ({ window, count, first, last }) => {
  const starts = chartStarts(window, NOW)
  expect(starts).toHaveLength(count)
  expect([starts[0], starts.at(-1)]).toEqual([Date.parse(`${first}Z`), Date.parse(`${last}Z`)])
  expect(new Set(starts.slice(1).map((start, index) => start - (starts[index] ?? 0)))).toEqual(
    new Set([CHARTS[window].stepMs]),
  )
})

test('a chart that is looked at on the stroke of a step has begun that step', () => {
  const stroke = Date.parse('2026-07-31T12:00:00Z')
  expect(chartStarts('7d', stroke).at(-1)).toBe(stroke)
  expect(chartStarts('7d', stroke - 1).at(-1)).toBe(stroke - CHARTS['7d'].stepMs)
})

const MINUTE = 60_000

test.each<{ agesMinutes: number[]; window: ChartWindow }>([
  { agesMinutes: [], window: '24h' },
  { agesMinutes: [0], window: '1h' },
  { agesMinutes: [59, 10], window: '1h' },
  { agesMinutes: [180, 10], window: '6h' },
  { agesMinutes: [48 * 60, 24 * 60 - 1], window: '7d' },
  { agesMinutes: [400 * 24 * 60, 100], window: '6h' },
  { agesMinutes: [400 * 24 * 60], window: '24h' },
])('checks $agesMinutes minutes ago are shown in $window', ({ agesMinutes, window }) => {
  expect(
    shortestChart(
      agesMinutes.map((age) => ({ startedAtMs: NOW - age * MINUTE })),
      NOW,
    ),
  ).toBe(window)
})
