import { quietText } from '../../core/model/mute.ts'
import type { CheckRun } from '../../core/past/fold-checks.ts'
import { describeDelivery, type KeptIncident, type KeptNotification, type KeptPing } from '../../core/past/kept.ts'
import { formatAge, formatDuration } from '../../core/text/duration.ts'
import { plural } from '../../core/text/plural.ts'
import { clockOnDay } from '../../core/text/time.ts'
import type { History } from './report.ts'

/** One thing that happened, in words for people. `atMs` is Unix epoch milliseconds. */
export interface HistoryEvent {
  readonly atMs: number
  /** One word: an outcome, a status, or what else it is. */
  readonly word: string
  readonly text: string
  /** What a check printed. */
  readonly output: string
  /** Why nobody was told; empty where there is nothing to say. */
  readonly quiet: string
}

/** All that happened, oldest first; at the same time, causes before what followed from them. */
export function eventsOf({
  checks,
  incidents,
  notifications,
  pings,
  unwatched,
  nowMs,
  sinceMs,
}: History): HistoryEvent[] {
  const events = [
    ...unwatched.map((one) => gapEvent(one, nowMs)),
    ...pings.flatMap(pingEvents),
    ...checks.map((run) => checkEvent(run, nowMs)),
    ...incidents.flatMap((incident) => incidentEvents(incident)),
    ...notifications.map(notificationEvent),
  ]
  return events.filter(({ atMs, word }) => atMs >= sinceMs || word === 'unwatched').sort((a, b) => a.atMs - b.atMs)
}

function event(atMs: number, word: string, text: string): HistoryEvent {
  return { atMs, word, text, output: '', quiet: '' }
}

function gapEvent({ fromMs, toMs }: History['unwatched'][number], nowMs: number): HistoryEvent {
  const lasted = formatAge((toMs ?? nowMs) - fromMs)
  const until = toMs === null ? 'and nobody watches yet' : `until ${clockOnDay(toMs, fromMs)}`
  return event(fromMs, 'unwatched', `not watched for ${lasted}, ${until}`)
}

function checkEvent(run: CheckRun, nowMs: number): HistoryEvent {
  const isPlain = run.outcome === 'passed'
  const often = run.count > 1 ? `× ${run.count}, until ${clockOnDay(run.toMs, run.fromMs)}` : ''
  const hasTaken = run.longestMs > 0 && run.outcome !== 'not_started'
  const took = run.count > 1 || !hasTaken ? '' : `in ${formatDuration(Math.round(run.longestMs))}`
  const text = [run.reason, often, isPlain ? took : ''].filter((part) => part !== '').join(' ')
  const reasons = [...run.quiet.values()].map(({ why, count }) => {
    return `${quietText(why, nowMs)}${count > 1 ? ` × ${count}` : ''}`
  })
  return { atMs: run.fromMs, word: run.outcome, text, output: isPlain ? '' : run.output, quiet: reasons.join(', ') }
}

/** Pings of success and failure are told as the checks that they are. */
function pingEvents({ atMs, kind, body }: KeptPing): HistoryEvent[] {
  return kind === 'start' || kind === 'log' ? [{ ...event(atMs, 'ping', kind), output: body }] : []
}

function incidentEvents({
  openedAtMs,
  startedAtMs,
  endedAtMs,
  ending,
  acknowledged,
  failureCount,
}: KeptIncident): HistoryEvent[] {
  const waited = openedAtMs > startedAtMs ? `, ${formatAge(openedAtMs - startedAtMs)} after the first failure` : ''
  const events = [event(openedAtMs, 'down', `an incident${waited}`)]
  if (acknowledged !== null) {
    const { atMs, reason } = acknowledged
    events.push(event(atMs, 'acknowledged', reason === '' ? 'somebody is on it' : reason))
  }
  if (endedAtMs !== null) {
    const lasted = `after ${formatAge(endedAtMs - startedAtMs)}, ${plural(failureCount, 'failure')}`
    events.push(event(endedAtMs, ending === 'recovered' ? 'up' : (ending ?? 'up'), lasted))
  }
  return events
}

function notificationEvent({ atMs, kind, deliveries }: KeptNotification): HistoryEvent {
  const told = deliveries.map(describeDelivery).join('; ')
  return event(atMs, 'alert', `${kind} → ${told === '' ? 'nobody: it has no alert for that' : told}`)
}
