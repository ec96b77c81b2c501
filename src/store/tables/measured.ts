import type { Database } from 'bun:sqlite'
import { type Measured, MOST_SERIES } from '../../core/model/perfdata.ts'
import { CHARTS, type ChartWindow, chartStarts, type MeasuredSeries } from '../../core/past/past.ts'
import { HOUR_MS } from '../../core/text/time.ts'
import { readMeasuredChecks, readUnsummed } from './checks.ts'

/** A value and the id of its series, as in a check's row. */
export type StoredValue = readonly [seriesId: number, value: number]

/** The tables of what checks have measured, while one transaction adds to them. */
export interface MeasuredRows {
  /**
   * For a check's row. A monitor has at most 20 series: one more takes the place of that which has not been measured for
   * longest, if that is longer than it ever was measured; otherwise it is not stored.
   */
  toColumn(monitorId: number, measured: readonly Measured[], nowMs: number): string | null
  /** Counts the values of a check's row into its hour. */
  count(column: string | null, startedAtMs: number): void
  /** Writes what was counted, and forgets it. */
  flush(): void
  forget(): void
}

interface Sum {
  readonly count: number
  readonly sum: number
  readonly most: number
}

export function createMeasuredRows(database: Database): MeasuredRows {
  const find = database.query<{ id: number }, [number, string, string]>(
    'SELECT id FROM series WHERE monitor_id = ? AND label = ? AND unit = ?',
  )
  const add = database.query<{ id: number }, [number, string, string, number]>(
    `INSERT INTO series (monitor_id, label, unit, began_ms)
     SELECT ?1, ?2, ?3, ?4 WHERE (SELECT count(*) FROM series WHERE monitor_id = ?1) < ${MOST_SERIES} RETURNING id`,
  )
  // A series that was removed after a long silence must not leave sums behind that nobody removes.
  const addSum = database.query(
    `INSERT INTO measured_hours (series_id, start_ms, count, sum, most) SELECT ?1, ?2, ?3, ?4, ?5
     WHERE EXISTS (SELECT 1 FROM series WHERE id = ?1)
     ON CONFLICT DO UPDATE SET count = count + excluded.count, sum = sum + excluded.sum, most = max(most, excluded.most)`,
  )
  const oldest = database.query<{ id: number; beganMs: number; lastHourMs: number | null }, [number]>(
    `SELECT id, began_ms AS beganMs, (SELECT max(start_ms) FROM measured_hours WHERE series_id = id) AS lastHourMs
     FROM series WHERE monitor_id = ?`,
  )
  const removeSums = database.query('DELETE FROM measured_hours WHERE series_id = ?')
  const remove = database.query('DELETE FROM series WHERE id = ?')
  /** By the series, then by the start of the hour. */
  const counted = new Map<number, Map<number, Sum>>()
  /** When each series was measured last, as far as that is later than its last hour. */
  const lastMs = new Map<number, number>()

  const makeRoom = (monitorId: number, nowMs: number) => {
    const [first] = oldest
      .all(monitorId)
      .map(({ id, beganMs, lastHourMs }) => {
        const hourEndMs = lastHourMs === null ? beganMs : Math.min(nowMs, lastHourMs + HOUR_MS)
        return { id, beganMs, measuredMs: lastMs.get(id) ?? Math.max(beganMs, hourEndMs) }
      })
      .sort((one, other) => one.measuredMs - other.measuredMs)
      .filter(({ beganMs, measuredMs }) => nowMs - measuredMs > measuredMs - beganMs)
    if (first === undefined) return
    removeSums.run(first.id)
    remove.run(first.id)
    counted.delete(first.id)
    lastMs.delete(first.id)
  }

  return {
    toColumn(monitorId, measured, nowMs) {
      const values = measured.flatMap(({ label, unit, value }): StoredValue[] => {
        let series = find.get(monitorId, label, unit) ?? add.get(monitorId, label, unit, nowMs)
        if (series === null) {
          makeRoom(monitorId, nowMs)
          series = add.get(monitorId, label, unit, nowMs)
        }
        if (series === null) return []
        lastMs.set(series.id, nowMs)
        return [[series.id, value]]
      })
      return values.length === 0 ? null : JSON.stringify(values)
    },
    count(column, startedAtMs) {
      const startMs = Math.floor(startedAtMs / HOUR_MS) * HOUR_MS
      for (const [seriesId, value] of fromColumn(column)) {
        const hours = counted.get(seriesId) ?? new Map<number, Sum>()
        counted.set(seriesId, hours)
        const { count, sum, most } = hours.get(startMs) ?? { count: 0, sum: 0, most: value }
        hours.set(startMs, { count: count + 1, sum: sum + value, most: Math.max(most, value) })
      }
    },
    flush() {
      for (const [seriesId, hours] of counted) {
        for (const [startMs, { count, sum, most }] of hours) addSum.run(seriesId, startMs, count, sum, most)
      }
      counted.clear()
    },
    forget() {
      counted.clear()
      lastMs.clear()
    },
  }
}

/** The values of a check's row. */
export function fromColumn(column: string | null): readonly StoredValue[] {
  return column === null ? [] : (JSON.parse(column) as StoredValue[])
}

interface MeasuredQuery {
  readonly monitorId: number
  readonly window: ChartWindow
  readonly nowMs: number
}

/** The values of one series in a time. */
interface SeriesSum {
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
  const stepMs = CHARTS[window].stepMs
  const starts = chartStarts(window, nowMs)
  const sinceMs = starts[0] ?? nowMs
  const steps = new Map<string, SeriesSum>()
  const isMeasured = new Set<number>()
  for (const sum of stepMs < HOUR_MS ? ofChecks(database, monitorId, sinceMs) : ofHours(database, monitorId, sinceMs)) {
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

function* ofHours(database: Database, monitorId: number, sinceMs: number): Generator<SeriesSum> {
  yield* database
    .query<SeriesSum, [number, number]>(
      `SELECT series_id AS seriesId, start_ms AS startMs, count, sum, most
       FROM series JOIN measured_hours ON series_id = id WHERE monitor_id = ? AND start_ms >= ?`,
    )
    .all(monitorId, sinceMs)
  for (const { startedAtMs, measured } of readUnsummed(database, monitorId, sinceMs))
    yield* valuesOf(measured, startedAtMs)
}

function* ofChecks(database: Database, monitorId: number, sinceMs: number): Generator<SeriesSum> {
  for (const { startedAtMs, measured } of readMeasuredChecks(database, monitorId, sinceMs)) {
    yield* valuesOf(measured, startedAtMs)
  }
}

function* valuesOf(measured: string | null, startMs: number): Generator<SeriesSum> {
  for (const [seriesId, value] of fromColumn(measured)) yield { seriesId, startMs, count: 1, sum: value, most: value }
}

function merge(one: SeriesSum | undefined, other: SeriesSum): SeriesSum {
  if (one === undefined) return other
  const { count, sum, most } = other
  return { ...one, count: one.count + count, sum: one.sum + sum, most: Math.max(one.most, most) }
}

function toPoint(sum: SeriesSum | undefined): { mean: number | null; most: number | null } {
  if (sum === undefined) return { mean: null, most: null }
  const mean = sum.sum / sum.count
  // The sum of very large values may be infinite.
  return { mean: Number.isFinite(mean) ? mean : null, most: sum.most }
}
