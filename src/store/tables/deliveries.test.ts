import { afterAll, describe, expect, test } from 'bun:test'
import { createScratch, startDatabase } from '../../../test/support/database.ts'
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
      name: 'all of the open incident, however it was settled',
      state: stateOf('i'),
      deliveries: [
        ...deliveriesOf('i', 1, { mail: 'delivered', sms: 'failed' }),
        ...deliveriesOf('old', 2, { mail: 'delivered' }),
        ...deliveriesOf('i', 3, { mail: 'dropped', chat: 'handed_over' }, 'reminder'),
      ],
      loaded: ['i-1/mail', 'i-1/sms', 'i-3/mail', 'i-3/chat'],
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

  test('is in the order in which deliveries were made, however they were settled since', () => {
    const stage = start()
    const [mail, sms] = deliveriesOf('i', 1, { mail: 'pending', sms: 'pending' }) as [Delivery, Delivery]
    const [late] = deliveriesOf('j', 2, { mail: 'pending' }) as [Delivery]
    for (const one of [mail, late, sms]) stage.deliveries.put(one, 0)
    stage.deliveries.put({ ...mail, attemptCount: 2, nextAttemptAtMs: 9000.4, reason: 'exit code 1' }, 5)
    expect(stage.deliveries.load()).toEqual([
      { ...mail, attemptCount: 2, nextAttemptAtMs: 9000, reason: 'exit code 1' },
      late,
      sms,
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
