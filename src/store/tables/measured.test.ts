import { afterAll, describe, expect, test } from 'bun:test'
import { createScratch, startDatabase } from '../../../test/support/database.ts'
import { aChange } from '../../../test/support/samples.ts'
import { HOUR } from '../../../test/support/time.ts'
import { createApplyWrites, type Write } from './apply-writes.ts'
import { createRetain } from './retain.ts'

const scratch = createScratch()
afterAll(scratch.remove)

const T0 = 20_000 * 24 * HOUR
const RETENTION = { checksMs: HOUR, hourlyMs: 10 * HOUR, dailyMs: 100 * HOUR }

/** A check of `web` that has measured these, in seconds. */
function measuring(atMs: number, values: Readonly<Record<string, number>>): Write {
  const measured = Object.entries(values).map(([label, value]) => ({ label, unit: 's', value }))
  return { kind: 'check', change: aChange('web', atMs, { measured }) }
}

function start() {
  const stage = startDatabase(scratch.newPath())
  const retain = createRetain(stage.database)
  return {
    ...stage,
    hours: () =>
      stage.all(
        'SELECT label, (start_ms - 20000 * 86400000) / 3600000 AS hour, count, sum, most FROM measured_hours JOIN series ON id = series_id',
      ),
    labels: () => stage.all('SELECT id, label FROM series ORDER BY id'),
    retainAll(nowMs: number) {
      while (retain(RETENTION, nowMs));
    },
  }
}

test('values stand with their check, and in the sums of its hour', () => {
  const { apply, all, hours } = start()
  apply([measuring(T0, { time: 2, load: -1 }), measuring(T0 + 1, { time: 4 })], T0)
  apply([measuring(T0 + 2, { time: 3 }), measuring(T0 + HOUR, { time: 9 }), measuring(T0 + HOUR + 1, {})], T0)
  expect(all('SELECT measured FROM checks').map(({ measured }) => measured)).toEqual([
    '[[1,2],[2,-1]]',
    '[[1,4]]',
    '[[1,3]]',
    '[[1,9]]',
    null,
  ])
  expect(hours()).toEqual([
    { label: 'time', hour: 0, count: 3, sum: 9, most: 4 },
    { label: 'time', hour: 1, count: 1, sum: 9, most: 9 },
    { label: 'load', hour: 0, count: 1, sum: -1, most: -1 },
  ])
})

test('of a transaction that fails nothing is counted', () => {
  const { apply, hours, labels } = start()
  const broken = { kind: 'check', change: null } as unknown as Write
  expect(() => apply([measuring(T0, { time: 2 }), broken], T0)).toThrow()
  expect([hours(), labels()]).toEqual([[], []])
  apply([measuring(T0, { time: 2 })], T0)
  expect(hours()).toMatchObject([{ count: 1, sum: 2 }])
})

describe('more than twenty series', () => {
  const once = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => measuring(T0 + from + index, { [`once${from + index}`]: 1 }))
  const names = (rows: readonly Readonly<Record<string, unknown>>[]) => rows.map(({ label }) => label)
  const times = (fromMs: number, count: number) =>
    Array.from({ length: count }, (_, index) => measuring(fromMs + index * 1000, { time: index }))

  test('one that goes on being measured is kept after twenty that were measured once', () => {
    const { apply, labels, hours } = start()
    for (const [index, write] of once(0, 20).entries()) apply([write], T0 + index)
    for (const [index, write] of times(T0 + 1000, 10).entries()) apply([write], T0 + 1000 * (index + 1))
    expect(names(labels())).toEqual([...Array.from({ length: 19 }, (_, index) => `once${index + 1}`), 'time'])
    expect(hours().find(({ label }) => label === 'time')).toMatchObject({ count: 10 })
  })

  test('and is not displaced by hundreds of them, also after a start', () => {
    const { apply, labels, database, deliveries } = start()
    for (const [index, write] of times(T0, 10).entries()) apply([write], T0 + 1000 * index)
    for (const [index, write] of once(10_000, 300).entries()) apply([write], T0 + 10_000 + index)
    expect([names(labels())[0], labels().length]).toEqual(['time', 20])
    const { apply: later } = createApplyWrites(database, deliveries)
    for (const [index, write] of once(20_000, 300).entries()) later([write], T0 + 20_000 + index)
    expect(names(labels())).toContain('time')
  })

  test('twenty that are all measured leave no room', () => {
    const { apply, labels } = start()
    const all = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`v${index}`, index]))
    for (let index = 0; index < 3; index++) apply([measuring(T0 + index, all)], T0 + index)
    expect(names(labels())).toEqual(Object.keys(all).slice(0, 20))
  })
})

describe('retention', () => {
  test('removes hours as long ago as those of the roll-ups, and series of which nothing is left', () => {
    const { apply, retainAll, hours, labels } = start()
    apply([measuring(T0, { old: 1, time: 1 })], T0)
    apply([measuring(T0 + 9 * HOUR, { time: 2 })], T0 + 9 * HOUR)
    retainAll(T0 + 10 * HOUR)
    expect(hours()).toHaveLength(3)
    retainAll(T0 + 10 * HOUR + 1)
    expect(hours()).toMatchObject([{ label: 'time', hour: 9 }])
    expect(labels()).toEqual([{ id: 2, label: 'time' }])
  })

  test('makes room for labels beyond the first twenty, which get ids that no check names', () => {
    const { apply, retainAll, labels } = start()
    const twenty = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`label${index}`, index]))
    apply([measuring(T0, twenty), measuring(T0 + 1, { new: 1 })], T0)
    expect(labels()).toHaveLength(20)
    retainAll(T0 + 11 * HOUR)
    apply([measuring(T0 + 11 * HOUR, { new: 1 })], T0 + 11 * HOUR)
    expect(labels()).toEqual([{ id: 21, label: 'new' }])
  })
})
