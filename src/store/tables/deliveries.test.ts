import { afterAll, describe, expect, test } from 'bun:test'
import { createScratch, opened, startDatabase } from '../../../test/support/database.ts'
import { failed, keepHistory, passed } from '../../../test/support/history-file.ts'
import { aChange } from '../../../test/support/samples.ts'
import { PENDING } from '../../core/model/state.ts'
import type {
  Delivery,
  DeliveryStatus,
  Flapping,
  MonitorState,
  Notification,
  NotificationKind,
} from '../../core/model/types.ts'
import { readDatabase } from '../file/open-for-reading.ts'
import type { Write } from './apply-writes.ts'
import { readNotifications, readUndelivered } from './deliveries.ts'

const scratch = createScratch()
afterAll(scratch.remove)

const start = () => startDatabase(scratch.newPath())

const [BASE] = aChange('web', 1, { alerts: ['mail'] }).notifications as [Notification]

/** The `number`-th notification of an incident of `web`, with a delivery by each alert in its status. */
function deliveriesOf(
  incidentId: string | null,
  number: number,
  statuses: Readonly<Record<string, DeliveryStatus>>,
  kind: NotificationKind = 'down',
): Delivery[] {
  const id = `${incidentId ?? 'plain'}-${number}`
  const notification = { ...BASE, id, incidentId, kind, alerts: Object.keys(statuses), atMs: number }
  return Object.entries(statuses).map(([alert, status]) => ({
    id: `${id}/${alert}`,
    notification,
    alert,
    status,
    createdAtMs: number,
    attemptCount: 1,
    nextAttemptAtMs: number,
    reason: '',
  }))
}

function stateOf(incidentId: string | null, flappingId: string | null = null): MonitorState {
  const flapping: Flapping | null =
    flappingId === null
      ? null
      : { startedAtMs: 1, incidentId: flappingId, notificationCount: 1, isTold: true, isAnnounced: true }
  return { ...PENDING, status: incidentId === null ? 'up' : 'down', incidentId, flapping }
}

describe('what a daemon begins with', () => {
  const cases: { name: string; state: MonitorState | null; deliveries: Delivery[]; loaded: string[] }[] = [
    { name: 'nothing', state: null, deliveries: [], loaded: [] },
    {
      name: 'what is pending, of an incident or of none',
      state: null,
      deliveries: [
        ...deliveriesOf('i', 1, { mail: 'pending' }),
        ...deliveriesOf(null, 2, { mail: 'pending' }, 'restarted'),
      ],
      loaded: ['i-1/mail', 'plain-2/mail'],
    },
    {
      name: 'not what was settled of no incident, or of one that has ended',
      state: stateOf('now'),
      deliveries: [
        ...deliveriesOf('i', 1, { mail: 'delivered' }),
        ...deliveriesOf(null, 2, { mail: 'failed' }, 'test'),
      ],
      loaded: [],
    },
    {
      name: 'the others of a notification of which something is pending',
      state: null,
      deliveries: deliveriesOf(null, 1, { mail: 'delivered', sms: 'pending', chat: 'handed_over' }, 'restarted'),
      loaded: ['plain-1/mail', 'plain-1/sms', 'plain-1/chat'],
    },
    {
      name: 'of the open incident, what each alert told last, however it was settled',
      state: stateOf('i'),
      deliveries: [
        ...deliveriesOf('i', 1, { mail: 'delivered', sms: 'failed' }),
        ...deliveriesOf('old', 2, { mail: 'delivered' }),
        ...deliveriesOf('i', 3, { mail: 'dropped', chat: 'handed_over' }, 'reminder'),
      ],
      loaded: ['i-1/mail', 'i-1/sms', 'i-3/chat'],
    },
    {
      name: 'all of the incident under which it flaps',
      state: stateOf('now', 'flap'),
      deliveries: [
        ...deliveriesOf('flap', 1, { mail: 'delivered' }, 'flapping'),
        ...deliveriesOf('old', 2, { mail: 'delivered' }),
        ...deliveriesOf('now', 3, { mail: 'delivered' }),
      ],
      loaded: ['flap-1/mail', 'now-3/mail'],
    },
    {
      name: 'all of an incident that has ended, while its recovery is pending',
      state: stateOf(null),
      deliveries: [
        ...deliveriesOf('i', 1, { mail: 'delivered', sms: 'handed_over', chat: 'failed' }),
        ...deliveriesOf('i', 2, { mail: 'pending' }, 'up'),
      ],
      loaded: ['i-1/mail', 'i-1/sms', 'i-1/chat', 'i-2/mail'],
    },
  ]
  test.each(cases)('$name', ({ state, deliveries, loaded }) => {
    const stage = start()
    if (state !== null) stage.apply([{ kind: 'state', monitor: 'web', state, slotAtMs: null }], 0)
    for (const delivery of deliveries) stage.deliveries.put(delivery, 0)
    const given = stage.deliveries.load()
    expect(given.map(({ id }) => id)).toEqual(loaded)
    expect(given).toEqual(deliveries.filter(({ id }) => loaded.includes(id)))
    // Deliveries of one notification share it, and only those.
    expect(new Set(given.map(({ notification }) => notification)).size).toBe(
      new Set(given.map(({ notification }) => notification.id)).size,
    )
  })

  test('is in the order of notifications, however deliveries were made and settled since', () => {
    const stage = start()
    const [mail, sms] = deliveriesOf('i', 1, { mail: 'pending', sms: 'pending' }) as [Delivery, Delivery]
    const [late] = deliveriesOf('j', 2, { mail: 'pending' }) as [Delivery]
    for (const one of [mail, late, sms]) stage.deliveries.put(one, 0)
    stage.deliveries.put({ ...mail, attemptCount: 2, nextAttemptAtMs: 9000.4, reason: 'exit code 1' }, 5)
    expect(stage.deliveries.load()).toEqual([
      { ...mail, attemptCount: 2, nextAttemptAtMs: 9000, reason: 'exit code 1' },
      sms,
      late,
    ])
  })
})

