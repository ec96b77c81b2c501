import type { Action } from '../model/action.ts'
import { because, isSameTarget, quietText, targetText } from '../model/mute.ts'
import { whereText } from '../model/place-words.ts'
import { formatAge, formatDuration } from '../text/duration.ts'
import { plural } from '../text/plural.ts'
import { clockOnDay, localTime, type TimeText, withTimes } from '../text/time.ts'
import type { CheckRun } from './fold-checks.ts'
import { describeDelivery, type KeptIncident, type KeptNotification, type KeptPing } from './kept.ts'
import type { MonitorHistory } from './past.ts'

/** One thing that happened, in words for people. `atMs` is Unix epoch milliseconds. */
export interface PastEvent {
  readonly atMs: number
  /** What it is, in a word or two: an outcome, a standing, an ending, the kind of a notification. */
  readonly word: string
  readonly text: string
  /** What a check printed, or what came with a ping. */
  readonly output: string
  /** Why nobody was notified; empty where there is nothing to say. */
  readonly quiet: string
}

type Told = Pick<MonitorHistory, 'checks' | 'incidents' | 'notifications' | 'pings'> & {
  /** The monitor. */
  readonly name: string
  /** What people did about it. */
  readonly actions: readonly Action[]
  /** `toMs` is null where nobody watches yet. */
  readonly unwatched: readonly { readonly fromMs: number; readonly toMs: number | null }[]
}

/** All that happened since a time, oldest first; at the same time, causes before what followed from them. */
export function eventsOf(history: Told, { nowMs, sinceMs }: { nowMs: number; sinceMs: number }): PastEvent[] {
  const { name, actions, checks, incidents, notifications, pings, unwatched } = history
  const events = [
    ...unwatched.map((one) => gapEvent(one, nowMs)),
    ...actions.toReversed().map((action) => actionEvent(action, (atMs) => localTime(atMs, nowMs), name)),
    ...pings.toReversed().flatMap(pingEvents),
    ...checks.toReversed().map((run) => checkEvent(run, nowMs)),
    ...incidents.toReversed().flatMap((incident) => incidentEvents(incident, actions)),
    ...notifications.toReversed().map(notificationEvent),
  ]
  return events.filter(({ atMs, word }) => atMs >= sinceMs || word === 'unwatched').sort((a, b) => a.atMs - b.atMs)
}

function event(atMs: number, word: string, text: string): PastEvent {
  return { atMs, word, text, output: '', quiet: '' }
}

/** How a check ended, and why, without saying it twice: `timed out`, `after 30s`. */
export function outcomeWords({ outcome, reason }: Pick<CheckRun, 'outcome' | 'reason'>): { word: string; why: string } {
  const word = outcome.replace('_', ' ')
  return { word, why: reason.startsWith(`${word} `) ? reason.slice(word.length + 1) : reason }
}

/** A time that nobody watched; `toMs` is null where nobody watches yet. */
export function gapEvent(
  { fromMs, toMs }: Told['unwatched'][number],
  nowMs: number,
  time: TimeText = (atMs) => clockOnDay(atMs, fromMs),
): PastEvent {
  const until = toMs === null ? 'and nobody is watching yet' : `until ${time(toMs)}`
  return event(fromMs, 'unwatched', `for ${formatAge((toMs ?? nowMs) - fromMs)}, ${until}`)
}

function checkEvent(run: CheckRun, nowMs: number): PastEvent {
  const isPlain = run.outcome === 'passed'
  const often = run.count > 1 ? `× ${run.count}, until ${clockOnDay(run.toMs, run.fromMs)}` : ''
  const hasTaken = run.longestMs > 0 && run.outcome !== 'not_started'
  const took = run.count > 1 || !hasTaken ? '' : `in ${formatDuration(Math.round(run.longestMs))}`
  const time = (atMs: number) => localTime(atMs, nowMs)
  const { word, why } = outcomeWords(run)
  const where = whereText(run.places, run.count)
  const text = [withTimes(why, time), where, often, isPlain ? took : ''].filter((part) => part !== '').join(' ')
  return {
    atMs: run.fromMs,
    word,
    text,
    output: isPlain ? '' : run.output,
    quiet: quietLines(run, time).join(', '),
  }
}

/** Why nobody was notified of checks, each reason with how many it was: `silenced until 18:04 × 3`. */
export function quietLines(run: Pick<CheckRun, 'quiet'>, time: TimeText): string[] {
  return quietEvents(run, time).map(({ text }) => text)
}

