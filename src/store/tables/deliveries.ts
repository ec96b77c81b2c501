import type { Database } from 'bun:sqlite'
import type { Delivery, Notification, NotificationKind } from '../../core/model/types.ts'
import type { KeptDelivery, KeptNotification } from '../../core/past/kept.ts'
import { neededOf } from '../../core/tell/outbox.ts'

/** The tables of notifications and of their deliveries. */
export interface DeliveryRows {
  addNotification(notification: Notification): void
  /** Adds a delivery, or replaces it by its new form. */
  put(delivery: Delivery, nowMs: number): void
  /** Puts the new form of a delivery, and those that follow from it. Once nothing will be sent, the output is not kept. */
  settle(delivery: Delivery, following: readonly Delivery[], nowMs: number): void
  /**
   * After a loss: `needed` is all that is needed, in this order. What else is pending in the file was settled while the file
   * could not be written.
   */
  putAnew(needed: readonly Delivery[], nowMs: number): void
  /** See Snapshot. */
  load(): Delivery[]
}

/** Ids of the incidents under which a recovery may yet be announced. */
const RECOVERABLE = `
  SELECT json_extract(state, '$.incidentId') AS id FROM monitors WHERE state IS NOT NULL
  UNION SELECT json_extract(state, '$.flapping.incidentId') FROM monitors WHERE state IS NOT NULL`

/**
 * Ids of all notifications whose deliveries may still be needed: those pending somewhere, and those of the incidents that
 * these, or the state of a monitor, belong to. `neededOf` of outbox.ts, the rule itself, takes from these.
 */
export const MAYBE_NEEDED = `
  SELECT notification_id FROM deliveries WHERE status = 'pending'
  UNION
  SELECT id FROM notifications WHERE incident_id IN (
    SELECT p.incident_id FROM deliveries o JOIN notifications p ON p.id = o.notification_id
    WHERE o.status = 'pending' AND p.incident_id IS NOT NULL
    UNION ${RECOVERABLE}
  )`

export function createDeliveryRows(database: Database): DeliveryRows {
  const addNotification = database.query(
    'INSERT OR IGNORE INTO notifications (id, incident_id, monitor, at_ms, document) VALUES (?, ?, ?, ?, ?)',
  )
  const put = database.query(
    `INSERT INTO deliveries
       (id, notification_id, alert, status, created_at_ms, attempt_count, next_attempt_at_ms, settled_at_ms, reason)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET status = excluded.status, created_at_ms = excluded.created_at_ms,
       attempt_count = excluded.attempt_count,
       next_attempt_at_ms = excluded.next_attempt_at_ms, settled_at_ms = excluded.settled_at_ms, reason = excluded.reason`,
  )
  // No delivery needs it again, and an outage may have thousands of notifications. A dropped one may become pending again.
  const dropOutput = database.query(
    `UPDATE notifications SET document = json_set(document, '$.output', '') WHERE id = ?1
       AND NOT EXISTS (SELECT 1 FROM deliveries WHERE notification_id = ?1 AND status IN ('pending', 'dropped'))`,
  )
  const remove = database.query('DELETE FROM deliveries WHERE id = ?')
  const pendingIds = database.query<{ id: string }, []>("SELECT id FROM deliveries WHERE status = 'pending'")
  const settleUnwritten = database.query(
    `UPDATE deliveries SET status = 'delivered', settled_at_ms = ?,
       reason = 'settled while the database could not be written' WHERE id = ?`,
  )

  const rows: DeliveryRows = {
    addNotification({ id, incidentId, monitor, atMs, ...rest }) {
      const document = JSON.stringify({ id, incidentId, monitor, atMs, ...rest })
      addNotification.run(id, incidentId, monitor, Math.round(atMs), document)
    },
    put(delivery, nowMs) {
      const { id, notification, alert, status, createdAtMs, attemptCount, nextAttemptAtMs, reason } = delivery
      rows.addNotification(notification)
      const settledAtMs = status === 'pending' ? null : nowMs
      const times = [Math.round(createdAtMs), attemptCount, Math.round(nextAttemptAtMs), settledAtMs] as const
      put.run(id, notification.id, alert, status, ...times, reason)
    },
    settle(delivery, following, nowMs) {
      for (const one of [delivery, ...following]) rows.put(one, nowMs)
      dropOutput.run(delivery.notification.id)
    },
    putAnew(needed, nowMs) {
      const ids = new Set(needed.map(({ id }) => id))
      for (const { id } of pendingIds.all()) if (!ids.has(id)) settleUnwritten.run(nowMs, id)
      for (const delivery of needed) {
        // The file may already have newer ones of these, and lack older ones that were lost.
        remove.run(delivery.id)
        rows.put(delivery, nowMs)
      }
    },
    load: () => readNeeded(database),
  }
  return rows
}

/** A delivery without its document, of which an outage may have thousands. */
interface Bare extends Omit<Delivery, 'notification'> {
  readonly notification: Pick<Notification, 'id' | 'incidentId' | 'kind'>
}

interface StoredDelivery extends Omit<Delivery, 'notification'>, Pick<Notification, 'incidentId' | 'kind' | 'monitor'> {
  readonly notificationId: string
}

