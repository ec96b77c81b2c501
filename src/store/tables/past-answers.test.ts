import { afterAll, describe, expect, test } from 'bun:test'
import { createScratch, opened } from '../../../test/support/database.ts'
import { failed, keepHistory, passed, unwatched } from '../../../test/support/history-file.ts'

import { DAY, HOUR, MINUTE } from '../../../test/support/time.ts'
import { BAR_DAYS, type DownMs, NO_HISTORY, NO_PAST, type Past } from '../../core/past/past.ts'
import { readDatabase } from '../file/open-for-reading.ts'

import type { Write } from './apply-writes.ts'
import { ANSWERS, type AnswerTo, type QuestionName } from './past-answers.ts'

const scratch = createScratch()
afterAll(scratch.remove)

const NOW = Date.parse('2026-07-31T12:34:00Z')
const TODAY = Date.parse('2026-07-31T00:00:00Z')

/** Asks a file in which all that is kept. */
function ask<Name extends QuestionName>(writes: readonly Write[], name: Name, ...of: Parameters<Past[Name]>) {
  const path = scratch.newPath()
  keepHistory(path, writes, { aliveAtMs: NOW })
  const answer = ANSWERS[name] as (...of: unknown[]) => AnswerTo<Name>
  return opened(readDatabase(path, (database) => answer(database, ...of))).result
}

const departed = (monitor: string, atMs: number): Write => ({
  kind: 'departure',
  departure: { monitor, atMs, ending: 'removed' },
})

test('the last 60 checks of each monitor, oldest first, and none of what is not there', () => {
  const checks = Array.from({ length: 70 }, (_, index) => passed('web', NOW - (70 - index) * MINUTE))
  const recent = ask([...checks, failed('api', NOW - MINUTE)], 'recent', ['web', 'api', 'nope'])
  const web = recent.get('web') ?? []
  expect(web.map(({ startedAtMs }) => startedAtMs)).toEqual(
    Array.from({ length: 60 }, (_, index) => NOW - (60 - index) * MINUTE),
  )
  expect([...recent.keys()].toSorted()).toEqual(['api', 'web'])
  expect(recent.get('api')?.map(({ outcome, startedAtMs }) => [outcome, startedAtMs])).toEqual([
    ['failed', NOW - MINUTE],
  ])
})

describe('the days of a monitor', () => {
  test.each<{ name: string; writes: Write[]; last: DownMs[]; watched?: number[] }>([
    {
      name: 'are without downtime where it was up, and null before it was there',
      writes: [passed('web', TODAY - 2 * DAY + HOUR), passed('web', NOW)],
      last: [null, 0, 0, 0],
    },
    {
      name: 'have the downtime of each, over midnight too',
      writes: [passed('web', TODAY - DAY), failed('web', TODAY - 2 * HOUR), passed('web', TODAY + HOUR)],
      last: [null, null, 2 * HOUR, HOUR],
    },
    {
      name: 'go on since the last check as it said, however long ago',
      writes: [failed('web', TODAY - DAY - 3 * HOUR)],
      last: [null, 3 * HOUR, DAY, NOW - TODAY],
    },
    {
      name: 'are null where nobody watched at all',
      writes: [passed('web', TODAY - 3 * DAY), unwatched(TODAY - 2 * DAY, TODAY), passed('web', TODAY + HOUR)],
      last: [0, null, null, 0],
    },
    {
      name: 'have what was seen of a day that was watched in part',
      writes: [failed('web', TODAY - 3 * HOUR), unwatched(TODAY - 2 * HOUR, TODAY + HOUR), passed('web', TODAY + HOUR)],
      last: [null, null, HOUR, 0],
      watched: [0, 0, HOUR, NOW - TODAY - HOUR],
    },
    {
      name: 'end with the monitor',
      writes: [passed('web', TODAY - 2 * DAY), departed('web', TODAY - DAY)],
      last: [null, 0, null, null],
    },
    {
      name: 'have nothing of checks that count for nothing',
      writes: [passed('web', TODAY + HOUR, { check: { outcome: 'void' } })],
      last: [null, null, null, null],
    },
    {
      name: 'have nothing of the future',
      writes: [passed('web', NOW + DAY)],
      last: [null, null, null, null],
    },
  ])('$name', ({ writes, last, watched }) => {
    const { days, watchedMs } = ask(writes, 'overview', ['web'], NOW).get('web') ?? NO_PAST
    expect(days).toHaveLength(BAR_DAYS)
    expect(days.map((downMs) => downMs === null)).toEqual(watchedMs.map((ms) => ms === 0))
    expect(days.slice(-4)).toEqual(last)
    if (watched !== undefined) expect(watchedMs.slice(-4)).toEqual(watched)
    expect(new Set(days.slice(0, -4))).toEqual(new Set([null]))
  })

  test('reach back to the first of them and no further', () => {
    const firstMs = TODAY - (BAR_DAYS - 1) * DAY
    const writes = [
      failed('web', firstMs - 2 * HOUR),
      passed('web', firstMs + HOUR),
      departed('web', firstMs + 2 * HOUR),
    ]
    const days = ask(writes, 'overview', ['web'], NOW).get('web')?.days ?? []
    expect([days[0], days[1]]).toEqual([HOUR, null])
  })
})

