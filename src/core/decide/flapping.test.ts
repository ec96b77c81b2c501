import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { aMonitor } from '../../../test/support/samples.ts'
import { MINUTE } from '../../../test/support/time.ts'
import { PENDING } from '../model/state.ts'
import type { AlertPolicy, MonitorState, Mute } from '../model/types.ts'
import type { Decision } from './decision.ts'
import { FLAP_STATES, flapPercentage, isFlapping, remember } from './flapping.ts'
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

const ALTERNATING = 'SF'.repeat(11).slice(0, FLAP_STATES)

describe('flapPercentage', () => {
  test.each([
    { name: 'nothing known', recent: '', expected: 0 },
    { name: 'one state', recent: 'F', expected: 0 },
    { name: 'always passes', recent: 'S'.repeat(21), expected: 0 },
    { name: 'always fails', recent: 'F'.repeat(21), expected: 0 },
    { name: 'different each time', recent: ALTERNATING, expected: 100 },
    { name: 'one change, the newest', recent: `${'S'.repeat(20)}F`, expected: 6.25 },
    { name: 'one change, the oldest', recent: `S${'F'.repeat(20)}`, expected: 3.75 },
    { name: 'the oldest and the newest', recent: `S${'F'.repeat(19)}S`, expected: 10 },
    { name: 'two states known: they stand at the newest place', recent: 'SF', expected: 6.25 },
    { name: 'what is older than 21 states does not count', recent: `FS${'S'.repeat(20)}`, expected: 0 },
  ])('$name', ({ recent, expected }) => {
    expect(flapPercentage(recent)).toBe(expected)
  })

  test('is the sum of the weights, written out', () => {
    fc.assert(
      fc.property(states(FLAP_STATES), (recent) => {
        expect(flapPercentage(recent)).toBeCloseTo(naivePercentage(recent), 9)
      }),
    )
  })

  test('is the same for a monitor that fails where another passes', () => {
    fc.assert(
      fc.property(states(FLAP_STATES), (recent) => {
        const opposite = recent.replace(/./g, (state) => (state === 'S' ? 'F' : 'S'))
        expect(flapPercentage(opposite)).toBe(flapPercentage(recent))
      }),
    )
  })
})

describe('isFlapping', () => {
  const oneOldChange = `S${'F'.repeat(20)}` // 3.75 %
  const oneNewChange = `${'S'.repeat(20)}F` // 6.25 %
  test.each([
    { name: 'starts at high', recent: oneNewChange, was: false, high: 6.25, low: 1, expected: true },
    { name: 'does not start below high', recent: oneNewChange, was: false, high: 6.3, low: 1, expected: false },
    { name: 'does not start above low', recent: oneNewChange, was: false, high: 50, low: 5, expected: false },
    { name: 'goes on above low', recent: oneOldChange, was: true, high: 50, low: 3.7, expected: true },
    { name: 'stops at low', recent: oneOldChange, was: true, high: 50, low: 3.75, expected: false },
    { name: 'starts at 100 %', recent: ALTERNATING, was: false, high: 100, low: 50, expected: true },
    { name: 'does not start with nothing known', recent: '', was: false, high: 50, low: 25, expected: false },
    { name: 'stops at 0 % if low is 0', recent: 'SSSS', was: true, high: 50, low: 0, expected: false },
  ])('$name', ({ recent, was, high, low, expected }) => {
    expect(isFlapping(recent, was, { high, low })).toBe(expected)
  })
})

describe('remember', () => {
  test.each([
    { name: 'the first state', recent: '', isPass: true, expected: 'S' },
    { name: 'the newest is last', recent: 'SS', isPass: false, expected: 'SSF' },
    { name: 'the 21st is kept', recent: 'F'.repeat(20), isPass: true, expected: `${'F'.repeat(20)}S` },
    { name: 'the oldest of 22 goes', recent: `F${'S'.repeat(20)}`, isPass: false, expected: `${'S'.repeat(20)}F` },
  ])('$name', ({ recent, isPass, expected }) => {
    expect(remember(recent, isPass)).toBe(expected)
  })
})

function states(maxLength: number): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom('S', 'F'), { maxLength }).map((list) => list.join(''))
}

function naivePercentage(recent: string): number {
  const padded = [...recent.padStart(21, recent[0] ?? 'S')]
  const weights = Array.from({ length: 20 }, (_, place) => 0.75 + (0.5 / 19) * place)
  const changes = weights.map((weight, place) => (padded[place] === padded[place + 1] ? 0 : weight))
  return (changes.reduce((sum, weight) => sum + weight, 0) / 20) * 100
}
