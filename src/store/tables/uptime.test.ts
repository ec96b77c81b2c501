import { Database } from 'bun:sqlite'
import { afterAll, describe, expect, test } from 'bun:test'
import { changeFile, createScratch, opened } from '../../../test/support/database.ts'
import { failed, keepHistory, passed, unwatched } from '../../../test/support/history-file.ts'
import { DAY, HOUR, MINUTE } from '../../../test/support/time.ts'
import { WINDOW_NAMES } from '../../core/past/kept.ts'
import { uptimeOf } from '../../core/past/roll-up.ts'
import { readDatabase } from '../file/open-for-reading.ts'
import type { Write } from './apply-writes.ts'
import { readMonitors } from './monitors.ts'
import { SPANS } from './roll-ups.ts'
import { readUpSince, readUptime, windowStart } from './uptime.ts'

const scratch = createScratch()
afterAll(scratch.remove)

const NOW = Date.parse('2026-07-31T12:34:00Z')

/** Minutes up and down by window, of the monitor `web`. */
function minutes(writes: readonly Write[], watchedToMs = NOW) {
  const path = scratch.newPath()
  keepHistory(path, writes, { aliveAtMs: NOW })
  const { result } = opened(
    readDatabase(path, (database) => {
      const monitors = [...readMonitors(database).values()]
      const times = readUptime(database, { monitors, windows: WINDOW_NAMES, nowMs: NOW, watchedToMs })
      const web = times.get(readMonitors(database).get('web')?.id ?? 0)
      return WINDOW_NAMES.map((name) => [(web?.[name].upMs ?? -1) / MINUTE, (web?.[name].downMs ?? -1) / MINUTE])
    }),
  )
  return Object.fromEntries(WINDOW_NAMES.map((name, index) => [name, result[index] ?? []]))
}

describe('the time up and down', () => {
  test('is exact, begins with a full hour or day, and leaves out what nobody watched', () => {
    const sums = minutes([
      passed('web', NOW - 30 * HOUR),
      failed('web', NOW - 20 * HOUR),
      passed('web', NOW - 18 * HOUR),
      unwatched(NOW - 10 * HOUR, NOW - 6 * HOUR),
      passed('web', NOW - 6 * HOUR),
      passed('web', NOW - MINUTE),
    ])
    const down = 2 * 60
    // 24 hours before 12:34 the hour began at 12:00.
    expect(sums['24h']).toEqual([(4 + 8 + 6) * 60 + 34, down])
    for (const name of ['7d', '30d', '90d', '365d']) expect(sums[name]).toEqual([(10 + 8 + 6) * 60, down])
  })

  test('leaves out trouble in a maintenance, to the minute, whenever the checks are', () => {
    const planned = [
      { fromMs: NOW - 200 * MINUTE, untilMs: NOW - 190 * MINUTE },
      { fromMs: NOW - 130 * MINUTE, untilMs: NOW - 45 * MINUTE },
      { fromMs: NOW - 20 * MINUTE, untilMs: NOW + HOUR },
    ]
    const sums = minutes([
      passed('web', NOW - 5 * HOUR, { planned }),
      failed('web', NOW - 4 * HOUR, { planned }),
      failed('web', NOW - 2 * HOUR, { planned }),
      passed('web', NOW - 40 * MINUTE, { planned }),
    ])
    expect(sums['24h']).toEqual([60 + 40, 120 - 10 - 10 + 80 - 75])
    // Also since the last check, and where that said what was planned.
    const tail = minutes([passed('web', NOW - 5 * HOUR), failed('web', NOW - 4 * HOUR, { planned })])
    expect(tail['24h']).toEqual([60, 240 - 10 - 85 - 20])
    expect(minutes([failed('web', NOW - HOUR, { planned }), failed('web', NOW - 30 * MINUTE)])['24h']).toEqual([0, 45])
  })

  test('of a window is that since its start, in UTC', () => {
    // A pass two minutes after each window has begun counts from there; one two minutes before it, from the start.
    expect(windowStart('24h', NOW)).toBe(Date.parse('2026-07-30T12:00:00Z'))
    expect(windowStart('30d', NOW)).toBe(Date.parse('2026-07-01T00:00:00Z'))
    const late = minutes([passed('web', windowStart('24h', NOW) + 2 * MINUTE), passed('web', NOW)])
    expect(late['24h']).toEqual([24 * 60 + 32, 0])
    const early = minutes([passed('web', windowStart('24h', NOW) - 2 * MINUTE), passed('web', NOW)])
    expect([early['24h'], early['7d']]).toEqual([
      [24 * 60 + 34, 0],
      [24 * 60 + 36, 0],
    ])
  })

  test.each<{ name: string; writes: readonly Write[]; expected: number[] }>([
    { name: 'up', writes: [passed('web', NOW - 10 * MINUTE)], expected: [9, 0] },
    { name: 'down', writes: [failed('web', NOW - 10 * MINUTE)], expected: [0, 9] },
    {
      name: 'nothing after a check that counts for nothing',
      writes: [passed('web', NOW - 10 * MINUTE), passed('web', NOW - 6 * MINUTE, { check: { outcome: 'void' } })],
      expected: [4, 0],
    },
    {
      name: 'nothing after the monitor was removed',
      writes: [
        passed('web', NOW - 10 * MINUTE),
        { kind: 'departure', departure: { monitor: 'web', atMs: NOW - 6 * MINUTE, ending: 'removed' } },
      ],
      expected: [4, 0],
    },
  ])('since the last check counts as it said, as long as somebody watched: $name', ({ writes, expected }) => {
    expect(minutes(writes, NOW - MINUTE)['24h']).toEqual(expected)
  })

  test('since a check long ago counts in each window from its start', () => {
    const sums = minutes([passed('web', NOW - 3 * DAY)])
    expect([sums['24h'], sums['7d']]).toEqual([
      [24 * 60 + 34, 0],
      [3 * 24 * 60, 0],
    ])
  })

  test('is none before the first check', () => {
    const path = scratch.newPath()
    keepHistory(path, [], { aliveAtMs: NOW })
    const never = { id: 1, state: null, slotAtMs: null, countedToMs: null, countedAs: null, planned: [] }
    const reading = readDatabase(path, (database) =>
      readUptime(database, { monitors: [never], windows: ['24h'], nowMs: NOW, watchedToMs: NOW }),
    )
    expect(reading).toEqual({ kind: 'read', result: new Map([[1, { '24h': { upMs: 0, downMs: 0 } }]]) })
    expect(uptimeOf({ upMs: 0, downMs: 0 })).toBeNull()
  })
})

