import { notifiedText, reasonText } from '../../core/past/words.ts'
import { formatAge, formatDuration } from '../../core/text/duration.ts'
import { plural } from '../../core/text/plural.ts'
import type { Undelivered } from '../../store/tables/deliveries.ts'
import type { MonitorReport } from './report.ts'

/** A check that has not come that long after it had to end by its timeout is overdue: it may have waited for others. */
const OVERDUE_MS = 30_000

/**
 * What there is to say of a monitor beside its status, the most important first: what is wrong with it, who could not be
 * told, and why nobody else is. Empty where all is well. Pure.
 */
export function noteOf(report: MonitorReport, { nowMs, isWatching }: { nowMs: number; isWatching: boolean }): string {
  const parts = [
    reasonText(report, report.incident),
    isWatching ? overdue(report, nowMs) : '',
    ...undelivered(report, nowMs),
    acknowledgement(report, nowMs),
    notifiedText(report, nowMs),
    failures(report),
  ]
  return [...new Set(parts)].filter((part) => part !== '').join('; ')
}

function overdue({ monitor: { schedule, timeoutMs }, lastCheck, standing }: MonitorReport, nowMs: number): string {
  if (schedule.kind !== 'interval' || lastCheck === null || standing === 'paused') return ''
  const agoMs = nowMs - lastCheck.startedAtMs
  if (agoMs <= schedule.intervalMs + timeoutMs + OVERDUE_MS) return ''
  return `not checked for ${formatAge(agoMs)} (interval ${formatDuration(schedule.intervalMs)})`
}

/** One alert that has failed many times is one piece of news: the last time says why. */
function undelivered({ undelivered: all }: MonitorReport, nowMs: number): string[] {
  const current = all.filter(({ isPast }) => !isPast)
  const lastOfEach = new Map(current.map((one) => [`${one.status} ${one.alert}`, one]))
  return [...lastOfEach.values()].map((one) => describeUndelivered(one, nowMs))
}

function describeUndelivered({ alert, attemptCount, reason, settledAtMs }: Undelivered, nowMs: number): string {
  if (settledAtMs !== null) {
    return `${alert} could not be delivered ${formatAge(nowMs - settledAtMs)} ago${because(reason)}`
  }
  return `${alert} pending${attemptCount === 0 ? '' : `, ${plural(attemptCount, 'attempt')} failed${because(reason)}`}`
}

/** An acknowledgement that something else hides. */
function acknowledgement({ incident, mute }: MonitorReport, nowMs: number): string {
  const acknowledged = incident?.acknowledged ?? null
  if (acknowledged === null || mute?.by === 'acknowledgement') return ''
  return `acknowledged ${formatAge(nowMs - acknowledged.atMs)} ago${because(acknowledged.reason)}`
}

function failures({ state, standing }: MonitorReport): string {
  return standing === 'down' || standing === 'failing' ? plural(state.failureCount, 'failure') : ''
}

function because(reason: string): string {
  return reason === '' ? '' : `: ${reason}`
}
