import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import fc from 'fast-check'
import { createScratch, startDatabase } from '../../../test/support/database.ts'
import { TEST_LIMIT_MS } from '../../../test/support/pace.ts'
import { aChange } from '../../../test/support/samples.ts'
import { PENDING } from '../../core/model/state.ts'
import type { Flapping, MonitorState } from '../../core/model/types.ts'
import { createRetain } from './retain.ts'

setDefaultTimeout(TEST_LIMIT_MS)

const scratch = createScratch()
afterAll(scratch.remove)

const SLICE = 500
const RETENTION = { checksMs: 1000, hourlyMs: 10_000, dailyMs: 100_000 }
const NOW = 1_000_000
const OLD = { check: NOW - 1001, hour: NOW - 10_001, day: NOW - 100_001 }

const FLAPPING: Flapping = { startedAtMs: 1, incidentId: 'flap', notificationCount: 1, isTold: true, isAnnounced: true }

function start() {
  const stage = startDatabase(scratch.newPath())
  const { database } = stage
  const retain = createRetain(database)
  const addCheck = database.query(
    'INSERT INTO checks (monitor_id, started_at_ms, outcome, duration_us) VALUES (?, ?, 0, 1)',
  )
  const addRollUp = database.query("INSERT INTO roll_ups VALUES (?, ?, ?, 1, 0, 0, 0, 0, 1.5, x'', 0)")
  const run = (sql: string, ...values: (string | number | null)[]) => database.run(sql, values)
  return {
    ...stage,
    run,
    /** A slice; whether there may be more. */
    retain: () => retain(RETENTION, NOW),
    /** Slices until there is no more; how many it took. */
    retainAll() {
      let count = 1
      while (retain(RETENTION, NOW)) if (++count > 10_000) throw new Error('it does not end')
      return count
    },
    monitor(name: string, state: MonitorState = PENDING) {
      stage.apply([{ kind: 'state', monitor: name, state, slotAtMs: null }], 0)
      run('UPDATE monitors SET summed_to_ms = ? WHERE name = ?', NOW, name)
      return Number(stage.all('SELECT max(id) AS id FROM monitors')[0]?.id)
    },
    checks(monitorId: number, atMs: number, count: number) {
      database.transaction(() => {
        for (let index = 0; index < count; index++) addCheck.run(monitorId, atMs - index)
      })()
    },
    rollUps(monitorId: number, span: string, startMs: number, count = 1) {
      database.transaction(() => {
        for (let index = 0; index < count; index++) addRollUp.run(monitorId, span, startMs - index)
      })()
    },
    delivery(id: string, incidentId: string | null, { atMs = OLD.hour, status = 'delivered' } = {}) {
      const document = JSON.stringify({ id, incidentId, monitor: 'web', kind: id === 'up' ? 'up' : 'down' })
      run('INSERT OR IGNORE INTO notifications VALUES (?, ?, ?, ?, ?)', id, incidentId, 'web', atMs, document)
      run(
        `INSERT INTO deliveries (id, notification_id, alert, status, created_at_ms, attempt_count, next_attempt_at_ms,
           settled_at_ms, reason) VALUES (?, ?, 'mail', ?, ?, 1, 1, ?, '')`,
        `${id}/${status}`,
        id,
        status,
        atMs,
        status === 'pending' ? null : atMs,
      )
    },
    incident(id: string, endedAtMs: number | null) {
      run(
        "INSERT INTO incidents VALUES (?, 1, 1, 1, ?, 'recovered', 1, '', '', '', '', NULL, NULL, '', NULL)",
        id,
        endedAtMs,
      )
    },
    of: (column: string, table: string) =>
      stage.all(`SELECT ${column} AS value FROM ${table} ORDER BY 1`).map(({ value }) => value),
  }
}

