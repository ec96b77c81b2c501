import { expect, test } from 'bun:test'
import { deliveriesOf } from '../../../test/support/delivery-stage.ts'
import { aMonitor } from '../../../test/support/samples.ts'
import { PENDING } from '../model/state.ts'
import type { Delivery, MonitorState, NotificationKind } from '../model/types.ts'
import { incidentId } from '../text/identity.ts'
import { carryOn } from './told-alone.ts'

const monitor = aMonitor({ name: 'web' })
const [X, Y] = [incidentId('web', 77), incidentId('web', 88)]
const UP: MonitorState = { ...PENDING, status: 'up', fineSinceMs: 99 }
const FINE_SINCE_77: MonitorState = { ...UP, fineSinceMs: 77 }
const downAs = (incidentId: string, changes: Partial<MonitorState> = {}): MonitorState => ({
  ...PENDING,
  status: 'down',
  incidentId,
  outageStartedAtMs: 5_000,
  failureCount: 2,
  alertCount: 1,
  fineSinceMs: incidentId === X ? 77 : 88,
  ...changes,
})

function told(kind: NotificationKind, incidentId: string, status: Delivery['status'] = 'delivered'): Delivery {
  const about = { id: `${incidentId}-${kind}`, incidentId, monitor: 'web', kind, alerts: ['log'], atMs: 6_000 }
  const [delivery] = deliveriesOf(about)
  if (delivery === undefined) throw new Error('there is one')
  return { ...delivery, status }
}

const IS_UP = 'pending: web check is up again!'

interface Case {
  readonly name: string
  readonly told: readonly Delivery[]
  readonly there?: MonitorState | null
  readonly here: MonitorState
  readonly isEnded?: boolean
  /** Beside what was told. */
  readonly ends: readonly string[] | 'nothing at all'
  readonly state?: MonitorState
}