/** In the order of telling, oldest notification first: what a fallback takes over may be made after newer notifications. */
function readNeeded(database: Database): Delivery[] {
  const stored = database
    .query<StoredDelivery, []>(
      `SELECT d.id, d.alert, d.status, d.created_at_ms AS createdAtMs, d.attempt_count AS attemptCount,
         d.next_attempt_at_ms AS nextAttemptAtMs, d.reason,
         n.id AS notificationId, n.incident_id AS incidentId, n.monitor, n.document ->> '$.kind' AS kind
       FROM deliveries d JOIN notifications n ON n.id = d.notification_id
       WHERE d.notification_id IN (${MAYBE_NEEDED})
       ORDER BY MIN(d.seq) OVER (PARTITION BY d.notification_id), d.seq`,
    )
    .all()
  const recoverable = new Set(
    database
      .query<{ id: string | null }, []>(RECOVERABLE)
      .all()
      .map(({ id }) => id),
  )
  const needed = new Set<string>()
  for (const ofMonitor of Map.groupBy(stored, ({ monitor }) => monitor).values()) {
    const lane = ofMonitor.map(toBare)
    for (const { id } of neededOf(lane, (id) => recoverable.has(id))) needed.add(id)
  }
  // One object for all deliveries of a notification.
  const notifications = new Map<string, Notification>()
  return stored
    .map(toBare)
    .filter(({ id }) => needed.has(id))
    .map((bare) => {
      const notification = notifications.get(bare.notification.id) ?? readNotification(database, bare.notification.id)
      notifications.set(notification.id, notification)
      return { ...bare, notification }
    })
}

function toBare({ notificationId: id, incidentId, kind, monitor: _, ...delivery }: StoredDelivery): Bare {
  return { ...delivery, notification: { id, incidentId, kind } }
}

function readNotification(database: Database, id: string): Notification {
  const stored = database
    .query<{ document: string }, [string]>('SELECT document FROM notifications WHERE id = ?')
    .get(id)
  return JSON.parse(stored?.document ?? '') as Notification
}

/** A delivery that is pending or has failed. Times are Unix epoch milliseconds. */
export interface Undelivered extends KeptDelivery {
  readonly status: 'pending' | 'failed'
  readonly monitor: string
  readonly kind: NotificationKind
  readonly createdAtMs: number
  /** When it failed for good; null while it is pending. */
  readonly settledAtMs: number | null
  /** Whether the same alert has delivered something about the same monitor since. */
  readonly isPast: boolean
}

interface Stored extends Omit<Undelivered, 'isPast'> {
  readonly isPast: number
}

// SQLite's own choice would be to look for the notifications first.
const UNDELIVERED = `
  SELECT n.monitor, n.document ->> '$.kind' AS kind, d.alert, d.status, d.attempt_count AS attemptCount, d.reason,
    d.created_at_ms AS createdAtMs, d.settled_at_ms AS settledAtMs,
    d.status = 'failed' AND EXISTS (
      SELECT 1 FROM notifications later JOIN deliveries told ON told.notification_id = later.id
      WHERE later.monitor = n.monitor AND later.at_ms >= n.at_ms
        AND told.alert = d.alert AND told.status = 'delivered' AND told.seq > d.seq
    ) AS isPast
  FROM deliveries d CROSS JOIN notifications n ON n.id = d.notification_id`

/**
 * Deliveries that are pending, and those that have failed since `sinceMs` or belong to an open incident, however long ago.
 * In the order in which they were made.
 */
export function readUndelivered(database: Database, sinceMs: number): Undelivered[] {
  // The status first and alone: it spares looking up the notification of each delivery that ever was.
  return database
    .query<Stored, [number]>(
      `${UNDELIVERED} WHERE d.status IN ('pending', 'failed') AND (
         d.status = 'pending' OR d.settled_at_ms >= ? OR
         n.incident_id IN (SELECT id FROM incidents WHERE ended_at_ms IS NULL)
       ) ORDER BY d.seq`,
    )
    .all(sinceMs)
    .map(({ isPast, ...delivery }) => ({ ...delivery, isPast: isPast === 1 }))
}

interface StoredNotification {
  readonly id: string
  readonly incidentId: string | null
  readonly kind: NotificationKind
  readonly atMs: number
  readonly alerts: string
}

/** Which notifications: those about a monitor since a time (Unix epoch milliseconds), or those of an incident. */
export type NotificationsQuery =
  | { readonly monitor: string; readonly sinceMs: number; readonly limit: number | null }
  | { readonly incidentId: string }

/** Newest first; no more than `limit`, if it is not null. */
export function readNotifications(database: Database, query: NotificationsQuery): KeptNotification[] {
  const { where, values } = conditionOf(query)
  const stored = database
    .query<StoredNotification, (string | number)[]>(
      `SELECT id, incident_id AS incidentId, at_ms AS atMs, document ->> '$.kind' AS kind, document -> '$.alerts' AS alerts
       FROM notifications WHERE ${where} ORDER BY at_ms DESC, rowid DESC LIMIT ?`,
    )
    .all(...values)
  const deliveries = database
    .query<KeptDelivery & { notificationId: string }, [string]>(
      `SELECT notification_id AS notificationId, alert, status, attempt_count AS attemptCount, reason FROM deliveries
       WHERE notification_id IN (SELECT value FROM json_each(?)) ORDER BY seq`,
    )
    .all(JSON.stringify(stored.map(({ id }) => id)))
  const byNotification = Map.groupBy(deliveries, ({ notificationId }) => notificationId)
  return stored.map(({ alerts, ...notification }) => ({
    ...notification,
    alerts: JSON.parse(alerts) as string[],
    deliveries: (byNotification.get(notification.id) ?? []).map(({ notificationId: _, ...delivery }) => delivery),
  }))
}

/** To SQLite -1 is no limit. */
function conditionOf(query: NotificationsQuery): { where: string; values: (string | number)[] } {
  if ('incidentId' in query) return { where: 'incident_id = ?', values: [query.incidentId, -1] }
  return { where: 'monitor = ? AND at_ms >= ?', values: [query.monitor, query.sinceMs, query.limit ?? -1] }
}
