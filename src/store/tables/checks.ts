import type { Database } from 'bun:sqlite'

import type { Change } from '../../core/model/ports.ts'
import { isPass } from '../../core/model/state.ts'
import type { Outcome, PlaceAnswer, Quiet } from '../../core/model/types.ts'

import { type CheckRun, foldChecks } from '../../core/past/fold-checks.ts'
import { type CheckPoint, isPlainPass, type KeptCheck } from '../../core/past/kept.ts'

/** Outcomes by the numbers that stand for them in the file. */
const OUTCOMES: readonly Outcome[] = ['passed', 'warned', 'failed', 'timed_out', 'not_started', 'void']
/** No more checks than this are read, however short the interval: that takes a tenth of a second. */
const MOST_CHECKS = 50_000

interface StoredCheck {
  readonly monitor_id: number
  readonly started_at_ms: number
  readonly outcome: number
  readonly exit_code: number | null
  readonly duration_us: number
  readonly reason: string | null
  readonly output: string | null
  readonly quiet: string | null
  readonly measured: string | null
  readonly planned: number | null
  readonly places: string | null
}

/** What is counted of a check, as its row has it: sums must not depend on when they are made. */
export interface CountedCheck extends CheckPoint {
  /** See `fromColumn` of measured.ts. */
  readonly measured: string | null
}

type PointRow = Pick<StoredCheck, 'started_at_ms' | 'outcome' | 'duration_us' | 'planned'>

type CheckAdded = Pick<Change, 'check' | 'quiet' | 'keepsOutput' | 'maintenanceUntilMs'>

