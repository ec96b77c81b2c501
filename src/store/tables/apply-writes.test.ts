import type { Database } from 'bun:sqlite'
import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import fc from 'fast-check'
import { createScratch, startDatabase } from '../../../test/support/database.ts'
import { TEST_LIMIT_MS } from '../../../test/support/pace.ts'
import { aChange, aMonitor } from '../../../test/support/samples.ts'
import { DAY, HOUR, MINUTE } from '../../../test/support/time.ts'
import { transition } from '../../core/decide/transition.ts'
import type { Change } from '../../core/model/ports.ts'
import { PENDING } from '../../core/model/state.ts'
import type { CheckResult, Delivery, MonitorState, Outcome, Status } from '../../core/model/types.ts'
import { quantile } from '../../core/past/duration-sketch.ts'
import type { Write } from './apply-writes.ts'
import { SPANS, toRollUp } from './roll-ups.ts'

setDefaultTimeout(TEST_LIMIT_MS)

const scratch = createScratch()
afterAll(scratch.remove)

/** The start of a day, of which all times are minutes. */
const T0 = 20_000 * DAY

const start = () => startDatabase(scratch.newPath())

const TABLES = ['monitors', 'checks', 'roll_ups', 'unwatched', 'incidents', 'notifications', 'deliveries', 'facts']

function contentOf(database: Database): Record<string, unknown[]> {
  return Object.fromEntries(TABLES.map((table) => [table, database.query(`SELECT * FROM ${table}`).all()]))
}

const UP: MonitorState = { ...PENDING, status: 'up' }

function aCheck(monitor: string, atMs: number, check: Partial<CheckResult>, more: Partial<Change> = {}): Write {
  return { kind: 'check', change: aChange(monitor, atMs, { state: UP, ...more, check: check as CheckResult }) }
}

