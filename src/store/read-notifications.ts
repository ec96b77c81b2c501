import type { Database } from 'bun:sqlite'
import type { KeptDelivery, KeptNotification } from '../core/kept.ts'
import type { NotificationKind } from '../core/types.ts'

interface StoredNotification {
  readonly id: string
  readonly incidentId: string | null
  readonly kind: NotificationKind
  readonly atMs: number
  readonly alerts: string
}

/** The notifications about a monitor that were made at `sinceMs` or later, oldest first. */
export function readNotifications(database: Database, monitor: string, sinceMs: number): KeptNotification[] {
  const deliveries = database
    .query<KeptDelivery & { notificationId: string }, [string, number]>(
      `SELECT notification_id AS notificationId, alert, status, attempt_count AS attemptCount, reason FROM deliveries
       WHERE notification_id IN (SELECT id FROM notifications WHERE monitor = ? AND at_ms >= ?) ORDER BY seq`,
    )
    .all(monitor, sinceMs)
  const byNotification = Map.groupBy(deliveries, ({ notificationId }) => notificationId)
  return database
    .query<StoredNotification, [string, number]>(
      `SELECT id, incident_id AS incidentId, at_ms AS atMs, document ->> '$.kind' AS kind, document -> '$.alerts' AS alerts
       FROM notifications WHERE monitor = ? AND at_ms >= ? ORDER BY at_ms, rowid`,
    )
    .all(monitor, sinceMs)
    .map(({ alerts, ...notification }) => ({
      ...notification,
      alerts: JSON.parse(alerts) as string[],
      deliveries: (byNotification.get(notification.id) ?? []).map(({ notificationId: _, ...delivery }) => delivery),
    }))
}
