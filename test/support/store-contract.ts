import { describe, expect, test } from 'bun:test'
import { NO_MUTES } from '../../src/core/model/mute.ts'
import type { Change, Store } from '../../src/core/model/ports.ts'
import { PENDING } from '../../src/core/model/state.ts'
import type { Delivery, Notification } from '../../src/core/model/types.ts'
import { aChange } from './samples.ts'

function deliveryOf(change: Change, index = 0): Delivery {
  const delivery = change.deliveries[index]
  if (delivery === undefined) throw new Error('there is one')
  return delivery
}

/** How a Store is opened. What a Store was given is asked of one that was opened again: some look only then. */
export interface Opens {
  /** An empty one. */
  readonly open: () => Promise<Store>
  /** Another one on what this one has kept, which it closes; a Store that keeps nothing beyond its life gives itself. */
  readonly reopen: (store: Store) => Promise<Store>
}

/** What every Store does. */
export function testStore(name: string, { open, reopen }: Opens): void {
  describe(`${name} keeps the contract of a store`, () => {
    test('is empty at first', async () => {
      const store = await open()
      const mutes = { ...NO_MUTES, silences: [], acknowledgements: [] }
      const secret = expect.stringMatching(/^[0-9a-f]{64}$/)
      const nothing = {
        monitors: new Map(),
        deliveries: [],
        mutes,
        lastAliveAtMs: null,
        secret,
        endedSessions: [],
        installation: expect.stringMatching(/^[0-9a-f-]{36}$/),
      }
      expect(await store.load()).toEqual(nothing)
      expect(store.troubles()).toEqual([])
      await store.close()
    })

    test('gives back the last state and slot of each monitor', async () => {
      const store = await open()
      await store.commit(aChange('web', 1))
      await store.commit(aChange('api', 5))
      await store.commit(aChange('web', 2))
      await store.commit(aChange('dns', 7, { slotAtMs: null }))
      const reopened = await reopen(store)
      const { monitors } = await reopened.load()
      expect([...monitors.keys()].sort()).toEqual(['api', 'dns', 'web'])
      expect(monitors.get('web')).toEqual({ state: aChange('web', 2).state, slotAtMs: 2 })
      expect(monitors.get('dns')?.slotAtMs).toBeNull()
      await reopened.close()
    })

    test('has another secret once all sessions were ended, and says which', async () => {
      const store = await open()
      const { secret } = await store.load()
      const told: string[] = []
      store.onSecret((next) => told.push(next))
      await store.keepEndedSessions([{ id: 'one', untilMs: 1 }])
      await store.endSessions({ atMs: 5, who: 'anna' })
      expect(told).not.toEqual([secret])
      const reopened = await reopen(store)
      const snapshot = await reopened.load()
      expect([snapshot.secret, snapshot.endedSessions]).toEqual([told[0] ?? '', []])
      await reopened.close()
    })

    test('gives back the sessions that were ended', async () => {
      const store = await open()
      await store.keepEndedSessions([{ id: 'one', untilMs: 1 }])
      await store.keepEndedSessions([{ id: 'two', untilMs: 2 }])
      const reopened = await reopen(store)
      expect((await reopened.load()).endedSessions).toEqual([{ id: 'two', untilMs: 2 }])
      await reopened.close()
    })

    test('forgets a monitor that has left', async () => {
      const store = await open()
      await store.commit(aChange('web', 1))
      await store.commit(aChange('api', 1))
      store.noteDeparture({ monitor: 'web', atMs: 2, ending: 'removed' })
      await store.commit(aChange('api', 3))
      const reopened = await reopen(store)
      expect([...(await reopened.load()).monitors.keys()]).toEqual(['api'])
      await reopened.close()
    })

    test('gives back a state and slot that no check has set, whatever pings are kept', async () => {
      const store = await open()
      const { check, state } = aChange('job', 1)
      const ping = {
        monitor: 'job',
        atMs: 1,
        kind: 'fail',
        exitCode: 3,
        rid: null,
        durationMs: null,
        body: 'b',
      } as const
      await store.commit(aChange('job', 1, { check, state, ping }))
      store.noteState('job', { state, slotAtMs: 60 })
      store.noteState('new', { state: PENDING, slotAtMs: 70 })
      await store.keepPing({ ...ping, kind: 'start' })
      const reopened = await reopen(store)
      expect((await reopened.load()).monitors).toEqual(
        new Map([
          ['job', { state, slotAtMs: 60 }],
          ['new', { state: PENDING, slotAtMs: 70 }],
        ]),
      )
      await reopened.close()
    })

    test('gives back deliveries that are pending, oldest first', async () => {
      const store = await open()
      const [one, two] = [aChange('web', 1, { alerts: ['mail', 'sms'] }), aChange('api', 2, { alerts: ['mail'] })]
      await store.commit(one)
      await store.commit(two)
      await store.settle({ ...deliveryOf(one, 1), attemptCount: 3, nextAttemptAtMs: 9, reason: 'exit code 1' }, [])
      const reopened = await reopen(store)
      const { deliveries } = await reopened.load()
      expect(deliveries.map(({ id, attemptCount, reason }) => [id, attemptCount, reason])).toEqual([
        ['web-1-1/mail', 0, ''],
        ['web-1-1/sms', 3, 'exit code 1'],
        ['api-2-1/mail', 0, ''],
      ])
      expect(deliveries[0]).toEqual(deliveryOf(one))
      await reopened.close()
    })

    test('gives back no pending delivery that was settled, and what followed from it', async () => {
      const store = await open()
      const change = aChange('web', 1, { alerts: ['mail'] })
      const mail = deliveryOf(change)
      await store.commit(change)
      await store.settle({ ...mail, status: 'handed_over' }, [{ ...mail, id: 'web-1-1/sms', alert: 'sms' }])
      const reopened = await reopen(store)
      const { deliveries } = await reopened.load()
      expect(deliveries.filter(({ status }) => status === 'pending').map(({ id }) => id)).toEqual(['web-1-1/sms'])
      await reopened.close()
    })

    test('gives back one notification for all of its deliveries', async () => {
      const store = await open()
      await store.commit(aChange('web', 1, { alerts: ['mail', 'sms'] }))
      const reopened = await reopen(store)
      const [mail, sms] = (await reopened.load()).deliveries
      expect(mail?.notification.id).toBe('web-1-1')
      expect(sms?.notification).toBe(mail?.notification as Notification)
      await reopened.close()
    })

    test('keeps routine changes and departures that were given just before it is closed', async () => {
      const store = await open()
      const routine = aChange('web', 1, { isRoutine: true })
      await store.commit(aChange('api', 1))
      await store.commit(routine)
      store.noteDeparture({ monitor: 'api', atMs: 2, ending: 'paused' })
      const reopened = await reopen(store)
      expect((await reopened.load()).monitors).toEqual(new Map([['web', { state: routine.state, slotAtMs: 1 }]]))
      await reopened.close()
    })

    test('gives back what was told of an outage that is open, until its recovery is told', async () => {
      let store = await open()
      const [down, reminder] = [aChange('web', 1, { alerts: ['mail'] }), aChange('web', 2, { alerts: ['mail'] })]
      const told = { ...deliveryOf(down), status: 'delivered' } as const
      await store.commit(down)
      await store.settle(told, [])
      const later = {
        ...deliveryOf(reminder),
        notification: { ...told.notification, id: 'web-1-2' },
        id: 'web-1-2/mail',
      }
      await store.settle({ ...later, status: 'failed' }, [])
      const isTold = async () => {
        store = await reopen(store)
        return (await store.load()).deliveries.some(({ status }) => status === 'delivered')
      }
      expect(await isTold()).toBe(true)
      const up = {
        ...later,
        id: 'web-1-3/mail',
        notification: { ...told.notification, id: 'web-1-3', kind: 'up' as const },
      }
      const { check } = down
      const recovered = {
        check: { ...check, outcome: 'passed' as const },
        state: { ...PENDING, status: 'up' as const },
      }
      await store.commit({ ...down, ...recovered, notifications: [up.notification], deliveries: [up] })
      expect(await isTold()).toBe(true)
      await store.settle({ ...up, status: 'delivered' }, [])
      expect(await isTold()).toBe(false)
      await store.close()
    })
  })
}
