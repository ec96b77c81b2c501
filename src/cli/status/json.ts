import { isPass } from '../../core/decide/decision.ts'
import { quietText, targetFields } from '../../core/model/mute.ts'
import { isoTime } from '../../core/text/time.ts'
import type { Report, ShownReport } from './report.ts'

/** A report for machines. `mask` hides secrets in what is shown of checks and deliveries. */
export function statusJson(report: Report, mask: (text: string) => string) {
  const { isOk, watching, monitors, silences, undelivered } = report
  return {
    ok: isOk,
    watching: watching.isWatching,
    last_alive_at: isoTime(watching.lastAliveAtMs),
    monitors: monitors.map((one) => monitorJson(one, mask)),
    silences: silences.map(({ target, untilMs, reason }) => ({
      ...targetFields(target),
      until: isoTime(untilMs),
      reason,
    })),
    deliveries: countsOf(undelivered),
  }
}

function monitorJson(report: ShownReport, mask: (text: string) => string) {
  const { monitor, state, lastCheck, incident, mute, sinceMs, uptime, undelivered } = report
  const acknowledged = incident?.acknowledged ?? null
  return {
    name: monitor.name,
    group: monitor.group,
    tags: monitor.tags,
    status: state.status,
    since: isoTime(sinceMs),
    last_check_at: isoTime(lastCheck?.startedAtMs ?? state.lastCheckAtMs),
    last_success_at: isoTime(lastCheck !== null && isPass(lastCheck) ? lastCheck.startedAtMs : state.lastSuccessAtMs),
    outcome: lastCheck?.outcome ?? null,
    exit_code: lastCheck?.exitCode ?? null,
    reason: mask(lastCheck?.reason ?? ''),
    failure_count: state.failureCount,
    alert_count: state.alertCount,
    incident_id: state.incidentId,
    muted: mute === null ? null : { by: mute.by, reason: quietText(mute) },
    quiet: quietText(lastCheck?.quiet ?? '') || null,
    acknowledged: acknowledged === null ? null : { at: isoTime(acknowledged.atMs), reason: acknowledged.reason },
    flapping: state.flapping !== null,
    uptime,
    deliveries: countsOf(undelivered),
  }
}

function countsOf(undelivered: Report['undelivered']) {
  const pending = undelivered.filter(({ status }) => status === 'pending').length
  return { pending, failed: undelivered.length - pending }
}
