import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { costOf } from '../../../test/support/cost.ts'
import { anAlert } from '../../../test/support/samples.ts'
import type { Delivery, DeliveryStatus, Notification, NotificationKind } from '../model/types.ts'
import { plainNotification } from './notification.ts'
import {
  compactLane,
  isPending,
  isSuperseded,
  isToldBy,
  neededOf,
  owedRecovery,
  readiness,
  retryDelayMs,
  takerOf,
  withDelivery,
} from './outbox.ts'

const BASE = plainNotification({
  kind: 'test',
  id: 'x',
  monitor: 'web',
  message: '',
  atMs: 0,
  alerts: [],
  hostname: 'h',
})

function notification(id: string, incidentId: string, kind: NotificationKind, alerts: string[]): Notification {
  return { ...BASE, id, incidentId, kind, alerts }
}

function delivery(of: Notification, alert: string, status: DeliveryStatus = 'pending', attemptCount = 0): Delivery {
  return {
    id: `${of.id}/${alert}`,
    notification: of,
    alert,
    status,
    createdAtMs: 0,
    attemptCount,
    nextAttemptAtMs: 0,
    reason: '',
  }
}

const DOWN = notification('i-1', 'i', 'down', ['mail', 'sms'])
const REMINDER = notification('i-2', 'i', 'reminder', ['mail', 'sms'])
const UP = notification('i-3', 'i', 'up', ['mail', 'up-mail'])
const NEXT_DOWN = notification('j-1', 'j', 'down', ['mail', 'sms'])

const noDigest = () => false
const digestBy = (name: string) => (alert: string) => alert === name

/** As a store gives it back: equal, but no longer the same object. */
const reloaded = (one: Delivery): Delivery => structuredClone(one)

