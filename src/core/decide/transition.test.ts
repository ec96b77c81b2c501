import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { aMonitor } from '../../../test/support/samples.ts'
import { MINUTE } from '../../../test/support/time.ts'
import { PENDING } from '../model/state.ts'
import type { AlertEvery, AlertPolicy, MonitorState, Mute, Outcome } from '../model/types.ts'
import type { Decision } from './decision.ts'
import { transition } from './transition.ts'

const MUTE: Mute = { by: 'silence', untilMs: 1e15, reason: 'for the test' }

const POLICY = aMonitor().policy

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  '.': 'passed',
  w: 'warned',
  x: 'failed',
  t: 'timed_out',
  n: 'not_started',
  v: 'void',
  m: 'failed', // while muted
}

function play(policy: AlertPolicy, checks: string, everyMs = MINUTE) {
  let state: MonitorState = PENDING
  const states: MonitorState[] = []
  const decisions: Decision[] = []
  for (const [index, letter] of [...checks].entries()) {
    const check = { outcome: OUTCOMES[letter] ?? 'passed', startedAtMs: index * everyMs }
    const next = transition({ monitor: 'web', state, check, policy, mute: letter === 'm' ? MUTE : null })
    state = next.state
    states.push(state)
    decisions.push(next.decision)
  }
  return { states, decisions, last: state }
}

/** Each decision in a few characters: who is told what, or nothing. */
function told(decisions: readonly Decision[]): string[] {
  return decisions.map((decision) =>
    decision.kind === 'quiet'
      ? ''
      : decision.tellings.map(({ kind, alerts }) => `${kind} ${alerts.join('+')}`.trim()).join(', '),
  )
}

// checks: . passed, w warned, x failed, t timed out, n not started, v void, m failed while muted; one a minute
describe('whom it tells', () => {
  test.each([
    {
      name: 'waits for alert_after',
      policy: { alertAfter: { kind: 'failures', count: 3 } },
      checks: 'xxxx',
      expected: ['', '', 'down log', ''],
    },
    {
      name: 'counts failures in a row',
      policy: { alertAfter: { kind: 'failures', count: 2 } },
      checks: 'x.xx',
      expected: ['', '', '', 'down log'],
    },
    {
      name: 'counts every kind of failure',
      policy: { alertAfter: { kind: 'failures', count: 3 } },
      checks: 'xtn',
      expected: ['', '', 'down log'],
    },
    {
      name: 'takes a warning for a pass',
      policy: { alertAfter: { kind: 'failures', count: 2 } },
      checks: 'xwx',
      expected: ['', '', ''],
    },
    {
      name: 'lets a void count for nothing',
      policy: { alertAfter: { kind: 'failures', count: 2 } },
      checks: 'xvx',
      expected: ['', '', 'down log'],
    },
    {
      name: 'C11: tells once at the failure that reaches alert_after',
      policy: {},
      checks: 'xxxxx',
      expected: ['down log', '', '', '', ''],
    },
    {
      name: 'backs off',
      policy: { alertEvery: { kind: 'backoff' } },
      checks: 'xxxxx',
      expected: ['down log', 'reminder log', '', 'reminder log', ''],
    },
    {
      name: 'reminds every n failures',
      policy: { alertEvery: { kind: 'failures', count: 2 } },
      checks: 'xxxxx',
      expected: ['down log', '', 'reminder log', '', 'reminder log'],
    },
    {
      name: 'reminds after a time',
      policy: { alertEvery: { kind: 'time', ms: 2 * MINUTE } },
      checks: 'xxxx',
      expected: ['down log', '', 'reminder log', ''],
    },
    { name: 'tells of a recovery', policy: {}, checks: 'x..', expected: ['down log', 'up log', ''] },
    {
      name: 'tells of no recovery where no outage was told',
      policy: { alertAfter: { kind: 'failures', count: 2 } },
      checks: 'x.',
      expected: ['', ''],
    },
    {
      name: 'waits for recover_after',
      policy: { recoverAfter: 2 },
      checks: 'x.x..',
      expected: ['down log', '', '', '', 'up log'],
    },
    {
      name: 'waits for a time',
      policy: { alertAfter: { kind: 'time', ms: 2 * MINUTE } },
      checks: 'xxxx',
      expected: ['', '', 'down log', ''],
    },
    {
      name: 'wants 3 of 5',
      policy: { alertAfter: { kind: 'of', count: 3, window: 5 } },
      checks: 'x.x.x',
      expected: ['', '', '', '', 'down log'],
    },
    {
      name: 'forgets what left the window',
      policy: { alertAfter: { kind: 'of', count: 3, window: 4 } },
      checks: 'x.x.x',
      expected: ['', '', '', '', ''],
    },
    {
      name: 'begins a new window after a recovery',
      policy: { alertAfter: { kind: 'of', count: 2, window: 3 } },
      checks: 'xx.x',
      expected: ['', 'down log', 'up log', ''],
    },
    { name: 'says nothing while muted', policy: {}, checks: 'mm', expected: ['', ''] },
    {
      name: 'tells at the first failing check after a mute',
      policy: { alertAfter: { kind: 'failures', count: 2 }, alertEvery: { kind: 'failures', count: 7 } },
      checks: 'mmmxx',
      expected: ['', '', '', 'down log', ''],
    },
    {
      name: 'tells of no recovery where a mute kept the outage quiet',
      policy: {},
      checks: 'mm.',
      expected: ['', '', ''],
    },
    {
      name: 'sends no bunch of reminders after a mute',
      policy: { alertEvery: { kind: 'backoff' } },
      checks: 'xmmmmmmmxxxx',
      expected: ['down log', '', '', '', '', '', '', '', 'reminder log', '', '', ''],
    },
  ] as { name: string; policy: Partial<AlertPolicy>; checks: string; expected: string[] }[])(
    '$name',
    ({ policy, checks, expected }) => {
      expect(told(play({ ...POLICY, ...policy }, checks).decisions)).toEqual(expected)
    },
  )
})

