import type { Database } from 'bun:sqlite'
import type { NotificationKind } from '../../core/model/types.ts'
import type { KeptDelivery } from '../../core/past/kept.ts'

/** A delivery that has not reached anybody. Times are Unix epoch milliseconds. */
export interface Undelivered extends KeptDelivery {
  readonly status: 'pending' | 'failed'
  readonly monitor: string
  readonly kind: NotificationKind
  readonly createdAtMs: number
  /** When it was given up; null while it is pending. */
  readonly settledAtMs: number | null
  /** Whether the same alert has reached somebody about the same monitor since: then it is past. */
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
 * What waits to be delivered, and what could not be: since `sinceMs`, and of incidents that are open, however long ago.
 * In the order in which it was made.
 */
export function readUndelivered(database: Database, sinceMs: number): Undelivered[] {
  return database
    .query<Stored, [number]>(
      `${UNDELIVERED} WHERE d.status = 'pending' OR (d.status = 'failed' AND (
         d.settled_at_ms >= ? OR n.incident_id IN (SELECT id FROM incidents WHERE ended_at_ms IS NULL)
       )) ORDER BY d.seq`,
    )
    .all(sinceMs)
    .map(({ isPast, ...delivery }) => ({ ...delivery, isPast: isPast === 1 }))
}
