import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import fc from 'fast-check'
import { createScratch, startDatabase } from '../../test/support/database.ts'
import { aChange } from '../../test/support/samples.ts'
import type { Snapshot } from '../core/model/ports.ts'
import { PENDING } from '../core/model/state.ts'
import type { Delivery, MonitorState, Notification } from '../core/model/types.ts'
import { neededOf, withDelivery } from '../core/tell/outbox.ts'
import { createCurrentState } from './current-state.ts'
import type { Write } from './tables/apply-writes.ts'
import { createRetain } from './tables/retain.ts'

setDefaultTimeout(60_000)

const scratch = createScratch()
afterAll(scratch.remove)

const MONITORS = ['web', 'db']
const ALERTS = ['mail', 'sms', 'chat']
const NOTHING_KEPT = { checksMs: 0, hourlyMs: 0, dailyMs: 0 }
const LATE = 9e12

/** What may happen; `pick` chooses among what it may happen to. */
type Step = { readonly pick: number } & (
  | { readonly kind: 'fail' | 'pass' | 'flap' | 'plain' | 'leave'; readonly alerts: readonly string[] }
  | { readonly kind: 'settle'; readonly status: 'delivered' | 'failed' | 'dropped' | 'handed_over' | 'pending' }
  | { readonly kind: 'restart' }
)

const pick = fc.nat()
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    pick,
    kind: fc.constantFrom('fail', 'fail', 'pass', 'flap', 'plain', 'leave'),
    alerts: fc.subarray(ALERTS),
  }),
  fc.record({
    pick,
    kind: fc.constant('settle' as const),
    status: fc.constantFrom('delivered', 'failed', 'dropped', 'handed_over', 'pending'),
  }),
  fc.record({ pick, kind: fc.constant('restart' as const) }),
)

const idsOf = (deliveries: readonly Delivery[]) => deliveries.map(({ id, status }) => `${id} ${status}`).sort()