describe('readiness', () => {
  test.each([
    { name: 'a lone delivery is ready', before: [], of: delivery(DOWN, 'mail'), expected: 'ready' },
    {
      name: 'alerts of one notification do not wait for each other',
      before: [delivery(DOWN, 'sms')],
      of: delivery(DOWN, 'mail'),
      expected: 'ready',
    },
    {
      name: 'C7: an alert tells in order',
      before: [delivery(DOWN, 'mail')],
      of: delivery(REMINDER, 'mail'),
      expected: 'blocked',
    },
    {
      name: 'another alert that is being retried delays nothing',
      before: [delivery(DOWN, 'sms', 'pending', 3), delivery(DOWN, 'mail', 'delivered', 1)],
      of: delivery(REMINDER, 'mail'),
      expected: 'ready',
    },
    {
      name: 'C8: a recovery waits while its down is retried',
      before: [delivery(DOWN, 'mail', 'pending', 3)],
      of: delivery(UP, 'mail'),
      expected: 'blocked',
    },
    {
      name: 'a recovery follows its down',
      before: [delivery(DOWN, 'mail', 'delivered', 1)],
      of: delivery(UP, 'mail'),
      expected: 'ready',
    },
    {
      name: 'a recovery is dropped with the down that reached nobody',
      before: [delivery(DOWN, 'mail', 'failed', 9)],
      of: delivery(UP, 'mail'),
      expected: 'drop',
    },
    {
      name: 'a recovery follows its down to the fallback',
      before: [delivery(DOWN, 'mail', 'handed_over', 9), delivery(DOWN, 'sms', 'delivered', 1)],
      of: delivery(UP, 'mail'),
      expected: 'hand_over',
    },
    {
      name: 'an alert for recoveries only waits for the first attempt',
      before: [delivery(DOWN, 'mail'), delivery(DOWN, 'sms', 'delivered', 1)],
      of: delivery(UP, 'up-mail'),
      expected: 'blocked',
    },
    {
      name: 'an alert for recoveries only goes out once somebody was told',
      before: [delivery(DOWN, 'mail', 'pending', 3), delivery(DOWN, 'sms', 'delivered', 1)],
      of: delivery(UP, 'up-mail'),
      expected: 'ready',
    },
    {
      name: 'an alert for recoveries only waits while nobody was told',
      before: [delivery(DOWN, 'mail', 'pending', 3), delivery(DOWN, 'sms', 'failed', 9)],
      of: delivery(UP, 'up-mail'),
      expected: 'blocked',
    },
    {
      name: 'an alert for recoveries only is dropped when nobody was told',
      before: [delivery(DOWN, 'mail', 'failed', 3), delivery(DOWN, 'sms', 'failed', 9)],
      of: delivery(UP, 'up-mail'),
      expected: 'drop',
    },
    {
      name: 'an alert for recoveries only goes out although it failed as a fallback, once somebody was told',
      before: [
        delivery(DOWN, 'mail', 'delivered', 1),
        delivery(DOWN, 'sms', 'handed_over', 9),
        delivery(DOWN, 'up-mail', 'failed', 9),
      ],
      of: delivery(UP, 'up-mail'),
      expected: 'ready',
    },
    {
      name: 'a fallback that failed with the outage is not handed the recovery',
      before: [
        delivery(DOWN, 'mail', 'delivered', 1),
        delivery(DOWN, 'sms', 'handed_over', 9),
        delivery(DOWN, 'pager', 'failed', 9),
      ],
      of: delivery(UP, 'pager'),
      expected: 'drop',
    },
    {
      name: 'the next outage does not overtake a recovery that has its own alert',
      before: [delivery(UP, 'up-mail')],
      of: delivery(NEXT_DOWN, 'mail'),
      expected: 'blocked',
    },
    {
      name: 'the next outage does not wait for retries of a recovery',
      before: [delivery(UP, 'up-mail', 'pending', 1)],
      of: delivery(NEXT_DOWN, 'mail'),
      expected: 'ready',
    },
  ])('$name', ({ before, of, expected }) => {
    expect(readiness(of, [...before, of], noDigest).kind).toBe(expected as 'ready')
    const lane = [...before, of].map(reloaded)
    expect(readiness(lane[before.length] as Delivery, lane, noDigest).kind).toBe(expected as 'ready')
  })

  test.each([
    {
      name: 'the next outage does not wait for a recovery that gathers in a digest',
      before: [delivery(UP, 'up-mail')],
      of: delivery(NEXT_DOWN, 'mail'),
      digest: 'up-mail',
      expected: 'ready',
    },
    {
      name: 'an alert for recoveries only does not wait for a digest to fill once somebody was told',
      before: [delivery(DOWN, 'mail'), delivery(DOWN, 'sms', 'delivered', 1)],
      of: delivery(UP, 'up-mail'),
      digest: 'mail',
      expected: 'ready',
    },
    {
      name: 'an alert for recoveries only waits for a digest that is the first to tell',
      before: [delivery(DOWN, 'mail')],
      of: delivery(UP, 'up-mail'),
      digest: 'mail',
      expected: 'blocked',
    },
  ])('$name', ({ before, of, digest, expected }) => {
    expect(readiness(of, [...before, of], digestBy(digest)).kind).toBe(expected as 'ready')
  })
})

const NEXT_REMINDER = notification('i-9', 'i', 'reminder', ['mail'])
const NEXT_UP = notification('j-3', 'j', 'up', ['mail'])

