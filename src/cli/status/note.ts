import { isPass } from '../../core/decide/decision.ts'
import { quietText } from '../../core/model/mute.ts'
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
    trouble(report),
    isWatching ? overdue(report, nowMs) : '',
    ...undelivered(report, nowMs),
    ...telling(report, nowMs),
  ]
  return [...new Set(parts)].filter((part) => part !== '').join('; ')
}

function trouble({ state, standing, monitor, lastCheck, incident }: MonitorReport): string {
  if (standing === 'paused') return 'enabled: false'
  if (lastCheck === null) return ''
  const { outcome, reason } = lastCheck
  if (outcome === 'void') return `the last check counts for nothing: ${reason}`
  if (standing === 'flapping') return `the last check ${isPass(lastCheck) ? 'passed' : `failed: ${reason}`}`
  if (state.status === 'up') return outcome === 'warned' ? `warns: ${reason}` : ''
  if (!isPass(lastCheck)) return reason
  if (state.status === 'failing') return 'passes again, but has failed lately'
  const passes = `passes again, ${state.passCount} of ${monitor.policy.recoverAfter}`
  return incident === null ? passes : `${passes}; before: ${incident.lastReason}`
}

function overdue({ monitor: { schedule, timeoutMs }, lastCheck, standing }: MonitorReport, nowMs: number): string {
  if (schedule.kind !== 'interval' || lastCheck === null || standing === 'paused') return ''
  const agoMs = nowMs - lastCheck.startedAtMs
  if (agoMs <= schedule.intervalMs + timeoutMs + OVERDUE_MS) return ''
  return `not checked for ${formatAge(agoMs)}, although every ${formatDuration(schedule.intervalMs)}`
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

function telling(report: MonitorReport, nowMs: number): string[] {
  const { state, mute, lastCheck, monitor } = report
  const words = [acknowledgement(report, nowMs), muting(report, nowMs)]
  if (state.status !== 'down' && state.status !== 'failing') return words
  if (monitor.policy.alertDown.length === 0) return [...words, 'nobody is told: it has no alert']
  const quiet = mute === null ? quietText(lastCheck?.quiet ?? '', nowMs) : ''
  const failures = plural(state.failureCount, 'failure')
  const counts = state.alertCount === 0 ? failures : `${failures}, ${plural(state.alertCount, 'notification')}`
  return [...words, quiet, counts]
}

function acknowledgement({ incident }: MonitorReport, nowMs: number): string {
  const acknowledged = incident?.acknowledged ?? null
  if (acknowledged === null) return ''
  return `acknowledged ${formatAge(nowMs - acknowledged.atMs)} ago${because(acknowledged.reason)}`
}

function muting({ mute, standing }: MonitorReport, nowMs: number): string {
  const isSaid = mute === null || mute.by === 'acknowledgement' || (mute.by === 'flapping' && standing === 'flapping')
  return isSaid ? '' : quietText(mute, nowMs)
}

function because(reason: string): string {
  return reason === '' ? '' : `: ${reason}`
}
