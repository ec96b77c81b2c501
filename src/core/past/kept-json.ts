import { isoTime, roundedMs } from '../text/time.ts'
import type { CheckRun } from './fold-checks.ts'
import type { KeptIncident, KeptNotification, KeptPing } from './kept.ts'

/**
 * The past for machines, as the API and `--json` show it: times in ISO 8601, durations in milliseconds. What checks and
 * people have said stands apart, as not everybody may read it; there `mask` hides secrets. All pure.
 */
type Mask = (text: string) => string

export function incidentFacts(incident: KeptIncident, nowMs: number) {
  const { startedAtMs, endedAtMs } = incident
  return {
    id: incident.id,
    monitor: incident.monitor,
    started_at: isoTime(startedAtMs),
    opened_at: isoTime(incident.openedAtMs),
    ended_at: isoTime(endedAtMs),
    ending: incident.ending,
    duration_ms: roundedMs(Math.max(0, (endedAtMs ?? nowMs) - startedAtMs)),
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

/** Without the output, of which there may be much. */
export function checkRunTexts({ exitCode, reason, quiet }: CheckRun, mask: Mask) {
  return {
    exit_code: exitCode,
    reason: mask(reason),
    quiet: [...quiet].map(([reason, { count }]) => ({ reason: mask(reason), count })),
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
