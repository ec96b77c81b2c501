import { isPass } from '../model/state.ts'
import type { Flapping, FlapThresholds, MonitorState, Mute } from '../model/types.ts'
import {
  alertsForRecovery,
  alertsForTrouble,
  type Decision,
  incidentOf,
  muted,
  quiet,
  type Step,
  type Telling,
  type Transition,
  tell,
} from './decision.ts'

const QUIET_WHILE_FLAPPING: Mute = { by: 'flapping' }

/**
 * A transition that notifies once when flapping begins, is quiet until it has settled, and then notifies of the recovery,
 * if it has recovered. `decide` is the transition without flap detection.
 */
export function flap(step: Step, thresholds: FlapThresholds, decide: (step: Step) => Transition): Transition {
  const recent = remember(step.state.recent, isPass(step.check))
  const seen = { ...step, state: { ...step.state, recent } }
  const { flapping } = step.state
  const isNow = isFlapping(recent, flapping !== null, thresholds)
  if (flapping === null) return isNow ? begin(seen, decide) : decide(seen)
  if (isNow) return goOn(seen, flapping, decide)
  return settle(seen, flapping, decide)
}

/** In an outage that somebody was notified of, flapping belongs to its incident; else it gets one of its own. */
function begin(step: Step, decide: (step: Step) => Transition): Transition {
  const { state, check, monitor } = step
  const { state: next } = decide({ ...step, mute: QUIET_WHILE_FLAPPING })
  const flapping: Flapping = {
    startedAtMs: check.startedAtMs,
    // No monitor has such a name, so an outage that begins with this very check gets another id.
    incidentId: state.incidentId ?? next.incidentId ?? incidentOf(`${monitor}\0flapping`, state, check),
    notificationCount: state.incidentId === null ? 0 : state.notificationCount,
    isTold: state.alertCount > 0 || state.stepsTold.length > 0,
    isAnnounced: false,
  }
  return announce(step, next, flapping)
}

function goOn(step: Step, flapping: Flapping, decide: (step: Step) => Transition): Transition {
  const next = stay(step, decide)
  return flapping.isAnnounced || isPass(step.check) ? next : announce(step, next.state, flapping)
}

function stay(step: Step, decide: (step: Step) => Transition): Transition {
  return { state: decide({ ...step, mute: QUIET_WHILE_FLAPPING }).state, decision: quiet('flapping') }
}

function announce({ policy, state, mute }: Step, next: MonitorState, flapping: Flapping): Transition {
  if (mute !== null) return { state: { ...next, flapping }, decision: muted(mute) }
  const telling = flappingTelling('flapping', flapping, alertsForTrouble(policy, state.stepsTold, 'flapping'))
  return {
    state: {
      ...next,
      // One incident, one numbering.
      notificationCount: next.incidentId === flapping.incidentId ? telling.number : next.notificationCount,
      flapping: { ...flapping, notificationCount: telling.number, isTold: true, isAnnounced: true },
    },
    decision: tell(telling),
  }
}

/** Those notified of flapping are notified of its end, a recovery or an outage; it goes on until then. */
export function settle(step: Step, flapping: Flapping, decide: (step: Step) => Transition): Transition {
  const settled = decide({ ...step, state: { ...step.state, flapping: null } })
  if (settled.state.status === 'up') return { state: settled.state, decision: recovery(step, flapping) }
  const isKnown = settled.decision.kind === 'tell' || settled.state.alertCount > 0
  return isKnown || !flapping.isTold ? settled : stay(step, decide)
}

function recovery({ policy, state }: Step, flapping: Flapping): Decision {
  if (!flapping.isTold) return quiet('nobody was notified')
  return tell(flappingTelling('up', flapping, alertsForRecovery(policy, state.stepsTold)))
}

function flappingTelling(kind: Telling['kind'], flapping: Flapping, alerts: readonly string[]): Telling {
  return { kind, alerts, incidentId: flapping.incidentId, number: flapping.notificationCount + 1 }
}

/** The number of states that count; between them are 20 places for a change. */
export const FLAP_STATES = 21

const PLACES = FLAP_STATES - 1
// Weights are counted in 76ths, so that sums are whole numbers and a threshold is reached exactly: 57/76 is 0.75.
const OLDEST_WEIGHT = 57
const WEIGHT_STEP = 2
const WEIGHT_UNIT = 76

/**
 * How much the last states change, in percent: from 0, always the same, to 100, different each time. `recent` is up to
 * 21 of them, newest last: S passed, F failed. A change weighs from 0.75 at the oldest place to 1.25 at the newest.
 * States not known yet are older than the known ones and count as no change.
 * Source: Nagios Core documentation, "Detection and Handling of State Flapping".
 */
export function flapPercentage(recent: string): number {
  const known = recent.slice(-FLAP_STATES)
  const unknownCount = FLAP_STATES - known.length
  let sum = 0
  for (let index = 1; index < known.length; index++) {
    const place = unknownCount + index - 1
    if (known[index] !== known[index - 1]) sum += OLDEST_WEIGHT + WEIGHT_STEP * place
  }
  return (sum * 100) / (PLACES * WEIGHT_UNIT)
}

/**
 * Whether a monitor flaps after the last of `recent`: from `high` percent on, and then until it is down to `low`.
 * Between the two it stays as it was, so that flapping does not itself flap; `low` has to be below `high`.
 */
export function isFlapping(recent: string, wasFlapping: boolean, { high, low }: FlapThresholds): boolean {
  const percentage = flapPercentage(recent)
  return wasFlapping ? percentage > low : percentage >= high
}

/** `recent` with the newest state added, cut to the states that count. */
export function remember(recent: string, isPass: boolean): string {
  return (recent + (isPass ? 'S' : 'F')).slice(-FLAP_STATES)
}
