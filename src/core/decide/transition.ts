import { isPass, PENDING } from '../model/state.ts'
import type { AlertAfter, AlertPolicy, AlertStep, MonitorState, Mute, Threshold } from '../model/types.ts'
import { HOUR_MS } from '../text/time.ts'
import {
  alertsForRecovery,
  alertsForTrouble,
  incidentOf,
  type Judged,
  muted,
  quiet,
  type Step,
  type Telling,
  type Transition,
  tell,
} from './decision.ts'
import { flap, settle } from './flapping.ts'

/**
 * Folds one check into a monitor's state and decides whom to notify, with the reason if it is nobody.
 * Never throws. The caller commits state and notifications together.
 */
export function transition(step: Step): Transition {
  const { check, state } = step
  if (check.outcome === 'void') return { state, decision: quiet('void') }
  const fineSinceMs = state.fineSinceMs ?? state.outageStartedAtMs ?? check.startedAtMs
  const seen = { ...state, lastCheckAtMs: check.startedAtMs, fineSinceMs }
  const next = decideFlapping({ ...step, state: seen })
  if (!hasEnded(seen, next.state)) return next
  return { ...next, state: { ...next.state, fineSinceMs: nextFineSinceMs(fineSinceMs, check.startedAtMs) } }
}

/**
 * What names the next incident, after one that ended at about `atMs`. Later than the one before, whatever the clock says;
 * and to the hour, as servers that watch at once, cut off from each other, do not see that end in the same moment.
 */
export function nextFineSinceMs(fineSinceMs: number, atMs: number): number {
  return Math.max(fineSinceMs + 1, Math.floor(atMs / HOUR_MS) * HOUR_MS)
}

function decideFlapping(step: Step): Transition {
  const { flapping } = step.state
  const thresholds = step.policy.flapDetection
  if (thresholds !== null) return flap(step, thresholds, decide)
  // Even after flap detection was turned off, those notified of flapping are notified of its end.
  return flapping === null ? decide(step) : settle(step, flapping, decide)
}

/** Whether an incident has ended, or flapping that is no part of the outage that goes on. */
function hasEnded(before: MonitorState, after: MonitorState): boolean {
  if (after.status === 'down') return false
  return before.incidentId !== null || (before.flapping !== null && after.flapping === null)
}

/**
 * As `transition`, where a mute is looked for only if trouble would be told. `findMute` gets the state that the check
 * leads to, and passes what it found on to `decideWith`; the step is read anew then, as finding a mute may take time.
 */
export function transitionMuted<Found>(
  step: () => Omit<Step, 'mute'>,
  findMute: (after: MonitorState, decideWith: (mute: Mute | null) => Transition) => Found,
): Transition | Found {
  const unmuted = transition({ ...step(), mute: null })
  const { decision, state } = unmuted
  if (decision.kind === 'quiet' || decision.tellings[0].kind === 'up') return unmuted
  return findMute(state, (mute) => transition({ ...step(), mute }))
}

/** The transition without flap detection. */
function decide(step: Step): Transition {
  return isPass(step.check) ? pass(step) : fail(step)
}

function pass({ state, check, policy }: Step): Transition {
  const passing = { ...state, lastSuccessAtMs: check.startedAtMs }
  if (state.status !== 'down') return passWhileNotDown(passing, policy.alertAfter)

  const passCount = state.passCount + 1
  if (passCount < policy.recoverAfter) return { state: { ...passing, passCount }, decision: quiet('recovering') }
  const wasTold = state.alertCount > 0 || state.stepsTold.length > 0
  const alerts = alertsForRecovery(policy, state.stepsTold)
  const decision = wasTold ? tell(tellingOf(state, 'up', alerts, 1)) : quiet('nobody was notified')
  return { state: healthy(passing, []), decision }
}

function passWhileNotDown(state: MonitorState, alertAfter: AlertAfter): Transition {
  const window = alertAfter.kind === 'of' ? [...state.window, null].slice(-alertAfter.window) : []
  const failures = failuresIn(window)
  const next: MonitorState =
    failures.length === 0
      ? healthy(state, window)
      : { ...state, status: 'failing', window, failureCount: failures.length, outageStartedAtMs: failures[0] ?? null }
  return { state: next, decision: quiet('passed') }
}

function healthy(state: MonitorState, window: MonitorState['window']): MonitorState {
  return {
    ...PENDING,
    status: 'up',
    window,
    lastSuccessAtMs: state.lastSuccessAtMs,
    lastCheckAtMs: state.lastCheckAtMs,
    recent: state.recent,
    flapping: state.flapping,
    fineSinceMs: state.fineSinceMs,
  }
}

function fail(step: Step): Transition {
  const { policy, check } = step
  const state = countFailure(step.state, check.startedAtMs, policy.alertAfter)
  if (state.status !== 'down' && !hasReached(policy.alertAfter, state, check)) {
    return { state: { ...state, status: 'failing' }, decision: quiet('waiting') }
  }
  const incident = state.incidentId ?? incidentOf(step.monitor, state, check)
  const down: MonitorState = { ...state, status: 'down', incidentId: incident }
  return tellOfTrouble({ ...step, state: down })
}

