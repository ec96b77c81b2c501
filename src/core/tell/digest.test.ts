import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { MINUTE, SECOND } from '../../../test/support/time.ts'
import type { Delivery, Notification, NotificationKind } from '../model/types.ts'
import { cleanValue } from '../text/cut.ts'
import { onOneLine } from '../text/printable.ts'
import { digestible, messageFor, waitMs } from './digest.ts'
import { deliveriesFor, plainNotification } from './notification.ts'
import { documentOf, variablesOf } from './render.ts'

const T0 = Date.UTC(2026, 0, 1)

const PLAIN = plainNotification({
  kind: 'test',
  id: 'x',
  monitor: 'web',
  message: 'a message',
  atMs: T0,
  alerts: ['mail'],
  hostname: 'box',
})

function news(kind: NotificationKind, monitor: string, about: Partial<Notification> = {}): Delivery {
  const isUp = kind === 'up'
  const notification: Notification = {
    ...PLAIN,
    id: `${monitor}-1-${kind}`,
    kind,
    monitor,
    incidentId: `${monitor}-1`,
    isUp,
    status: isUp ? 'up' : 'down',
    ...about,
  }
  const [delivery] = deliveriesFor(notification)
  if (delivery === undefined) throw new Error('one alert makes one delivery')
  return delivery
}

describe('waitMs', () => {
  const fresh = { ...news('down', 'web'), createdAtMs: T0, nextAttemptAtMs: T0 }
  const failed = { ...fresh, attemptCount: 2, nextAttemptAtMs: T0 + 40 * SECOND }
  test.each([
    { name: 'without a digest, nothing', of: fresh, digestMs: null, afterMs: 0, expected: 0 },
    { name: 'the whole digest at first', of: fresh, digestMs: 30 * SECOND, afterMs: 0, expected: 30 * SECOND },
    { name: 'the rest of the digest', of: fresh, digestMs: 30 * SECOND, afterMs: 20 * SECOND, expected: 10 * SECOND },
    { name: 'nothing more once it is full', of: fresh, digestMs: 30 * SECOND, afterMs: 99 * SECOND, expected: 0 },
    {
      name: 'after a failure, the retry',
      of: failed,
      digestMs: 30 * SECOND,
      afterMs: 35 * SECOND,
      expected: 5 * SECOND,
    },
    { name: 'the retry is due', of: failed, digestMs: null, afterMs: 40 * SECOND, expected: 0 },
    { name: 'the clock was set back: no digest', of: fresh, digestMs: 30 * SECOND, afterMs: -SECOND, expected: 0 },
    {
      name: 'made by a clock that is ahead: due at once',
      of: fresh,
      digestMs: null,
      afterMs: -60 * SECOND,
      expected: 0,
    },
    { name: 'the clock was set back: no retry', of: failed, digestMs: null, afterMs: -3600 * SECOND, expected: 0 },
  ])('$name', ({ of, digestMs, afterMs, expected }) => {
    expect(waitMs(of, digestMs, T0 + afterMs)).toBe(expected)
  })
})

describe('digestible', () => {
  const DOWN = news('down', 'web')
  const UP = news('up', 'web')
  const bySms = (one: Delivery): Delivery => ({ ...one, id: `${one.id}/sms`, alert: 'sms' })
  const later = { attemptCount: 1, nextAttemptAtMs: T0 + SECOND }
  test.each([
    { name: 'down and up go together', lane: [DOWN, UP], expected: [DOWN, UP] },
    { name: 'others stay out', lane: [bySms(DOWN), DOWN], expected: [DOWN] },
    { name: 'what is settled stays out', lane: [{ ...DOWN, status: 'delivered' as const }, UP], expected: [UP] },
    { name: 'a recovery waits with its down', lane: [{ ...DOWN, ...later }, UP], expected: [] },
    {
      name: 'a recovery from what was told to nobody stays out',
      lane: [{ ...DOWN, status: 'failed' as const }, UP],
      expected: [],
    },
  ])('$name', ({ lane, expected }) => {
    const digest = { alert: 'mail', nowMs: T0, gathers: (name: string) => name === 'mail' }
    expect(digestible(lane, digest)).toEqual([...expected])
  })
})

