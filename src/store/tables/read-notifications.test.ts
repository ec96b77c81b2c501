import { afterAll, describe, expect, test } from 'bun:test'
import { createScratch, opened } from '../../../test/support/database.ts'
import { failed, keepHistory, passed } from '../../../test/support/history-file.ts'
import type { Delivery } from '../../core/model/types.ts'
import { readDatabase } from '../file/open-for-reading.ts'
import type { Write } from './apply-writes.ts'
import { readNotifications, readUndelivered } from './deliveries.ts'
import { readIncidents, readOpenIncidents } from './incidents.ts'

const scratch = createScratch()
afterAll(scratch.remove)

/** Settles the `index`-th delivery that an earlier write has made. */
function settled(write: Write, index: number, form: Partial<Delivery>): Write {
  const delivery = write.kind === 'check' ? write.change.deliveries[index] : undefined
  if (delivery === undefined) throw new Error('there is one')
  return { kind: 'delivery', delivery: { ...delivery, ...form }, following: [] }
}

const FAILED = { status: 'failed', attemptCount: 3, reason: 'exit code 1' } as const
const DELIVERED = { status: 'delivered', attemptCount: 1, reason: '' } as const

const down = failed('web', 1000, { alerts: ['mail', 'sms'] })
const again = failed('web', 5000, { alerts: ['mail'], check: { reason: 'exit code 9', output: 'worse\n' } })
const other = failed('api', 2000, { alerts: ['mail'] })

function read<Result>(writes: readonly Write[], nowMs: number, work: Parameters<typeof readDatabase<Result>>[1]) {
  const path = scratch.newPath()
  keepHistory(path, writes, { aliveAtMs: nowMs })
  return opened(readDatabase(path, work)).result
}

describe('notifications', () => {
  const writes = [down, settled(down, 0, FAILED), settled(down, 1, DELIVERED), other, again]

  test('of one monitor, each with what became of its deliveries', () => {
    const notifications = read(writes, 9000, (database) =>
      readNotifications(database, { monitor: 'web', sinceMs: 0, limit: null }).reverse(),
    )
    expect(notifications).toEqual([
      {
        id: 'web-1000-1',
        incidentId: 'web-1000',
        kind: 'down',
        atMs: 1000,
        alerts: ['mail', 'sms'],
        deliveries: [
          { alert: 'mail', ...FAILED },
          { alert: 'sms', ...DELIVERED },
        ],
      },
      {
        id: 'web-5000-1',
        incidentId: 'web-5000',
        kind: 'down',
        atMs: 5000,
        alerts: ['mail'],
        deliveries: [{ alert: 'mail', status: 'pending', attemptCount: 0, reason: '' }],
      },
    ])
  })

  test('since a time', () => {
    expect(
      read(writes, 9000, (database) => readNotifications(database, { monitor: 'web', sinceMs: 1001, limit: null })),
    ).toHaveLength(1)
  })
})

describe('what was not delivered', () => {
  const undelivered = (writes: readonly Write[], nowMs: number, sinceMs: number) =>
    read(writes, nowMs, (database) => readUndelivered(database, sinceMs)).map(
      ({ monitor, alert, status, isPast }) => `${monitor} ${alert} ${status}${isPast ? ' past' : ''}`,
    )

  test('is what is pending and what has failed', () => {
    const writes = [down, settled(down, 0, FAILED), settled(down, 1, DELIVERED), other]
    expect(undelivered(writes, 9000, 0)).toEqual(['web mail failed', 'api mail pending'])
  })

  test('is past once the same alert has reached somebody about the same monitor', () => {
    const writes = [down, settled(down, 0, FAILED), settled(down, 1, FAILED), other, again]
    const ended = [settled(other, 0, DELIVERED), settled(again, 0, DELIVERED)]
    expect(undelivered([...writes, ...ended], 9000, 0)).toEqual(['web mail failed past', 'web sms failed'])
  })

  test('stays as long as the incident is open, however long ago it was', () => {
    const writes = [down, settled(down, 0, FAILED), settled(down, 1, DELIVERED)]
    expect(undelivered(writes, 9000, 9001)).toEqual(['web mail failed'])
    expect(undelivered([...writes, passed('web', 8000)], 9000, 9001)).toEqual([])
    expect(undelivered([...writes, passed('web', 8000)], 9000, 9000)).toEqual(['web mail failed'])
  })
})

describe('incidents', () => {
  const writes: readonly Write[] = [
    failed('web', 1000, { alerts: ['mail'] }),
    failed('web', 2000, {
      state: { incidentId: 'web-1000', outageStartedAtMs: 1000, failureCount: 2 },
      check: { reason: 'exit code 9', output: 'worse\n' },
    }),
    passed('web', 3000),
    failed('api', 4000),
    { kind: 'departure', departure: { monitor: 'api', atMs: 6000, ending: 'removed' } },
    failed('web', 5000),
  ]
  const incidents = (sinceMs: number, monitor: string | null = null) =>
    read(writes, 9000, (database) => readIncidents(database, { sinceMs, monitor, beforeMs: null, limit: null }))

  test('newest first, with the first and the last that was said', () => {
    expect(incidents(0).map(({ id, endedAtMs, ending }) => [id, endedAtMs, ending])).toEqual([
      ['web-5000', null, null],
      ['api-4000', 6000, 'removed'],
      ['web-1000', 3000, 'recovered'],
    ])
    expect(incidents(0)[2]).toEqual({
      id: 'web-1000',
      monitor: 'web',
      startedAtMs: 1000,
      openedAtMs: 1000,
      endedAtMs: 3000,
      ending: 'recovered',
      failureCount: 2,
      firstReason: 'exit code 7',
      firstOutput: 'refused\n',
      lastReason: 'exit code 9',
      lastOutput: 'worse\n',
      acknowledged: null,
      notificationCount: 1,
    })
  })

  test('of a time are those that were open in it', () => {
    expect(incidents(6000).map(({ id }) => id)).toEqual(['web-5000', 'api-4000'])
    expect(incidents(8000).map(({ id }) => id)).toEqual(['web-5000'])
  })

  test('of one monitor', () => {
    expect(incidents(0, 'api').map(({ id }) => id)).toEqual(['api-4000'])
  })

  test('that are open, by monitor', () => {
    const open = read(writes, 9000, readOpenIncidents)
    expect([...open].map(([name, { id }]) => [name, id])).toEqual([['web', 'web-5000']])
  })
})
