import { expect, test } from 'bun:test'
import type { Outcome } from '../../../core/model/types.ts'
import { badgeImage, uptimeColour } from '../badge.ts'
import { durationChart } from '../monitor/chart.tsx'
import { stripSummary } from './check-strip.tsx'
import { kindsOf, summaryOf } from './day-bar.tsx'
import { durationText, measureText } from './figures.tsx'
import { xmlText } from './xml-text.ts'

test.each([
  [0.2, '< 1 ms'],
  [1, '1 ms'],
  [12.345, '12 ms'],
  [999.4, '999 ms'],
  [999.6, '1.00 s'],
  [1234, '1.23 s'],
  [9_999, '10.0 s'],
  [59_960, '59s'],
  [125_000, '2m5s'],
])('a duration of %d ms is %s', (ms, text) => {
  expect(durationText(ms)).toBe(text)
})

test.each([
  [null, 's', '–'],
  [0.012, 's', '12 ms'],
  [87.25, '%', '87.3%'],
  [3_400_000_000, 'B', '3.4 GB'],
  [1_234, 'c', '1.23 k'],
  [0, '', '0'],
  [-5, 's', '-5 s'],
  [0.005, '', '0.005'],
  [20_480, 'MB', '20.5 GB'],
  [5_242_880, 'KiB', '5 GiB'],
  [1000, 'KiB', '1000 KiB'],
  [1023, 'B', '1.02 kB'],
  [123_456, 'min', '123456 min'],
  [1500, 'µs', '1.5 ms'],
  [0, 's', '< 1 ms'],
  [12_345, 'KB/s', '12.3 MB/s'],
  [1_234, 'Hz', '1.23 kHz'],
  [1_234, 'rpm', '1234 rpm'],
  [21.375, '°C', '21.375 °C'],
  [-2048, 'MiB', '-2 GiB'],
  [1e30, 'B', '1000000000000000 PB'],
])('%p in "%s" is %s', (value, unit, text) => {
  expect(measureText(value, unit)).toBe(text)
})

test.each([
  { what: 'unwatched', downMs: null, watchedMs: 0, kind: 'gone' },
  { what: 'up', downMs: 0, watchedMs: 86_400_000, kind: 'fine' },
  { what: 'down for 59 minutes', downMs: 3_540_000, watchedMs: 86_400_000, kind: 'some' },
  { what: 'down for an hour', downMs: 3_600_000, watchedMs: 86_400_000, kind: 'bad' },
  { what: 'down for all of its 30 s', downMs: 30_000, watchedMs: 30_000, kind: 'bad' },
  { what: 'down for half of its hour', downMs: 1_800_000, watchedMs: 3_600_000, kind: 'bad' },
  { what: 'down for a minute of its hour', downMs: 60_000, watchedMs: 3_600_000, kind: 'some' },
  {
    what: 'failing in a maintenance for most of it',
    downMs: 0,
    watchedMs: 3_600_000,
    plannedMs: 1_900_000,
    kind: 'plan',
  },
  {
    what: 'failing in a maintenance for some of it',
    downMs: 0,
    watchedMs: 3_600_000,
    plannedMs: 1_700_000,
    kind: 'fine',
  },
  { what: 'down, and in a maintenance', downMs: 60_000, watchedMs: 3_600_000, plannedMs: 3_500_000, kind: 'some' },
])('a day that was $what is $kind', ({ downMs, watchedMs, plannedMs = 0, kind }) => {
  expect(kindsOf({ days: [downMs], watchedMs: [watchedMs], plannedMs: [plannedMs] })).toEqual([kind as never])
})

test.each([
  { days: null, text: 'the last 90 days were not read yet' },
  { days: [null, null], text: 'not watched yet' },
  { days: [0, 0], text: '2 days: no downtime' },
  { days: [0, null, 5], text: '3 days: 1 with downtime, 1 not watched' },
  { days: [null, null, 0], text: 'watched since today: no downtime' },
  { days: [null, null, 5], text: 'watched since today: 1 day with downtime' },
  { days: [null, 0, 5], text: 'watched since yesterday: 1 day with downtime' },
  { days: [null, 0, null, 5], text: 'watched since 2026-02-27: 1 day with downtime, 1 not watched' },
])('a bar says "$text"', ({ days, text }) => {
  expect(summaryOf(days, Date.parse('2026-03-01T12:00:00Z'))).toBe(text)
})

const check = (outcome: Outcome) => ({ startedAtMs: 0, outcome, durationMs: 1 })

test.each([
  { outcomes: [], text: 'no checks yet' },
  { outcomes: ['passed'], text: 'last check: no failures' },
  { outcomes: ['passed', 'void'], text: 'last 2 checks: no failures' },
  { outcomes: ['failed', 'timed_out', 'not_started', 'warned'], text: 'last 4 checks: 3 failed, 1 with a warning' },
] as const)('a strip says "$text"', ({ outcomes, text }) => {
  expect(stripSummary(outcomes.map(check))).toBe(text)
})

test('a chart goes on between checks that are far apart, and stops where some are missing', () => {
  const point = (atMs: number, p50Ms: number | null) => ({
    ...{ atMs, p50Ms, p95Ms: p50Ms, longestMs: p50Ms },
    ...{ checkCount: p50Ms === null ? 0 : 1, failedCount: 0 },
  })
  const values = [null, 1, null, 1, null, null, null, 1, null]
  const { places, series } = durationChart(
    { stepMs: 60_000, points: values.map((value, index) => point(index * 60_000, value)) },
    { kind: 'interval', intervalMs: 60_000 },
  )
  expect(places).toEqual([0, 1, 3, 4, 7, 8])
  expect(series[0]?.values).toEqual([null, 1, 1, null, 1, null])
})

test('the chart of a job that says only when it has ended says that nothing was measured', () => {
  const points = [1, 2, 3].map((atMs) => ({
    atMs,
    p50Ms: 0,
    p95Ms: 0,
    longestMs: 0,
    checkCount: 1,
    failedCount: Number(atMs === 2),
  }))
  const { series, failed } = durationChart({ stepMs: 1, points }, { kind: 'interval', intervalMs: 1 })
  expect(series).toEqual([{ name: 'duration', values: [null, null, null] }])
  expect(failed).toEqual([0, 1, 0])
})

test('what XML cannot hold is left out, and nothing of it is markup', () => {
  expect(xmlText('a\0<b>&\u0007"\ud800\uffff é𝄞')).toBe('a&lt;b&gt;&amp;&quot;\ufffd é𝄞')
})

test('a badge is an image of about the width of its text', () => {
  const image = badgeImage({ label: 'A "site"', message: '99.98%', colour: uptimeColour(0.9998) })
  expect(image).toContain('aria-label="A &quot;site&quot;: 99.98%"')
  expect(image).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="1\d\d" height="20"/)
})
