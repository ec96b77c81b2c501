import type { Database } from 'bun:sqlite'
import { SPANS } from './roll-ups.ts'

/** Further back it is not looked for: that would cost more than anybody wants to wait for. */
const LOOK_BACK_MS = 90 * SPANS.day

interface Stored {
  readonly id: number
  readonly passed_ms: number | null
  readonly down_hour_ms: number | null
  readonly down_day_ms: number | null
  readonly first_day_ms: number | null
  readonly first_check_ms: number | null
}

// From the last day with a failure to its last hour, to the last failing check in it, to the pass that followed. With
// their checks removed by retention, older failures are known to the hour or the day only.
const SINCE = `
  WITH of_day AS (
    SELECT m.id, (
      SELECT max(start_ms) FROM roll_ups
      WHERE monitor_id = m.id AND span = 'day' AND start_ms >= $fromMs AND down_ms > 0
    ) AS down_day_ms
    FROM monitors m WHERE m.id IN (SELECT value FROM json_each($ids))
  ), of_hour AS (
    SELECT *, (
      SELECT max(start_ms) FROM roll_ups
      WHERE monitor_id = id AND span = 'hour' AND down_ms > 0
        AND start_ms >= down_day_ms AND start_ms < down_day_ms + ${SPANS.day}
    ) AS down_hour_ms
    FROM of_day
  ), of_check AS (
    SELECT *, (
      SELECT max(started_at_ms) FROM checks
      WHERE monitor_id = id AND started_at_ms < down_hour_ms + ${SPANS.hour} AND outcome IN (2, 3, 4)
    ) AS failed_ms
    FROM of_hour
  )
  SELECT id, down_hour_ms, down_day_ms,
    (SELECT min(started_at_ms) FROM checks
     WHERE monitor_id = id AND started_at_ms > failed_ms AND outcome IN (0, 1)) AS passed_ms,
    (SELECT min(start_ms) FROM roll_ups WHERE monitor_id = id AND span = 'day') AS first_day_ms,
    (SELECT min(started_at_ms) FROM checks WHERE monitor_id = id) AS first_check_ms
  FROM of_check`

/**
 * Since when monitors that are up have been so, by their ids: since the pass after their last failure, or since they
 * were first seen. One that has been up for more than 90 days is not among them.
 */
export function readUpSince(database: Database, monitorIds: readonly number[], nowMs: number): Map<number, number> {
  const fromMs = Math.floor((nowMs - LOOK_BACK_MS) / SPANS.day) * SPANS.day
  const rows = database
    .query<Stored, { $fromMs: number; $ids: string }>(SINCE)
    .all({ $fromMs: fromMs, $ids: JSON.stringify(monitorIds) })
  const since = rows.map((row) => [row.id, recovered(row) ?? firstSeen(row, fromMs)] as const)
  return new Map(since.filter((one): one is readonly [number, number] => one[1] !== null))
}

function recovered({ passed_ms, down_hour_ms, down_day_ms }: Stored): number | null {
  if (passed_ms !== null) return passed_ms
  if (down_hour_ms !== null) return down_hour_ms + SPANS.hour
  return down_day_ms === null ? null : down_day_ms + SPANS.day
}

function firstSeen({ first_day_ms, first_check_ms }: Stored, fromMs: number): number | null {
  if (first_day_ms === null || first_day_ms < fromMs) return null
  return first_check_ms !== null && first_check_ms < first_day_ms + SPANS.day ? first_check_ms : first_day_ms
}
