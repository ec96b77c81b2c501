import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { aMonitor } from '../../../test/support/samples.ts'
import { MINUTE } from '../../../test/support/time.ts'
import { PENDING } from '../model/state.ts'
import type { AlertPolicy, MonitorState, Mute } from '../model/types.ts'
import type { Decision } from './decision.ts'
import { transition } from './transition.ts'

const MUTE: Mute = { by: 'silence', untilMs: 1e15, reason: 'for the test' }

const POLICY: AlertPolicy = {
  ...aMonitor().policy,
  alertDown: [
    { alert: 'log', after: null },
    { alert: 'boss', after: { kind: 'failures', count: 50 } },
  ],
  alertUp: ['log', 'boss'],
  flapDetection: { high: 30, low: 20 },
}

interface Told {
  readonly at: number
  readonly text: string
  readonly id: string
}

// checks: . passed, x failed, o and m the same while muted, v void; one a minute
function play(checks: string, policy: Partial<AlertPolicy> = {}, before: MonitorState = PENDING) {
  let state = before
  const decisions: Decision[] = []
  const told: Told[] = []
  for (const [at, letter] of [...checks].entries()) {
    const outcome = letter === '.' || letter === 'o' ? 'passed' : letter === 'v' ? 'void' : 'failed'
    const next = transition({
      monitor: 'web',
      state,
      check: { outcome, startedAtMs: at * MINUTE },
      policy: { ...POLICY, ...policy },
      mute: letter === 'm' || letter === 'o' ? MUTE : null,
    })
    state = next.state
    decisions.push(next.decision)
    for (const { kind, alerts, incidentId, number } of next.decision.kind === 'tell' ? next.decision.tellings : []) {
      told.push({ at, text: `${kind} ${alerts.join('+')}`, id: `${incidentId}-${number}` })
    }
  }
  return { state, decisions, told, texts: told.map(({ at, text }) => `${at} ${text}`) }
}

const CALM = '.'.repeat(20)

interface Row {
  readonly name: string
  readonly policy?: Partial<AlertPolicy>
  readonly checks: string
  readonly expected: readonly string[]
}

// Five changes at the newest positions are 29.9 %, six are 35 %.
describe('flapping', () => {
  test.each([
    {
      name: 'is told once, then quiet until it settles, then the recovery',
      checks: `${CALM}x.x.x.x.${CALM}`,
      expected: ['20 down log', '21 up log', '22 down log', '23 up log', '24 down log', '25 flapping log', '43 up log'],
    },
    {
      name: 'that settles while it is down goes on with the outage as it is now',
      checks: `${CALM}x.x.x.x${'x'.repeat(20)}`,
      expected: [
        '20 down log',
        '21 up log',
        '22 down log',
        '23 up log',
        '24 down log',
        '25 flapping log',
        '42 down log',
      ],
    },
    {
      name: 'begins in an outage that was told: its recovery is told with that',
      policy: { recoverAfter: 2 },
      checks: `${CALM}x.x.x.x.${CALM}`,
      expected: ['20 down log', '25 flapping log', '43 up log'],
    },
    {
      name: 'without an outage has an incident of its own',
      policy: { alertAfter: { kind: 'failures', count: 4 } },
      checks: `${CALM}x.x.x.x.${CALM}`,
      expected: ['25 flapping log', '43 up log'],
    },
    {
      name: 'while muted is told when the mute has ended',
      policy: { alertAfter: { kind: 'failures', count: 4 } },
      checks: `${CALM}momomomox.${CALM}`,
      expected: ['28 flapping log', '45 up log'],
    },
    {
      name: 'that was never told has no recovery to tell',
      policy: { alertAfter: { kind: 'failures', count: 4 } },
      checks: `${CALM}momomomo${CALM}`,
      expected: [],
    },
    {
      name: 'void checks are no states',
      policy: { alertAfter: { kind: 'failures', count: 4 } },
      checks: `${CALM}xv.vxv.vxv.`,
      expected: ['30 flapping log'],
    },
    {
      name: 'is off unless asked for',
      policy: { flapDetection: null, alertAfter: { kind: 'failures', count: 4 } },
      checks: `${CALM}x.x.x.x.${CALM}`,
      expected: [],
    },
  ] as readonly Row[])('$name', ({ policy = {}, checks, expected }) => {
    expect(play(checks, policy).texts).toEqual([...expected])
  })

  test.each([
    { name: 'recovers', checks: '.', expected: ['0 up log'] },
    { name: 'is down', checks: 'x..', expected: ['0 down log', '1 up log'] },
    {
      name: 'fails, and recovers',
      checks: 'xx.',
      policy: { alertAfter: { kind: 'failures', count: 4 } },
      expected: ['2 up log'],
    },
  ] as readonly Row[])('that is no longer looked for ends when it $name', ({ checks, policy = {}, expected }) => {
    const { state: flapping } = play(`${CALM}x.x.x.x.`)
    const { texts, state } = play(checks, { ...policy, flapDetection: null }, flapping)
    expect(texts).toEqual([...expected])
    expect(state).toMatchObject({ status: 'up', flapping: null })
  })

  test('says why it is quiet', () => {
    const { decisions, state } = play(`${CALM}x.x.x.x`)
    expect(decisions.at(-1)).toEqual({ kind: 'quiet', reason: 'flapping', mute: null })
    expect(state.flapping).toMatchObject({ isTold: true, isAnnounced: true })
  })

  test('never uses an id twice, tells no up without trouble before it, and tells an end to all that it told', () => {
    const checks = fc.string({
      unit: fc.constantFrom('.', 'x', 'x', '.', 'm', 'o', 'v'),
      minLength: 30,
      maxLength: 120,
    })
    const after = fc.constantFrom<AlertPolicy['alertAfter']>(
      { kind: 'failures', count: 1 },
      { kind: 'failures', count: 3 },
      { kind: 'of', count: 2, window: 4 },
    )
    fc.assert(
      fc.property(checks, after, fc.integer({ min: 1, max: 2 }), (text, alertAfter, recoverAfter) => {
        const { told, state } = play(text + '.'.repeat(40), { alertAfter, recoverAfter })
        expect(new Set(told.map(({ id }) => id)).size).toBe(told.length)
        let isKnown = false
        for (const one of told) {
          if (one.text.startsWith('up')) expect(isKnown).toBe(true)
          isKnown = !one.text.startsWith('up')
        }
        expect(isKnown).toBe(false)
        expect(state).toMatchObject({ status: 'up', flapping: null })
      }),
      { numRuns: 1000 },
    )
  })
})