describe('alerts for some kinds only', () => {
  const log = { alert: 'log', after: null }
  const restart = { alert: 'restart', after: null, on: ['down'] } as const
  const every = { kind: 'failures', count: 2 } as const
  test.each<{ name: string; policy: Partial<AlertPolicy>; checks: string; expected: string[] }>([
    {
      name: 'run once an outage, and not at reminders',
      policy: { alertDown: [log, restart], alertEvery: every },
      checks: 'xxxxx.x',
      expected: ['down log+restart', '', 'reminder log', '', 'reminder log', 'up log', 'down log+restart'],
    },
    {
      name: 'make no reminder that nobody is for',
      policy: { alertDown: [restart], alertEvery: every },
      checks: 'xxxx.',
      expected: ['down restart', '', '', '', 'up log'],
    },
    {
      name: 'for reminders only hear nothing of the first',
      policy: { alertDown: [log, { alert: 'boss', after: null, on: ['reminder'] }], alertEvery: every },
      checks: 'xxx',
      expected: ['down log', '', 'reminder log+boss'],
    },
    {
      name: 'that wait act once, when they join',
      policy: { alertDown: [log, { ...restart, after: { kind: 'failures', count: 2 } }], alertEvery: every },
      checks: 'xxxxx',
      expected: ['down log', 'down restart', 'reminder log', '', 'reminder log'],
    },
  ])('$name', ({ policy, checks, expected }) => {
    expect(told(play({ ...POLICY, alertUp: ['log'], ...policy }, checks).decisions)).toEqual(expected)
  })
})

describe('alerts that wait', () => {
  const steps: AlertPolicy = {
    ...POLICY,
    alertDown: [
      { alert: 'log', after: null },
      { alert: 'sms', after: { kind: 'time', ms: 2 * MINUTE } },
      { alert: 'boss', after: { kind: 'failures', count: 5 } },
    ],
    alertUp: ['log', 'sms', 'boss'],
  }
  test.each([
    {
      name: 'join when their time has come',
      policy: steps,
      checks: 'xxxxxx',
      expected: ['down log', '', 'down sms', '', 'down boss', ''],
    },
    {
      name: 'take part in reminders once they have joined',
      policy: { ...steps, alertEvery: { kind: 'failures', count: 2 } },
      checks: 'xxxxx',
      expected: ['down log', '', 'reminder log, down sms', '', 'reminder log+sms, down boss'],
    },
    {
      name: 'are told of the recovery only if they were run',
      policy: steps,
      checks: 'xxx.',
      expected: ['down log', '', 'down sms', 'up log+sms'],
    },
    {
      name: 'are told of no recovery when it came before them',
      policy: steps,
      checks: 'x.',
      expected: ['down log', 'up log'],
    },
    {
      name: 'join with the first notification after a mute',
      policy: steps,
      checks: 'mmmx',
      expected: ['', '', '', 'down log+sms'],
    },
  ])('$name', ({ policy, checks, expected }) => {
    expect(told(play(policy as AlertPolicy, checks).decisions)).toEqual([...expected])
  })
})

describe('state', () => {
  test.each([
    { checks: '', status: 'pending', failures: 0 },
    { checks: '.', status: 'up', failures: 0 },
    { checks: 'x', status: 'failing', failures: 1 },
    { checks: 'xx', status: 'down', failures: 2 },
    { checks: 'xx.', status: 'up', failures: 0 },
    { checks: 'xv', status: 'failing', failures: 1 },
    { checks: 'mm', status: 'down', failures: 2 },
  ])('after "$checks" is $status', ({ checks, status, failures }) => {
    const { last } = play({ ...POLICY, alertAfter: { kind: 'failures', count: 2 } }, checks)
    expect({ status: last.status, failures: last.failureCount }).toEqual({
      status: status as typeof last.status,
      failures,
    })
  })

  test('an outage begins with its first failing check, and its incident keeps its id', () => {
    const { states } = play({ ...POLICY, alertAfter: { kind: 'failures', count: 2 } }, '.xxx.')
    expect(states.map((state) => state.outageStartedAtMs)).toEqual([null, MINUTE, MINUTE, MINUTE, null])
    expect(states[1]?.incidentId).toBeNull()
    expect(states[2]?.incidentId).toMatch(/^[a-z0-9-]+$/)
    expect(states[3]?.incidentId).toBe(states[2]?.incidentId as string)
    expect(states[4]?.incidentId).toBeNull()
  })

  test('C12: seventy reminders with backoff neither overflow nor repeat', () => {
    const state: MonitorState = {
      ...PENDING,
      status: 'down',
      failureCount: 1_000_000,
      firstToldAtFailure: 1,
      alertCount: 70,
      incidentId: 'i',
      outageStartedAtMs: 0,
    }
    const check = { outcome: 'failed', startedAtMs: 1 } as const
    const next = transition({
      monitor: 'm',
      state,
      check,
      policy: { ...POLICY, alertEvery: { kind: 'backoff' } },
      mute: null,
    })
    expect(next.decision.kind).toBe('quiet')
    expect(next.state.alertCount).toBe(70)
  })
})

