import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { plainNotification } from './notification.ts'
import { compactLane, isPending, readiness, retryDelayMs, supersededBy } from './outbox.ts'
import type { Delivery, DeliveryStatus, Notification, NotificationKind } from './types.ts'

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
    expect(readiness(of, [...before, of]).kind).toBe(expected as 'ready')
  })
})

describe('supersededBy', () => {
  test.each([
    {
      name: 'a recovery replaces reminders that nobody heard',
      lane: [delivery(DOWN, 'mail'), delivery(REMINDER, 'mail'), delivery(REMINDER, 'sms')],
      by: delivery(UP, 'mail'),
      expected: ['i-2/mail', 'i-2/sms'],
    },
    {
      name: 'a recovery does not replace the down',
      lane: [delivery(DOWN, 'mail')],
      by: delivery(UP, 'mail'),
      expected: [],
    },
    {
      name: 'a reminder replaces the one before by the same alert',
      lane: [delivery(REMINDER, 'mail'), delivery(REMINDER, 'sms')],
      by: delivery(notification('i-9', 'i', 'reminder', ['mail']), 'mail'),
      expected: ['i-2/mail'],
    },
    {
      name: 'what was delivered stays',
      lane: [delivery(REMINDER, 'mail', 'delivered', 1)],
      by: delivery(UP, 'mail'),
      expected: [],
    },
    {
      name: 'another incident is not touched',
      lane: [delivery(REMINDER, 'mail')],
      by: delivery(notification('j-3', 'j', 'up', ['mail']), 'mail'),
      expected: [],
    },
  ])('$name', ({ lane, by, expected }) => {
    expect(supersededBy(by, [...lane, by]).map((one) => one.id)).toEqual([...expected])
  })
})

describe('compactLane', () => {
  test.each([
    {
      name: 'keeps what was told of an open incident',
      lane: [delivery(DOWN, 'mail', 'delivered', 1)],
      expected: ['i-1/mail'],
    },
    {
      name: 'keeps one of many that say the same',
      lane: [delivery(DOWN, 'mail', 'delivered', 1), delivery(REMINDER, 'mail', 'delivered', 1)],
      expected: ['i-1/mail'],
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
      name: 'forgets an incident that another followed',
      lane: [delivery(DOWN, 'mail', 'delivered', 1), delivery(NEXT_DOWN, 'mail')],
      expected: ['j-1/mail'],
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
              lane.push(next)
              for (const old of supersededBy(next, lane)) replace(old, { status: 'dropped' })
            }
          }
          const tryOne = (pick: number, isOk: boolean, isLast: boolean) => {
            const candidates = lane.filter((one) => isPending(one) && readiness(one, lane).kind !== 'blocked')
            const chosen = candidates[pick % Math.max(1, candidates.length)]
            if (chosen === undefined) return
            if (readiness(chosen, lane).kind !== 'ready') replace(chosen, { status: 'dropped' })
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
