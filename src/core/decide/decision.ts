import type { AlertPolicy, CheckResult, MonitorState, Mute, Quiet, TroubleKind } from '../model/types.ts'
import { incidentId } from '../text/identity.ts'

/** One notification to make. */
export interface Telling {
  readonly kind: 'down' | 'reminder' | 'up' | 'flapping'
  readonly alerts: readonly string[]
  readonly incidentId: string
  /** Numbers the incident's notifications, from 1. */
  readonly number: number
}

/** Why nobody is notified. */
export type QuietReason =
  | 'passed'
  | 'void' // the check counts for nothing
  | 'waiting' // fails, but has not reached `alert_after`
  | 'between reminders'
  | 'no reminders' // notified, and no alert is for reminders
  | 'recovering' // passes, but not yet `recover_after` times
  | 'nobody was notified' // recovered, but nobody was notified of the outage
  | 'flapping' // changes too often to notify of every change
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
  /** What mutes this monitor now. It mutes notifications of trouble, never checks and never a recovery. */
  readonly mute: Mute | null
}

const QUIET_TEXTS: Readonly<Record<QuietReason, string>> = {
  passed: '',
  void: '',
  waiting: 'not yet past alert_after',
  'between reminders': 'next reminder is not due yet',
  'no reminders': 'no reminders configured',
  recovering: 'not yet past recover_after',
  'nobody was notified': 'nobody was notified of the outage',
  flapping: 'flapping',
  muted: 'muted',
}

/** Id of the incident of `name` that begins in this state. */
export function incidentOf(name: string, { fineSinceMs }: MonitorState, { startedAtMs }: Judged): string {
  return incidentId(name, fineSinceMs ?? startedAtMs)
}

/** Why nobody is notified; empty if somebody is, or if nothing is due. */
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

/** The alerts for trouble of this kind now: those that do not wait, and those that have joined. */
export function alertsForTrouble(policy: AlertPolicy, stepsTold: readonly string[], kind: TroubleKind): string[] {
  return policy.alertDown
    .filter(({ alert, after, on }) => (after === null || stepsTold.includes(alert)) && (on?.includes(kind) ?? true))
    .map((step) => step.alert)
}

/** The alerts for a recovery, without waiting ones that have not joined the outage. */
export function alertsForRecovery(policy: AlertPolicy, stepsTold: readonly string[]): string[] {
  const waits = (name: string) =>
    policy.alertDown.some((step) => step.alert === name) &&
    policy.alertDown.every((step) => step.alert !== name || step.after !== null)
  return policy.alertUp.filter((name) => !waits(name) || stepsTold.includes(name))
}
