import type { Delivery, Notification, NotificationKind, VariableName } from '../model/types.ts'
import { formatDuration, parseDuration } from '../text/duration.ts'
import { notificationDocument } from './notification.ts'
import { type Gathers, isPending, RETRY_LONGEST_MS, readiness } from './outbox.ts'
import type { VariableValues } from './render.ts'

/** What an alert's command is told. */
export interface Message {
  readonly values: VariableValues
  /** One line of JSON for standard input. */
  readonly document: string
}

/**
 * How long a delivery still waits before it is run: until its digest is full (null: it goes into none), or, once it has
 * failed, until its next attempt. Pure.
 */
export function waitMs(delivery: Delivery, digestMs: number | null, nowMs: number): number {
  const isGathered = delivery.attemptCount === 0 && digestMs !== null
  const restMs = (isGathered ? delivery.createdAtMs + digestMs : delivery.nextAttemptAtMs) - nowMs
  // A wait longer than any there is means that the wall clock was set back.
  return restMs > (isGathered ? digestMs : RETRY_LONGEST_MS) ? 0 : Math.max(0, restMs)
}

/**
 * The deliveries of a lane that go into a digest by `alert` now, in their order: whatever has come by now, and those
 * whose next attempt is due. What is told in a digest is known to those who hear the rest of it: down and recovery can
 * be told together. Pure.
 */
export function digestible(
  lane: readonly Delivery[],
  digest: { alert: string; nowMs: number; gathers: Gathers },
): Delivery[] {
  const chosen: Delivery[] = []
  let told = lane
  for (const delivery of lane) {
    if (delivery.alert !== digest.alert || !isPending(delivery)) continue
    const isDue = delivery.attemptCount === 0 || waitMs(delivery, null, digest.nowMs) === 0
    if (!isDue || readiness(delivery, told, digest.gathers).kind !== 'ready') continue
    chosen.push(delivery)
    told = told.with(told.indexOf(delivery), { ...delivery, status: 'delivered' })
  }
  return chosen
}

/** The message of one notification is its own; several become a summary that names all. There is at least one. Pure. */
export function messageFor(deliveries: readonly Delivery[], nowMs: number): Message {
  const [first, ...others] = deliveries
  if (first === undefined) throw new Error('a message tells of at least one notification')
  const notifications = deliveries.map((one) => one.notification)
  const values = others.length === 0 ? first.notification.values : summaryOf(notifications)
  const attempt = attemptOf(deliveries)
  const delayedMs = largest(notifications.map((one) => delayOf(one, nowMs)))
  const document = notificationDocument({ ...first.notification, values }, attempt, delayedMs)
  return {
    values: { ...values, attempt: String(attempt), delayed: delayedText(delayedMs) },
    document: others.length === 0 ? document : withAll(document, deliveries, nowMs),
  }
}

/** Which attempt it is for those who are told together: that of the one tried most. Pure. */
export function attemptOf(deliveries: readonly Delivery[]): number {
  return largest(deliveries.map((one) => one.attemptCount)) + 1
}

function largest(counts: readonly number[]): number {
  return counts.reduce((most, count) => Math.max(most, count), 0)
}

/** Put together as text: outputs can make many megabytes of it, which need not be read and written again. */
function withAll(summary: string, deliveries: readonly Delivery[], nowMs: number): string {
  const documents = deliveries.map(({ notification, attemptCount }) =>
    notificationDocument(notification, attemptCount + 1, delayOf(notification, nowMs)).trimEnd(),
  )
  return `${summary.trimEnd().slice(0, -1)},"notifications":[${documents.join(',')}]}\n`
}

function delayOf({ atMs }: Notification, nowMs: number): number {
  return Math.max(0, nowMs - atMs)
}

/** What comes within a second of the decision is not called late. */
function delayedText(delayedMs: number): string {
  return delayedMs < 1000 ? '' : formatDuration(Math.floor(delayedMs / 1000) * 1000)
}

/** What a digest calls each kind; the most serious kind first. */
const WORDS: Readonly<Record<NotificationKind, string>> = {
  down: 'down',
  flapping: 'flapping',
  reminder: 'still down',
  up: 'up again',
  restarted: 'restarted',
  test: 'test',
}

function summaryOf(notifications: readonly Notification[]): Notification['values'] {
  const all = (name: Exclude<VariableName, 'attempt' | 'delayed'>) => notifications.map(({ values }) => values[name])
  const unique = (texts: readonly string[]) => [...new Set(texts)].filter((text) => text !== '')
  const common = (name: Parameters<typeof all>[0]) => {
    const [text = '', ...different] = new Set(all(name))
    return different.length === 0 ? text : ''
  }
  const troubles = notifications.filter(({ values }) => values.is_up !== 'true')
  const groups = kindsOf(notifications)
  const counts = groups.map(({ kind, of }) => `${of.length} ${WORDS[kind]}`).join(', ')
  const names = groups.map(({ kind, of }) => `${WORDS[kind]}: ${unique(of.map((one) => one.monitor)).join(', ')}`)
  const successes = all('last_success').filter((text) => text !== 'Never')
  return {
    monitor_name: unique(all('monitor_name')).join(', '),
    alert_count: String(notifications.length),
    alert_message: [`${notifications.length} notifications: ${counts}`, ...names].join('\n'),
    failure_count: String(largest(all('failure_count').map(Number))),
    last_output: troubles.map(({ monitor, values }) => `${monitor}: ${values.reason}`).join('\n'),
    last_success: successes.toSorted()[0] ?? 'Never',
    is_up: String(troubles.length === 0),
    kind: groups[0]?.kind ?? '',
    status: troubles.length === 0 ? 'up' : 'down',
    incident_id: unique(all('incident_id')).join(','),
    notification_id: all('notification_id').join(','),
    started_at: all('started_at').toSorted()[0] ?? '',
    downtime: all('downtime').reduce(longer),
    exit_code: common('exit_code'),
    reason: common('reason'),
    description: common('description'),
    runbook: common('runbook'),
    tags: common('tags'),
    group: common('group'),
    hostname: common('hostname'),
    url: common('url'),
  }
}

/** The notifications by kind, those of the most serious kind first. */
function kindsOf(notifications: readonly Notification[]) {
  const byKind = Map.groupBy(notifications, ({ kind }) => kind)
  return (Object.keys(WORDS) as NotificationKind[])
    .map((kind) => ({ kind, of: byKind.get(kind) ?? [] }))
    .filter(({ of }) => of.length > 0)
}

function longer(one: string, other: string): string {
  return (parseDuration(other) ?? 0) > (parseDuration(one) ?? 0) ? other : one
}