describe('a check', () => {
  const PASSED = { outcome: 'passed', exitCode: 0, reason: 'exit code 0' } as const
  const EMPTY = { exit_code: null, reason: null, quiet: null, measured: null, planned: null, places: null }
  const OK = { ...EMPTY, duration_us: 1500, output: 'refused\n' }
  test.each<{ name: string; check: Partial<CheckResult>; more?: Partial<Change>; row: Record<string, unknown> }>([
    { name: 'that passed', check: PASSED, more: { keepsOutput: false }, row: { ...OK, outcome: 0 } },
    { name: 'whose output is kept', check: PASSED, row: { ...OK, outcome: 0 } },
    { name: 'whose output is empty', check: { ...PASSED, output: '' }, row: { ...OK, outcome: 0, output: '' } },
    {
      name: 'that nobody was told of',
      check: PASSED,
      more: { quiet: 'not yet past recover_after' },
      row: { ...OK, outcome: 0, quiet: 'not yet past recover_after' },
    },
    {
      name: 'that warned',
      check: { outcome: 'warned', exitCode: 3, reason: 'exit code 3' },
      row: { ...OK, outcome: 1, exit_code: 3, reason: 'exit code 3' },
    },
    {
      name: 'that failed',
      check: { outcome: 'failed' },
      row: { ...OK, outcome: 2, exit_code: 1, reason: 'exit code 1' },
    },
    {
      name: 'that failed in a maintenance',
      check: { outcome: 'failed' },
      more: { maintenanceUntilMs: T0 + 1 },
      row: { ...OK, outcome: 2, exit_code: 1, reason: 'exit code 1', planned: 1 },
    },
    {
      name: 'that passed in a maintenance',
      check: PASSED,
      more: { maintenanceUntilMs: T0 + 1 },
      row: { ...OK, outcome: 0 },
    },
    {
      name: 'that timed out',
      check: { outcome: 'timed_out', exitCode: null, reason: 'timed out after 2s' },
      row: { ...OK, outcome: 3, reason: 'timed out after 2s' },
    },
    {
      name: 'that was not started',
      check: { outcome: 'not_started', exitCode: null, reason: 'command not found', durationMs: 0 },
      row: { ...OK, outcome: 4, reason: 'command not found', duration_us: 0 },
    },
    {
      name: 'that passed in its place',
      check: { ...PASSED, places: [{ ...PASSED, place: 'tag:lan', node: 'nas', summary: 'fine', durationMs: 1.5 }] },
      row: { ...OK, outcome: 0, places: '[["tag:lan","nas",0,1500]]' },
    },
    {
      name: 'that passed, though a place had no answer',
      check: {
        ...PASSED,
        reason: 'passes in nas, no answer from vps',
        places: [
          { ...PASSED, place: 'node:nas', node: 'nas', summary: 'fine', durationMs: 1.5 },
          {
            place: 'node:vps',
            node: null,
            outcome: 'void',
            exitCode: null,
            reason: 'why',
            summary: 'why',
            durationMs: 0,
          },
        ],
      },
      row: {
        ...OK,
        outcome: 0,
        exit_code: 0,
        reason: 'passes in nas, no answer from vps',
        places: '[["node:nas","nas",0,1500],["node:vps",null,5,0,null,"why","why"]]',
      },
    },
    {
      name: 'that counts for nothing',
      check: { outcome: 'void', exitCode: null, reason: 'out of processes' },
      row: { ...OK, outcome: 5, reason: 'out of processes' },
    },
    {
      name: 'with fractions of a millisecond',
      check: { ...PASSED, startedAtMs: T0 + 0.6, durationMs: 1.2346 },
      row: { ...OK, outcome: 0, started_at_ms: T0 + 1, duration_us: 1235 },
    },
  ])('$name', ({ check, more, row }) => {
    const { apply, all } = start()
    apply([aCheck('web', T0, check, more)], 0)
    expect(all('SELECT * FROM checks')).toEqual([{ monitor_id: 1, started_at_ms: T0, ...row }])
  })

  test('keeps state and slot, which is null where there is none, and when Minitor was last alive', () => {
    const { apply, all } = start()
    apply([aCheck('web', T0, {}, { slotAtMs: T0 - 0.4 }), aCheck('new', T0, {}, { slotAtMs: Number.NaN })], T0 + 5)
    expect(all('SELECT name, state, slot_at_ms FROM monitors')).toEqual([
      { name: 'web', state: JSON.stringify(UP), slot_at_ms: T0 },
      { name: 'new', state: JSON.stringify(UP), slot_at_ms: null },
    ])
    expect(all("SELECT value FROM facts WHERE name = 'alive_at_ms'")).toEqual([{ value: T0 + 5 }])
    apply([], T0 + 9)
    expect(all("SELECT value FROM facts WHERE name = 'alive_at_ms'")).toEqual([{ value: T0 + 9 }])
  })

  test('of a name that is no name for SQL is kept under it', () => {
    const names = ["a'b", '', 'ü "x"; --', 'web\u200b', 'web']
    const { apply, all } = start()
    apply(
      names.map((name) => aCheck(name, T0, {})),
      0,
    )
    expect(all('SELECT name FROM monitors ORDER BY id').map(({ name }) => name)).toEqual(names)
  })
})

/** What happens at a minute: a check with its outcome and the status it leads to, or something else. */
type Event = readonly [
  minute: number,
  what: 'up' | 'warned' | 'failing' | 'down' | 'recovering' | 'void' | 'gone' | 'unwatched' | 'unwatched api',
  toMinute?: number,
]

const CHECKS: Partial<Record<Event[1], [Outcome, Status]>> = {
  up: ['passed', 'up'],
  warned: ['warned', 'up'],
  failing: ['failed', 'failing'],
  down: ['timed_out', 'down'],
  recovering: ['passed', 'down'],
  void: ['void', 'up'],
}

function toWrite([minute, what, toMinute = minute]: Event): Write {
  const atMs = T0 + minute * MINUTE
  if (what === 'gone') return { kind: 'departure', departure: { monitor: 'web', atMs, ending: 'removed' } }
  const [outcome, status] = CHECKS[what] ?? []
  if (outcome !== undefined && status !== undefined) {
    return aCheck('web', atMs, { outcome }, { state: { ...PENDING, status }, isRoutine: true })
  }
  return { kind: 'unwatched', unwatched: { fromMs: atMs, toMs: T0 + toMinute * MINUTE } }
}

/** Minutes up and down of `web`, by the hour or the day of T0 that they are in. */
function minutesIn(database: Database, span: 'hour' | 'day'): Record<number, [up: number, down: number]> {
  const rows = database
    .query<{ start_ms: number; up_ms: number; down_ms: number }, [string]>(
      `SELECT start_ms, up_ms, down_ms FROM roll_ups JOIN monitors ON id = monitor_id
       WHERE span = ? AND name = 'web' AND (up_ms > 0 OR down_ms > 0)`,
    )
    .all(span)
  return Object.fromEntries(
    rows.map((row) => [(row.start_ms - T0) / SPANS[span], [row.up_ms / MINUTE, row.down_ms / MINUTE]]),
  )
}