describe('an overview', () => {
  const writes = [
    failed('web', NOW - 3 * HOUR),
    passed('web', NOW - 2 * HOUR),
    passed('web', NOW - MINUTE),
    failed('api', NOW - HOUR),
    passed('dns', NOW - HOUR),
  ]

  test('says of each monitor that was asked for what is known of it', () => {
    const overview = ask(writes, 'overview', ['web', 'api', 'none'], NOW)
    expect([...overview.keys()]).toEqual(['web', 'api', 'none'])
    expect(overview.get('web')).toMatchObject({
      uptime: { '24h': 2 / 3, '365d': 2 / 3 },
      upSinceMs: NOW - 2 * HOUR,
      lastCheck: { startedAtMs: NOW - MINUTE, outcome: 'passed' },
    })
    expect(overview.get('api')).toMatchObject({
      uptime: { '24h': 0 },
      upSinceMs: null,
      lastCheck: { outcome: 'failed', output: 'refused\n' },
    })
    expect(overview.get('none')).toEqual(NO_PAST)
  })

  test('of many names costs no more than they do', () => {
    const names = Array.from({ length: 2000 }, (_, index) => `monitor ${index}`)
    expect(ask(writes, 'overview', [...names, 'web'], NOW).size).toBe(2001)
  })
})

describe('a history', () => {
  const told = { alerts: ['mail'] }
  const writes = [
    passed('web', NOW - 5 * HOUR),
    failed('web', NOW - 4 * HOUR, told),
    failed('web', NOW - 3 * HOUR, { state: { incidentId: `web-${NOW - 4 * HOUR}` }, ...told }),
    unwatched(NOW - 2.5 * HOUR, NOW - 2 * HOUR),
    passed('web', NOW - 2 * HOUR),
    passed('web', NOW - HOUR),
    failed('web', NOW - 3 * MINUTE, told),
    unwatched(NOW - 2 * MINUTE, NOW - MINUTE),
    failed('web', NOW - MINUTE, { state: { incidentId: `web-${NOW - 3 * MINUTE}` } }),
    failed('api', NOW - MINUTE, told),
  ]
  const history = ask(writes, 'history', 'web', { sinceMs: NOW - 4 * HOUR, nowMs: NOW })

  test('has runs of checks, newest first, that end where nobody watched', () => {
    expect(history.checks.map(({ outcome, count, fromMs }) => [outcome, count, (NOW - fromMs) / MINUTE])).toEqual([
      ['failed', 1, 1],
      ['failed', 1, 3],
      ['passed', 2, 120],
      ['failed', 2, 240],
    ])
  })

  test('has what was told, what happened and what was not watched, newest first', () => {
    expect(history.notifications.map(({ atMs }) => (NOW - atMs) / MINUTE)).toEqual([3, 180, 240])
    expect(history.incidents.map(({ startedAtMs }) => (NOW - startedAtMs) / MINUTE)).toEqual([3, 240])
    expect(history.unwatched.map(({ toMs }) => (NOW - toMs) / MINUTE)).toEqual([1, 120])
    expect(history.past.lastCheck?.startedAtMs).toBe(NOW - MINUTE)
  })

  test('of what nobody knows is empty', () => {
    expect(ask(writes, 'history', 'none', { sinceMs: 0, nowMs: NOW })).toEqual(NO_HISTORY)
  })

  test('has the last 500 runs, with all checks of the oldest of them', () => {
    const many = Array.from({ length: 1201 }, (_, index) =>
      (index % 4 < 2 ? passed : failed)('web', NOW - (1201 - index) * MINUTE),
    )
    const { checks } = ask(many, 'history', 'web', { sinceMs: 0, nowMs: NOW })
    expect(checks).toHaveLength(500)
    expect(new Set(checks.slice(1).map(({ count }) => count))).toEqual(new Set([2]))
    expect([checks[0]?.toMs, checks.at(-1)?.fromMs]).toEqual([NOW - MINUTE, NOW - 999 * MINUTE])
  })
})

