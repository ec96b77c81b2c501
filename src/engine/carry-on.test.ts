import { expect, test } from 'bun:test'
import { deliveriesOf } from '../../test/support/delivery-stage.ts'
import { createFakeClock } from '../../test/support/fake-clock.ts'
import { aMonitor } from '../../test/support/samples.ts'
import { PAUSED, PENDING } from '../core/model/state.ts'
import type { Delivery, MonitorState } from '../core/model/types.ts'
import type { ToldAlone } from '../core/tell/told-alone.ts'
import { incidentId } from '../core/text/identity.ts'
import { createCarryOn } from './carry-on.ts'

const X = incidentId('web', 77)
const ABOUT = { incidentId: X, monitor: 'web', alerts: ['log'], atMs: 0 }

/** That `a` told a `down` of `web` by itself, by its own clock at this time. */
function toldAt(toldAtMs: number, state: MonitorState | null = null): ToldAlone {
  const made = deliveriesOf({ ...ABOUT, id: `${X}-1`, kind: 'down' })
  const deliveries = made.map((one): Delivery => ({ ...one, status: 'delivered' }))
  return { node: 'a', monitors: [{ monitor: 'web', state, deliveries, toldAtMs }] }
}

/** The server that leads. */
function aLeader(state: MonitorState = { ...PENDING, status: 'up' }, monitor = aMonitor({ name: 'web' })) {
  const clock = createFakeClock(1e9)
  const saved: Delivery[] = []
  const states: MonitorState[] = []
  const delivered: Delivery[] = []
  let isStoreOut = false
  const carryOn = createCarryOn({
    clock,
    store: {
      async settle(first, others) {
        if (isStoreOut) throw new Error('the engine does not answer')
        saved.push(first, ...others)
      },
    },
    checks: {
      look: (name) => (name === 'web' ? ({ monitor, state } as never) : undefined),
      setState: (_, next) => states.push(next),
    },
    deliver: (earlier, begun) => delivered.push(...earlier, ...begun),
    hostname: 'b',
  })
  const ids = () => delivered.map(({ id, status }) => `${id} ${status}`)
  const breakStore = () => {
    isStoreOut = true
  }
  return { carryOn, clock, saved, delivered, states, ids, breakStore }
}

const DOWN_AND_UP = [`${X}-1/log delivered`, `${X}-up/log pending`]

test('what another has told by itself is saved, and its end told', async () => {
  const { carryOn, saved, delivered, ids } = aLeader()
  // Letters are JSON.
  await carryOn.adopt(JSON.parse(JSON.stringify(toldAt(5))), 5)
  expect(ids()).toEqual(DOWN_AND_UP)
  expect(saved).toEqual(delivered)
})

test('what was not seen here is known here from now on', async () => {
  const there: MonitorState = { ...PENDING, status: 'down', incidentId: X, alertCount: 1, fineSinceMs: 77 }
  const { carryOn, states, ids } = aLeader({ ...PENDING, status: 'up', fineSinceMs: 77 })
  await carryOn.adopt(toldAt(5, there), 5)
  expect([states, ids()]).toEqual([[there], [`${X}-1/log delivered`]])
})

test('what cannot be saved for now is told now, and once', async () => {
  const { carryOn, ids, breakStore } = aLeader()
  breakStore()
  await expect(carryOn.adopt(toldAt(5), 15)).rejects.toThrow('the engine does not answer')
  await carryOn.adopt(toldAt(5), 15).catch(() => {})
  expect(ids()).toEqual(DOWN_AND_UP)
})

test('nothing is told of what is not watched here', async () => {
  const { carryOn, ids } = aLeader()
  const { node, monitors } = toldAt(5)
  await carryOn.adopt({ node, monitors: monitors.map((told) => ({ ...told, monitor: 'gone' })) }, 5)
  expect(ids()).toEqual([])
})

test('nothing is told of what is switched off here', async () => {
  const { carryOn, ids, states } = aLeader(PAUSED, aMonitor({ name: 'web', isEnabled: false }))
  await carryOn.adopt(toldAt(5, { ...PENDING, status: 'down', incidentId: X, alertCount: 1, fineSinceMs: 77 }), 15)
  expect([states, ids()]).toEqual([[], []])
})

test('a letter that comes twice is answered twice, and told once', async () => {
  const { carryOn, clock, ids } = aLeader()
  await carryOn.adopt(toldAt(5), 15)
  await clock.advance(1000)
  await carryOn.adopt(toldAt(5), 1015)
  expect(ids()).toEqual(DOWN_AND_UP)
})

test.each<{ name: string; toldAgoMs: number; expected: string[] }>([
  { name: 'after it was told there: people know', toldAgoMs: 20_000, expected: [] },
  { name: 'before it was told there once more: people think that it goes on', toldAgoMs: 5_000, expected: DOWN_AND_UP },
  { name: 'and the clock there was set back meanwhile', toldAgoMs: -60_000, expected: DOWN_AND_UP },
])('the end was told here $name', async ({ toldAgoMs, expected }) => {
  const { carryOn, clock, ids } = aLeader()
  carryOn.note(deliveriesOf({ ...ABOUT, id: `${X}-up`, kind: 'up' }))
  await clock.advance(10_000)
  await carryOn.adopt(toldAt(1e6 - toldAgoMs), 1e6)
  expect(ids()).toEqual(expected)
})
