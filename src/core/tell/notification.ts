import type { Telling } from '../decide/decision.ts'
import type { CheckResult, Delivery, Monitor, MonitorState, Notification } from '../model/types.ts'
import { notificationId } from '../text/identity.ts'
import { named } from '../text/printable.ts'

interface Occasion {
  readonly monitor: Monitor
  readonly check: CheckResult
  /** State before and after the check. A recovery has the counts of the outage that it ends. */
  readonly before: MonitorState
  readonly after: MonitorState
  /** Unix epoch milliseconds of the decision. */
  readonly atMs: number
  readonly hostname: string
  /** The monitor's page; empty without one. */
  readonly url: string
}

/** The notifications of a decision, with all that is known when it is made. */
export function notificationsFor(tellings: readonly Telling[], occasion: Occasion): Notification[] {
  return tellings.map((telling) => ({
    id: notificationId(telling.incidentId, telling),
    incidentId: telling.incidentId,
    kind: telling.kind,
    monitor: occasion.monitor.name,
    atMs: occasion.atMs,
    alerts: telling.alerts,
    ...factsOf(telling, occasion),
  }))
}

function factsOf({ kind }: Telling, { monitor, check, before, after, hostname, url }: Occasion) {
  const isUp = kind === 'flapping' ? after.status === 'up' : kind === 'up'
  const outage = isUp ? before : after
  return {
    message: sentence(kind, monitor.name, outage.failureCount),
    isUp,
    status: after.status,
    alertCount: outage.alertCount,
    failureCount: outage.failureCount,
    startedAtMs: outage.outageStartedAtMs ?? check.startedAtMs,
    lastSuccessAtMs: before.lastSuccessAtMs,
    exitCode: check.exitCode,
    reason: check.reason,
    output: check.output.replace(/\n+$/, ''),
    ...(check.places !== undefined && { places: check.places }),
    description: monitor.description,
    runbook: monitor.runbook,
    tags: monitor.tags,
    group: monitor.group,
    hostname,
    url,
  }
}

function sentence(kind: Telling['kind'], name: string, failureCount: number): string {
  if (kind === 'flapping') return `${name} is flapping: it is up and down too often to tell of each change`
  return kind === 'up' ? `${name} check is up again!` : `${name} check has failed ${failureCount} times`
}

/**
 * A notification that is not about an outage: a test, or Minitor's own start. `sinceMs` is when Minitor stopped watching,
 * if it is about that.
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
  const { sinceMs, ...rest } = about
  return {
    ...rest,
    incidentId: null,
    isUp: true,
    status: 'up',
    alertCount: 0,
    failureCount: 0,
    startedAtMs: sinceMs ?? about.atMs,
    lastSuccessAtMs: null,
    exitCode: null,
    reason: '',
    output: '',
    description: '',
    runbook: '',
    tags: [],
    group: '',
    url: '',
  }
}

/** What a check may print, and what breaks messages that are built by hand: curl takes an @ for a file, sendmail a dot for the end. */
export const SAMPLE_OUTPUT = `@This is a test: "quotes", a backslash \\, 100%, Küche.
.
The line above is a lone dot. If you can read this line, the message has arrived whole.
`

/** A test of alerts, with what breaks messages that are built by hand. */
export function testNotification(
  about: Omit<Parameters<typeof plainNotification>[0], 'kind' | 'message' | 'sinceMs'>,
): Notification {
  const message = `This is a test of the alert ${named(about.alerts.join())}: ü, 100%, \\`
  return { ...plainNotification({ ...about, kind: 'test', message }), output: SAMPLE_OUTPUT.trimEnd() }
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
