import type { Database } from 'bun:sqlite'
import type { KeptIncident } from '../core/kept.ts'

interface StoredIncident extends Omit<KeptIncident, 'acknowledged'> {
  readonly acknowledgedAtMs: number | null
  readonly acknowledgement: string | null
}

const INCIDENTS = `
  SELECT i.id, m.name AS monitor, i.started_at_ms AS startedAtMs, i.opened_at_ms AS openedAtMs,
    i.ended_at_ms AS endedAtMs, i.ending, i.failure_count AS failureCount, i.first_reason AS firstReason,
    i.first_output AS firstOutput, i.last_reason AS lastReason, i.last_output AS lastOutput,
    i.acknowledged_at_ms AS acknowledgedAtMs, i.acknowledgement,
    (SELECT count(*) FROM notifications WHERE incident_id = i.id) AS notificationCount
  FROM incidents i JOIN monitors m ON m.id = i.monitor_id`

/** The incidents that are open or ended at `sinceMs` or later, newest first; `monitor` null is those of all monitors. */
export function readIncidents(
  database: Database,
  { sinceMs, monitor }: { sinceMs: number; monitor: string | null },
): KeptIncident[] {
  return database
    .query<StoredIncident, [number, string | null]>(
      `${INCIDENTS} WHERE (i.ended_at_ms IS NULL OR i.ended_at_ms >= ?1) AND (?2 IS NULL OR m.name = ?2)
       ORDER BY i.started_at_ms DESC, i.opened_at_ms DESC, i.id`,
    )
    .all(sinceMs, monitor)
    .map(toIncident)
}

/** What is to be known of an incident while it lasts. */
export type OpenIncident = Pick<KeptIncident, 'id' | 'firstReason' | 'lastReason' | 'acknowledged'>

/** The open incidents, by the names of their monitors. */
export function readOpenIncidents(database: Database): Map<string, OpenIncident> {
  const open = database.query<StoredIncident, []>(`${INCIDENTS} WHERE i.ended_at_ms IS NULL`).all()
  return new Map(open.map((stored) => [stored.monitor, toIncident(stored)]))
}

function toIncident({ acknowledgedAtMs, acknowledgement, ...incident }: StoredIncident): KeptIncident {
  const acknowledged = acknowledgedAtMs === null ? null : { atMs: acknowledgedAtMs, reason: acknowledgement ?? '' }
  return { ...incident, acknowledged }
}
