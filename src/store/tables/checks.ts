import type { Database } from 'bun:sqlite'
import type { Outcome } from '../../core/model/types.ts'
import type { KeptCheck } from '../../core/past/kept.ts'
import { OUTCOMES } from './outcome-code.ts'

interface StoredCheck {
  readonly monitor_id: number
  readonly started_at_ms: number
  readonly outcome: number
  readonly exit_code: number | null
  readonly duration_us: number
  readonly reason: string | null
  readonly output: string | null
  readonly quiet: string | null
}

/** The last check of each of these monitors, by the monitor's id. */
export function readLastChecks(database: Database, monitorIds: readonly number[]): Map<number, KeptCheck> {
  const stored = database
    .query<StoredCheck, [string]>(
      `SELECT c.* FROM json_each(?) m JOIN checks c ON c.monitor_id = m.value AND c.started_at_ms =
         (SELECT max(started_at_ms) FROM checks WHERE monitor_id = m.value)`,
    )
    .all(JSON.stringify(monitorIds))
  return new Map(stored.map((row) => [row.monitor_id, toCheck(row)]))
}

/** The checks of a monitor that started at `sinceMs` or later, oldest first; read as they are asked for. */
export function* readChecks(database: Database, monitorId: number, sinceMs: number): Generator<KeptCheck> {
  const rows = database
    .query<StoredCheck, [number, number]>(
      'SELECT * FROM checks WHERE monitor_id = ? AND started_at_ms >= ? ORDER BY started_at_ms',
    )
    .iterate(monitorId, sinceMs)
  for (const row of rows) yield toCheck(row)
}

/** What a chart needs of a check. Times are Unix epoch milliseconds. */
export interface CheckPoint {
  readonly startedAtMs: number
  readonly outcome: Outcome
  readonly durationMs: number
}

/** The same checks without their texts, newest first: many can be read in little time. */
export function* readCheckPoints(database: Database, monitorId: number, sinceMs: number): Generator<CheckPoint> {
  const rows = database
    .query<Pick<StoredCheck, 'started_at_ms' | 'outcome' | 'duration_us'>, [number, number]>(
      `SELECT started_at_ms, outcome, duration_us FROM checks
       WHERE monitor_id = ? AND started_at_ms >= ? ORDER BY started_at_ms DESC`,
    )
    .iterate(monitorId, sinceMs)
  for (const { started_at_ms, outcome, duration_us } of rows) {
    yield { startedAtMs: started_at_ms, outcome: OUTCOMES[outcome] ?? 'void', durationMs: duration_us / 1000 }
  }
}

function toCheck(row: StoredCheck): KeptCheck {
  const outcome = OUTCOMES[row.outcome] ?? 'void'
  return {
    startedAtMs: row.started_at_ms,
    outcome,
    exitCode: outcome === 'passed' ? 0 : row.exit_code,
    durationMs: row.duration_us / 1000,
    reason: row.reason ?? '',
    output: row.output ?? '',
    quiet: row.quiet ?? '',
  }
}