/** The same, each where it began: notifications may stand between them. */
export function quietEvents({ quiet }: Pick<CheckRun, 'quiet'>, time: TimeText): PastEvent[] {
  return [...quiet.values()].map(({ why, fromMs, count }) =>
    event(fromMs, 'not notified', `${quietText(why, time)}${count > 1 ? ` × ${count}` : ''}`),
  )
}

/** Pings of success and failure are shown as the checks that they are. */
function pingEvents({ atMs, kind, body }: KeptPing): PastEvent[] {
  return kind === 'start' || kind === 'log' ? [{ ...event(atMs, 'ping', kind), output: body }] : []
}

/**
 * What happened to an incident itself. The text of `acknowledged` is what a person said; it is left out where `actions` has
 * it, which an older Minitor did not keep.
 */
export function incidentEvents(incident: KeptIncident, actions: readonly Action[]): PastEvent[] {
  const { openedAtMs, startedAtMs, endedAtMs, acknowledged } = incident
  const waited =
    openedAtMs - startedAtMs >= 1000 ? `, ${formatAge(openedAtMs - startedAtMs)} after the first failure` : ''
  const events = [event(openedAtMs, 'down', `incident opened${waited}`)]
  const isTold = actions.some(({ kind, atMs }) => kind === 'acknowledged' && atMs === acknowledged?.atMs)
  if (acknowledged !== null && !isTold) {
    const { who = '', reason } = acknowledged
    const said = who === '' ? reason || '(no reason given)' : because(acknowledged).trim()
    events.push(event(acknowledged.atMs, 'acknowledged', said))
  }
  if (endedAtMs !== null) {
    const lasted = `after ${formatAge(endedAtMs - startedAtMs)}, ${plural(incident.failureCount, 'failure')}`
    events.push(event(endedAtMs, endingWord(incident), lasted))
  }
  return events
}

/** What somebody did, in words. `monitor` is what a list is about anyway: its name is left out. */
export function actionEvent(action: Action, time: TimeText, monitor: string | null = null): PastEvent {
  const { kind, atMs, target, untilMs, who, reason, address, count } = action
  const isKnown = target === null || (monitor !== null && isSameTarget(target, { monitor }))
  const parts = [
    isKnown ? '' : ` ${targetText(target)}`,
    untilMs === null ? '' : kind === 'unsilenced' ? ` (was until ${time(untilMs)})` : ` until ${time(untilMs)}`,
    // Whoever failed to sign in need not be who they said.
    because({ who: kind === 'sign_in_failed' ? '' : who, reason }),
    kind === 'sign_in_failed' ? ` as "${who}"` : '',
    address === '' ? '' : ` from ${address}`,
    count > 1 ? `, ${plural(count, 'time')}` : '',
  ]
  return event(atMs, kind.replaceAll('_', ' ').replace('sign in', 'sign-in'), parts.join('').replace(/^:? /, ''))
}

/** Whether an incident was planned: it was opened in a maintenance, and has not outlasted it. */
export function isPlanned(
  { endedAtMs, plannedUntilMs }: Pick<KeptIncident, 'endedAtMs' | 'plannedUntilMs'>,
  nowMs: number,
): boolean {
  return plannedUntilMs !== null && (endedAtMs ?? nowMs) <= plannedUntilMs
}

/** How an incident ended; `open` while it has not. */
export function endingWord({ ending, endedAtMs }: KeptIncident): string {
  return endedAtMs === null ? 'open' : (ending ?? 'ended')
}

/** How long an incident lasted, or has been open. */
export function lastedMs({ startedAtMs, endedAtMs }: KeptIncident, nowMs: number): number {
  return Math.max(0, (endedAtMs ?? nowMs) - startedAtMs)
}

function notificationEvent(notification: KeptNotification): PastEvent {
  const lines = deliveryLines(notification).map(({ text }) => text)
  return event(notification.atMs, 'alert', `${notification.kind} → ${lines.join('; ')}`)
}

/** What became of each delivery of a notification. */
export function deliveryLines({ deliveries, alerts }: KeptNotification): { text: string; isFailed: boolean }[] {
  if (deliveries.length > 0) {
    return deliveries.map((one) => ({ text: describeDelivery(one), isFailed: one.status === 'failed' }))
  }
  return [{ text: alerts.join(', ') || 'nobody: it has no alert for that', isFailed: false }]
}