function countFailure(state: MonitorState, startedAtMs: number, alertAfter: AlertAfter): MonitorState {
  if (alertAfter.kind === 'of' && state.status !== 'down') {
    const window = [...state.window, startedAtMs].slice(-alertAfter.window)
    const failures = failuresIn(window)
    return { ...state, window, failureCount: failures.length, outageStartedAtMs: failures[0] ?? startedAtMs }
  }
  return {
    ...state,
    failureCount: state.failureCount + 1,
    passCount: 0,
    outageStartedAtMs: state.outageStartedAtMs ?? startedAtMs,
  }
}

function tellOfTrouble({ state, check, policy, mute }: Step): Transition {
  const kind = state.alertCount === 0 ? 'down' : 'reminder'
  const alerts = alertsForTrouble(policy, state.stepsTold, kind)
  // A reminder that no alert is for is none; that nobody is told of an outage at all is news to the history.
  const isForSomebody = alerts.length > 0 || kind === 'down' || policy.alertDown.length === 0
  const isDue = isForSomebody && isReminderDue(policy, state, check)
  const joining = policy.alertDown.filter((step) => isJoining(step, state, check)).map((step) => step.alert)
  if (!isDue && joining.length === 0) {
    const hasReminders = isForSomebody && policy.alertEvery.kind !== 'once'
    return { state, decision: quiet(hasReminders ? 'between reminders' : 'no reminders') }
  }
  if (mute !== null) return { state, decision: muted(mute) }

  const telling = isDue ? ({ kind, alerts } as const) : null
  const tellings = newsFor(telling, joining).map((news, index) =>
    tellingOf(state, news.kind, news.alerts, index + 1),
  ) as [Telling, ...Telling[]]
  const next: MonitorState = {
    ...state,
    alertCount: isDue ? nextAlertCount(policy, state) : state.alertCount,
    notificationCount: state.notificationCount + tellings.length,
    firstToldAtFailure: state.firstToldAtFailure ?? state.failureCount,
    lastToldAtMs: isDue ? check.startedAtMs : state.lastToldAtMs,
    stepsTold: [...state.stepsTold, ...joining],
  }
  return { state: next, decision: tell(...tellings) }
}

type News = Pick<Telling, 'kind' | 'alerts'>

/** An alert that joins gets `down` even if others get a reminder: it is its first notification of this incident. */
function newsFor(news: News | null, joining: readonly string[]): [News, ...News[]] {
  if (news === null) return [{ kind: 'down', alerts: joining }]
  if (joining.length === 0) return [news]
  if (news.kind === 'down') return [{ kind: 'down', alerts: [...news.alerts, ...joining] }]
  return [news, { kind: 'down', alerts: joining }]
}

/** The `count`-th notification of this check, in the incident of `state`. */
function tellingOf(state: MonitorState, kind: Telling['kind'], alerts: readonly string[], count: number): Telling {
  return { kind, alerts, incidentId: state.incidentId ?? '', number: state.notificationCount + count }
}

function isReminderDue({ alertEvery }: AlertPolicy, state: MonitorState, check: Judged): boolean {
  if (state.alertCount === 0) return true
  switch (alertEvery.kind) {
    case 'once':
      return false
    case 'backoff':
      return failuresPast(state) >= 2 ** state.alertCount - 1
    case 'failures':
      return failuresPast(state) % alertEvery.count === 0
    case 'time':
      return hasElapsed(alertEvery.ms, state.lastToldAtMs ?? check.startedAtMs, check.startedAtMs)
  }
}

/** Failing checks since the first notification. Without a mute that is `failureCount - alert_after`. */
function failuresPast(state: MonitorState): number {
  return state.failureCount - (state.firstToldAtFailure ?? state.failureCount)
}

/** With backoff, muted reminders count too: otherwise they would come in a bunch when the mute ends. */
function nextAlertCount({ alertEvery }: AlertPolicy, state: MonitorState): number {
  const next = state.alertCount + 1
  return alertEvery.kind === 'backoff' ? Math.max(next, Math.ceil(Math.log2(failuresPast(state) + 2))) : next
}

function isJoining(step: AlertStep, state: MonitorState, check: Judged): boolean {
  return step.after !== null && !state.stepsTold.includes(step.alert) && hasReached(step.after, state, check)
}

function hasReached(threshold: AlertAfter | Threshold, state: MonitorState, check: Judged): boolean {
  if (threshold.kind !== 'time') return state.failureCount >= threshold.count
  return hasElapsed(threshold.ms, state.outageStartedAtMs ?? check.startedAtMs, check.startedAtMs)
}

/** Checks start a few milliseconds early or late; without some slack that could cost a whole interval. */
function hasElapsed(ms: number, fromMs: number, toMs: number): boolean {
  const slackMs = Math.min(1000, ms / 100)
  return toMs - fromMs >= ms - slackMs
}

function failuresIn(window: MonitorState['window']): number[] {
  return window.filter((startedAtMs) => startedAtMs !== null)
}
