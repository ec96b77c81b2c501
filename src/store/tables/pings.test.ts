import { afterAll, describe, expect, test } from 'bun:test'
import { createScratch, rowsOf, startDatabase } from '../../../test/support/database.ts'
import { aChange } from '../../../test/support/samples.ts'
import { DAY } from '../../../test/support/time.ts'
import type { Ping } from '../../core/model/ports.ts'
import { PENDING } from '../../core/model/state.ts'
import { readPings } from './pings.ts'
import { createRetain } from './retain.ts'

const scratch = createScratch()
afterAll(scratch.remove)

const RETENTION = { checksMs: 7 * DAY, hourlyMs: 90 * DAY, dailyMs: 1825 * DAY }

function aPing(atMs: number, changes: Partial<Ping> = {}): Ping {
  return { monitor: 'job', atMs, kind: 'success', exitCode: null, rid: null, durationMs: null, body: '', ...changes }
}

describe('pings', () => {
  test('are read as they were kept, oldest first, since a time', () => {
    const { database, apply } = startDatabase(scratch.newPath())
    const start = aPing(1, { kind: 'start', rid: '3f2504e0-4f89-11d3-9a0c-0305e82c3301', body: 'b\u00e4h \u{1f600}' })
    const fail = aPing(3, { kind: 'fail', exitCode: 7, durationMs: 1999.6 })
    apply([{ kind: 'ping', ping: start }], 1)
    apply([{ kind: 'ping', ping: aPing(2, { monitor: 'other' }) }], 2)
    apply([{ kind: 'check', change: aChange('job', 3, { ping: fail }) }], 3)
    const [{ monitor: _, ...first }, { monitor: __, ...second }] = [start, { ...fail, durationMs: 2000 }]
    expect(readPings(database, 1, 0)).toEqual([first, second])
    expect(readPings(database, 1, 2)).toEqual([second])
    database.close()
  })

  test('are the last hundred of each monitor', () => {
    const { database, apply } = startDatabase(scratch.newPath())
    const pings = Array.from({ length: 250 }, (_, index) => aPing(index, { kind: 'log' }))
    apply([{ kind: 'ping', ping: aPing(0, { monitor: 'other' }) }], 0)
    for (const half of [pings.slice(0, 130), pings.slice(130)]) {
      apply(
        half.map((ping) => ({ kind: 'ping', ping })),
        0,
      )
    }
    const kept = readPings(database, 2, 0)
    expect([kept.length, kept[0]?.atMs, kept.at(-1)?.atMs]).toEqual([100, 150, 249])
    expect(readPings(database, 1, 0)).toHaveLength(1)
    database.close()
  })

  test('of which some came in the same millisecond are all kept', () => {
    const { database, apply } = startDatabase(scratch.newPath())
    apply([{ kind: 'ping', ping: aPing(5) }], 5)
    apply([{ kind: 'ping', ping: aPing(5, { kind: 'fail' }) }], 5)
    expect(readPings(database, 1, 0).map(({ kind }) => kind)).toEqual(['success', 'fail'])
    database.close()
  })

  test('are kept together with their check, or not at all', () => {
    const path = scratch.newPath()
    const { database, apply } = startDatabase(path)
    const change = aChange('job', 3, { ping: aPing(3, { kind: 'fail' }) })
    const broken = {
      kind: 'check',
      change: {
        ...aChange('job', 4),
        keepsOutput: true,
        check: { ...aChange('job', 4).check, output: Symbol('no text') as unknown as string },
      },
    } as const
    expect(() => apply([{ kind: 'check', change }, broken], 4)).toThrow()
    const counts = () =>
      rowsOf(path, 'SELECT (SELECT count(*) FROM pings) AS pings, (SELECT count(*) FROM checks) AS checks')
    expect(counts()).toEqual([{ pings: 0, checks: 0 }])
    apply([{ kind: 'check', change }], 4)
    expect(counts()).toEqual([{ pings: 1, checks: 1 }])
    database.close()
  })

  test('of a monitor that is gone go with its checks, others stay', () => {
    const { database, apply } = startDatabase(scratch.newPath())
    apply(
      [
        { kind: 'check', change: aChange('gone', 1, { ping: aPing(1, { monitor: 'gone' }) }) },
        { kind: 'state', monitor: 'job', state: PENDING, slotAtMs: 9 },
        { kind: 'ping', ping: aPing(1) },
        { kind: 'departure', departure: { monitor: 'gone', atMs: 2, ending: 'removed' } },
      ],
      2,
    )
    const retain = createRetain(database)
    const retainAll = (nowMs: number) => {
      while (retain(RETENTION, nowMs)) {}
      return [1, 2].map((id) => readPings(database, id, 0).length)
    }
    expect(retainAll(6 * DAY)).toEqual([1, 1])
    expect(retainAll(8 * DAY)).toEqual([0, 1])
    database.close()
  })
})
