import type { Database } from 'bun:sqlite'
import { decodeSketch, encodeSketch } from '../core/duration-sketch.ts'
import { emptyRollUp, type RollUp } from '../core/roll-up.ts'
import { splitIntoBuckets } from '../core/time-buckets.ts'
import type { MonitorState } from '../core/types.ts'

export const SPANS = { hour: 3_600_000, day: 86_400_000 } as const
export type Span = keyof typeof SPANS

/** A monitor's row and its roll-ups, while one transaction changes them. */
export interface MonitorRow {
  readonly id: number
  /** Undefined as long as the transaction does not change it. */
  state: MonitorState | null | undefined
  slotAtMs: number | null
  countedToMs: number | null
  countedAs: string | null
  readonly rollUps: Map<string, { readonly span: Span; readonly startMs: number; readonly sums: RollUp }>
}

/** The rows that a transaction touches: each is read once, however many of its checks are kept, and written once. */
export interface MonitorRows {
  of(monitor: string): MonitorRow
  /**
   * Counts the time until `toMs` as what it was, and what follows as `as`. What was counted as neither up nor down stays
   * so: a check that began before a time that nobody watched says nothing of that time.
   */
  countTime(row: MonitorRow, toMs: number, as: string | null): void
  /** The sums of the hour and of the day of that moment. */
  rollUpsAt(row: MonitorRow, atMs: number): RollUp[]
  /** Writes all that was touched, and forgets it. */
  flush(): void
  forget(): void
}

interface StoredMonitor {
  readonly id: number
  readonly counted_to_ms: number | null
  readonly counted_as: string | null
}

export interface StoredRollUp {
  readonly passed_count: number
  readonly failed_count: number
  readonly void_count: number
  readonly up_ms: number
  readonly down_ms: number
  readonly longest_ms: number
  readonly durations: Uint8Array
}

export function createMonitorRows(database: Database): MonitorRows {
  // The first check of a monitor may have begun before a time that nobody watched, too.
  const add = database.query<StoredMonitor, [string]>(
    `INSERT INTO monitors (name, counted_to_ms) VALUES (?, (SELECT max(to_ms) FROM unwatched WHERE monitor_id = 0))
     RETURNING id, counted_to_ms, counted_as`,
  )
  const read = database.query<StoredMonitor, [string]>(
    'SELECT id, counted_to_ms, counted_as FROM monitors WHERE name = ?',
  )
  const write = database.query<null, [string | null, number | null, number | null, string | null, number]>(
    'UPDATE monitors SET state = ?, slot_at_ms = ?, counted_to_ms = ?, counted_as = ? WHERE id = ?',
  )
  const writeCounted = database.query<null, [number | null, string | null, number]>(
    'UPDATE monitors SET counted_to_ms = ?, counted_as = ? WHERE id = ?',
  )
  const readRollUp = database.query<StoredRollUp, [number, string, number]>(
    `SELECT passed_count, failed_count, void_count, up_ms, down_ms, longest_ms, durations FROM roll_ups
     WHERE monitor_id = ? AND span = ? AND start_ms = ?`,
  )
  const writeRollUp = database.query(
    `INSERT OR REPLACE INTO roll_ups
       (monitor_id, span, start_ms, passed_count, failed_count, void_count, up_ms, down_ms, longest_ms, durations)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const touched = new Map<string, MonitorRow>()

  const rollUpOf = (row: MonitorRow, span: Span, startMs: number): RollUp => {
    const key = `${span} ${startMs}`
    const known = row.rollUps.get(key)
    if (known !== undefined) return known.sums
    const stored = readRollUp.get(row.id, span, startMs)
    const sums = stored === null ? emptyRollUp() : toRollUp(stored)
    row.rollUps.set(key, { span, startMs, sums })
    return sums
  }

  const flushRow = (row: MonitorRow) => {
    if (row.state === undefined) writeCounted.run(row.countedToMs, row.countedAs, row.id)
    else {
      const state = row.state === null ? null : JSON.stringify(row.state)
      write.run(state, row.slotAtMs, row.countedToMs, row.countedAs, row.id)
    }
    for (const { span, startMs, sums } of row.rollUps.values()) {
      const counts = [sums.passedCount, sums.failedCount, sums.voidCount, sums.upMs, sums.downMs, sums.longestMs]
      writeRollUp.run(row.id, span, startMs, ...counts, encodeSketch(sums.durations))
    }
  }

  return {
    of(monitor) {
      const known = touched.get(monitor)
      if (known !== undefined) return known
      const stored = read.get(monitor) ?? (add.get(monitor) as StoredMonitor)
      const row: MonitorRow = {
        id: stored.id,
        state: undefined,
        slotAtMs: null,
        countedToMs: stored.counted_to_ms,
        countedAs: stored.counted_as,
        rollUps: new Map(),
      }
      touched.set(monitor, row)
      return row
    },
    countTime(row, toMs, as) {
      if (row.countedToMs !== null && (row.countedAs === 'up' || row.countedAs === 'down')) {
        for (const span of ['hour', 'day'] as const) {
          for (const { startMs, ms } of splitIntoBuckets(row.countedToMs, toMs, SPANS[span])) {
            const sums = rollUpOf(row, span, startMs)
            if (row.countedAs === 'up') sums.upMs += ms
            else sums.downMs += ms
          }
        }
      }
      row.countedToMs = row.countedAs === null ? Math.max(toMs, row.countedToMs ?? toMs) : toMs
      row.countedAs = as
    },
    rollUpsAt(row, atMs) {
      return (['hour', 'day'] as const).map((span) => rollUpOf(row, span, Math.floor(atMs / SPANS[span]) * SPANS[span]))
    },
    flush() {
      for (const row of touched.values()) flushRow(row)
      touched.clear()
    },
    forget: () => touched.clear(),
  }
}

export function toRollUp(stored: StoredRollUp): RollUp {
  return {
    passedCount: stored.passed_count,
    failedCount: stored.failed_count,
    voidCount: stored.void_count,
    upMs: stored.up_ms,
    downMs: stored.down_ms,
    longestMs: stored.longest_ms,
    durations: decodeSketch(stored.durations),
  }
}