describe('time', () => {
  const cases: { name: string; events: Event[]; hours: Record<number, [number, number]>; days?: [number, number][] }[] =
    [
      { name: 'before the first check counts as nothing', events: [[10, 'up']], hours: {} },
      {
        name: 'after a pass is up until the next check',
        events: [
          [10, 'up'],
          [25, 'failing'],
        ],
        hours: { 0: [15, 0] },
      },
      {
        name: 'after a warning is up',
        events: [
          [10, 'warned'],
          [25, 'up'],
        ],
        hours: { 0: [15, 0] },
      },
      {
        name: 'after the first failing check is down',
        events: [
          [10, 'failing'],
          [15, 'down'],
          [40, 'up'],
        ],
        hours: { 0: [0, 30] },
      },
      {
        name: 'until the recovery is down',
        events: [
          [10, 'down'],
          [20, 'recovering'],
          [35, 'up'],
          [40, 'up'],
        ],
        hours: { 0: [5, 25] },
      },
      {
        name: 'after a check that counts for nothing is neither',
        events: [
          [10, 'up'],
          [20, 'void'],
          [30, 'up'],
          [35, 'up'],
        ],
        hours: { 0: [15, 0] },
      },
      {
        name: 'is split over the hours',
        events: [
          [50, 'up'],
          [130, 'down'],
          [180, 'up'],
        ],
        hours: { 0: [10, 0], 1: [60, 0], 2: [10, 50] },
        days: [[80, 50]],
      },
      {
        name: 'is split over the days',
        events: [
          [23 * 60 + 50, 'up'],
          [24 * 60 + 5, 'down'],
          [48 * 60 + 30, 'up'],
        ],
        hours: {
          23: [10, 0],
          24: [5, 55],
          ...Object.fromEntries(Array.from({ length: 23 }, (_, hour) => [25 + hour, [0, 60]])),
          48: [0, 30],
        },
        days: [
          [10, 0],
          [5, 1435],
          [0, 30],
        ],
      },
      {
        name: 'in which nobody watched is neither',
        events: [
          [10, 'up'],
          [20, 'unwatched', 40],
          [50, 'up'],
          [55, 'up'],
        ],
        hours: { 0: [15, 0] },
      },
      {
        name: 'that was counted before it was said to be unwatched stays so',
        events: [
          [10, 'up'],
          [30, 'up'],
          [20, 'unwatched', 40],
          [50, 'up'],
          [52, 'up'],
        ],
        hours: { 0: [22, 0] },
      },
      {
        name: 'unwatched before the first check counts as nothing',
        events: [
          [5, 'unwatched', 8],
          [10, 'up'],
          [12, 'up'],
        ],
        hours: { 0: [2, 0] },
      },
      {
        name: 'in which nobody watched is neither, though a check that began before it says something',
        events: [
          [10, 'up'],
          [20, 'unwatched', 40],
          [18, 'up'],
          [50, 'up'],
          [55, 'up'],
        ],
        hours: { 0: [25, 0] },
      },
      {
        name: 'in which nobody watched is neither, though the very first check began before it',
        events: [
          [20, 'unwatched', 40],
          [18, 'up'],
          [50, 'up'],
        ],
        hours: { 0: [10, 0] },
      },
      {
        name: 'after a monitor was removed is neither',
        events: [
          [10, 'up'],
          [30, 'gone'],
          [50, 'up'],
          [55, 'up'],
        ],
        hours: { 0: [25, 0] },
      },
      {
        name: 'after a monitor was removed is neither, whatever nobody watched since',
        events: [
          [10, 'up'],
          [30, 'gone'],
          [40, 'unwatched', 20],
          [50, 'up'],
          [55, 'up'],
        ],
        hours: { 0: [25, 0] },
      },
      {
        name: 'is counted once, whatever began before',
        events: [
          [50, 'up'],
          [20, 'down'],
          [30, 'up'],
          [55, 'up'],
        ],
        hours: { 0: [5, 0] },
      },
      {
        name: 'before and after the clock was set back counts',
        events: [
          [50, 'up'],
          [55, 'unwatched', 20],
          [30, 'failing'],
          [45, 'up'],
        ],
        hours: { 0: [15, 15] },
      },
      {
        name: 'goes on from a clock that was set back for good',
        events: [
          [600, 'up'],
          [605, 'unwatched', 20],
          [25, 'down'],
          [30, 'up'],
          [32, 'up'],
        ],
        hours: { 0: [7, 5], 10: [5, 0] },
      },
      {
        name: 'goes on from a clock that was set back after nobody had watched',
        events: [
          [20, 'unwatched', 600],
          [605, 'unwatched', 30],
          [30, 'up'],
          [40, 'up'],
          [50, 'up'],
        ],
        hours: { 0: [20, 0] },
      },
      {
        name: 'goes on, too, from before it had been watched last',
        events: [
          [590, 'up'],
          [595, 'unwatched', 600],
          [605, 'unwatched', 30],
          [30, 'up'],
          [40, 'up'],
        ],
        hours: { 0: [10, 0], 9: [5, 0] },
      },
      {
        name: 'after the clock was set back is no longer for a check that began before',
        events: [
          [50, 'up'],
          [55, 'unwatched', 20],
          [18, 'down'],
          [30, 'up'],
        ],
        hours: { 0: [5, 10] },
      },
      {
        name: 'after the clock was set back counts as nothing, if that check does',
        events: [
          [50, 'up'],
          [55, 'unwatched', 20],
          [18, 'void'],
          [30, 'up'],
          [35, 'up'],
        ],
        hours: { 0: [10, 0] },
      },
      {
        name: 'is that of a check that began before the clock was set back, if nothing was known until then',
        events: [
          [10, 'up'],
          [20, 'void'],
          [40, 'unwatched', 30],
          [28, 'up'],
          [35, 'up'],
        ],
        hours: { 0: [17, 0] },
      },
      {
        name: 'is lived through twice, if the clock is set back and forward',
        events: [
          [10, 'up'],
          [20, 'unwatched', 5],
          [9, 'unwatched', 24],
          [30, 'up'],
          [35, 'up'],
        ],
        hours: { 0: [19, 0] },
      },
      {
        name: 'that a clock was set forward is not lived through',
        events: [
          [10, 'up'],
          [20, 'unwatched', 600],
          [600, 'up'],
          [605, 'up'],
        ],
        hours: { 0: [10, 0], 10: [5, 0] },
      },
    ]
  test.each(cases)('$name', ({ events, hours, days }) => {
    const together = start()
    together.apply(events.map(toWrite), 0)
    expect(minutesIn(together.database, 'hour')).toEqual(hours)
    if (days !== undefined) expect(Object.values(minutesIn(together.database, 'day'))).toEqual(days)
    const oneByOne = start()
    for (const event of events) oneByOne.apply([toWrite(event)], 0)
    expect(contentOf(oneByOne.database)).toEqual(contentOf(together.database))
  })

  test('unwatched is kept by its begin', () => {
    const { apply, all } = start()
    apply([toWrite([5, 'unwatched', 8]), toWrite([5, 'unwatched', 10])], 0)
    expect(all('SELECT from_ms, to_ms FROM unwatched')).toEqual([{ from_ms: T0 + 5 * MINUTE, to_ms: T0 + 10 * MINUTE }])
  })

  test('is all that was watched, and no more, however the clock is set', () => {
    const checked = fc.record({
      what: fc.constantFrom('up', 'down', 'void'),
      after: fc.integer({ min: 1, max: 90 }),
      took: fc.integer({ min: 0, max: 30 }),
    })
    const moved = fc.record({
      what: fc.constantFrom('set', 'stall'),
      after: fc.integer({ min: 1, max: 90 }),
      by: fc.integer({ min: -3000, max: 3000 }),
    })
    fc.assert(
      fc.property(fc.array(fc.oneof(checked, moved), { maxLength: 20 }), (steps) => {
        const writes: Write[] = []
        const expected = { up: 0, down: 0 }
        /** Minutes that have passed, and what the clock says more. */
        let now = 0
        let ahead = 10_000
        let counted: { since: number; as: 'up' | 'down' | null } = { since: 0, as: null }
        let lastCheck = 0
        const count = (until: number, as: typeof counted.as) => {
          const since = Math.max(counted.since, until)
          if (counted.as !== null) expected[counted.as] += since - counted.since
          counted = { since, as }
        }
        for (const step of steps) {
          now += step.after
          if ('took' in step) {
            const began = Math.max(lastCheck, now - step.took)
            lastCheck = now
            count(began, step.what === 'void' ? null : (step.what as 'up' | 'down'))
            writes.push(toWrite([began + ahead, step.what as 'up']))
            continue
          }
          const from = now + ahead
          if (step.what === 'stall') {
            count(now, null)
            now += Math.abs(step.by)
            counted = { since: now, as: null }
          } else {
            if (step.by >= 0) count(now, null)
            else if (counted.as !== null) count(now, counted.as)
            ahead += step.by
          }
          writes.push(toWrite([from, 'unwatched', now + ahead]))
        }
        const { apply, sumUp, all, database } = start()
        apply(writes, 0)
        sumUp()
        const sums =
          "SELECT ifnull(sum(up_ms), 0) AS up, ifnull(sum(down_ms), 0) AS down FROM roll_ups WHERE span = 'hour'"
        expect(all(sums)).toEqual([{ up: expected.up * MINUTE, down: expected.down * MINUTE }])
        database.close()
      }),
      { numRuns: 100 },
    )
  })

  test('however it is split into transactions, the file is the same; the hours of a day add up to it', () => {
    const kinds = ['up', 'warned', 'failing', 'down', 'recovering', 'void', 'gone', 'unwatched'] as const
    const event = fc.record({
      minutes: fc.integer({ min: -200, max: 800 }),
      what: fc.constantFrom(...kinds),
      lasts: fc.integer({ min: 1, max: 300 }),
      isLast: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), (steps) => {
        const together = start()
        const split = start()
        let minute = 5000
        const writes: Write[] = []
        let batch: Write[] = []
        for (const { minutes, what, lasts, isLast } of steps) {
          minute += minutes
          const write = toWrite([minute, what, minute + lasts])
          writes.push(write)
          batch.push(write)
          if (!isLast) continue
          split.apply(batch, 0)
          batch = []
        }
        split.apply(batch, 0)
        together.apply(writes, 0)
        for (const { sumUp } of [split, together]) sumUp()
        expect(contentOf(split.database)).toEqual(contentOf(together.database))
        const sums = (span: string) =>
          together.all(
            `SELECT start_ms / ${DAY} AS day, sum(up_ms) AS up, sum(down_ms) AS down, sum(passed_count) AS passed,
               sum(failed_count) AS failed, sum(void_count) AS void, max(longest_ms) AS longest
             FROM roll_ups WHERE span = '${span}' GROUP BY day ORDER BY day`,
          )
        expect(sums('hour')).toEqual(sums('day'))
        together.database.close()
        split.database.close()
      }),
      { numRuns: 60 },
    )
  })
})

