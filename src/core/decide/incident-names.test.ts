import { expect, test } from 'bun:test'
import { createRandom, type Random } from '../../../test/support/random.ts'
import { aMonitor } from '../../../test/support/samples.ts'
import { HOUR, MINUTE } from '../../../test/support/time.ts'
import { PENDING, shiftTimes } from '../model/state.ts'
import type { AlertPolicy, MonitorState, Mute } from '../model/types.ts'
import { incidentId } from '../text/identity.ts'
import { transition } from './transition.ts'

const MUTE: Mute = { by: 'silence', untilMs: 1e15, reason: 'for the test' }

function aPolicy({ chance, int }: Random): AlertPolicy {
  return {
    ...aMonitor().policy,
    alertAfter: chance(0.3) ? { kind: 'of', count: 2, window: 5 } : { kind: 'failures', count: int(1, 3) },
    recoverAfter: int(1, 3),
    alertDown: [{ alert: 'log', after: null }],
    alertUp: ['log'],
    flapDetection: chance(0.6) ? { high: 30, low: 20 } : null,
  }
}

interface Life {
  readonly policy: AlertPolicy
  readonly state: MonitorState
  readonly nowMs: number
}

/** The next check of a life; now and then the clock was set, and each check has another trouble than the one before. */
function live({ policy, state, nowMs }: Life, { chance, int, pick }: Random): Life {
  const shiftMs = chance(0.02) ? pick([-1, 1]) * int(1, 50) * MINUTE : 0
  const startedAtMs = nowMs + shiftMs + int(1, MINUTE)
  const { state: next } = transition({
    monitor: 'web',
    state: shiftTimes(state, shiftMs),
    check: { outcome: chance(0.05) ? 'void' : chance(0.45) ? 'failed' : 'passed', startedAtMs },
    policy,
    mute: chance(0.2) ? MUTE : null,
  })
  return { policy, state: next, nowMs: startedAtMs }
}

const lives = (count: number) => Array.from({ length: count }, (_, seed) => createRandom(seed + 1))
const born = (random: Random): Life => ({ policy: aPolicy(random), state: PENDING, nowMs: 1e12 })

test('no incident and no flapping has the id of an earlier one, whatever the clock does', () => {
  for (const random of lives(200)) {
    const known = new Set<string>()
    const isNew = (id: string) => !known.has(id) && known.add(id)
    let life = born(random)
    for (let count = 0; count < 200; count++) {
      const before = life.state
      life = live(life, random)
      const { incidentId: incident, flapping } = life.state
      if (incident !== null && incident !== before.incidentId && incident !== before.flapping?.incidentId)
        expect(isNew(incident)).toBeTruthy()
      if (flapping !== null && before.flapping === null && flapping.incidentId !== incident)
        if (flapping.incidentId !== before.incidentId) expect(isNew(flapping.incidentId)).toBeTruthy()
    }
  }
})

test('servers that go on from one state give its next outage one id', () => {
  const outage = (life: Life, random: Random): string => {
    let one = life
    while (one.state.incidentId === null) one = live(one, random)
    return one.state.incidentId
  }
  for (const random of lives(200)) {
    // Flapping that ends is an ending, and renews the name.
    let life: Life = { ...born(random), policy: { ...aPolicy(random), flapDetection: null } }
    for (let count = random.int(1, 60); count > 0 || life.state.fineSinceMs === null; count--) life = live(life, random)
    const [one, other] = [createRandom(random.int(0, 1e9)), createRandom(random.int(0, 1e9))]
    expect(outage(life, one)).toBe(outage(life, other))
  }
})

test('servers that watch at once, each at its own moments, give outage after outage the same ids', () => {
  const policy: AlertPolicy = { ...aMonitor().policy, alertAfter: { kind: 'failures', count: 1 }, recoverAfter: 1 }
  for (const { chance, int } of lives(50)) {
    const first = { outcome: 'passed', startedAtMs: 300_000 * HOUR } as const
    const { state } = transition({ monitor: 'web', state: PENDING, check: first, policy, mute: null })
    let states = [state, state]
    // All in one hour.
    for (let minute = 1; minute < 40; minute++) {
      const outcome = chance(0.5) ? 'failed' : 'passed'
      states = states.map((state) => {
        const check = { outcome, startedAtMs: 300_000 * HOUR + minute * MINUTE + int(0, MINUTE / 2) } as const
        return transition({ monitor: 'web', state, check, policy, mute: null }).state
      })
      expect(states[0]?.incidentId).toBe(states[1]?.incidentId)
    }
  }
})

test.each([
  { name: 'never checked', state: PENDING, expected: 5_000 },
  { name: 'fine', state: { ...PENDING, status: 'up' as const }, expected: 5_000 },
  { name: 'failing', state: { ...PENDING, status: 'failing' as const, outageStartedAtMs: 3_000 }, expected: 3_000 },
])('a state of an older Minitor that is $name is named as it was then', ({ state, expected }) => {
  const policy: AlertPolicy = { ...aMonitor().policy, alertAfter: { kind: 'failures', count: 1 } }
  const check = { outcome: 'failed', startedAtMs: 5_000 } as const
  const next = transition({ monitor: 'web', state, check, policy, mute: null })
  expect(next.state.incidentId).toBe(incidentId('web', expected))
})

test('an incident of an older Minitor keeps its id, and its end names the next one', () => {
  const policy: AlertPolicy = { ...aMonitor().policy, alertAfter: { kind: 'failures', count: 1 }, recoverAfter: 1 }
  let state: MonitorState = { ...PENDING, status: 'down', incidentId: 'old', outageStartedAtMs: 1_000 }
  const at = (startedAtMs: number, outcome: 'passed' | 'failed') => {
    state = transition({ monitor: 'web', state, check: { outcome, startedAtMs }, policy, mute: null }).state
    return state.incidentId
  }
  expect(at(2_000, 'failed')).toBe('old')
  expect(at(3_000, 'passed')).toBeNull()
  expect(at(4_000, 'failed')).toBe(incidentId('web', 1_001))
})