describe('isSuperseded', () => {
  test.each([
    {
      name: 'a recovery replaces reminders that nobody heard',
      lane: [delivery(DOWN, 'mail'), delivery(REMINDER, 'mail'), delivery(REMINDER, 'sms'), delivery(UP, 'mail')],
      expected: ['i-2/mail', 'i-2/sms'],
    },
    {
      name: 'a recovery that was told before a restart replaces them, too',
      lane: [delivery(REMINDER, 'sms'), delivery(UP, 'mail', 'delivered', 1)],
      expected: ['i-2/sms'],
    },
    {
      name: 'a recovery does not replace the down',
      lane: [delivery(DOWN, 'mail'), delivery(UP, 'mail')],
      expected: [],
    },
    {
      name: 'a reminder replaces the one before by the same alert',
      lane: [delivery(REMINDER, 'mail'), delivery(REMINDER, 'sms'), delivery(NEXT_REMINDER, 'mail')],
      expected: ['i-2/mail'],
    },
    {
      name: 'a reminder does not replace a newer one',
      lane: [delivery(NEXT_REMINDER, 'mail'), delivery(REMINDER, 'mail')],
      expected: ['i-9/mail'],
    },
    {
      name: 'a fallback that has heard of the recovery is not told of the outage',
      lane: [delivery(DOWN, 'sms', 'handed_over'), delivery(DOWN, 'up-mail'), delivery(UP, 'up-mail', 'delivered', 1)],
      expected: ['i-1/up-mail'],
    },
    {
      name: 'a fallback that has been reminded is not told that it began',
      lane: [
        delivery(DOWN, 'sms', 'handed_over'),
        delivery(DOWN, 'pager'),
        delivery(REMINDER, 'pager', 'delivered', 1),
      ],
      expected: ['i-1/pager'],
    },
    {
      name: 'what was delivered stays',
      lane: [delivery(REMINDER, 'mail', 'delivered', 1), delivery(UP, 'mail')],
      expected: [],
    },
    {
      name: 'another incident is not touched',
      lane: [delivery(REMINDER, 'mail'), delivery(NEXT_UP, 'mail')],
      expected: [],
    },
  ])('$name', ({ lane, expected }) => {
    expect(lane.filter((one) => isSuperseded(one, lane)).map((one) => one.id)).toEqual([...expected])
  })
})

describe('withDelivery', () => {
  test.each([
    { name: 'news goes to the end', lane: [delivery(DOWN, 'mail')], of: UP, expected: ['i-1/mail', 'i-3/x'] },
    {
      name: 'a fallback stands beside the one that it took over from',
      lane: [delivery(DOWN, 'mail', 'handed_over'), delivery(UP, 'mail')],
      of: DOWN,
      expected: ['i-1/mail', 'i-1/x', 'i-3/mail'],
    },
  ])('$name', ({ lane, of, expected }) => {
    expect(withDelivery(lane, reloaded(delivery(of, 'x'))).map((one) => one.id)).toEqual([...expected])
  })
})

describe('takerOf', () => {
  const chain = (...pairs: [string, string | null][]) =>
    new Map(pairs.map(([name, fallback]) => [name, anAlert({ name, fallback })]))

  test.each([
    { name: 'is the fallback', lane: [], alerts: chain(['sms', 'mail'], ['mail', null]), expected: 'mail' },
    { name: 'is nobody without a fallback', lane: [], alerts: chain(['sms', null]), expected: null },
    { name: 'is nobody where the alert is gone', lane: [], alerts: chain(), expected: null },
    {
      name: 'is the fallback of a fallback that has handed over itself',
      lane: [delivery(DOWN, 'mail', 'handed_over')],
      alerts: chain(['sms', 'mail'], ['mail', 'pager'], ['pager', null]),
      expected: 'pager',
    },
    {
      name: 'is nobody where a reload has made a circle',
      lane: [delivery(DOWN, 'mail', 'handed_over')],
      alerts: chain(['sms', 'mail'], ['mail', 'sms']),
      expected: null,
    },
    {
      name: 'is nobody where the others have made a circle',
      lane: [delivery(DOWN, 'mail', 'handed_over'), delivery(DOWN, 'pager', 'handed_over')],
      alerts: chain(['sms', 'mail'], ['mail', 'pager'], ['pager', 'mail']),
      expected: null,
    },
  ])('$name', ({ lane, alerts, expected }) => {
    const of = delivery(DOWN, 'sms')
    expect(takerOf(of, [of, ...lane].map(reloaded), alerts)).toBe(expected)
  })
})

