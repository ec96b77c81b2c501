import type { Database } from 'bun:sqlite'
import type { DeliveryStatus, NotificationKind } from '../core/types.ts'

/** What became of the telling of one notification by one alert. */
export interface KeptDelivery {
  readonly alert: string
  readonly status: DeliveryStatus
  readonly attemptCount: number
  /** Why it failed last, was dropped or handed over; else empty. */
  readonly reason: string
}

/** A notification as it was kept. `atMs` is Unix epoch milliseconds. */
export interface KeptNotification {
  readonly id: string
  readonly incidentId: string | null
  readonly kind: NotificationKind
  readonly atMs: number
  readonly alerts: readonly string[]
  /** In the order in which they were made, those of fallbacks among them. */
  readonly deliveries: readonly KeptDelivery[]
}

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
