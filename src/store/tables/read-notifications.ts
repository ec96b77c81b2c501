import type { Database } from 'bun:sqlite'
import type { NotificationKind } from '../../core/model/types.ts'
import type { KeptDelivery, KeptNotification } from '../../core/past/kept.ts'

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