describe('the sums of an hour', () => {
  const sumsOf = (database: Database, span: 'hour' | 'day') =>
    database
      .query<Parameters<typeof toRollUp>[0], [string]>('SELECT * FROM roll_ups WHERE span = ? ORDER BY start_ms')
      .all(span)
      .map(toRollUp)

  test('count checks by what they say, also over many transactions', () => {
    const { apply, database } = start()
    const outcomes: Outcome[] = ['passed', 'passed', 'warned', 'failed', 'timed_out', 'not_started', 'void', 'void']
    for (const [index, outcome] of outcomes.entries()) apply([aCheck('web', T0 + index, { outcome })], 0)
    apply([aCheck('web', T0 + HOUR, { outcome: 'passed' }), aCheck('api', T0, { outcome: 'failed' })], 0)
    expect(sumsOf(database, 'hour').map((sums) => [sums.passedCount, sums.failedCount, sums.voidCount])).toEqual([
      [3, 3, 2],
      [0, 1, 0],
      [1, 0, 0],
    ])
    expect(sumsOf(database, 'day').map((sums) => [sums.passedCount, sums.failedCount, sums.voidCount])).toEqual([
      [4, 3, 2],
      [0, 1, 0],
    ])
  })

  test('know the percentiles of the durations, to 5 %, and the longest', () => {
    const { apply, database } = start()
    for (let count = 1; count <= 100; count++) {
      apply([aCheck('web', T0 + count * MINUTE, { outcome: 'passed', durationMs: ((count * 37) % 101) * 10.5 })], 0)
    }
    const [day] = sumsOf(database, 'day')
    expect(day?.longestMs).toBe(1050)
    for (const [share, exact] of [
      [0.5, 525],
      [0.95, 997.5],
    ] as const) {
      expect(Math.abs((quantile(day?.durations ?? new Map(), share) ?? 0) / exact - 1)).toBeLessThan(0.05)
    }
    expect([...(day?.durations ?? new Map()).values()].reduce((sum, count) => sum + count, 0)).toBe(100)
  })
})

