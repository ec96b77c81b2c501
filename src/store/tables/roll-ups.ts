import type { Database } from 'bun:sqlite'
import { decodeSketch, encodeSketch } from '../../core/past/duration-sketch.ts'
import { emptyRollUp, type RollUp } from '../../core/past/roll-up.ts'

export const SPANS = { hour: 3_600_000, day: 86_400_000 } as const
export type Span = keyof typeof SPANS

/** A roll-up's place in the file. `startMs` is Unix epoch milliseconds, a multiple of the span. */
export interface RollUpKey {
  readonly monitorId: number
  readonly span: Span
  readonly startMs: number
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

export interface RollUpRows {
  /** Empty where there is none yet. */
  read(key: RollUpKey): RollUp
  write(key: RollUpKey, sums: RollUp): void
}

export function createRollUpRows(database: Database): RollUpRows {
  const read = database.query<StoredRollUp, [number, string, number]>(
    `SELECT passed_count, failed_count, void_count, up_ms, down_ms, longest_ms, durations FROM roll_ups
     WHERE monitor_id = ? AND span = ? AND start_ms = ?`,
  )
  const write = database.query(
    `INSERT OR REPLACE INTO roll_ups
       (monitor_id, span, start_ms, passed_count, failed_count, void_count, up_ms, down_ms, longest_ms, durations)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  return {
    read({ monitorId, span, startMs }) {
      const stored = read.get(monitorId, span, startMs)
      return stored === null ? emptyRollUp() : toRollUp(stored)
    },
    write({ monitorId, span, startMs }, sums) {
      const counts = [sums.passedCount, sums.failedCount, sums.voidCount, sums.upMs, sums.downMs, sums.longestMs]
      write.run(monitorId, span, startMs, ...counts, encodeSketch(sums.durations))
    },
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
