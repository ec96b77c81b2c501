import { describe, expect, test } from 'bun:test'
import { deliveriesFor, plainNotification } from '../src/core/notification.ts'
import type { Change, Store } from '../src/core/ports.ts'
import { PENDING } from '../src/core/state.ts'
import type { Delivery } from '../src/core/types.ts'

function aDelivery(id: string): Delivery {
  const about = { kind: 'test', monitor: 'web', message: '', atMs: 1, alerts: ['mail'], hostname: 'h' } as const
  const [delivery] = deliveriesFor(plainNotification({ ...about, id }))
  if (delivery === undefined) throw new Error('one alert makes one delivery')
  return delivery
}

function aChange(monitor: string, slotAtMs: number, deliveries: readonly Delivery[] = []): Change {
  return {
    check: {
      monitor,
      runId: 'r',
      outcome: 'failed',
      exitCode: 1,
      reason: 'exit code 1',
      output: '',
      startedAtMs: slotAtMs,
      durationMs: 1,
    },
    state: { ...PENDING, status: 'failing', failureCount: slotAtMs, lastCheckAtMs: slotAtMs },
    slotAtMs,
    deliveries,
  }
}

/** What every Store does. `open` gives an empty one. */
export function testStore(name: string, open: () => Promise<Store>): void {
  describe(`${name} keeps the contract of a store`, () => {
    test('is empty at first', async () => {
      const store = await open()
      expect(await store.load()).toEqual({ monitors: new Map(), deliveries: [], silences: [] })
      await store.close()
    })

    test('gives back the last state and slot of each monitor', async () => {
      const store = await open()
      await store.commit(aChange('web', 1))
      await store.commit(aChange('api', 5))
      await store.commit(aChange('web', 2))
      const { monitors } = await store.load()
      expect([...monitors.keys()].sort()).toEqual(['api', 'web'])
      expect(monitors.get('web')).toEqual({ state: aChange('web', 2).state, slotAtMs: 2 })
      await store.close()
    })

    test('gives back deliveries that are pending, oldest first', async () => {
      const store = await open()
      await store.commit(aChange('web', 1, [aDelivery('b'), aDelivery('a')]))
      await store.commit(aChange('web', 2, [aDelivery('c')]))
      await store.settle({ ...aDelivery('a'), status: 'delivered' }, [])
      await store.settle({ ...aDelivery('b'), attemptCount: 3, reason: 'exit code 1' }, [])
      const { deliveries } = await store.load()
      expect(deliveries.map(({ id, attemptCount }) => [id, attemptCount])).toEqual([
        ['b/mail', 3],
        ['c/mail', 0],
      ])
      await store.close()
    })

    test('keeps what follows from a settled delivery', async () => {
      const store = await open()
      await store.commit(aChange('web', 1, [aDelivery('a')]))
      await store.settle({ ...aDelivery('a'), status: 'handed_over' }, [
        { ...aDelivery('a'), id: 'a/sms', alert: 'sms' },
      ])
      expect((await store.load()).deliveries.map(({ id }) => id)).toEqual(['a/sms'])
      await store.close()
    })
  })
}