const POLICY = { ...aMonitor().policy, alertAfter: { kind: 'failures', count: 2 }, recoverAfter: 2 } as const

/** A monitor's checks one minute apart, by letters as `outcomes` has them, as the daemon would have them kept. */
function play(letters: string, outcomes: Readonly<Record<string, Partial<CheckResult>>> = {}, from = PENDING) {
  let state = from
  return [...letters].map((letter, index): Write & { kind: 'check' } => {
    const outcome: Outcome = letter === '.' ? 'passed' : letter === 'v' ? 'void' : 'failed'
    const before = state
    const check = { outcome, reason: `${letter}${index}`, output: `out ${letter}${index}\n`, ...outcomes[letter] }
    const startedAtMs = T0 + index * MINUTE
    state = transition({ monitor: 'web', state, check: { outcome, startedAtMs }, policy: POLICY, mute: null }).state
    const isFine = before.status === 'up' && state.status === 'up'
    const change = aChange('web', startedAtMs, { check: check as CheckResult, isRoutine: outcome === 'void' || isFine })
    return { kind: 'check', change: { ...change, state } }
  })
}

const INCIDENTS = `SELECT started_at_ms, opened_at_ms, ended_at_ms, ending, failure_count AS count,
  first_reason || ' ' || first_output AS first, last_reason || ' ' || last_output AS last FROM incidents ORDER BY rowid`