test('each monitor has its own, and only those that were asked for are read', () => {
  const path = scratch.newPath()
  const writes = [passed('web', NOW - HOUR), failed('api', NOW - 2 * HOUR), passed('dns', NOW - HOUR)]
  keepHistory(path, writes, { aliveAtMs: NOW })
  const { result } = opened(
    readDatabase(path, (database) => {
      const monitors = [...readMonitors(database)].filter(([name]) => name !== 'dns').map(([, monitor]) => monitor)
      return readUptime(database, { monitors, windows: ['24h', '30d'], nowMs: NOW, watchedToMs: NOW })
    }),
  )
  const up = { upMs: HOUR, downMs: 0 }
  const down = { upMs: 0, downMs: 2 * HOUR }
  expect([...result.values()]).toEqual([
    { '24h': up, '30d': up },
    { '24h': down, '30d': down },
  ])
})

test('a year of one monitor is known', () => {
  const path = scratch.newPath()
  keepHistory(path, [passed('web', NOW)], { aliveAtMs: NOW })
  const { result } = opened(
    readDatabase(withYear(path), (database) => {
      const monitors = [...readMonitors(database).values()]
      const query = { monitors, windows: WINDOW_NAMES, nowMs: NOW, watchedToMs: NOW }
      return readUptime(database, query).get(1)?.['365d']
    }),
  )
  expect(result?.upMs).toBe(365 * 23 * HOUR)
})

/** Adds roll-ups of a year before today, in which each day was down for an hour. */
function withYear(path: string): string {
  const database = new Database(path)
  const add = database.query('INSERT OR REPLACE INTO roll_ups VALUES (1, ?, ?, 2875, 5, 0, ?, ?, 9, ?, 0)')
  database.transaction(() => {
    const today = Math.floor(NOW / DAY) * DAY
    for (let startMs = today - 365 * DAY; startMs < today; startMs += DAY) {
      add.run('day', startMs, 23 * HOUR, HOUR, new Uint8Array(40))
      for (let hour = 0; hour < 24; hour++) add.run('hour', startMs + hour * SPANS.hour, HOUR, 0, new Uint8Array(40))
    }
  })()
  database.close()
  return path
}

const hourOf = (atMs: number) => Math.floor(atMs / HOUR) * HOUR
const dayOf = (atMs: number) => Math.floor(atMs / DAY) * DAY

const OUTAGE = [passed('web', NOW - 9 * DAY), failed('web', NOW - 8 * DAY), passed('web', NOW - 8 * DAY + 90_000)]
const LATER = [passed('web', NOW - 8 * DAY + 120_000), passed('web', NOW)]

interface UpSince {
  readonly name: string
  readonly writes: readonly Write[]
  /** What retention has removed. */
  readonly removed?: readonly string[]
  readonly since: number | undefined
}

test.each<UpSince>([
  { name: 'since the pass after the last failure', writes: [...OUTAGE, ...LATER], since: NOW - 8 * DAY + 90_000 },
  {
    name: 'to the hour, where the checks are gone',
    writes: [...OUTAGE, ...LATER],
    removed: ['DELETE FROM checks'],
    since: hourOf(NOW - 8 * DAY) + HOUR,
  },
  {
    name: 'to the day, where the hours are gone, too',
    writes: [...OUTAGE, ...LATER],
    removed: ['DELETE FROM checks', "DELETE FROM roll_ups WHERE span = 'hour'"],
    since: dayOf(NOW - 8 * DAY) + DAY,
  },
  {
    name: 'since it recovered from an outage that went over midnight',
    writes: [passed('web', NOW - 9 * DAY), failed('web', NOW - 3 * DAY), passed('web', NOW - DAY), passed('web', NOW)],
    since: NOW - DAY,
  },
  {
    name: 'since it was first seen, without a failure',
    writes: [passed('web', NOW - 5 * DAY), passed('web', NOW)],
    since: NOW - 5 * DAY,
  },
  {
    name: 'since the day it was first seen, where its checks are gone',
    writes: [passed('web', NOW - 5 * DAY), passed('web', NOW)],
    removed: [`DELETE FROM checks WHERE started_at_ms < ${NOW}`],
    since: dayOf(NOW - 5 * DAY),
  },
  {
    name: 'nobody knows, after more than 90 days',
    writes: [passed('web', NOW - 99 * DAY), failed('web', NOW - 95 * DAY), passed('web', NOW - 94 * DAY)],
    since: undefined,
  },
])('up $name', ({ writes, removed = [], since }) => {
  const path = scratch.newPath()
  keepHistory(path, writes, { aliveAtMs: NOW })
  changeFile(path, (database) => {
    for (const statement of removed) database.run(statement)
  })
  const { result } = opened(readDatabase(path, (database) => readUpSince(database, [1], NOW)))
  expect(result.get(1)).toBe(since as number)
})
