import { because, quietText } from '../model/mute.ts'
import { isUnwatched } from '../model/place-words.ts'
import { isPass, isTrouble, STANDINGS, type Standing, type StandingCounts } from '../model/state.ts'
import type { TimeText } from '../text/time.ts'
import type { KeptIncident } from './kept.ts'
import { causeText } from './summary.ts'
import { type MonitorView, TROUBLES } from './view.ts'

/** The standing of many: the worst of any, but one that is watched rather than one in its maintenance. */
export function worstOf(counts: StandingCounts): Standing {
  const isThere = (standing: Standing) => counts[standing] > 0
  return (
    STANDINGS.find((standing) => standing !== 'maintenance' && standing !== 'paused' && isThere(standing)) ??
    STANDINGS.find(isThere) ??
    'up'
  )
}

/** The one thing to know: `All 42 fine`, `3 of 42 down`, `2 of 42 failing`. */
export function headlineOf(counts: StandingCounts): string {
  const [standing, count, total] = headOf(counts)
  if (total === 0) return 'No monitors'
  const word = standing === 'up' ? 'fine' : wordOf(standing)
  return count === total && total > 1 ? `All ${total} ${word}` : `${count} of ${total} ${word}`
}

/** As it is counted: `2 down`, `1 in maintenance`. */
function wordOf(standing: Standing): string {
  return standing === 'maintenance' ? 'in maintenance' : standing
}

/** What the headline leaves out: `1 failing`, `2 paused`. */
export function restOf(counts: StandingCounts): string[] {
  const [said] = headOf(counts)
  return STANDINGS.filter((one) => one !== said && one !== 'up' && counts[one] > 0).map(
    (one) => `${counts[one]} ${wordOf(one)}`,
  )
}

/** Both in one line: `3 of 42 down, 1 failing, 2 paused`. */
export function summaryOf(counts: StandingCounts): string {
  return [headlineOf(counts), ...restOf(counts)].join(', ')
}

/** What the headline counts, and among how many: those in maintenance, and paused ones, only where there are no others. */
function headOf(counts: StandingCounts): [standing: Standing, count: number, total: number] {
  const { down, failing, flapping, maintenance, pending, up, paused } = counts
  const watched = down + failing + flapping + pending + up
  if (watched === 0 && maintenance > 0) return ['maintenance', maintenance, maintenance]
  if (watched === 0) return ['paused', paused, paused]
  const trouble = TROUBLES.find((standing) => counts[standing] > 0)
  const standing = trouble ?? (pending === watched ? 'pending' : 'up')
  return [standing, counts[standing], watched]
}

export const NO_ALERT = 'nobody is notified: it has no alert'

/** What was wrong when an incident began, in one line; see `causeText`. */
export function firstCause(
  { firstReason, firstOutput }: Pick<KeptIncident, 'firstReason' | 'firstOutput'>,
  time: TimeText,
): string {
  return causeText({ reason: firstReason, output: firstOutput }, time)
}

/**
 * Why a monitor stands where it does, as far as its status does not say it, and what one that is up has said; empty where
 * there is nothing to say. `incident` is its open one, where that is known. As long as the line that a check has printed.
 */
export function reasonText(
  view: MonitorView,
  time: TimeText,
  incident: Pick<KeptIncident, 'lastReason' | 'lastOutput'> | null = null,
): string {
  const { monitor, state, standing, lastCheck } = view
  if (standing === 'paused') return monitor.paused === undefined ? 'enabled: false' : `paused${because(monitor.paused)}`
  if (lastCheck === null) return ''
  const { outcome, reason } = lastCheck
  if (outcome === 'void') return isUnwatched(reason) ? reason : `the last check is void: ${reason}`
  const cause = causeText(lastCheck, time)
  if (standing === 'flapping')
    return `${failuresIn(state.recent)}the last one ${isPass(lastCheck) ? 'passed' : `failed: ${cause}`}`
  if (standing === 'up' || (standing === 'maintenance' && isPass(lastCheck)))
    return outcome === 'warned' ? `warning: ${cause}` : cause
  if (!isPass(lastCheck)) return cause
  if (standing === 'failing') return 'passes again, but has failed lately'
  const { recoverAfter } = monitor.policy
  // Unknown where the configuration cannot be read.
  const passes = recoverAfter === 0 ? 'passes again' : `passes again, ${state.passCount} of ${recoverAfter}`
  return incident === null
    ? passes
    : `${passes}; before: ${causeText({ reason: incident.lastReason, output: incident.lastOutput }, time)}`
}

/** What its last checks have in common does not change with each of them. */
function failuresIn(recent: string): string {
  const count = [...recent].filter((one) => one === 'F').length
  return recent === '' ? '' : `${count} of the last ${recent.length} checks failed; `
}

/**
 * Whether anybody was notified of a monitor's trouble, and why nobody is now: `notified 3 times; silenced until 18:04`.
 * Outside of trouble, what mutes it; empty where nothing does.
 */
export function notifiedText({ monitor, state, standing, lastCheck, mute }: MonitorView, time: TimeText): string {
  const isFailing = standing !== 'flapping' && isTrouble(state.status)
  if (isFailing && monitor.policy.alertDown.length === 0) return NO_ALERT
  const count = state.alertCount
  const notified = !isFailing || count === 0 ? '' : `notified ${count === 1 ? 'once' : `${count} times`}`
  // The standing already says that it flaps.
  const muted = mute?.by === 'flapping' && standing === 'flapping' ? null : mute
  const quiet = muted ?? (isFailing ? (lastCheck?.quiet ?? '') : '')
  return [notified, quietText(quiet, time)].filter((part) => part !== '').join('; ')
}