describe('an incident', () => {
  const minutes = (rows: Record<string, unknown>[]): Record<string, unknown>[] =>
    rows.map(({ started_at_ms, opened_at_ms, ended_at_ms, ...row }) => ({
      from: [started_at_ms, opened_at_ms, ended_at_ms].map((atMs) =>
        atMs === null ? null : (Number(atMs) - T0) / MINUTE,
      ),
      ...row,
    }))

  test.each<{ name: string; checks: string; rows: Record<string, unknown>[] }>([
    { name: 'not before the failures are enough', checks: '.x.', rows: [] },
    {
      name: 'opens with the first failing check of its outage',
      checks: '.xx',
      rows: [{ from: [1, 2, null], ending: null, count: 2, first: 'x1 out x1\n', last: 'x2 out x2\n' }],
    },
    {
      name: 'follows the last failing check, not the passes after it, nor what counts for nothing',
      checks: '.xxxv.x.',
      rows: [{ from: [1, 2, null], ending: null, count: 4, first: 'x1 out x1\n', last: 'x6 out x6\n' }],
    },
    {
      name: 'ends with the recovery, and the next is another',
      checks: 'xx..xxx',
      rows: [
        { from: [0, 1, 3], ending: 'recovered', count: 2, first: 'x0 out x0\n', last: 'x1 out x1\n' },
        { from: [4, 5, null], ending: null, count: 3, first: 'x4 out x4\n', last: 'x6 out x6\n' },
      ],
    },
  ])('$name', ({ checks, rows }) => {
    const together = start()
    together.apply(play(checks), 0)
    expect(minutes(together.all(INCIDENTS))).toEqual(rows)
    const oneByOne = start()
    for (const write of play(checks)) oneByOne.apply([write], 0)
    expect(contentOf(oneByOne.database)).toEqual(contentOf(together.database))
  })

  test('whose first check has been removed since begins with what is known', () => {
    const { apply, all, database } = start()
    const [first, second] = play('xx')
    if (first === undefined || second === undefined) throw new Error('there are two')
    apply([first], 0)
    database.run('DELETE FROM checks')
    apply([second], 0)
    expect(minutes(all(INCIDENTS))).toEqual([
      { from: [0, 1, null], ending: null, count: 2, first: 'x1 out x1\n', last: 'x1 out x1\n' },
    ])
  })

  test.each(['removed', 'paused'] as const)('of a monitor that was %s ends so, and stays so', (ending) => {
    const { apply, all } = start()
    apply([...play('xx'), { kind: 'departure', departure: { monitor: 'web', atMs: T0 + 90_000.4, ending } }], 0)
    const row = { from: [0, 1, 1.5], ending, count: 2, first: 'x0 out x0\n', last: 'x1 out x1\n' }
    expect(minutes(all(INCIDENTS))).toEqual([row])
    expect(all('SELECT name, state FROM monitors')).toEqual([{ name: 'web', state: null }])
    apply([aCheck('web', T0 + 5 * MINUTE, { outcome: 'passed' })], 0)
    expect(minutes(all(INCIDENTS))).toEqual([row])
  })

  test('of another monitor is left alone', () => {
    const { apply, all } = start()
    apply(
      [
        ...play('xx'),
        aCheck('api', T0, { outcome: 'passed' }),
        { kind: 'departure', departure: { monitor: 'api', atMs: T0, ending: 'removed' } },
      ],
      0,
    )
    expect(all('SELECT ended_at_ms FROM incidents')).toEqual([{ ended_at_ms: null }])
  })

  test('that is acknowledged stays so', () => {
    const { apply, all, database } = start()
    apply(play('xx'), 0)
    database.run("UPDATE incidents SET acknowledged_at_ms = 1, acknowledgement = 'mine'")
    apply(play('xxx').slice(2), 0)
    expect(all('SELECT failure_count, acknowledged_at_ms, acknowledgement FROM incidents')).toEqual([
      { failure_count: 3, acknowledged_at_ms: 1, acknowledgement: 'mine' },
    ])
  })
})

