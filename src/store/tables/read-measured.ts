import type { Database } from 'bun:sqlite'
import { CHART_STEPS_MS, type ChartWindow, chartStarts, type MeasuredSeries } from '../../core/past/past.ts'
import { fromColumn } from './measured.ts'
import { readUnsummed } from './read-unsummed.ts'

interface MeasuredQuery {
  readonly monitorId: number
  readonly window: ChartWindow
  readonly nowMs: number
}

/** What was measured in one series over a time. */
interface Sum {
  readonly seriesId: number
  readonly startMs: number
  readonly count: number
  readonly sum: number
  readonly most: number
}

/**
 * What the checks of a monitor have measured in a time, the oldest series first. In short steps from the checks themselves,
 * else from the sums of hours, and the checks that are not yet in them.
 */
export function readMeasured(database: Database, { monitorId, window, nowMs }: MeasuredQuery): MeasuredSeries[] {
  const stepMs = CHART_STEPS_MS[window]
  const starts = chartStarts(window, nowMs)
  const sinceMs = starts[0] ?? nowMs
  const steps = new Map<string, Sum>()
  const isMeasured = new Set<number>()
  for (const sum of window === '24h' ? ofChecks(database, monitorId, sinceMs) : ofHours(database, monitorId, sinceMs)) {
    const startMs = Math.floor(sum.startMs / stepMs) * stepMs
    const key = `${sum.seriesId} ${startMs}`
    steps.set(key, merge(steps.get(key), { ...sum, startMs }))
    isMeasured.add(sum.seriesId)
  }
  return database
    .query<{ id: number; label: string; unit: string }, [number]>(
      'SELECT id, label, unit FROM series WHERE monitor_id = ? ORDER BY id',
    )
    .all(monitorId)
    .filter(({ id }) => isMeasured.has(id))
    .map(({ id, label, unit }) => ({
      label,
      unit,
      stepMs,
      points: starts.map((atMs) => ({ atMs, ...toPoint(steps.get(`${id} ${atMs}`)) })),
    }))
}

function* ofHours(database: Database, monitorId: number, sinceMs: number): Generator<Sum> {
  yield* database
    .query<Sum, [number, number]>(
      `SELECT series_id AS seriesId, start_ms AS startMs, count, sum, most
       FROM series JOIN measured_hours ON series_id = id WHERE monitor_id = ? AND start_ms >= ?`,
    )
    .all(monitorId, sinceMs)
  for (const { startedAtMs, measured } of readUnsummed(database, monitorId, sinceMs))
    yield* valuesOf(measured, startedAtMs)
}

function* ofChecks(database: Database, monitorId: number, sinceMs: number): Generator<Sum> {
  const rows = database
    .query<{ startMs: number; measured: string }, [number, number]>(
      `SELECT started_at_ms AS startMs, measured FROM checks
       WHERE monitor_id = ? AND started_at_ms >= ? AND measured IS NOT NULL`,
    )
    .iterate(monitorId, sinceMs)
  for (const { startMs, measured } of rows) yield* valuesOf(measured, startMs)
}

function* valuesOf(measured: string | null, startMs: number): Generator<Sum> {
  for (const [seriesId, value] of fromColumn(measured)) yield { seriesId, startMs, count: 1, sum: value, most: value }
}

function merge(one: Sum | undefined, other: Sum): Sum {
  if (one === undefined) return other
  const { count, sum, most } = other
  return { ...one, count: one.count + count, sum: one.sum + sum, most: Math.max(one.most, most) }
}

function toPoint(sum: Sum | undefined): { mean: number | null; most: number | null } {
  if (sum === undefined) return { mean: null, most: null }
  const mean = sum.sum / sum.count
  // The sum of very large ones may be beyond all numbers.
  return { mean: Number.isFinite(mean) ? mean : null, most: sum.most }
}