describe('what is older than retention says is removed, what is not is kept', () => {
  test('of checks and roll-ups, each by its own limit and of each monitor', () => {
    const stage = start()
    for (const id of [stage.monitor('web'), stage.monitor('api')]) {
      stage.checks(id, OLD.check + 1, 2)
      stage.rollUps(id, 'hour', OLD.hour + 1, 2)
      stage.rollUps(id, 'day', OLD.day + 1, 2)
    }
    stage.retainAll()
    expect(stage.all('SELECT monitor_id, started_at_ms AS at FROM checks')).toEqual([
      { monitor_id: 1, at: OLD.check + 1 },
      { monitor_id: 2, at: OLD.check + 1 },
    ])
    expect(stage.all('SELECT monitor_id AS id, span, start_ms AS at FROM roll_ups ORDER BY 1, 2')).toEqual([
      { id: 1, span: 'day', at: OLD.day + 1 },
      { id: 1, span: 'hour', at: OLD.hour + 1 },
      { id: 2, span: 'day', at: OLD.day + 1 },
      { id: 2, span: 'hour', at: OLD.hour + 1 },
    ])
  })

  test('but no check that the roll-ups do not have yet', () => {
    const stage = start()
    stage.checks(stage.monitor('web'), OLD.check, 5)
    stage.run('UPDATE monitors SET summed_to_ms = ?', OLD.check - 2)
    stage.retainAll()
    expect(stage.of('started_at_ms', 'checks')).toEqual([OLD.check - 1, OLD.check])
  })

  test('of a monitor that has left, too', () => {
    const stage = start()
    stage.checks(stage.monitor('web'), OLD.check, 3)
    stage.apply([{ kind: 'departure', departure: { monitor: 'web', atMs: 1, ending: 'removed' } }], 0)
    stage.retainAll()
    expect(stage.of('started_at_ms', 'checks')).toEqual([])
  })

  test('of deliveries and their notifications', () => {
    const stage = start()
    stage.delivery('old', null)
    stage.delivery('old-of-ended', 'ended')
    stage.delivery('new', null, { atMs: OLD.hour + 1 })
    // Settled long after it was told.
    stage.delivery('late', null)
    stage.run("UPDATE deliveries SET settled_at_ms = ? WHERE notification_id = 'late'", NOW)
    stage.incident('ended', OLD.hour)
    stage.retainAll()
    expect(stage.of('notification_id', 'deliveries')).toEqual(['late', 'new'])
    expect(stage.of('id', 'notifications')).toEqual(['late', 'new'])
  })

  test('of incidents, times without watch, silences and actions', () => {
    const stage = start()
    for (const [id, endedAtMs] of [
      ['open', null],
      ['old', OLD.day],
      ['new', OLD.day + 1],
    ] as const)
      stage.incident(id, endedAtMs)
    for (const toMs of [OLD.day, OLD.day + 1]) stage.run('INSERT INTO unwatched VALUES (?, 0, ?)', toMs - 5, toMs)
    for (const untilMs of [OLD.hour, OLD.hour + 1]) {
      stage.run(
        "INSERT INTO silences (target_kind, target, created_at_ms, until_ms, reason) VALUES ('all', '', 1, ?, '')",
        untilMs,
      )
      stage.run("INSERT INTO actions VALUES (NULL, ?, 'signed_in', '', '', '', NULL, '', '', 1)", untilMs)
    }
    stage.retainAll()
    expect(stage.of('id', 'incidents')).toEqual(['new', 'open'])
    expect(stage.of('to_ms', 'unwatched')).toEqual([OLD.day + 1])
    expect(stage.of('until_ms', 'silences')).toEqual([OLD.hour + 1])
    expect(stage.of('at_ms', 'actions')).toEqual([OLD.hour + 1])
  })
})

