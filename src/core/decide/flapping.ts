import type { Flapping, FlapThresholds, MonitorState, Mute } from '../model/types.ts'
import { incidentId } from '../text/identity.ts'
import { alertsForRecovery, alertsForTrouble } from './audience.ts'
import { type Decision, isPass, muted, quiet, type Step, type Telling, type Transition, tell } from './decision.ts'
import { isFlapping, remember } from './flap.ts'

const QUIET_WHILE_FLAPPING: Mute = { by: 'flapping', reason: 'flapping' }

/**
 * A transition with an eye on flapping: told once when it begins, then quiet until it has settled, then the recovery if
 * it has recovered. `decide` is the transition as it would be without. Pure.
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

/** An outage that was told is known under its incident; flapping out of nothing gets an incident of its own. */
function begin(step: Step, decide: (step: Step) => Transition): Transition {
  const { state, check, monitor } = step
  const { state: next } = decide({ ...step, mute: QUIET_WHILE_FLAPPING })
  const flapping: Flapping = {
    startedAtMs: check.startedAtMs,
    // No monitor has such a name: an outage that begins with this very check will have another id.
    incidentId: state.incidentId ?? next.incidentId ?? incidentId(`${monitor}\0flapping`, check.startedAtMs),
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
  const telling = tellingOf('flapping', flapping, alertsForTrouble(policy, state.stepsTold))
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

/** Those who know of it hear how it ended: of a recovery, or of the outage that it has become. Until then it goes on. Pure. */
export function settle(step: Step, flapping: Flapping, decide: (step: Step) => Transition): Transition {
  const settled = decide({ ...step, state: { ...step.state, flapping: null } })
  if (settled.state.status === 'up') return { state: settled.state, decision: recovery(step, flapping) }
  const isKnown = settled.decision.kind === 'tell' || settled.state.alertCount > 0
  return isKnown || !flapping.isTold ? settled : stay(step, decide)
}

function recovery({ policy, state }: Step, flapping: Flapping): Decision {
  if (!flapping.isTold) return quiet('nobody was told')
  return tell(tellingOf('up', flapping, alertsForRecovery(policy, state.stepsTold)))
}

function tellingOf(kind: Telling['kind'], flapping: Flapping, alerts: readonly string[]): Telling {
  return { kind, alerts, incidentId: flapping.incidentId, number: flapping.notificationCount + 1 }
}
