import type { Action } from '../model/action.ts'
import { quietText, targetFields } from '../model/mute.ts'
import { isPass } from '../model/state.ts'
import type { PlaceAnswer } from '../model/types.ts'
import { isoTime, roundedMs } from '../text/time.ts'
import { isPlanned, lastedMs } from './events.ts'
import type { CheckRun } from './fold-checks.ts'
import type { KeptIncident, KeptNotification, KeptPing } from './kept.ts'
import { summary } from './summary.ts'
import { type MonitorView, maintenanceUntil } from './view.ts'

/**
 * Monitors and their past for machines, as the API and `--json` show them: times in ISO 8601, durations in milliseconds.
 * Texts of checks and people are apart from facts, as they are for users only; `mask` hides secrets in them.
 */
type Mask = (text: string) => string

export function monitorFacts(view: MonitorView) {
  const { monitor, state, sinceMs, lastCheck } = view
  return {
    name: monitor.name,
    group: monitor.group,
    status: state.status,
    flapping: state.flapping !== null,
    maintenance_until: isoTime(maintenanceUntil(view)),
    since: isoTime(sinceMs),
    last_check_at: isoTime(lastCheck?.startedAtMs ?? state.lastCheckAtMs),
    // The state in the database is updated for passes only now and then.
    last_success_at: isoTime(lastCheck !== null && isPass(lastCheck) ? lastCheck.startedAtMs : state.lastSuccessAtMs),
    outcome: lastCheck?.outcome ?? null,
    failure_count: state.failureCount,
    alert_count: state.alertCount,
    incident_id: state.incidentId,
  }
}

export function monitorTexts({ monitor, lastCheck }: MonitorView, mask: Mask) {
  return {
    tags: [...monitor.tags],
    exit_code: lastCheck?.exitCode ?? null,
    reason: mask(lastCheck?.reason ?? ''),
    summary: lastCheck === null ? '' : mask(summary(lastCheck)),
    quiet: mask(quietText(lastCheck?.quiet ?? '')) || null,
    ...(lastCheck?.places !== undefined && { places: placesJson(lastCheck.places, mask) }),
    paused: pausedJson(monitor, mask),
  }
}

/** What each place said: a node by its name, a tag with who has run it. Only monitors with `run_on` have it. */
export function placesJson(places: readonly PlaceAnswer[], mask: Mask = String) {
  return places.map((answer) => ({
    place: answer.place,
    node: answer.node,
    outcome: answer.outcome,
    exit_code: answer.exitCode,
    reason: mask(answer.reason),
    summary: mask(answer.summary),
    duration_ms: roundedMs(answer.durationMs),
  }))
}

/** Null unless a person has paused it. */
function pausedJson({ paused }: MonitorView['monitor'], mask: Mask) {
  if (paused === undefined) return null
  return { since: isoTime(paused.sinceMs), who: paused.who, reason: mask(paused.reason) }
}

export function incidentFacts(incident: KeptIncident, nowMs: number) {
  const { startedAtMs, endedAtMs } = incident
  return {
    id: incident.id,
    monitor: incident.monitor,
    started_at: isoTime(startedAtMs),
    opened_at: isoTime(incident.openedAtMs),
    ended_at: isoTime(endedAtMs),
    ending: incident.ending,
    planned: isPlanned(incident, nowMs),
    duration_ms: roundedMs(lastedMs(incident, nowMs)),
    failure_count: incident.failureCount,
    notifications: incident.notificationCount,
  }
}

export function incidentTexts({ firstReason, firstOutput, lastReason, lastOutput }: KeptIncident, mask: Mask) {
  return {
    first_reason: mask(firstReason),
    first_output: mask(firstOutput),
    last_reason: mask(lastReason),
    last_output: mask(lastOutput),
  }
}

export function checkRunFacts({ fromMs, toMs, count, outcome, longestMs }: CheckRun) {
  return { at: isoTime(fromMs), until: isoTime(toMs), count, outcome, duration_ms: roundedMs(longestMs) }
}

/** Without the output, which may be long. */
export function checkRunTexts({ exitCode, reason, output, quiet, places }: CheckRun, mask: Mask) {
  return {
    exit_code: exitCode,
    reason: mask(reason),
    summary: mask(summary({ reason, output })),
    quiet: [...quiet].map(([reason, { count }]) => ({ reason: mask(reason), count })),
    ...(places !== undefined && { places: placesJson(places, mask) }),
  }
}

export function notificationJson({ id, kind, atMs, alerts, deliveries }: KeptNotification, mask: Mask) {
  return {
    id,
    kind,
    at: isoTime(atMs),
    alerts: [...alerts],
    deliveries: deliveries.map(({ alert, status, attemptCount, reason }) => ({
      alert,
      status,
      attempts: attemptCount,
      reason: mask(reason),
    })),
  }
}

export function pingJson({ atMs, kind, exitCode, rid, durationMs, body }: KeptPing, mask: Mask) {
  return { at: isoTime(atMs), kind, exit_code: exitCode, rid, duration_ms: roundedMs(durationMs), body: mask(body) }
}

/** `monitor`, `tag` and `group` are null for all monitors, and for what was not about any. */
export function actionJson(action: Action, mask: Mask) {
  const { kind, atMs, who, target, untilMs, reason, address, count } = action
  return {
    at: isoTime(atMs),
    kind,
    who: mask(who),
    ...targetFields(target ?? 'all'),
    until: isoTime(untilMs),
    reason: mask(reason),
    address,
    count,
  }
}
