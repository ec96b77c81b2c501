import type { Database } from 'bun:sqlite'
import type { KeptIncident } from '../../core/past/kept.ts'
import type { IncidentsQuery } from '../../core/past/past.ts'

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

/** The incidents that were asked for, newest first. */
export function readIncidents(
  database: Database,
  { sinceMs, monitor, beforeMs, limit }: Omit<IncidentsQuery, 'limit'> & { readonly limit: number | null },
): KeptIncident[] {
  const asked = `(i.ended_at_ms IS NULL OR i.ended_at_ms >= $sinceMs)
    AND ($monitor IS NULL OR m.name = $monitor) AND ($beforeMs IS NULL OR i.started_at_ms < $beforeMs)`
  const last = `SELECT i.started_at_ms FROM incidents i JOIN monitors m ON m.id = i.monitor_id
    WHERE ${asked} ORDER BY i.started_at_ms DESC LIMIT 1 OFFSET $limit - 1`
  return database
    .query<StoredIncident, Record<string, string | number | null>>(
      `${INCIDENTS} WHERE ${asked} AND ($limit IS NULL OR i.started_at_ms >= coalesce((${last}), i.started_at_ms))
       ORDER BY i.started_at_ms DESC, i.opened_at_ms DESC, i.id`,
    )
    .all({ $sinceMs: sinceMs, $monitor: monitor, $beforeMs: beforeMs, $limit: limit })
    .map(toIncident)
}

/** Null where there is none with this id. */
export function readIncident(database: Database, id: string): KeptIncident | null {
  const stored = database.query<StoredIncident, [string]>(`${INCIDENTS} WHERE i.id = ?`).get(id)
  return stored === null ? null : toIncident(stored)
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
