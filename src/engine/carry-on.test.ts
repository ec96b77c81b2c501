import { expect, test } from 'bun:test'
import { createFakeClock } from '../../test/support/fake-clock.ts'
import { aMonitor } from '../../test/support/samples.ts'
import { PENDING } from '../core/model/state.ts'
import type { Delivery, MonitorState } from '../core/model/types.ts'
import { deliveriesFor, notificationsFor } from '../core/tell/notification.ts'
import { incidentId } from '../core/text/identity.ts'
import { createCarryOn } from './carry-on.ts'

const UP: MonitorState = { ...PENDING, status: 'up' }
const downAs = (incidentId: string, startedAtMs = 5_000, changes: Partial<MonitorState> = {}): MonitorState => ({
  ...PENDING,
  status: 'down',
  incidentId,
  outageStartedAtMs: startedAtMs,
  failureCount: 2,
  alertCount: 1,
  notificationCount: 1,
  ...changes,
})

const monitor = aMonitor({ name: 'web' })

/** The delivery by `log` that said that an incident began. */
function toldDown(state: MonitorState, status: Delivery['status'] = 'delivered'): Delivery {
  const check = {
    monitor: 'web',
    runId: 'r',
    outcome: 'failed',
    exitCode: 1,
    reason: 'exit code 1',
    output: '',
  } as const
  const [notification] = notificationsFor(
    [{ kind: 'down', alerts: ['log'], incidentId: state.incidentId ?? '', number: 1 }],
    {
      monitor,
      check: { ...check, startedAtMs: state.outageStartedAtMs ?? 0, durationMs: 1 },
      before: PENDING,
      after: state,
      atMs: 6_000,
      hostname: 'h',
      url: '',
    },
  )
  if (notification === undefined) throw new Error('there is one')
  const [delivery] = deliveriesFor(notification)
  if (delivery === undefined) throw new Error('there is one')
  return { ...delivery, status }
}

/** A server that watches `web`, with what it knows. */
function aServer(node: string, state: MonitorState, deliveries: readonly Delivery[] = []) {
  const saved: Delivery[] = []
  const states: MonitorState[] = []
  const delivered: Delivery[] = []
  const carryOn = createCarryOn({
    clock: createFakeClock(9_000),
    store: {
      async settle(first, others) {
        saved.push(first, ...others)
      },
    },
    checks: {
      look: (name) => (name === 'web' ? ({ monitor, state } as never) : undefined),
      setState: (_, next) => states.push(next),
    },
    monitors: () => [{ monitor, state }],
    deliveries: () => deliveries,
    deliver: (all) => delivered.push(...all),
    node,
    hostname: node,
  })
  return { carryOn, saved, delivered, states }
}

const textOf = ({ id, status, notification }: Delivery) => `${id} ${status}: ${notification.message}`

test.each<{ name: string; alone: MonitorState; leader: MonitorState; sinceMs?: number; expected: string[] }>([
  {
    name: 'is over for the leader: that is told',
    alone: downAs('x'),
    leader: UP,
    expected: ['x-1/log delivered: web check has failed 2 times', 'x-up/log pending: web check is up again!'],
  },
  {
    name: 'goes on for the leader under its own id: the other one ends',
    alone: downAs('x'),
    leader: downAs('y'),
    expected: [
      'x-1/log delivered: web check has failed 2 times',
      'x-up/log pending: web: the incident that a told by itself goes on as y',
    ],
  },
  {
    name: 'is one incident for both: the leader tells its end',
    alone: downAs('x'),
    leader: downAs('x'),
    expected: [],
  },
  {
    name: 'began before the servers lost each other, and was told after that',
    alone: downAs('x', 5_000, { lastToldAtMs: 6_000 }),
    leader: UP,
    sinceMs: 5_001,
    expected: ['x-1/log delivered: web check has failed 2 times', 'x-up/log pending: web check is up again!'],
  },
  { name: 'was told before that, too', alone: downAs('x'), leader: UP, sinceMs: 6_001, expected: [] },
  {
    name: 'was told to nobody',
    alone: downAs('x', 5_000, { alertCount: 0 }),
    leader: UP,
    expected: ['x-1/log delivered: web check has failed 2 times'],
  },
  { name: 'is none', alone: UP, leader: UP, expected: [] },
])('an incident that a server told by itself $name', async ({ alone, leader, sinceMs = 0, expected }) => {
  const deliveries = alone.incidentId === null ? [] : [toldDown(alone)]
  const told = aServer('a', alone, deliveries).carryOn.told(sinceMs)
  const { carryOn, saved, delivered } = aServer('b', leader)
  await carryOn.adopt(JSON.parse(JSON.stringify(told)))
  expect(delivered.map(textOf)).toEqual(expected)
  expect(saved).toEqual(delivered)
})

test('what the leader has told itself, and be it over, is not told again', async () => {
  const down = toldDown(downAs('x'))
  const told = aServer('a', downAs('x'), [down]).carryOn.told(0)
  const { carryOn, delivered } = aServer('b', UP)
  carryOn.note([down])
  await carryOn.adopt(told)
  expect(delivered).toEqual([])
})

test('what is handed over twice is told once', async () => {
  const told = aServer('a', downAs('x'), [toldDown(downAs('x'))]).carryOn.told(0)
  const { carryOn, delivered } = aServer('b', UP)
  await carryOn.adopt(told)
  await carryOn.adopt(told)
  expect(delivered).toHaveLength(2)
})

test('what has not begun here, or was not seen, is an incident here, too, and ends as any other', async () => {
  const alone = downAs('x', 5_000, { fineSinceMs: 77 })
  const told = aServer('a', alone, [toldDown(alone)]).carryOn.told(0)
  const { carryOn, delivered, states } = aServer('b', { ...UP, fineSinceMs: 77 })
  await carryOn.adopt(told)
  expect(states).toEqual([alone])
  expect(delivered.map(textOf)).toEqual(['x-1/log delivered: web check has failed 2 times'])
})

test('what is over, and was not seen here, gives its name to no other incident', async () => {
  const id = incidentId('web', 77)
  const told = aServer('a', { ...UP, fineSinceMs: 8_000 }, [toldDown(downAs(id))]).carryOn.told(0)
  const { carryOn, states } = aServer('b', { ...UP, fineSinceMs: 77 })
  await carryOn.adopt(told)
  expect(states).toEqual([{ ...UP, fineSinceMs: 78 }])
  const other = aServer('c', { ...UP, fineSinceMs: 79 })
  await other.carryOn.adopt(told)
  expect(other.states).toEqual([])
})
