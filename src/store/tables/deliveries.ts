import type { Database } from 'bun:sqlite'
import type { Delivery, DeliveryStatus, Notification } from '../../core/model/types.ts'

/** Notifications and their deliveries in the file. */
export interface DeliveryRows {
  addNotification(notification: Notification): void
  /** Adds a delivery, or replaces it by its new form. */
  put(delivery: Delivery, nowMs: number): void
  /**
   * After a loss these are all that is needed, in this order. What else is pending in the file was settled while it could
   * not be written.
   */
  putAnew(needed: readonly Delivery[], nowMs: number): void
  /** See Snapshot. */
  load(): Delivery[]
}

interface StoredDelivery {
  readonly id: string
  readonly alert: string
  readonly status: DeliveryStatus
  readonly created_at_ms: number
  readonly attempt_count: number
  readonly next_attempt_at_ms: number
  readonly reason: string
  readonly notification_id: string
  readonly document: string
}

/** Ids of the notifications that are pending with somebody, and of all of the incidents that these, or a monitor's state, belong to. */
export const NEEDED_NOTIFICATIONS = `
  SELECT notification_id FROM deliveries WHERE status = 'pending'
  UNION
  SELECT id FROM notifications WHERE incident_id IN (
    SELECT p.incident_id FROM deliveries o JOIN notifications p ON p.id = o.notification_id
    WHERE o.status = 'pending' AND p.incident_id IS NOT NULL
    UNION SELECT json_extract(state, '$.incidentId') FROM monitors WHERE state IS NOT NULL
    UNION SELECT json_extract(state, '$.flapping.incidentId') FROM monitors WHERE state IS NOT NULL
  )`

const NEEDED = `
  SELECT d.id, d.alert, d.status, d.created_at_ms, d.attempt_count, d.next_attempt_at_ms, d.reason,
    d.notification_id, n.document
  FROM deliveries d JOIN notifications n ON n.id = d.notification_id
  WHERE d.notification_id IN (${NEEDED_NOTIFICATIONS})
  ORDER BY d.seq`

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
  const remove = database.query('DELETE FROM deliveries WHERE id = ?')
  const pendingIds = database.query<{ id: string }, []>("SELECT id FROM deliveries WHERE status = 'pending'")
  const settle = database.query(
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
    putAnew(needed, nowMs) {
      const ids = new Set(needed.map(({ id }) => id))
      for (const { id } of pendingIds.all()) if (!ids.has(id)) settle.run(nowMs, id)
      for (const delivery of needed) {
        // Of these the file may have some already, which came before older ones that were lost.
        remove.run(delivery.id)
        rows.put(delivery, nowMs)
      }
    },
    load() {
      const notifications = new Map<string, Notification>()
      const notificationOf = ({ notification_id: id, document }: StoredDelivery): Notification => {
        // One object for all deliveries of a notification: that is how they are told to belong together.
        const known = notifications.get(id) ?? (JSON.parse(document) as Notification)
        notifications.set(id, known)
        return known
      }
      const stored = database.query<StoredDelivery, []>(NEEDED).all()
      return stored.map((row) => ({
        id: row.id,
        notification: notificationOf(row),
        alert: row.alert,
        status: row.status,
        createdAtMs: row.created_at_ms,
        attemptCount: row.attempt_count,
        nextAttemptAtMs: row.next_attempt_at_ms,
        reason: row.reason,
      }))
    },
  }
  return rows
}