/** Reads the contract literally, from the whole history each time: slow and plain, with no state of its own. */
function naive(history: string, after: number, every: number, recoverAfter: number): string {
  let notices = ''
  let failures = 0
  let alerts = 0
  let passes = 0
  let isDown = false
  for (const letter of history) {
    let notice = '.'
    if (letter === 'x') {
      failures++
      passes = 0
      if (failures >= after) isDown = true
      const past = failures - after
      const isDue = past >= 0 && (past === 0 || (every > 0 ? past % every === 0 : every < 0 && past >= 2 ** alerts - 1))
      if (isDue) {
        notice = 'd'
        alerts++
      }
    } else if (!isDown) {
      failures = 0
    } else if (++passes === recoverAfter) {
      notice = alerts > 0 ? 'u' : '.'
      failures = alerts = passes = 0
      isDown = false
    }
    notices += notice
  }
  return notices
}

const history = fc.string({ unit: fc.constantFrom('x', 'x', 'x', '.'), maxLength: 120 })
const every = fc.oneof(fc.constant(-1), fc.constant(0), fc.integer({ min: 1, max: 9 }))

function everyOf(value: number): AlertEvery {
  if (value < 0) return { kind: 'backoff' }
  return value === 0 ? { kind: 'once' } : { kind: 'failures', count: value }
}

describe('properties', () => {
  test('agrees with a naive reading of the contract', () => {
    fc.assert(
      fc.property(
        history,
        fc.integer({ min: 1, max: 6 }),
        every,
        fc.integer({ min: 1, max: 3 }),
        (checks, after, n, recoverAfter) => {
          const policy = {
            ...POLICY,
            alertAfter: { kind: 'failures', count: after } as const,
            alertEvery: everyOf(n),
            recoverAfter,
          }
          const notices = told(play(policy, checks).decisions).map((one) =>
            one === '' ? '.' : one.startsWith('up') ? 'u' : 'd',
          )
          expect(notices.join('')).toBe(naive(checks, after, n, recoverAfter))
        },
      ),
      { numRuns: 500 },
    )
  })

  test('k of m is down exactly when k of the last m checks since the recovery failed', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 3 }), (checks, count, more) => {
        const window = count + more
        const { states } = play({ ...POLICY, alertAfter: { kind: 'of', count, window } }, checks)
        let recent = ''
        let isDown = false
        for (const [index, letter] of [...checks].entries()) {
          if (isDown && letter === '.') {
            isDown = false
            recent = ''
          } else {
            recent = (recent + letter).slice(-window)
            isDown ||= [...recent].filter((one) => one === 'x').length >= count
          }
          expect(states[index]?.status === 'down').toBe(isDown)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('for one incident: down before reminders before up, an up only after a down, mutes and voids thrown in', () => {
    const anything = fc.string({ unit: fc.constantFrom('x', 'x', 'm', 'v', '.', 'w'), maxLength: 80 })
    const policies = fc.record({
      alertAfter: fc.oneof(
        fc.record({ kind: fc.constant('failures' as const), count: fc.integer({ min: 1, max: 4 }) }),
        fc.record({ kind: fc.constant('time' as const), ms: fc.integer({ min: 1, max: 4 * MINUTE }) }),
        fc.record({ kind: fc.constant('of' as const), count: fc.constant(2), window: fc.integer({ min: 2, max: 4 }) }),
      ),
      alertEvery: every.map(everyOf),
      recoverAfter: fc.integer({ min: 1, max: 3 }),
      alertDown: fc.constant([
        { alert: 'log', after: null },
        { alert: 'sms', after: { kind: 'failures' as const, count: 4 } },
      ]),
      alertUp: fc.constant(['log', 'sms']),
    })
    fc.assert(
      fc.property(anything, policies, (checks, policy) => {
        const { decisions } = play({ ...POLICY, ...policy }, checks)
        const known = new Set<string>()
        for (const decision of decisions) {
          for (const { kind, alerts } of decision.kind === 'tell' ? decision.tellings : []) {
            for (const alert of alerts) {
              expect(known.has(alert)).toBe(kind !== 'down')
              if (kind === 'down') known.add(alert)
            }
            if (kind === 'up') known.clear()
          }
        }
      }),
      { numRuns: 500 },
    )
  })
})
