import type { Database } from 'bun:sqlite'
import { CHART_STEPS_MS, type ChartWindow, chartStarts, type DurationSeries } from '../../core/past/past.ts'
import { countCheck, emptyRollUp, type RollUp, summarize } from '../../core/past/roll-up.ts'
import { type CheckPoint, readCheckPoints } from './checks.ts'
import { readUnsummed } from './read-unsummed.ts'
import { SPANS, type Span, type StoredRollUp, toRollUp } from './roll-ups.ts'

/** How long the checks of a monitor took: from themselves in short steps, else from the sums of hours or days. */
export function readDurations(
  database: Database,
  { monitorId, window, nowMs }: { monitorId: number; window: ChartWindow; nowMs: number },
): DurationSeries {
  const stepMs = CHART_STEPS_MS[window]
  const starts = chartStarts(window, nowMs)
  const sinceMs = starts[0] ?? nowMs
  const span = (['hour', 'day'] as const).find((one) => SPANS[one] === stepMs)
  const sums =
    span === undefined
      ? sumChecks(database, { monitorId, sinceMs, stepMs })
      : readSums(database, { monitorId, sinceMs, span })
  return { stepMs, points: starts.map((atMs) => ({ atMs, ...summarize(sums.get(atMs) ?? emptyRollUp()) })) }
}

function sumChecks(
  database: Database,
  { monitorId, sinceMs, stepMs }: { monitorId: number; sinceMs: number; stepMs: number },
): Map<number, RollUp> {
  const sums = new Map<number, RollUp>()
  addTo(sums, readCheckPoints(database, monitorId, sinceMs), stepMs)
  return sums
}

function addTo(sums: Map<number, RollUp>, checks: Iterable<CheckPoint>, stepMs: number): void {
  for (const check of checks) {
    const startMs = Math.floor(check.startedAtMs / stepMs) * stepMs
    const sum = sums.get(startMs) ?? emptyRollUp()
    sums.set(startMs, sum)
    countCheck(sum, check)
  }
}

interface StoredSums extends StoredRollUp {
  readonly start_ms: number
}

function readSums(
  database: Database,
  { monitorId, sinceMs, span }: { monitorId: number; sinceMs: number; span: Span },
): Map<number, RollUp> {
  const stored = database
    .query<StoredSums, [number, string, number]>(
      `SELECT start_ms, passed_count, failed_count, void_count, up_ms, down_ms, longest_ms, durations FROM roll_ups
       WHERE monitor_id = ? AND span = ? AND start_ms >= ?`,
    )
    .all(monitorId, span, sinceMs)
  const sums = new Map(stored.map((row) => [row.start_ms, toRollUp(row)]))
  addTo(sums, readUnsummed(database, monitorId, sinceMs), SPANS[span])
  return sums
}