describe('deliveries', () => {
  test('are kept together with the change that led to them, and once', () => {
    const { apply, all } = start()
    const change = aChange('web', T0, { alerts: ['mail', 'sms'] })
    apply(
      [
        { kind: 'check', change },
        { kind: 'check', change },
      ],
      0,
    )
    expect(all('SELECT id, status FROM deliveries ORDER BY seq').map(({ id }) => id)).toEqual(
      change.deliveries.map(({ id }) => id),
    )
    expect(all('SELECT id, incident_id, monitor, at_ms FROM notifications')).toEqual([
      { id: `web-${T0}-1`, incident_id: `web-${T0}`, monitor: 'web', at_ms: T0 },
    ])
  })
})

describe('after a loss', () => {
  const down: MonitorState = {
    ...PENDING,
    status: 'down',
    failureCount: 9,
    incidentId: 'new',
    outageStartedAtMs: T0 + 5 * MINUTE,
    lastCheckAtMs: T0 + 9 * MINUTE,
  }
  const state = (monitor: string, known: MonitorState): Write => ({
    kind: 'state',
    monitor,
    state: known,
    slotAtMs: T0 + 0.4,
  })

  test('states are what they are now, known before or not', () => {
    const { apply, all } = start()
    apply([aCheck('web', T0, {})], 0)
    apply([state('web', down), state('api', UP)], 0)
    expect(all('SELECT name, state, slot_at_ms FROM monitors')).toEqual([
      { name: 'web', state: JSON.stringify(down), slot_at_ms: T0 },
      { name: 'api', state: JSON.stringify(UP), slot_at_ms: T0 },
    ])
  })

  test('incidents are those of the states: old ones have ended, and a new one has no output', () => {
    const { apply, all } = start()
    apply(play('xx'), 0)
    apply([state('web', down)], 0)
    expect(
      all('SELECT id, ended_at_ms, ending, failure_count, last_output FROM incidents ORDER BY rowid').slice(1),
    ).toEqual([{ id: 'new', ended_at_ms: null, ending: null, failure_count: 9, last_output: '' }])
    expect(all('SELECT ended_at_ms, ending FROM incidents ORDER BY rowid')[0]).toEqual({
      ended_at_ms: T0 + 9 * MINUTE,
      ending: 'recovered',
    })
  })

  test('an incident that is the same keeps what was known of it', () => {
    const { apply, all } = start()
    apply(play('xx'), 0)
    const [{ id = '' } = {}] = all('SELECT id FROM incidents')
    apply([state('web', { ...down, incidentId: String(id) })], 0)
    expect(all('SELECT failure_count, ended_at_ms, last_reason, last_output FROM incidents')).toEqual([
      { failure_count: 9, ended_at_ms: null, last_reason: 'x1', last_output: 'out x1\n' },
    ])
  })

  test('what is pending in the file and not any more was settled meanwhile; what is pending now is so here', () => {
    const { apply, all } = start()
    const change = aChange('web', T0, { alerts: ['mail', 'sms', 'chat', 'old'] })
    const [mail, sms, chat, old] = change.deliveries as [Delivery, Delivery, Delivery, Delivery]
    apply([{ kind: 'check', change }], 0)
    apply([{ kind: 'delivery', delivery: { ...old, status: 'failed', reason: 'exit code 1' }, following: [] }], 3)
    const next = aChange('api', T0, { alerts: ['mail'] }).deliveries
    apply(
      [{ kind: 'pending', deliveries: [{ ...sms, attemptCount: 4 }, { ...chat, status: 'delivered' }, ...next] }],
      7,
    )
    expect(
      all('SELECT id, status, attempt_count AS count, settled_at_ms AS at, reason FROM deliveries ORDER BY seq'),
    ).toEqual([
      { id: mail.id, status: 'delivered', count: 0, at: 7, reason: 'settled while the database could not be written' },
      { id: old.id, status: 'failed', count: 0, at: 3, reason: 'exit code 1' },
      { id: sms.id, status: 'pending', count: 4, at: null, reason: '' },
      { id: chat.id, status: 'delivered', count: 0, at: 7, reason: '' },
      { id: next[0]?.id, status: 'pending', count: 0, at: null, reason: '' },
    ])
  })
})

