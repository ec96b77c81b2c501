import type { Database } from 'bun:sqlite'
import type { Change } from '../../core/model/ports.ts'
import { isPass } from '../../core/model/state.ts'
import type { MonitorState } from '../../core/model/types.ts'
import type { KeptIncident } from '../../core/past/kept.ts'
import type { IncidentsQuery } from '../../core/past/past.ts'

/** The table of incidents, which follows the states of monitors. Times are Unix epoch milliseconds. */
export interface IncidentRows {
  /**
   * Brings the monitor's incidents in line with its state. `by` led to that state, null where it is not known: a check,
   * and the end of the maintenance that it was made in.
   */
  follow(monitorId: number, state: MonitorState, by: Pick<Change, 'check' | 'maintenanceUntilMs'> | null): void
  /** Ends the monitor's open incident. */
  end(monitorId: number, atMs: number, ending: 'recovered' | 'removed' | 'paused'): void
}

/** The check that the outage began with; another server's clock may name the time of one that passed here. */
const BEGAN = 'monitor_id = $monitor AND started_at_ms = $started AND outcome IN (2, 3, 4)'

export function createIncidentRows(database: Database): IncidentRows {
  // The outage began with an earlier check, which may say more about its cause than this one. A maintenance that is
  // prolonged while it lasts, or that another one follows, goes on.
  const open = database.query(
    `INSERT INTO incidents (id, monitor_id, started_at_ms, opened_at_ms, failure_count,
       first_reason, first_output, last_reason, last_output, planned_until_ms)
     VALUES ($id, $monitor, $started, $at, $count,
       coalesce((SELECT reason FROM checks WHERE ${BEGAN}), $reason),
       coalesce((SELECT output FROM checks WHERE ${BEGAN}), $output),
       $reason, $output, $plannedUntil)
     ON CONFLICT (id) DO UPDATE SET failure_count = $count,
       planned_until_ms = CASE WHEN planned_until_ms > $at THEN max(planned_until_ms, ifnull($plannedUntil, 0))
         ELSE planned_until_ms END,
       last_reason = CASE WHEN $isFailure THEN $reason ELSE last_reason END,
       last_output = CASE WHEN $isFailure THEN $output ELSE last_output END`,
  )
  const end = database.query(
    'UPDATE incidents SET ended_at_ms = ?, ending = ? WHERE monitor_id = ? AND ended_at_ms IS NULL',
  )
  const endOthers = database.query(
    "UPDATE incidents SET ended_at_ms = ?, ending = 'recovered' WHERE monitor_id = ? AND ended_at_ms IS NULL AND id <> ?",
  )

  return {
    follow(monitorId, state, by) {
      const check = by?.check ?? null
      const atMs = Math.round(check?.startedAtMs ?? state.lastCheckAtMs ?? 0)
      endOthers.run(atMs, monitorId, state.incidentId ?? '')
      if (state.incidentId === null) return
      open.run({
        $id: state.incidentId,
        $monitor: monitorId,
        $started: Math.round(state.outageStartedAtMs ?? atMs),
        $at: atMs,
        $plannedUntil: by?.maintenanceUntilMs ?? null,
        $count: state.failureCount,
        $reason: check?.reason ?? '',
        $output: check?.output ?? '',
        $isFailure: check === null || isPass(check) ? 0 : 1,
      })
    },
    end(monitorId, atMs, ending) {
      end.run(Math.round(atMs), ending, monitorId)
    },
  }
}

interface StoredIncident extends Omit<KeptIncident, 'acknowledged'> {
  readonly acknowledgedAtMs: number | null
  readonly acknowledgement: string | null
  readonly acknowledgedBy: string
}

const INCIDENTS = `
  SELECT i.id, m.name AS monitor, i.started_at_ms AS startedAtMs, i.opened_at_ms AS openedAtMs,
    i.ended_at_ms AS endedAtMs, i.ending, i.failure_count AS failureCount, i.first_reason AS firstReason,
    i.first_output AS firstOutput, i.last_reason AS lastReason, i.last_output AS lastOutput,
    i.acknowledged_at_ms AS acknowledgedAtMs, i.acknowledgement, i.acknowledged_by AS acknowledgedBy,
    i.planned_until_ms AS plannedUntilMs,
    (SELECT count(*) FROM notifications WHERE incident_id = i.id) AS notificationCount
  FROM incidents i JOIN monitors m ON m.id = i.monitor_id`

/** The incidents that match, newest first. */
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

/** What is shown of an incident while it is open. */
export type OpenIncident = Pick<
  KeptIncident,
  'id' | 'startedAtMs' | 'firstReason' | 'lastReason' | 'lastOutput' | 'acknowledged'
>

/** The open incidents, by the names of their monitors. */
export function readOpenIncidents(database: Database): Map<string, OpenIncident> {
  const open = database.query<StoredIncident, []>(`${INCIDENTS} WHERE i.ended_at_ms IS NULL`).all()
  return new Map(open.map((stored) => [stored.monitor, toIncident(stored)]))
}

function toIncident({ acknowledgedAtMs, acknowledgement, acknowledgedBy, ...incident }: StoredIncident): KeptIncident {
  const who = acknowledgedBy === '' ? {} : { who: acknowledgedBy }
  const acknowledged =
    acknowledgedAtMs === null ? null : { atMs: acknowledgedAtMs, reason: acknowledgement ?? '', ...who }
  return { ...incident, acknowledged }
}
