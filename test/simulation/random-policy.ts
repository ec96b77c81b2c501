import type { AlertAfter, AlertEvery, AlertPolicy, AlertStep, Threshold } from '../../src/core/model/types.ts'
import type { Random } from '../support/random.ts'
import { aMonitor } from '../support/samples.ts'

/** A policy as people configure them: mostly plain, sometimes everything at once. `unitMs` is about one interval. */
export function randomPolicy(random: Random, alerts: readonly string[], unitMs: number): AlertPolicy {
  const told = random.some(alerts, 0.5)
  const alertDown: AlertStep[] = (told.length === 0 ? ['log'] : told).map((alert) => ({
    alert,
    after: random.chance(0.2) ? randomThreshold(random, unitMs) : null,
  }))
  const others = random.some(alerts, 0.3)
  const alertUp = random.chance(0.85) ? [...new Set([...alertDown.map(({ alert }) => alert), ...others])] : []
  return {
    ...aMonitor().policy,
    alertAfter: randomAlertAfter(random, unitMs),
    alertEvery: randomAlertEvery(random, unitMs),
    recoverAfter: random.pick([1, 1, 1, 2, 3]),
    alertDown,
    alertUp: random.some(alertUp, 0.9),
    flapDetection: random.chance(0.2) ? random.pick(FLAP_THRESHOLDS) : null,
  }
}

const FLAP_THRESHOLDS = [
  { high: 50, low: 25 },
  { high: 30, low: 20 },
]

function randomThreshold(random: Random, unitMs: number): Threshold {
  return random.chance(0.5)
    ? { kind: 'failures', count: random.int(2, 6) }
    : { kind: 'time', ms: random.int(1, 6) * unitMs }
}

function randomAlertAfter(random: Random, unitMs: number): AlertAfter {
  return random.weighed<() => AlertAfter>([
    [7, () => ({ kind: 'failures', count: random.pick([1, 1, 2, 2, 3, 4]) })],
    [1, () => ({ kind: 'time', ms: random.int(1, 5) * unitMs })],
    [
      2,
      () => {
        const window = random.int(2, 6)
        return { kind: 'of', count: random.int(1, window), window }
      },
    ],
  ])()
}

function randomAlertEvery(random: Random, unitMs: number): AlertEvery {
  return random.weighed<() => AlertEvery>([
    [3, () => ({ kind: 'backoff' })],
    [2, () => ({ kind: 'once' })],
    [3, () => ({ kind: 'failures', count: random.int(1, 4) })],
    [1, () => ({ kind: 'time', ms: random.int(1, 6) * unitMs })],
  ])()
}
