import type { Database } from 'bun:sqlite'
import { type Measured, MOST_SERIES } from '../../core/model/measured.ts'

const HOUR_MS = 3_600_000

/** A value by the id of its series, as a check's row has it. */
export type StoredValue = readonly [seriesId: number, value: number]

/** What checks have measured, while one transaction adds to it. */
export interface MeasuredRows {
  /** As it is to stand in a check's row. A monitor that has 20 series gets no more, until old ones are removed. */
  toColumn(monitorId: number, measured: readonly Measured[], nowMs: number): string | null
  /** Counts what stands in a check's row into its hour. */
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
  // A series that was silent for so long that it has been removed is not to leave sums behind that nobody removes.
  const addSum = database.query(
    `INSERT INTO measured_hours (series_id, start_ms, count, sum, most) SELECT ?1, ?2, ?3, ?4, ?5
     WHERE EXISTS (SELECT 1 FROM series WHERE id = ?1)
     ON CONFLICT DO UPDATE SET count = count + excluded.count, sum = sum + excluded.sum, most = max(most, excluded.most)`,
  )
  /** By the series, then by the start of the hour. */
  const counted = new Map<number, Map<number, Sum>>()

  return {
    toColumn(monitorId, measured, nowMs) {
      const values = measured.flatMap(({ label, unit, value }): StoredValue[] => {
        const series = find.get(monitorId, label, unit) ?? add.get(monitorId, label, unit, nowMs)
        return series === null ? [] : [[series.id, value]]
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
    forget: () => counted.clear(),
  }
}

/** The values of a check's row. */
export function fromColumn(column: string | null): readonly StoredValue[] {
  return column === null ? [] : (JSON.parse(column) as StoredValue[])
}