/** The same life in memory, in a file, and as the whole of what was ever delivered. */
function start() {
  const file = startDatabase(scratch.newPath())
  file.database.run('PRAGMA synchronous = OFF')
  const retain = createRetain(file.database)
  const [base] = aChange('web', 1, { alerts: ['mail'] }).notifications as [Notification]
  let memory = createCurrentState()
  const states = new Map<string, MonitorState>()
  const everything = new Map<string, Delivery>()
  let count = 0

  const write = (...writes: Write[]) => file.apply(writes, ++count)

  const commit = (
    monitor: string,
    state: MonitorState,
    { kind, incidentId, alerts }: Pick<Notification, 'kind' | 'incidentId' | 'alerts'>,
  ) => {
    const notification = { ...base, id: `${monitor}-${++count}`, monitor, incidentId, kind, alerts, atMs: count }
    const deliveries = alerts.map((alert) => deliveryOf(notification, alert))
    const change = aChange(monitor, count, { state, deliveries, notifications: [notification] })
    write({ kind: 'check', change })
    memory.put(deliveries)
    memory.setState(monitor, { state, slotAtMs: change.slotAtMs })
    states.set(monitor, state)
    for (const one of deliveries) everything.set(one.id, one)
  }

  const deliveryOf = (notification: Notification, alert: string): Delivery => ({
    id: `${notification.id}/${alert}`,
    notification,
    alert,
    status: 'pending',
    createdAtMs: 1,
    attemptCount: 0,
    nextAttemptAtMs: 1,
    reason: '',
  })

  const settle = (delivery: Delivery, following: readonly Delivery[]) => {
    write({ kind: 'delivery', delivery, following })
    memory.put([delivery, ...following])
    for (const one of [delivery, ...following]) everything.set(one.id, one)
  }

  const take = (one: Step) => {
    const monitor = MONITORS[one.pick % MONITORS.length] ?? ''
    const state = states.get(monitor) ?? PENDING
    const { incidentId: openId, flapping } = state
    switch (one.kind) {
      case 'fail': {
        const incidentId = openId ?? `${monitor}-incident-${count}`
        const kind = openId === null ? 'down' : 'reminder'
        return commit(monitor, { ...state, status: 'down', incidentId }, { kind, incidentId, alerts: one.alerts })
      }
      case 'pass': {
        const incidentId = openId ?? flapping?.incidentId ?? null
        const kind = incidentId === null ? 'restarted' : 'up'
        return commit(monitor, { ...PENDING, status: 'up' }, { kind, incidentId, alerts: one.alerts })
      }
      case 'flap': {
        const incidentId = flapping?.incidentId ?? `${monitor}-flaps-${count}`
        const next = { startedAtMs: 1, incidentId, notificationCount: 1, isTold: true, isAnnounced: true }
        return commit(monitor, { ...state, flapping: next }, { kind: 'flapping', incidentId, alerts: one.alerts })
      }
      case 'plain':
        return commit(monitor, state, { kind: 'restarted', incidentId: null, alerts: one.alerts })
      case 'leave':
        write({ kind: 'departure', departure: { monitor, atMs: ++count, ending: 'removed' } })
        memory.setState(monitor, null)
        return states.delete(monitor)
      case 'settle': {
        const pending = [...everything.values()].filter(({ status }) => status === 'pending')
        const chosen = pending[one.pick % Math.max(1, pending.length)]
        if (chosen === undefined) return
        const fallback = deliveryOf(chosen.notification, 'fallback')
        const isHandedOver = one.status === 'handed_over' && !everything.has(fallback.id)
        return settle({ ...chosen, status: one.status, attemptCount: 1 }, isHandedOver ? [fallback] : [])
      }
      case 'restart':
        memory = createCurrentState({
          ...memory.read(),
          deliveries: file.deliveries.load(),
        } satisfies Partial<Snapshot>)
    }
  }

  /** By the rule alone, from everything that ever was. */
  const needed = () => {
    const kept = new Set<Delivery>()
    for (const monitor of MONITORS) {
      const lane = [...everything.values()]
        .filter(({ notification }) => notification.monitor === monitor)
        .reduce<readonly Delivery[]>(withDelivery, [])
      const state = states.get(monitor)
      const ids = [state?.incidentId, state?.flapping?.incidentId]
      for (const one of neededOf(lane, (id) => ids.includes(id))) kept.add(one)
    }
    return [...everything.values()].filter((one) => kept.has(one))
  }

  return {
    take,
    needed,
    inMemory: () => memory.read().deliveries,
    inFile: () => file.deliveries.load(),
    /** Removes all that may go. */
    retain() {
      while (retain(NOTHING_KEPT, LATE));
    },
    close: () => file.database.close(),
  }
}

/** A fallback takes over a notification after a newer one was made; a restart must not turn their order round. */
const LATE_FALLBACK: readonly Step[] = [
  { pick: 1, kind: 'fail', alerts: ['mail'] },
  { pick: 1, kind: 'fail', alerts: ['mail'] },
  { pick: 0, kind: 'settle', status: 'handed_over' },
  { pick: 0, kind: 'settle', status: 'handed_over' },
  { pick: 0, kind: 'settle', status: 'failed' },
  { pick: 0, kind: 'restart' },
  { pick: 0, kind: 'settle', status: 'dropped' },
]

test('memory and file have the same deliveries left, those the rule needs, whatever happens to them', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 60, size: 'max' }), (steps) => {
      const stage = start()
      for (const one of steps) {
        stage.take(one)
        expect(idsOf(stage.inMemory())).toEqual(idsOf(stage.needed()))
      }
      expect(idsOf(stage.inFile())).toEqual(idsOf(stage.needed()))
      stage.retain()
      expect(idsOf(stage.inFile())).toEqual(idsOf(stage.needed()))
      stage.close()
    }),
    { numRuns: 60, examples: [[[...LATE_FALLBACK]]] },
  )
})
