import type { AlertPolicy, CheckResult, MonitorState, Mute, Quiet } from '../model/types.ts'

/** One notification to make: whom to tell what. */
export interface Telling {
  readonly kind: 'down' | 'reminder' | 'up' | 'flapping'
  readonly alerts: readonly string[]
  readonly incidentId: string
  /** Numbers the incident's notifications, from 1. */
  readonly number: number
}

/** Why nobody is told. */
export type QuietReason =
  | 'passed'
  | 'void' // the check counts for nothing
  | 'waiting' // fails, but is not yet past `alert_after`
  | 'between reminders'
  | 'recovering' // passes, but not yet `recover_after` times
  | 'nobody was told' // recovered, but its outage was never told
  | 'flapping' // changes too often for every change to be told
  | 'muted'

export type Decision =
  | { readonly kind: 'tell'; readonly tellings: readonly [Telling, ...Telling[]] }
  | { readonly kind: 'quiet'; readonly reason: QuietReason; readonly mute: Mute | null }

export interface Transition {
  readonly state: MonitorState
  readonly decision: Decision
}

/** The part of a check that decides. `startedAtMs` is Unix epoch milliseconds. */
export type Judged = Pick<CheckResult, 'outcome' | 'startedAtMs'>

export interface Step {
  readonly monitor: string
  readonly state: MonitorState
  readonly check: Judged
  readonly policy: AlertPolicy
  /** Whoever keeps this monitor quiet at this moment. Mutes telling of trouble, never checking and never a recovery. */
  readonly mute: Mute | null
}

const QUIET_TEXTS: Readonly<Record<QuietReason, string>> = {
  passed: '',
  void: '',
  waiting: 'not yet past alert_after',
  'between reminders': 'between reminders',
  recovering: 'not yet past recover_after',
  'nobody was told': 'nobody was told of the outage',
  flapping: 'flapping',
  muted: 'muted',
}

/** Why nobody is notified; empty where somebody is, or where nothing is due. */
export function whyQuiet(decision: Decision): Quiet {
  return decision.kind === 'tell' ? '' : (decision.mute ?? QUIET_TEXTS[decision.reason])
}

export function tell(...tellings: [Telling, ...Telling[]]): Extract<Decision, { kind: 'tell' }> {
  return { kind: 'tell', tellings }
}

export function quiet(reason: Exclude<QuietReason, 'muted'>): Decision {
  return { kind: 'quiet', reason, mute: null }
}

export function muted(mute: Mute): Decision {
  return { kind: 'quiet', reason: 'muted', mute }
}

/** The alerts that hear of trouble now: all but those that wait, and of these the ones that have joined. Pure. */
export function alertsForTrouble(policy: AlertPolicy, stepsTold: readonly string[]): string[] {
  return policy.alertDown
    .filter((step) => step.after === null || stepsTold.includes(step.alert))
    .map((step) => step.alert)
}

/** The alerts that hear of a recovery. One that waits and was never run for this outage is not told of its end. Pure. */
export function alertsForRecovery(policy: AlertPolicy, stepsTold: readonly string[]): string[] {
  const waits = (name: string) =>
    policy.alertDown.some((step) => step.alert === name) &&
    policy.alertDown.every((step) => step.alert !== name || step.after !== null)
  return policy.alertUp.filter((name) => !waits(name) || stepsTold.includes(name))
}
