import type { Database } from 'bun:sqlite'
import type { Outcome, Quiet } from '../../core/model/types.ts'
import { type CheckRun, foldChecks } from '../../core/past/fold-checks.ts'
import type { KeptCheck } from '../../core/past/kept.ts'

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
    quiet: toQuiet(row.quiet),
  }
}

/** No more checks than this are looked at, however short the interval: that takes a tenth of a second. */
const MOST_CHECKS = 50_000

interface RunsQuery {
  readonly monitorId: number
  readonly sinceMs: number
  /** Ends of the times in which nobody watched. */
  readonly gapEndsMs: readonly number[]
  /** Null: all. */
  readonly limit: number | null
  /** Whether each check is a run of its own. */
  readonly isEach: boolean
}

/** The last `limit` runs of equal checks of a monitor, newest first. */
export function readCheckRuns(
  database: Database,
  { monitorId, sinceMs, gapEndsMs, limit, isEach }: RunsQuery,
): CheckRun[] {
  const fromMs = limit === null ? sinceMs : findStart(database, { monitorId, sinceMs, limit })
  const checks = readChecks(database, monitorId, fromMs)
  return foldChecks(checks, { isEach, gapEndsMs })
    .slice(limit === null ? 0 : -limit)
    .reverse()
}

/** When the oldest run began that is among the last ones; found without the checks' output, of which there may be much. */
function findStart(
  database: Database,
  { monitorId, sinceMs, limit }: Pick<RunsQuery, 'monitorId' | 'sinceMs'> & { readonly limit: number },
): number {
  const newestFirst = database
    .query<unknown, [number, number, number]>(
      `SELECT started_at_ms, outcome, exit_code, reason FROM checks
       WHERE monitor_id = ? AND started_at_ms >= ? ORDER BY started_at_ms DESC LIMIT ?`,
    )
    .values(monitorId, sinceMs, MOST_CHECKS) as [number, ...unknown[]][]
  let runCount = 0
  let startMs = sinceMs
  let before: readonly unknown[] | null = null
  for (const [startedAtMs, ...said] of newestFirst) {
    const isEqual = before?.every((value, index) => value === said[index]) ?? false
    if (!isEqual && ++runCount > limit) break
    startMs = startedAtMs
    before = said
  }
  return startMs
}

interface CountedCheckRow {
  readonly started_at_ms: number
  readonly outcome: number
  readonly duration_us: number
  readonly measured: string | null
}

/** A check as it is counted. */
export interface UnsummedCheck extends CheckPoint {
  /** As it stands in its row; see `fromColumn` of measured.ts. */
  readonly measured: string | null
}

/** The checks of a monitor since `sinceMs` that its roll-ups do not have yet, oldest first. */
export function readUnsummed(database: Database, monitorId: number, sinceMs: number): UnsummedCheck[] {
  return database
    .query<CountedCheckRow, [number, number]>(
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

/** Outcomes by the numbers that stand for them in the file. */
export const OUTCOMES: readonly Outcome[] = ['passed', 'warned', 'failed', 'timed_out', 'not_started', 'void']

export function outcomeCode(outcome: Outcome): number {
  return OUTCOMES.indexOf(outcome)
}

/** As a column: a mute as JSON, other reasons in words. Files of schema 5 and before have mutes in words, too. */
export function quietColumn(quiet: Quiet): string | null {
  if (quiet === '') return null
  return typeof quiet === 'string' ? quiet : JSON.stringify(quiet)
}

function toQuiet(column: string | null): Quiet {
  return column?.startsWith('{') ? (JSON.parse(column) as Quiet) : (column ?? '')
}
