import type { Database } from 'bun:sqlite'
import type { KeptCheck } from '../core/kept.ts'
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

/** The last check of each monitor, by the monitor's id. */
export function readLastChecks(database: Database): Map<number, KeptCheck> {
  const stored = database
    .query<StoredCheck, []>(
      `SELECT c.* FROM monitors m JOIN checks c ON c.monitor_id = m.id AND c.started_at_ms =
         (SELECT max(started_at_ms) FROM checks WHERE monitor_id = m.id)`,
    )
    .all()
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