describe('messageFor', () => {
  test('tells one notification as it is', () => {
    const delivery = { ...news('down', 'web'), attemptCount: 1 }
    const { id, incidentId, monitor, atMs: _, alerts: __, ...facts } = delivery.notification
    expect(messageFor([delivery], T0 + 2500)).toEqual({
      ...facts,
      summary: 'a message',
      monitors: [monitor],
      incidentIds: [incidentId ?? ''],
      notificationIds: [id],
      downtimeMs: 0,
      attempt: 2,
      delayedMs: 2500,
      parts: [],
    })
  })

  test.each([
    { output: ' \n', said: 'recovered after 1h' },
    { output: 'DISK OK\n', said: 'DISK OK' },
  ])('sums up a recovery that printed "$output"', ({ output, said }) => {
    const delivery = news('up', 'api', { reason: 'exit code 0', output, startedAtMs: T0 - 60 * MINUTE, atMs: T0 })
    expect(messageFor([delivery], T0).summary).toBe(said)
  })

  test('tells several in a summary that names all, the most serious first', () => {
    const deliveries = [
      news('up', 'api', { reason: 'exit code 0', failureCount: 3, startedAtMs: T0 - 60 * MINUTE, description: 'x' }),
      {
        ...news('down', 'web', {
          reason: 'exit code 7',
          output: '\nrefused\nmore\n',
          failureCount: 12,
          startedAtMs: T0 - 59 * MINUTE,
          runbook: 'r',
        }),
        attemptCount: 4,
      },
      news('down', 'db', { reason: 'timed out', lastSuccessAtMs: T0 - 60 * MINUTE, atMs: T0 - SECOND }),
      news('reminder', 'dns', { reason: 'exit code 7', startedAtMs: T0 - 30 * MINUTE }),
      news('flapping', 'vpn', { isUp: true }),
      news('up', 'web', { lastSuccessAtMs: T0 - MINUTE }),
    ]
    expect(variablesOf(messageFor(deliveries, T0 + 90 * SECOND))).toEqual({
      monitor_name: 'api, web, db, dns, vpn',
      alert_count: '6',
      alert_message: '2 down: web, db; 1 flapping: vpn; 1 still down: dns; 2 up: api, web',
      failure_count: '12',
      last_output: [
        'down: web: refused (exit code 7)',
        'down: db: timed out',
        'flapping: vpn: a message',
        'still down: dns: exit code 7',
        'up: api, after 1h',
        'up: web, after 0s',
      ].join('\n'),
      summary: '',
      last_success: '2025-12-31T23:00:00.000Z',
      is_up: 'false',
      kind: 'down',
      status: 'down',
      incident_id: 'api-1,web-1,db-1,dns-1,vpn-1',
      notification_id: 'api-1-up,web-1-down,db-1-down,dns-1-reminder,vpn-1-flapping,web-1-up',
      started_at: '2025-12-31T23:00:00.000Z',
      downtime: '1h',
      exit_code: '',
      reason: '',
      description: '',
      runbook: '',
      tags: '',
      group: '',
      hostname: 'box',
      url: '',
      attempt: '5',
      delayed: '1m31s',
    })
  })

  test.each([
    { name: 'recoveries', kinds: ['up', 'up'], kind: 'up', isUp: true, status: 'up' },
    { name: 'reminders and recoveries', kinds: ['up', 'reminder'], kind: 'reminder', isUp: false, status: 'down' },
    { name: 'a start and a recovery', kinds: ['restarted', 'up'], kind: 'up', isUp: true, status: 'up' },
  ] as const)('$name have the most serious kind', ({ kinds, kind, isUp, status }) => {
    const about = (one: NotificationKind) => ({ isUp: one !== 'reminder' })
    const message = messageFor(
      kinds.map((one, index) => news(one, `m${index}`, about(one))),
      T0,
    )
    expect([message.kind, message.isUp, message.status]).toEqual([kind, isUp, status])
  })

  test('keeps texts that all have in common', () => {
    const facts = {
      description: 'd',
      runbook: 'r',
      tags: ['a', 'b,c'],
      group: 'g',
      url: 'u',
      exitCode: 7,
      reason: 'exit code 7',
    }
    expect(messageFor([news('down', 'web', facts), news('down', 'api', facts)], T0)).toMatchObject(facts)
    const others = { ...facts, tags: ['a,b', 'c'], exitCode: null }
    expect(messageFor([news('down', 'web', facts), news('down', 'api', others)], T0)).toMatchObject({
      ...facts,
      tags: [],
      exitCode: null,
    })
  })

  test('its document holds the summary and each notification in full', () => {
    const output = 'x'.repeat(100_000)
    const deliveries = [news('down', 'web', { output, tags: ['a,b'] }), news('up', 'api')]
    const document = documentOf(messageFor(deliveries, T0 + 5 * SECOND))
    const { notifications, ...summary } = JSON.parse(document)
    expect(summary).toMatchObject({
      monitor_name: 'web, api',
      alert_count: 2,
      is_up: false,
      delayed_ms: 5000,
      attempt: 1,
    })
    expect(notifications).toEqual(deliveries.map((one) => JSON.parse(documentOf(messageFor([one], T0 + 5 * SECOND)))))
    expect(notifications[0].last_output).toBe(output)
    expect(notifications[0].tags).toEqual(['a,b'])
    expect(document.endsWith('}\n')).toBe(true)
  })

  test('C6: 500 names of 30 characters are all in the output', () => {
    const names = Array.from({ length: 500 }, (_, index) => `${index}`.padStart(30, 'm'))
    const values = variablesOf(
      messageFor(
        names.map((name, index) => news(index < 2 ? 'up' : 'down', name, { output: 'x'.repeat(1000) })),
        T0,
      ),
    )
    const [three, two] = [names.slice(2, 5), names.slice(0, 2)]
    expect(values.alert_message).toBe(`498 down: ${three.join(', ')} and 495 more; 2 up: ${two.join(', ')}`)
    expect(cleanValue(values.monitor_name)).toBe(values.monitor_name)
    expect(cleanValue(values.last_output)).toBe(values.last_output)
    expect(names.filter((name) => !values.last_output.includes(name))).toEqual([])
  })

  test('J14: the message is one line that is no longer than a subject may be, and no name is lost', () => {
    const kind = fc.constantFrom<NotificationKind>('down', 'reminder', 'up', 'flapping', 'restarted', 'test')
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 })
    const said = fc.record({
      output: fc.string({ unit: 'binary' }),
      reason: fc.string({ unit: 'binary' }),
      message: fc.string({ unit: 'binary' }),
    })
    fc.assert(
      fc.property(fc.array(fc.tuple(kind, name, said), { minLength: 1, maxLength: 40 }), (all) => {
        const values = variablesOf(
          messageFor(
            all.map(([kind, monitor, about]) => news(kind, monitor, about)),
            T0,
          ),
        )
        for (const line of [values.alert_message, values.summary, values.reason]) {
          expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u)
        }
        if (all.length === 1) return
        expect(values.alert_message.length).toBeLessThan(900)
        for (const [, monitor] of all) {
          expect(values.alert_message.includes(onOneLine(monitor)) || values.last_output.includes(monitor)).toBe(true)
        }
      }),
      { numRuns: 200 },
    )
  })
})