describe('all or nothing', () => {
  const good = (): Write[] => [
    ...play('.xx'),
    ...play('.xx..').map(
      ({ change }): Write => ({ kind: 'check', change: { ...change, check: { ...change.check, monitor: 'new' } } }),
    ),
    { kind: 'unwatched', unwatched: { fromMs: T0 + 3 * MINUTE, toMs: T0 + 4 * MINUTE } },
    { kind: 'check', change: aChange('db', T0, { alerts: ['mail'] }) },
    { kind: 'departure', departure: { monitor: 'web', atMs: T0 + 5 * MINUTE, ending: 'removed' } },
    { kind: 'state', monitor: 'dns', state: UP, slotAtMs: null },
    { kind: 'pending', deliveries: [] },
  ]
  const [mail] = aChange('db', T0, { alerts: ['mail'] }).deliveries as [Delivery]
  const bad: Record<string, Write> = {
    'a value that the table refuses': {
      kind: 'delivery',
      delivery: { ...mail, attemptCount: Number.NaN },
      following: [],
    },
    'a value that is missing': aCheck('web', T0, { durationMs: Number.NaN }),
    'a bug of ours': { kind: 'check', change: null as unknown as Change },
  }

  for (const [name, broken] of Object.entries(bad)) {
    test(`${name}: nothing of the transaction is kept, wherever it stands, and the next one works`, () => {
      for (let index = 0; index <= good().length; index++) {
        const { apply, database } = start()
        apply([aCheck('web', T0 - HOUR, {}), aCheck('old', T0 - HOUR, {})], 1)
        const before = contentOf(database)
        expect(() => apply(good().toSpliced(index, 0, broken), 2)).toThrow()
        expect(contentOf(database)).toEqual(before)
        apply(good(), 3)
        const untroubled = start()
        untroubled.apply([aCheck('web', T0 - HOUR, {}), aCheck('old', T0 - HOUR, {})], 1)
        untroubled.apply(good(), 3)
        expect(contentOf(database)).toEqual(contentOf(untroubled.database))
        database.close()
        untroubled.database.close()
      }
    })
  }
})

test('J6: a time nobody watched that a wrong clock has put into the future ends where the clock goes on', () => {
  const { apply, all } = start()
  const times: readonly (readonly [number, number])[] = [
    [0, DAY],
    [2 * DAY, 3 * DAY],
    [3 * DAY + MINUTE, HOUR],
  ]
  for (const [from, to] of times) {
    apply([{ kind: 'unwatched', unwatched: { fromMs: T0 + from, toMs: T0 + to } }], 0)
  }
  expect(all('SELECT from_ms, to_ms FROM unwatched')).toEqual([{ from_ms: T0, to_ms: T0 + HOUR }])
})

test('a monitor that is gone keeps when it went, whatever nobody watched since', () => {
  const { apply, all } = start()
  apply([toWrite([10, 'up']), toWrite([30, 'gone'])], 0)
  apply([toWrite([40, 'unwatched', 60])], 0)
  expect(all('SELECT counted_to_ms FROM monitors')).toEqual([{ counted_to_ms: T0 + 30 * MINUTE }])
})