describe('however old, it keeps', () => {
  const cases: {
    name: string
    state: MonitorState
    prepare: (stage: ReturnType<typeof start>) => void
    kept: string[]
  }[] = [
    {
      name: 'what is pending, and what else was told of that incident and that notification',
      state: PENDING,
      prepare(stage) {
        stage.incident('ended', OLD.hour)
        stage.delivery('down', 'ended')
        stage.delivery('up', 'ended', { status: 'pending' })
        stage.delivery('up', 'ended')
        stage.delivery('test', null, { status: 'pending' })
        stage.delivery('test', null)
      },
      kept: ['down/delivered', 'test/delivered', 'test/pending', 'up/delivered', 'up/pending'],
    },
    {
      name: 'what was told of the open incident',
      state: { ...PENDING, status: 'down', incidentId: 'open' },
      prepare(stage) {
        stage.delivery('down', 'open')
        stage.delivery('other', 'other')
      },
      kept: ['down/delivered'],
    },
    {
      name: 'what was told of the incident under which a monitor flaps, which may have ended or be none',
      state: { ...PENDING, status: 'up', flapping: FLAPPING },
      prepare(stage) {
        stage.delivery('flapping', 'flap')
        stage.delivery('other', 'other')
      },
      kept: ['flapping/delivered'],
    },
  ]
  test.each(cases)('$name', ({ state, prepare, kept }) => {
    const stage = start()
    stage.monitor('web', state)
    prepare(stage)
    stage.retainAll()
    expect(stage.of('id', 'deliveries')).toEqual(kept)
    expect(stage.of('DISTINCT notification_id', 'deliveries')).toEqual(stage.of('id', 'notifications'))
    expect(
      stage.deliveries
        .load()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(kept)
  })
})

describe('a monitor that is gone', () => {
  const gone = (stage: ReturnType<typeof start>, atMs = OLD.day) => {
    const id = stage.monitor('gone')
    stage.apply([{ kind: 'departure', departure: { monitor: 'gone', atMs, ending: 'removed' } }], NOW)
    return id
  }

  test('leaves nothing in the end, and may come again', () => {
    const stage = start()
    stage.monitor('web')
    const id = gone(stage)
    stage.checks(id, OLD.check, 3)
    stage.rollUps(id, 'day', OLD.day)
    stage.retainAll()
    expect(stage.of('name', 'monitors')).toEqual(['web'])
    expect(stage.of('count(*)', 'checks')).toEqual([0])

    stage.apply([{ kind: 'check', change: aChange('gone', NOW) }], NOW)
    stage.apply([{ kind: 'check', change: aChange('gone', NOW + 1) }], NOW)
    expect(stage.all('SELECT name FROM checks JOIN monitors ON id = monitor_id')).toEqual([
      { name: 'gone' },
      { name: 'gone' },
    ])
    stage.apply([{ kind: 'unwatched', unwatched: { fromMs: NOW, toMs: NOW + 2 } }], NOW)
    expect(stage.of('name', 'monitors')).toEqual(['gone', 'web'])
  })

  test.each([
    {
      name: 'a check',
      sql: `INSERT INTO checks (monitor_id, started_at_ms, outcome, duration_us) VALUES (1, ${NOW}, 0, 1)`,
    },
    { name: 'a sum', sql: `INSERT INTO roll_ups VALUES (1, 'day', ${NOW}, 1, 0, 0, 0, 0, 1.5, x'', 0)` },
    { name: 'a time that nobody watched', sql: `INSERT INTO unwatched VALUES (1, 1, ${NOW})` },
    { name: 'a ping', sql: `INSERT INTO pings VALUES (1, 1, ${NOW}, 'log', NULL, NULL, NULL, '')` },
    { name: 'something measured', sql: `INSERT INTO series VALUES (1, 1, 'x', 's', ${NOW})` },
    {
      name: 'an incident',
      sql: `INSERT INTO incidents VALUES ('i', 1, 1, 1, ${NOW}, 'removed', 1, '', '', '', '', NULL, NULL, '', NULL)`,
    },
    { name: 'a notification', sql: `INSERT INTO notifications VALUES ('n', NULL, 'gone', ${NOW}, '{}')` },
  ])('stays while $name of it is left', ({ sql }) => {
    const stage = start()
    gone(stage)
    stage.run(sql)
    stage.retainAll()
    expect(stage.of('name', 'monitors')).toEqual(['gone'])
  })

  test('stays while its end is not older than what is kept, and so does one that is watched', () => {
    const stage = start()
    gone(stage, OLD.day + 1)
    stage.monitor('web')
    stage.run("UPDATE monitors SET counted_to_ms = 1 WHERE name = 'web'")
    stage.retainAll()
    expect(stage.of('name', 'monitors')).toEqual(['gone', 'web'])
  })
})

describe('slices', () => {
  test('are no larger than a few hundred rows of a kind', () => {
    const stage = start()
    stage.checks(stage.monitor('web'), OLD.check, 3 * SLICE)
    stage.rollUps(1, 'hour', OLD.hour, 2 * SLICE)
    stage.database.transaction(() => {
      for (let index = 0; index < 2 * SLICE; index++)
        stage.run('INSERT INTO unwatched VALUES (?, 0, ?)', index, OLD.day)
    })()
    const counts = () => ['checks', 'roll_ups', 'unwatched'].map((table) => Number(stage.of('count(*)', table)[0]))
    let before = counts()
    for (let isMore = true; isMore; ) {
      isMore = stage.retain()
      const after = counts()
      for (const [index, count] of before.entries()) expect(count - (after[index] ?? 0)).toBeLessThanOrEqual(SLICE)
      before = after
    }
    expect(before).toEqual([0, 0, 0])
  })

  test('of many monitors are no larger', () => {
    const stage = start()
    const ids = Array.from({ length: 10 }, (_, index) => stage.monitor(`m${index}`))
    for (const id of ids) stage.checks(id, OLD.check, SLICE - 100)
    expect(stage.retain()).toBe(true)
    expect(stage.of('count(*)', 'checks')).toEqual([8 * (SLICE - 100)])
  })

  test('of one monitor do not keep the others waiting', () => {
    const stage = start()
    stage.checks(stage.monitor('large'), OLD.check, 20 * SLICE)
    const small = ['a', 'b', 'c'].map((name) => stage.monitor(name))
    for (const id of small) stage.checks(id, OLD.check, 1)
    for (let slice = 0; slice < 5; slice++) stage.retain()
    expect(stage.all('SELECT DISTINCT monitor_id AS id FROM checks')).toEqual([{ id: 1 }])
    stage.retainAll()
    expect(stage.of('count(*)', 'checks')).toEqual([0])
  })

  test('come to an end where there is nothing to remove, and begin again from the first monitor', () => {
    const stage = start()
    expect(stage.retainAll()).toBe(1)
    const ids = ['a', 'b', 'c'].map((name) => stage.monitor(name))
    const empty = stage.retainAll()
    for (const id of ids) stage.checks(id, OLD.check, 1)
    expect(stage.retainAll()).toBe(empty)
    expect(stage.of('count(*)', 'checks')).toEqual([0])
  })

  test('end with exactly what is new enough left, whatever there is', () => {
    const rows = fc.record({
      monitor: fc.integer({ min: 0, max: 3 }),
      ageMs: fc.integer({ min: 0, max: 2000 }),
      count: fc.constantFrom(1, 2, 499, 500, 501),
    })
    fc.assert(
      fc.property(fc.array(rows, { maxLength: 5 }), (given) => {
        const stage = start()
        const ids = ['a', 'b', 'c', 'd'].map((name) => stage.monitor(name))
        const insert = stage.database.query(
          'INSERT OR IGNORE INTO checks (monitor_id, started_at_ms, outcome, duration_us) VALUES (?, ?, 0, 1)',
        )
        stage.database.transaction(() => {
          for (const { monitor, ageMs, count } of given) {
            for (let index = 0; index < count; index++) insert.run(ids[monitor] ?? 0, NOW - ageMs - index)
          }
        })()
        const kept = stage.all(`SELECT * FROM checks WHERE started_at_ms >= ${NOW - RETENTION.checksMs}`)
        stage.retainAll()
        expect(stage.all('SELECT * FROM checks')).toEqual(kept)
        stage.database.close()
      }),
      { numRuns: 40 },
    )
  })

  test('are one transaction each: a failure leaves what there was', () => {
    const stage = start()
    stage.checks(stage.monitor('web'), OLD.check, 1)
    stage.rollUps(1, 'hour', OLD.hour)
    stage.run("CREATE TRIGGER refuse BEFORE DELETE ON roll_ups BEGIN SELECT raise(ABORT, 'no'); END")
    expect(() => stage.retainAll()).toThrow('no')
    expect(stage.of('count(*)', 'checks')).toEqual([1])
    expect(stage.database.inTransaction).toBe(false)
    stage.run('DROP TRIGGER refuse')
    stage.retainAll()
    expect(stage.of('count(*)', 'checks')).toEqual([0])
  })
})
