import type { Database } from 'bun:sqlite'
import { type CheckRun, foldChecks } from '../../core/past/fold-checks.ts'
import { readChecks } from './checks.ts'

/** No more checks than this are looked at, however short the interval: that takes a tenth of a second. */
const MOST_CHECKS = 50_000

interface RunsQuery {
  readonly monitorId: number
  readonly sinceMs: number
  /** Ends of the times in which nobody watched. */
  readonly gapEndsMs: readonly number[]
  readonly limit: number
}

/** The last `limit` runs of equal checks of a monitor, newest first. */
export function readCheckRuns(database: Database, { monitorId, sinceMs, gapEndsMs, limit }: RunsQuery): CheckRun[] {
  const fromMs = findStart(database, { monitorId, sinceMs, limit })
  const checks = readChecks(database, monitorId, fromMs)
  return foldChecks(checks, { isEach: false, gapEndsMs }).slice(-limit).reverse()
}

/** When the oldest run began that is among the last ones; found without the checks' output, of which there may be much. */
function findStart(
  database: Database,
  { monitorId, sinceMs, limit }: Pick<RunsQuery, 'monitorId' | 'sinceMs' | 'limit'>,
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