describe('durations', () => {
  const took = (durationMs: number) => ({ check: { durationMs } })
  const writes = [
    passed('web', NOW - 3 * DAY, took(5000)),
    passed('web', NOW - 2 * HOUR, took(100)),
    passed('web', NOW - 2 * HOUR + MINUTE, took(300)),
    failed('web', NOW - 2 * HOUR + 2 * MINUTE, took(900)),
    passed('web', NOW - 4 * MINUTE, { check: { durationMs: 7, outcome: 'void' } }),
    passed('web', NOW - MINUTE, took(40)),
    passed('api', NOW - MINUTE, took(9)),
  ]
  const measured = (window: '24h' | '7d' | '30d' | '90d') => {
    const { stepMs, points } = ask(writes, 'durations', 'web', window, NOW)
    const those = points.filter(({ checkCount }) => checkCount > 0)
    const rest = points.filter(({ checkCount }) => checkCount === 0)
    expect(rest.every(({ p50Ms, p95Ms, longestMs }) => [p50Ms, p95Ms, longestMs].every((ms) => ms === null))).toBeTrue()
    return { stepMs, count: points.length, points: those }
  }

  test('of a day are those of checks, every five minutes', () => {
    const { stepMs, count, points } = measured('24h')
    expect([stepMs, count]).toEqual([5 * MINUTE, 289])
    expect(
      points.map(({ atMs, longestMs, ...counts }) => [atMs, longestMs, counts.checkCount, counts.failedCount]),
    ).toEqual([
      [Date.parse('2026-07-31T10:30:00Z'), 100, 1, 0],
      [Date.parse('2026-07-31T10:35:00Z'), 900, 2, 1],
      [Date.parse('2026-07-31T12:30:00Z'), 40, 1, 0],
    ])
  })

  test.each<{ window: '7d' | '30d' | '90d'; starts: string[] }>([
    { window: '7d', starts: ['2026-07-28T12:00', '2026-07-31T10:00', '2026-07-31T12:00'] },
    { window: '30d', starts: ['2026-07-28T12:00', '2026-07-31T10:00', '2026-07-31T12:00'] },
    { window: '90d', starts: ['2026-07-28T00:00', '2026-07-31T00:00'] },
  ])('of $window are those of hours or days', ({ window, starts }) => {
    const { points } = measured(window)
    expect(points.map(({ atMs }) => new Date(atMs).toISOString().slice(0, 16))).toEqual(starts)
    const today = points.filter(({ atMs }) => atMs >= TODAY)
    expect(today.reduce((sum, { checkCount }) => sum + checkCount, 0)).toBe(4)
    expect(Math.max(...today.map(({ longestMs }) => longestMs ?? 0))).toBe(900)
  })

  test('are told as what half of the checks, and 95 % of them, did not exceed', () => {
    const hundred = Array.from({ length: 100 }, (_, index) =>
      passed('web', NOW - 100_000 + index * 1000, took(index + 1)),
    )
    for (const window of ['24h', '90d'] as const) {
      const { points } = ask(hundred, 'durations', 'web', window, NOW)
      const { p50Ms, p95Ms, longestMs } = points.at(-1) ?? {}
      expect(Math.abs((p50Ms ?? 0) - 50)).toBeLessThan(4)
      expect(Math.abs((p95Ms ?? 0) - 95)).toBeLessThan(6)
      expect(longestMs).toBe(100)
    }
  })

  test('of what nobody knows are points without anything', () => {
    expect(ask(writes, 'durations', 'none', '24h', NOW).points).toHaveLength(289)
  })
})

