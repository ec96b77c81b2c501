import type { Database } from 'bun:sqlite'
import type { CheckPoint } from './checks.ts'
import { OUTCOMES } from './outcome-code.ts'

interface StoredCheck {
  readonly started_at_ms: number
  readonly outcome: number
  readonly duration_us: number
  readonly measured: string | null
}

/** A check as it is counted. */
export interface UnsummedCheck extends CheckPoint {
  /** As it stands in its row; see `fromColumn` of measured-rows.ts. */
  readonly measured: string | null
}

/** The checks of a monitor since `sinceMs` that its roll-ups do not have yet, oldest first. */
export function readUnsummed(database: Database, monitorId: number, sinceMs: number): UnsummedCheck[] {
  return database
    .query<StoredCheck, [number, number]>(
      `SELECT started_at_ms, outcome, duration_us, measured FROM checks
       WHERE monitor_id = ?1 AND started_at_ms >= ?2
         AND started_at_ms > (SELECT summed_to_ms FROM monitors WHERE id = ?1)
       ORDER BY started_at_ms`,
    )
    .all(monitorId, sinceMs)
    .map((stored) => ({
      startedAtMs: stored.started_at_ms,
      outcome: OUTCOMES[stored.outcome] ?? 'void',
      durationMs: stored.duration_us / 1000,
      measured: stored.measured,
    }))
}