test('a delivery keeps when it was settled, once it is, and its notification as it was first', () => {
  const stage = start()
  const [mail] = deliveriesOf('i', 1, { mail: 'pending' }) as [Delivery]
  stage.deliveries.put({ ...mail, createdAtMs: 1.6 }, 5)
  expect(stage.all('SELECT status, created_at_ms, settled_at_ms FROM deliveries')).toEqual([
    { status: 'pending', created_at_ms: 2, settled_at_ms: null },
  ])
  stage.deliveries.put(
    { ...mail, status: 'failed', createdAtMs: 99, notification: { ...mail.notification, kind: 'up' } },
    7,
  )
  expect(stage.all('SELECT status, created_at_ms, settled_at_ms FROM deliveries')).toEqual([
    { status: 'failed', created_at_ms: 99, settled_at_ms: 7 },
  ])
  expect(stage.all('SELECT document FROM notifications').map(({ document }) => JSON.parse(String(document)))).toEqual([
    mail.notification,
  ])
})

test('what is pending and not among those given is settled, and nothing else', () => {
  const stage = start()
  const all = deliveriesOf('i', 1, { mail: 'pending', sms: 'pending', chat: 'dropped' })
  for (const one of all) stage.deliveries.put(one, 3)
  stage.deliveries.putAnew(all.slice(0, 1), 9)
  expect(stage.all('SELECT alert, status, settled_at_ms AS at FROM deliveries ORDER BY alert')).toEqual([
    { alert: 'chat', status: 'dropped', at: 3 },
    { alert: 'mail', status: 'pending', at: null },
    { alert: 'sms', status: 'delivered', at: 9 },
  ])
})

test('those given come in their order, although a newer one was there before', () => {
  const stage = start()
  const [first] = deliveriesOf('i', 1, { mail: 'delivered' }) as [Delivery]
  const [second] = deliveriesOf('i', 2, { mail: 'pending' }) as [Delivery]
  stage.deliveries.put(second, 3)
  stage.deliveries.putAnew([first, second], 9)
  expect(stage.deliveries.load()).toEqual([first, second])
})

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