describe('what checks measure', () => {
  const said = (output: string) => ({ check: { output } })
  const writes = [
    passed('web', NOW - 3 * DAY, said('OK | time=8s size=5B')),
    passed('web', NOW - 2 * HOUR, said('OK | time=1s')),
    passed('web', NOW - 2 * HOUR + MINUTE, said('OK | time=3s load=U')),
    failed('web', NOW - 2 * HOUR + 2 * MINUTE, said('CRITICAL | time=5s;1;2;0; load=9')),
    passed('web', NOW - MINUTE, said('OK')),
    passed('web', NOW, said('OK | time=-2s time=7s')),
    passed('api', NOW - MINUTE, said('OK | time=100s')),
  ]
  const series = (window: '24h' | '7d' | '30d' | '90d', of: readonly Write[] = writes, monitor = 'web') =>
    ask(of, 'measured', monitor, window, NOW).map(({ label, unit, stepMs, points }) => ({
      name: `${label}${unit}`,
      stepMs,
      count: points.length,
      points: points
        .filter(({ mean }) => mean !== null)
        .map(({ atMs, mean, most }) => [new Date(atMs).toISOString().slice(5, 16), mean, most]),
    }))

  test('in a day is that of each five minutes', () => {
    expect(series('24h')).toEqual([
      {
        name: 'times',
        stepMs: 5 * MINUTE,
        count: 289,
        points: [
          ['07-31T10:30', 1, 1],
          ['07-31T10:35', 4, 5],
          ['07-31T12:30', -2, -2],
        ],
      },
      { name: 'load', stepMs: 5 * MINUTE, count: 289, points: [['07-31T10:35', 9, 9]] },
    ])
  })

  test.each(['7d', '30d'] as const)('in %s is that of each hour', (window) => {
    expect(series(window).map(({ name, points }) => [name, points])).toEqual([
      [
        'times',
        [
          ['07-28T12:00', 8, 8],
          ['07-31T10:00', 3, 5],
          ['07-31T12:00', -2, -2],
        ],
      ],
      ['sizeB', [['07-28T12:00', 5, 5]]],
      ['load', [['07-31T10:00', 9, 9]]],
    ])
  })

  test('in months is that of each day', () => {
    expect(series('90d')[0]?.points).toEqual([
      ['07-28T00:00', 8, 8],
      ['07-31T00:00', 7 / 4, 5],
    ])
  })

  test('is nothing where nothing was measured', () => {
    expect([series('24h', writes, 'none'), series('24h', [passed('web', NOW)])]).toEqual([[], []])
  })

  test('is no more than the first twenty labels that a monitor ever had', () => {
    const wild = Array.from({ length: 30 }, (_, index) =>
      passed('web', NOW - (30 - index) * MINUTE, said(`OK | always=1 label${index}=${index}`)),
    )
    const names = series('24h', wild).map(({ name }) => name)
    expect(names).toEqual(['always', ...Array.from({ length: 19 }, (_, index) => `label${index}`)])
    expect(series('24h', wild)[0]?.points.reduce((sum, [, mean]) => sum + Number(mean), 0)).toBeGreaterThan(5)
  })

  test('says no mean where the sum is beyond all numbers', () => {
    const huge = Array.from({ length: 3 }, (_, index) => passed('web', NOW - index * 1000, said('OK | x=1e308')))
    const point = ask(huge, 'measured', 'web', '24h', NOW)[0]?.points.at(-1)
    expect(point).toEqual({ atMs: NOW - (NOW % (5 * MINUTE)), mean: null, most: 1e308 })
  })
})

describe('incidents', () => {
  const writes = [
    failed('web', 1000),
    passed('web', 1500),
    failed('api', 2000),
    failed('dns', 2000),
    failed('web', 3000, { alerts: ['mail'] }),
    failed('web', 4000, { state: { incidentId: 'web-3000' }, alerts: ['mail'] }),
  ]
  const ids = (query: Partial<Parameters<Past['incidents']>[0]>) =>
    ask(writes, 'incidents', { sinceMs: 0, monitor: null, beforeMs: null, limit: 100, ...query }).map(({ id }) => id)

  test.each<{ name: string; query: Parameters<typeof ids>[0]; expected: string[] }>([
    { name: 'all', query: {}, expected: ['web-3000', 'api-2000', 'dns-2000', 'web-1000'] },
    { name: 'the newest', query: { limit: 1 }, expected: ['web-3000'] },
    { name: 'those of one moment together', query: { limit: 2 }, expected: ['web-3000', 'api-2000', 'dns-2000'] },
    { name: 'those before', query: { beforeMs: 2000 }, expected: ['web-1000'] },
    { name: 'the newest of those before', query: { beforeMs: 3000, limit: 1 }, expected: ['api-2000', 'dns-2000'] },
    { name: 'those of a monitor', query: { monitor: 'web', limit: 1 }, expected: ['web-3000'] },
    { name: 'those that had not ended', query: { sinceMs: 1501 }, expected: ['web-3000', 'api-2000', 'dns-2000'] },
  ])('are found: $name', ({ query, expected }) => {
    expect(ids(query)).toEqual(expected)
  })

  test('are found by their id, with what was told', () => {
    const story = ask(writes, 'incident', 'web-3000')
    expect(story?.incident).toMatchObject({ monitor: 'web', startedAtMs: 3000, notificationCount: 1 })
    expect(story?.notifications.map(({ atMs }) => atMs)).toEqual([3000])
    expect(ask(writes, 'incident', 'web-3')).toBeNull()
  })
})
