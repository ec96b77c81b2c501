import type { Database } from 'bun:sqlite'
import type { CheckResult, MonitorState } from '../../core/model/types.ts'

/** Incidents in the file, which follow from the states of monitors. Times are Unix epoch milliseconds. */
export interface IncidentRows {
  /** Brings the monitor's incidents in line with its state. `check` is the one that led to it, where that is known. */
  follow(monitorId: number, state: MonitorState, check: CheckResult | null): void
  /** Ends the monitor's open incident. */
  end(monitorId: number, atMs: number, ending: 'recovered' | 'removed' | 'paused'): void
}

export function createIncidentRows(database: Database): IncidentRows {
  // The outage began with an earlier check, which has told more of its cause than this one may.
  const open = database.query(
    `INSERT INTO incidents (id, monitor_id, started_at_ms, opened_at_ms, failure_count,
       first_reason, first_output, last_reason, last_output)
     VALUES ($id, $monitor, $started, $opened, $count,
       coalesce((SELECT reason FROM checks WHERE monitor_id = $monitor AND started_at_ms = $started), $reason),
       coalesce((SELECT output FROM checks WHERE monitor_id = $monitor AND started_at_ms = $started), $output),
       $reason, $output)
     ON CONFLICT (id) DO UPDATE SET failure_count = $count,
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
    follow(monitorId, state, check) {
      const atMs = Math.round(check?.startedAtMs ?? state.lastCheckAtMs ?? 0)
      endOthers.run(atMs, monitorId, state.incidentId ?? '')
      if (state.incidentId === null) return
      open.run({
        $id: state.incidentId,
        $monitor: monitorId,
        $started: Math.round(state.outageStartedAtMs ?? atMs),
        $opened: atMs,
        $count: state.failureCount,
        $reason: check?.reason ?? '',
        $output: check?.output ?? '',
        $isFailure: check !== null && check.outcome !== 'passed' && check.outcome !== 'warned' ? 1 : 0,
      })
    },
    end(monitorId, atMs, ending) {
      end.run(Math.round(atMs), ending, monitorId)
    },
  }
}