/** Makes the function that adds the row of a check. */
export function createCheckRows(
  database: Database,
): (monitorId: number, added: CheckAdded, measured: string | null) => CountedCheck {
  const add = database.query(
    `INSERT OR REPLACE INTO checks
       (monitor_id, started_at_ms, outcome, exit_code, duration_us, reason, output, quiet, measured, planned, places)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const forget = database.query('UPDATE checks SET output = NULL WHERE monitor_id = ? AND started_at_ms = ?')
  /** The last pass of each monitor whose output is there only until the next one. */
  const passing = new Map<number, number>()
  return (monitorId, { check, quiet, keepsOutput, maintenanceUntilMs }, measured) => {
    const lastMs = passing.get(monitorId)
    if (lastMs !== undefined) {
      forget.run(monitorId, lastMs)
      passing.delete(monitorId)
    }
    const startedAtMs = Math.round(check.startedAtMs)
    const durationUs = Math.round(check.durationMs * 1000)
    // Why not all places agree with a pass is news.
    const isPlain = isPlainPass(check)
    add.run(
      monitorId,
      startedAtMs,
      OUTCOMES.indexOf(check.outcome),
      isPlain ? null : check.exitCode,
      durationUs,
      isPlain ? null : check.reason,
      keepsOutput ? check.output : check.output || null,
      quietColumn(quiet),
      measured,
      maintenanceUntilMs !== null && isFailure(check.outcome) ? 1 : null,
      check.places === undefined ? null : placesColumn(check.places),
    )
    if (!keepsOutput && check.output !== '') passing.set(monitorId, startedAtMs)
    return { startedAtMs, outcome: check.outcome, durationMs: durationUs / 1000, measured }
  }
}

/** The check of each of these monitors that was written last, by the monitor's id. */
export function readLastChecks(
  database: Database,
  monitorIds: readonly number[],
  nowMs: number,
): Map<number, KeptCheck> {
  // After the clock was set back, later times are those of older checks. Then every check writes the state, too.
  const stored = database
    .query<StoredCheck, [string, number]>(
      `SELECT c.* FROM json_each(?) asked JOIN monitors m ON m.id = asked.value
       JOIN checks c ON c.monitor_id = m.id AND c.started_at_ms = coalesce(
         (SELECT started_at_ms FROM checks WHERE monitor_id = m.id AND m.summed_to_ms > ?
           AND started_at_ms = CAST(round(json_extract(m.state, '$.lastCheckAtMs')) AS INTEGER)),
         (SELECT max(started_at_ms) FROM checks WHERE monitor_id = m.id))`,
    )
    .all(JSON.stringify(monitorIds), nowMs)
  return new Map(stored.map((row) => [row.monitor_id, toCheck(row)]))
}

/** The checks of a monitor that started at `sinceMs` or later, oldest first; read one by one, as they are needed. */
export function* readChecks(database: Database, monitorId: number, sinceMs: number): Generator<KeptCheck> {
  const rows = database
    .query<StoredCheck, [number, number]>(
      'SELECT * FROM checks WHERE monitor_id = ? AND started_at_ms >= ? ORDER BY started_at_ms',
    )
    .iterate(monitorId, sinceMs)
  for (const row of rows) yield toCheck(row)
}

/** The same checks without their texts, newest first: many can be read in little time. */
export function* readCheckPoints(database: Database, monitorId: number, sinceMs: number): Generator<CheckPoint> {
  const rows = database
    .query<PointRow, [number, number]>(
      `SELECT started_at_ms, outcome, duration_us, planned FROM checks
       WHERE monitor_id = ? AND started_at_ms >= ? ORDER BY started_at_ms DESC`,
    )
    .iterate(monitorId, sinceMs)
  for (const row of rows) yield toPoint(row)
}

/** The last checks of each of these monitors without their texts, oldest first, by the monitor's id. */
export function readRecent(
  database: Database,
  monitorIds: readonly number[],
  limit: number,
): Map<number, CheckPoint[]> {
  const newestFirst = database.query<PointRow, [number, number]>(
    `SELECT started_at_ms, outcome, duration_us, planned FROM checks WHERE monitor_id = ? ORDER BY started_at_ms DESC LIMIT ?`,
  )
  return new Map(monitorIds.map((id) => [id, newestFirst.all(id, limit).map(toPoint).reverse()]))
}

/** The checks of a monitor since `sinceMs` that its roll-ups do not have yet, oldest first. */
export function readUnsummed(database: Database, monitorId: number, sinceMs: number): CountedCheck[] {
  return database
    .query<PointRow & Pick<StoredCheck, 'measured'>, [number, number]>(
      `SELECT started_at_ms, outcome, duration_us, measured, planned FROM checks
       WHERE monitor_id = ?1 AND started_at_ms >= ?2
         AND started_at_ms > (SELECT summed_to_ms FROM monitors WHERE id = ?1)
       ORDER BY started_at_ms`,
    )
    .all(monitorId, sinceMs)
    .map((row) => ({ ...toPoint(row), measured: row.measured }))
}

/** The checks of a monitor since `sinceMs` that have measured something. */
export function readMeasuredChecks(
  database: Database,
  monitorId: number,
  sinceMs: number,
): Iterable<Pick<CountedCheck, 'startedAtMs' | 'measured'>> {
  return database
    .query<Pick<CountedCheck, 'startedAtMs' | 'measured'>, [number, number]>(
      `SELECT started_at_ms AS startedAtMs, measured FROM checks
       WHERE monitor_id = ? AND started_at_ms >= ? AND measured IS NOT NULL`,
    )
    .iterate(monitorId, sinceMs)
}

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
export function readCheckRuns(database: Database, { gapEndsMs, isEach, limit, ...query }: RunsQuery): CheckRun[] {
  const sinceMs = limit === null ? query.sinceMs : startOfRuns(database, { ...query, limit })
  const checks = readChecks(database, query.monitorId, sinceMs)
  return foldChecks(checks, { isEach, gapEndsMs })
    .slice(limit === null ? 0 : -limit)
    .reverse()
}

/** Start of the oldest of the last `limit` runs; found without the output of the checks, which may be long. */
function startOfRuns(
  database: Database,
  { monitorId, sinceMs, limit }: Pick<RunsQuery, 'monitorId' | 'sinceMs'> & { readonly limit: number },
): number {
  const newestFirst = database
    .query<unknown, [number, number, number]>(
      `SELECT started_at_ms, outcome, exit_code, reason, planned FROM checks
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

function isFailure(outcome: Outcome): boolean {
  return outcome !== 'void' && !isPass({ outcome })
}

/** The outcome that a number in the file stands for. */
export function toOutcome(code: number): Outcome {
  return OUTCOMES[code] ?? 'void'
}

function toPoint(row: PointRow): CheckPoint {
  const point = { startedAtMs: row.started_at_ms, outcome: toOutcome(row.outcome), durationMs: row.duration_us / 1000 }
  return row.planned === 1 ? { ...point, isPlanned: true } : point
}

function toCheck(row: StoredCheck): KeptCheck {
  const point = toPoint(row)
  return {
    ...point,
    exitCode: point.outcome === 'passed' ? 0 : row.exit_code,
    reason: row.reason ?? '',
    output: row.output ?? '',
    quiet: toQuiet(row.quiet),
    ...(row.places !== null && { places: toPlaces(row.places) }),
  }
}

/** A pass, by far the most of them, says no more than where and how fast it was. */
type StoredPlace = readonly [
  place: string,
  node: string | null,
  outcome: number,
  durationUs: number,
  ...([] | readonly [exitCode: number | null, reason: string, summary: string]),
]

function placesColumn(places: readonly PlaceAnswer[]): string {
  return JSON.stringify(
    places.map(({ place, node, outcome, exitCode, reason, summary, durationMs }): StoredPlace => {
      const durationUs = Math.round(durationMs * 1000)
      if (outcome === 'passed') return [place, node, OUTCOMES.indexOf(outcome), durationUs]
      return [place, node, OUTCOMES.indexOf(outcome), durationUs, exitCode, reason, summary]
    }),
  )
}

function toPlaces(column: string): readonly PlaceAnswer[] {
  return (JSON.parse(column) as readonly StoredPlace[]).map(
    ([place, node, outcome, durationUs, exitCode = 0, reason = '', summary = '']) => ({
      place,
      node,
      outcome: toOutcome(outcome),
      exitCode,
      reason,
      summary,
      durationMs: durationUs / 1000,
    }),
  )
}

/** As a column: a mute as JSON, other reasons in words. Files of schema 5 and before have mutes in words, too. */
function quietColumn(quiet: Quiet): string | null {
  if (quiet === '') return null
  return typeof quiet === 'string' ? quiet : JSON.stringify(quiet)
}

function toQuiet(column: string | null): Quiet {
  return column?.startsWith('{') ? (JSON.parse(column) as Quiet) : (column ?? '')
}