describe('owedRecovery', () => {
  const droppedUp = delivery(UP, 'mail', 'dropped', 2)
  test.each([
    {
      name: 'is the one that the taker has dropped',
      lane: [delivery(DOWN, 'mail', 'failed'), droppedUp],
      taker: 'mail',
      isOwed: true,
    },
    { name: 'is none that another has dropped', lane: [droppedUp], taker: 'up-mail', isOwed: false },
    {
      name: 'is none of another outage',
      lane: [delivery(notification('j-2', 'j', 'up', ['mail']), 'mail', 'dropped')],
      taker: 'mail',
      isOwed: false,
    },
    { name: 'is none that was told', lane: [delivery(UP, 'mail', 'delivered')], taker: 'mail', isOwed: false },
    {
      name: 'is no news of the outage itself',
      lane: [delivery(REMINDER, 'mail', 'dropped')],
      taker: 'mail',
      isOwed: false,
    },
  ])('$name', ({ lane, taker, isOwed }) => {
    const owed = owedRecovery(taker, delivery(DOWN, 'sms'), { lane: lane.map(reloaded), nowMs: 7 })
    expect(owed).toEqual(isOwed ? { ...droppedUp, status: 'pending', createdAtMs: 7, nextAttemptAtMs: 7 } : null)
  })
})

test('a notification is told by its own alerts, and by those that took over', () => {
  const lane = [delivery(DOWN, 'pager', 'failed')]
  const told = ['mail', 'pager', 'other'].map((alert) => isToldBy(alert, delivery(DOWN, 'sms'), lane))
  expect(told).toEqual([true, true, false])
})

describe('compactLane', () => {
  test.each([
    {
      name: 'keeps what was told of an open incident',
      lane: [delivery(DOWN, 'mail', 'delivered', 1)],
      expected: ['i-1/mail'],
    },
    {
      name: 'keeps the last of many that say the same',
      lane: [delivery(DOWN, 'mail', 'delivered', 1), delivery(REMINDER, 'mail', 'delivered', 1)],
      expected: ['i-2/mail'],
    },
    {
      name: 'keeps the one that reached somebody',
      lane: [delivery(DOWN, 'mail', 'failed', 1), delivery(REMINDER, 'mail', 'delivered', 1)],
      expected: ['i-2/mail'],
    },
    {
      name: 'forgets an incident whose recovery is settled',
      lane: [delivery(DOWN, 'mail', 'delivered', 1), delivery(UP, 'mail', 'delivered', 1)],
      expected: [],
    },
    {
      name: 'keeps an incident whose recovery is pending',
      lane: [delivery(DOWN, 'mail', 'delivered', 1), delivery(UP, 'mail')],
      expected: ['i-1/mail', 'i-3/mail'],
    },
    {
      name: 'keeps what others told of a notification that is still pending',
      lane: [
        delivery(DOWN, 'mail', 'delivered', 1),
        delivery(REMINDER, 'mail', 'delivered', 1),
        delivery(REMINDER, 'sms'),
      ],
      expected: ['i-2/mail', 'i-2/sms'],
    },
    {
      name: 'keeps a recovery while others have still to hear of the outage',
      lane: [delivery(DOWN, 'mail', 'delivered', 1), delivery(REMINDER, 'sms'), delivery(UP, 'mail', 'failed', 9)],
      expected: ['i-1/mail', 'i-2/sms', 'i-3/mail'],
    },
    {
      name: 'keeps an incident that another followed: its recovery may be on its way',
      lane: [delivery(DOWN, 'mail', 'delivered', 1), delivery(NEXT_DOWN, 'mail')],
      expected: ['i-1/mail', 'j-1/mail'],
    },
    {
      name: 'forgets an incident that two others followed',
      lane: [
        delivery(DOWN, 'mail', 'delivered', 1),
        delivery(NEXT_DOWN, 'mail', 'delivered', 1),
        delivery({ ...NEXT_DOWN, id: 'k-1', incidentId: 'k' }, 'mail'),
      ],
      expected: ['j-1/mail', 'k-1/mail'],
    },
  ])('$name', ({ lane, expected }) => {
    expect(compactLane(lane).map((one) => one.id)).toEqual([...expected])
  })
})

describe('retryDelayMs', () => {
  test.each([
    { attempts: 1, shortestMs: 500, longestMs: 1000 },
    { attempts: 4, shortestMs: 4000, longestMs: 8000 },
    { attempts: 1000, shortestMs: 150_000, longestMs: 300_000 },
  ])('after $attempts attempts', ({ attempts, shortestMs, longestMs }) => {
    expect(retryDelayMs(attempts, 0)).toBe(shortestMs)
    expect(retryDelayMs(attempts, 1)).toBe(longestMs)
  })
})