test.each<Case>([
  {
    name: 'is open here: it ends as any other',
    told: [told('down', X)],
    there: downAs(X),
    here: downAs(X),
    ends: 'nothing at all',
  },
  {
    name: 'is open here, and flapping was told: it ends as any other',
    told: [told('flapping', X)],
    here: { ...UP, flapping: { startedAtMs: 5, incidentId: X, notificationCount: 1, isTold: true, isAnnounced: true } },
    ends: 'nothing at all',
  },
  {
    name: 'is open here, and nobody was told: what was told there counts here',
    told: [told('down', X)],
    there: downAs(X),
    here: downAs(X, { alertCount: 0 }),
    ends: [],
    state: downAs(X),
  },
  {
    name: 'was not seen here: it begins, as it is there',
    told: [told('down', X)],
    there: downAs(X),
    here: FINE_SINCE_77,
    ends: [],
    state: downAs(X),
  },
  {
    name: 'was not seen here, and began by a clock that is ahead: it begins now',
    told: [told('down', X)],
    there: downAs(X, { outageStartedAtMs: 50_000 }),
    here: FINE_SINCE_77,
    ends: [],
    state: downAs(X, { outageStartedAtMs: 9_000 }),
  },
  {
    name: 'is about to begin here: it begins, as it is there',
    told: [told('down', X)],
    there: downAs(X),
    here: { ...FINE_SINCE_77, status: 'failing', failureCount: 1 },
    ends: [],
    state: downAs(X),
  },
  {
    name: 'was not seen here and is over there: its name is used up',
    told: [told('down', X), told('up', X)],
    there: UP,
    here: FINE_SINCE_77,
    ends: [],
    state: UP,
  },
  {
    name: 'was not seen here, and is in no state there: it ends, and its name is used up',
    told: [told('down', X)],
    there: null,
    here: FINE_SINCE_77,
    ends: [IS_UP],
    state: { ...UP, fineSinceMs: 78 },
  },
  {
    name: 'came after one that was not seen here, and goes on: it begins here, too',
    told: [told('down', X), told('up', X), told('down', Y)],
    there: downAs(Y),
    here: FINE_SINCE_77,
    ends: [],
    state: downAs(Y),
  },
  {
    name: 'came after one that was not seen here, whose name is that of the same outage here: it goes on as there',
    told: [told('down', Y)],
    there: downAs(Y),
    here: downAs(X),
    ends: [`pending: web: the incident that one server told goes on as ${Y}`],
    state: downAs(Y),
  },
  {
    name: 'is over, while another one goes on here: the next has another name',
    told: [told('down', Y), told('up', Y)],
    there: { ...UP, fineSinceMs: 89 },
    here: downAs(X),
    ends: [],
    state: downAs(X, { fineSinceMs: 88 }),
  },
  { name: 'is not known here: it ends', told: [told('down', X)], there: downAs(X), here: UP, ends: [IS_UP] },
  {
    name: 'goes on here under another id: it ends, and that is said',
    told: [told('down', X)],
    there: downAs(X),
    here: downAs(Y),
    ends: [`pending: web: the incident that one server told goes on as ${Y}`],
  },
  {
    name: 'ended here before it was told there once more: its end is told once more',
    told: [told('reminder', X)],
    there: downAs(X),
    here: UP,
    ends: [IS_UP],
  },
  {
    name: 'ended here after that',
    told: [told('reminder', X)],
    there: downAs(X),
    here: UP,
    isEnded: true,
    ends: 'nothing at all',
  },
  { name: 'has its end there', told: [told('down', X), told('up', X)], there: UP, here: UP, ends: [] },
  {
    name: 'has its end there, which nobody has heard yet',
    told: [told('down', X), told('up', X, 'pending')],
    there: UP,
    here: UP,
    ends: [],
  },
  {
    name: 'is followed by another: both end',
    told: [told('down', X), told('down', Y)],
    there: downAs(Y),
    here: UP,
    ends: [IS_UP, IS_UP],
  },
])('an incident that a server told by itself $name', ({ told, there = null, here, isEnded = false, ends, state }) => {
  const carried = carryOn(
    { monitor: 'web', state: there, deliveries: told, toldAtMs: 6_000 },
    { monitor, state: here, isEnded: () => isEnded, nowMs: 9_000, hostname: 'b' },
  )
  const isOld = (one: Delivery) => told.includes(one)
  const textOf = ({ status, notification }: Delivery) => `${status}: ${notification.message}`
  expect(carried.state).toEqual(state ?? null)
  expect(carried.begun.every(({ notification }) => notification.incidentId === state?.incidentId)).toBeTruthy()
  const deliveries = [...carried.earlier, ...carried.begun]
  expect(deliveries.filter(isOld)).toEqual(ends === 'nothing at all' ? [] : [...told])
  expect(deliveries.filter((one) => !isOld(one)).map(textOf)).toEqual(ends === 'nothing at all' ? [] : [...ends])
})

test('an end says of the outage what was said there, and comes after it', () => {
  const down = told('down', X)
  const { earlier: deliveries } = carryOn(
    { monitor: 'web', state: null, deliveries: [down], toldAtMs: 6_000 },
    { monitor, state: UP, isEnded: () => false, nowMs: 9_000, hostname: 'b' },
  )
  expect(deliveries.map(({ id }) => id)).toEqual([down.id, `${X}-up/log`])
  expect(deliveries[1]?.notification).toMatchObject({ startedAtMs: 6_000, atMs: 9_000, hostname: 'b' })
})

test('an end that is told here after the one there is not told already by that', () => {
  const [down, up] = [told('down', X), told('up', X)]
  const { earlier, begun } = carryOn(
    { monitor: 'web', state: UP, deliveries: [down, up], toldAtMs: 6_000 },
    { monitor, state: UP, isEnded: () => true, nowMs: 9_000, hostname: 'b' },
  )
  expect([earlier, begun]).toEqual([[down], []])
})
