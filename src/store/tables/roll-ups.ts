import type { Database } from 'bun:sqlite'
import { decodeSketch, encodeSketch } from '../../core/past/duration-sketch.ts'
import type { CheckPoint } from '../../core/past/kept.ts'
import {
  BAR_DAYS,
  CHARTS,
  type ChartWindow,
  chartStarts,
  type DurationSeries,
  type MonitorPast,
  NO_PAST,
} from '../../core/past/past.ts'
import {
  type CountedTime,
  countCheck,
  countTime,
  emptyRollUp,
  mergeRollUp,
  type RollUp,
  splitIntoBuckets,
  summarize,
} from '../../core/past/roll-up.ts'
import { DAY_MS, HOUR_MS } from '../../core/text/time.ts'
import { readCheckPoints, readUnsummed } from './checks.ts'

export const SPANS = { hour: HOUR_MS, day: DAY_MS } as const
export type Span = keyof typeof SPANS

/** A roll-up's place in the file. `startMs` is Unix epoch milliseconds, a multiple of the span. */
export interface RollUpKey {
  readonly monitorId: number
  readonly span: Span
  readonly startMs: number
}

const SUMS = 'passed_count, failed_count, void_count, up_ms, down_ms, planned_ms, longest_ms, durations'

interface StoredRollUp {
  readonly passed_count: number
  readonly failed_count: number
  readonly void_count: number
  readonly up_ms: number
  readonly down_ms: number
  readonly planned_ms: number
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
    `SELECT ${SUMS} FROM roll_ups WHERE monitor_id = ? AND span = ? AND start_ms = ?`,
  )
  const write = database.query(
    `INSERT OR REPLACE INTO roll_ups (monitor_id, span, start_ms, ${SUMS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  return {
    read({ monitorId, span, startMs }) {
      const stored = read.get(monitorId, span, startMs)
      return stored === null ? emptyRollUp() : toRollUp(stored)
    },
    write({ monitorId, span, startMs }, sums) {
      const counts = [sums.passedCount, sums.failedCount, sums.voidCount]
      const times = [sums.upMs, sums.downMs, sums.plannedMs, sums.longestMs]
      write.run(monitorId, span, startMs, ...counts, ...times, encodeSketch(sums.durations))
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
    plannedMs: stored.planned_ms,
    longestMs: stored.longest_ms,
    durations: decodeSketch(stored.durations),
  }
}

type DayRow = [monitorId: number, startMs: number, upMs: number, downMs: number, plannedMs: number]
type Times = Pick<RollUp, 'upMs' | 'downMs' | 'plannedMs'>

/** How far a monitor's time is counted, and what the time after that counts as; nulls when it is not. */
export interface CountedMonitor extends CountedTime {
  readonly id: number
  readonly countedToMs: number | null
}

/**
 * How long each monitor was watched, down, and in planned trouble, on each of the last days (UTC), oldest first, by its
 * id. It is still watched: the time since the last check counts as its result.
 */
export function readDays(
  database: Database,
  monitors: readonly CountedMonitor[],
  nowMs: number,
): Map<number, Pick<MonitorPast, 'days' | 'watchedMs' | 'plannedMs'>> {
  const todayMs = Math.floor(nowMs / SPANS.day) * SPANS.day
  const firstMs = todayMs - (BAR_DAYS - 1) * SPANS.day
  const { days, watchedMs, plannedMs } = NO_PAST
  const all = new Map(
    monitors.map(({ id }) => [id, { days: [...days], watchedMs: [...watchedMs], plannedMs: [...plannedMs] }]),
  )
  const add = (id: number, startMs: number, { upMs, downMs, plannedMs }: Times) => {
    const one = all.get(id)
    const index = (startMs - firstMs) / SPANS.day
    const watchedMs = upMs + downMs + plannedMs
    if (one === undefined || watchedMs <= 0) return
    one.days[index] = (one.days[index] ?? 0) + downMs
    one.watchedMs[index] = (one.watchedMs[index] ?? 0) + watchedMs
    one.plannedMs[index] = (one.plannedMs[index] ?? 0) + plannedMs
  }

  const rows = database
    .query<unknown, [string, number, number]>(
      `SELECT m.value, r.start_ms, r.up_ms, r.down_ms, r.planned_ms FROM json_each(?) m CROSS JOIN roll_ups r
       WHERE r.monitor_id = m.value AND r.span = 'day' AND r.start_ms BETWEEN ? AND ?`,
    )
    .values(JSON.stringify(monitors.map(({ id }) => id)), firstMs, todayMs) as DayRow[]
  for (const [id, startMs, upMs, downMs, plannedMs] of rows) add(id, startMs, { upMs, downMs, plannedMs })
  for (const monitor of monitors) {
    if (monitor.countedToMs === null) continue
    for (const bucket of splitIntoBuckets(Math.max(monitor.countedToMs, firstMs), nowMs, SPANS.day)) {
      const times = emptyRollUp()
      countTime(times, bucket, monitor)
      add(monitor.id, bucket.startMs, times)
    }
  }
  return all
}

/**
 * The checks of a monitor in the hours that began at `sinceMs` (Unix epoch milliseconds) or later, as one roll-up. Its
 * time goes as far as `countedToMs` of the monitor.
 */
export function readHours(database: Database, monitorId: number, sinceMs: number): RollUp {
  const all = emptyRollUp()
  for (const sums of readSums(database, { monitorId, sinceMs, span: 'hour' }).values()) mergeRollUp(all, sums)
  return all
}

/** How long the checks of a monitor took: from the checks themselves in short steps, else from the sums of hours or days. */
export function readDurations(
  database: Database,
  { monitorId, window, nowMs }: { monitorId: number; window: ChartWindow; nowMs: number },
): DurationSeries {
  const stepMs = CHARTS[window].stepMs
  const starts = chartStarts(window, nowMs)
  const sinceMs = starts[0] ?? nowMs
  const span = (['hour', 'day'] as const).find((one) => SPANS[one] === stepMs)
  const sums =
    span === undefined
      ? countInto(new Map(), readCheckPoints(database, monitorId, sinceMs), stepMs)
      : readSums(database, { monitorId, sinceMs, span })
  return { stepMs, points: starts.map((atMs) => ({ atMs, ...summarize(sums.get(atMs) ?? emptyRollUp()) })) }
}

/** The roll-ups of a monitor by their starts, and the checks that are not yet in them. */
function readSums(
  database: Database,
  { monitorId, sinceMs, span }: { monitorId: number; sinceMs: number; span: Span },
): Map<number, RollUp> {
  const stored = database
    .query<StoredRollUp & { start_ms: number }, [number, string, number]>(
      `SELECT start_ms, ${SUMS} FROM roll_ups WHERE monitor_id = ? AND span = ? AND start_ms >= ?`,
    )
    .all(monitorId, span, sinceMs)
  const sums = new Map(stored.map((row) => [row.start_ms, toRollUp(row)]))
  return countInto(sums, readUnsummed(database, monitorId, sinceMs), SPANS[span])
}

/** Changes `sums`. */
function countInto(sums: Map<number, RollUp>, checks: Iterable<CheckPoint>, stepMs: number): Map<number, RollUp> {
  for (const check of checks) {
    const startMs = Math.floor(check.startedAtMs / stepMs) * stepMs
    const sum = sums.get(startMs) ?? emptyRollUp()
    sums.set(startMs, sum)
    countCheck(sum, check)
  }
  return sums
}