/** One step of a story: a notification is made, or a delivery that is ready is tried. */
type Move = { kind: 'notify' } | { kind: 'try'; pick: number; isOk: boolean; isLast: boolean }

const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ kind: fc.constant('notify' as const) }),
  fc.record({ kind: fc.constant('try' as const), pick: fc.nat(), isOk: fc.boolean(), isLast: fc.boolean() }),
)

describe('any interleaving of news, success and failure', () => {
  test('each alert hears down, reminders, up in that order, an up only after a down, and all is settled in the end', () => {
    fc.assert(
      fc.property(
        fc.array(move, { maxLength: 60 }),
        fc.array(fc.nat(2), { minLength: 30, maxLength: 30 }),
        (moves, kinds) => {
          let lane: Delivery[] = []
          const heard: Delivery[] = []
          let incident = 0
          let count = 0
          let isOpen = false

          const replace = (old: Delivery, changes: Partial<Delivery>) => {
            lane[lane.indexOf(old)] = { ...old, ...changes }
          }
          const notify = () => {
            const wantsUp = isOpen && kinds[count % kinds.length] === 0
            if (!isOpen) incident++
            const kind = wantsUp ? 'up' : isOpen ? 'reminder' : 'down'
            isOpen = !wantsUp
            const made = notification(`${incident}-${++count}`, String(incident), kind, ['mail', 'sms'])
            for (const alert of made.alerts) {
              const next = delivery(made, alert)
              lane = withDelivery(lane, next)
            }
          }
          const tryOne = (pick: number, isOk: boolean, isLast: boolean) => {
            const candidates = lane.filter((one) => isPending(one) && readiness(one, lane, noDigest).kind !== 'blocked')
            const chosen = candidates[pick % Math.max(1, candidates.length)]
            if (chosen === undefined) return
            if (readiness(chosen, lane, noDigest).kind !== 'ready') replace(chosen, { status: 'dropped' })
            else if (isOk) {
              heard.push(chosen)
              replace(chosen, { status: 'delivered', attemptCount: chosen.attemptCount + 1 })
            } else replace(chosen, { status: isLast ? 'failed' : 'pending', attemptCount: chosen.attemptCount + 1 })
            lane = compactLane(lane)
          }

          for (const one of moves) {
            if (one.kind === 'notify') notify()
            else tryOne(one.pick, one.isOk, one.isLast)
          }
          // Faults stop: whatever is pending gets out or is dropped, nothing stays blocked for ever.
          for (let left = lane.length * 3; left > 0 && lane.some(isPending); left--) tryOne(0, true, true)
          expect(lane.filter(isPending)).toEqual([])

          for (const alert of ['mail', 'sms']) {
            const order = heard.filter((one) => one.alert === alert)
            for (const [index, one] of order.entries()) {
              const earlier = order.slice(0, index)
              expect(
                earlier.every(
                  (before) => Number(before.notification.id.split('-')[1]) < Number(one.notification.id.split('-')[1]),
                ),
              ).toBe(true)
              if (one.notification.kind === 'up') {
                expect(earlier.some((before) => before.notification.incidentId === one.notification.incidentId)).toBe(
                  true,
                )
              }
            }
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})

test('J11: what is needed of an outage with thousands of reminders is found in time that grows with their number', () => {
  const laneOf = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      delivery(notification(`i-${index}`, 'i', 'reminder', ['mail']), 'mail', 'delivered'),
    )
  const [short, long] = [laneOf(2000), laneOf(32_000)]
  expect(neededOf(long, () => true)).toEqual(long.slice(-1))
  const search = (lane: readonly Delivery[]) => costOf(() => neededOf(lane, () => true))
  // Sixteen times as many: a search for each in all would cost 256 times as much.
  expect(search(long)).toBeLessThan(Math.max(search(short), 1) * 64)
})
