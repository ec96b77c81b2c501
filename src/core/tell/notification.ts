import type { Telling } from '../decide/decision.ts'
import type { CheckResult, Delivery, Monitor, MonitorState, Notification } from '../model/types.ts'
import { formatDuration } from '../text/duration.ts'
import { notificationId } from '../text/identity.ts'

interface Occasion {
  readonly monitor: Monitor
  readonly check: CheckResult
  /** State before and after the check. A recovery is told in the figures of the outage that it ends. */
  readonly before: MonitorState
  readonly after: MonitorState
  /** Unix epoch milliseconds of the decision. */
  readonly atMs: number
  readonly hostname: string
  /** Of the monitor's page; empty without one. */
  readonly url: string
}

/** Fills in everything that is known when the decision is made. Pure. */
export function notificationsFor(tellings: readonly Telling[], occasion: Occasion): Notification[] {
  return tellings.map((telling) => ({
    id: notificationId(telling.incidentId, telling.number),
    incidentId: telling.incidentId,
    kind: telling.kind,
    monitor: occasion.monitor.name,
    atMs: occasion.atMs,
    alerts: telling.alerts,
    values: valuesFor(telling, occasion),
  }))
}

function valuesFor(
  { kind, incidentId, number }: Telling,
  { monitor, check, before, after, atMs, hostname, url }: Occasion,
): Notification['values'] {
  const isUp = kind === 'flapping' ? after.status === 'up' : kind === 'up'
  const told = isUp ? before : after
  const startedAtMs = told.outageStartedAtMs ?? check.startedAtMs
  return {
    monitor_name: monitor.name,
    alert_count: String(told.alertCount),
    alert_message: messageFor(kind, monitor.name, told.failureCount),
    failure_count: String(told.failureCount),
    last_output: check.output.replace(/\n+$/, ''),
    last_success: before.lastSuccessAtMs === null ? 'Never' : timestamp(before.lastSuccessAtMs),
    is_up: String(isUp),
    kind,
    status: after.status,
    incident_id: incidentId,
    notification_id: notificationId(incidentId, number),
    started_at: timestamp(startedAtMs),
    downtime: downtime(startedAtMs, atMs),
    exit_code: check.exitCode === null ? '' : String(check.exitCode),
    reason: check.reason,
    description: monitor.description,
    runbook: monitor.runbook,
    tags: monitor.tags.join(','),
    group: monitor.group,
    hostname,
    url,
  }
}

function messageFor(kind: Telling['kind'], name: string, failureCount: number): string {
  if (kind === 'flapping') return `${name} is flapping: it is up and down too often to tell of each change`
  return kind === 'up' ? `${name} check is up again!` : `${name} check has failed ${failureCount} times`
}

/**
 * A notification that is about no outage: a test, or Minitor's own start. `message` becomes `{alert_message}`; `sinceMs`
 * is since when Minitor was not watching, where that is what it tells.
 */
export function plainNotification(about: {
  kind: 'test' | 'restarted'
  id: string
  monitor: string
  message: string
  atMs: number
  alerts: readonly string[]
  hostname: string
  sinceMs?: number
}): Notification {
  const sinceMs = about.sinceMs ?? about.atMs
  return {
    id: about.id,
    incidentId: null,
    kind: about.kind,
    monitor: about.monitor,
    atMs: about.atMs,
    alerts: about.alerts,
    values: {
      monitor_name: about.monitor,
      alert_count: '0',
      alert_message: about.message,
      failure_count: '0',
      last_output: '',
      last_success: 'Never',
      is_up: 'true',
      kind: about.kind,
      status: 'up',
      incident_id: '',
      notification_id: about.id,
      started_at: timestamp(sinceMs),
      downtime: downtime(sinceMs, about.atMs),
      exit_code: '',
      reason: '',
      description: '',
      runbook: '',
      tags: '',
      group: '',
      hostname: about.hostname,
      url: '',
    },
  }
}

/** One delivery for each alert of a notification, due at once. */
export function deliveriesFor(notification: Notification): Delivery[] {
  return notification.alerts.map((alert) => ({
    id: `${notification.id}/${alert}`,
    notification,
    alert,
    status: 'pending',
    createdAtMs: notification.atMs,
    attemptCount: 0,
    nextAttemptAtMs: notification.atMs,
    reason: '',
  }))
}

/** The whole notification as one JSON document, for an alert command's standard input. Numbers and lists are such. */
export function notificationDocument(notification: Notification, attempt: number, delayedMs: number): string {
  const { values } = notification
  return `${JSON.stringify({
    ...values,
    alert_count: Number(values.alert_count),
    failure_count: Number(values.failure_count),
    exit_code: values.exit_code === '' ? null : Number(values.exit_code),
    is_up: values.is_up === 'true',
    last_success: values.last_success === 'Never' ? null : values.last_success,
    tags: values.tags === '' ? [] : values.tags.split(','),
    attempt,
    delayed_ms: delayedMs,
  })}\n`
}

function downtime(fromMs: number, toMs: number): string {
  return formatDuration(Math.max(0, Math.round((toMs - fromMs) / 1000) * 1000))
}

function timestamp(epochMs: number): string {
  return new Date(epochMs).toISOString()
}
