import type { PlannedTime } from '../model/present.ts'
import { isPass, isTrouble } from '../model/state.ts'
import type { CheckResult, MonitorState } from '../model/types.ts'
import { addDuration, type DurationSketch, mergeSketch, quantile } from './duration-sketch.ts'

/** Sums of a monitor over an hour, a day or longer. Time that is neither up nor down was not watched. */
export interface RollUp {
  passedCount: number
  failedCount: number
  /** Checks that do not count, as Minitor itself was at fault. */
  voidCount: number
  upMs: number
  downMs: number
  /** In trouble while a maintenance said that this is no downtime. */
  plannedMs: number
  longestMs: number
  readonly durations: DurationSketch
}

/** The checks of a roll-up in figures. Durations are milliseconds, null where nothing was measured. */
export interface CheckSummary {
  readonly checkCount: number
  readonly failedCount: number
  readonly p50Ms: number | null
  readonly p95Ms: number | null
  readonly longestMs: number | null
}

export function emptyRollUp(): RollUp {
  return {
    passedCount: 0,
    failedCount: 0,
    voidCount: 0,
    upMs: 0,
    downMs: 0,
    plannedMs: 0,
    longestMs: 0,
    durations: new Map(),
  }
}

/** Counts a check in. Changes `rollUp`. */
export function countCheck(rollUp: RollUp, { outcome, durationMs }: Pick<CheckResult, 'outcome' | 'durationMs'>): void {
  if (outcome === 'void') {
    rollUp.voidCount++
    return
  }
  if (isPass({ outcome })) rollUp.passedCount++
  else rollUp.failedCount++
  // What was never started took no time.
  if (outcome === 'not_started') return
  rollUp.longestMs = Math.max(rollUp.longestMs, durationMs)
  addDuration(rollUp.durations, durationMs)
}

/** Adds one time to another. Changes `into`. */
export function mergeRollUp(into: RollUp, from: RollUp): void {
  into.passedCount += from.passedCount
  into.failedCount += from.failedCount
  into.voidCount += from.voidCount
  into.upMs += from.upMs
  into.downMs += from.downMs
  into.plannedMs += from.plannedMs
  into.longestMs = Math.max(into.longestMs, from.longestMs)
  mergeSketch(into.durations, from.durations)
}

export function summarize({ passedCount, failedCount, longestMs, durations }: RollUp): CheckSummary {
  // The sketch is right to 5 %: the longest one is known exactly.
  const atMost = (ms: number | null) => (ms === null ? null : Math.min(ms, longestMs))
  const p50Ms = atMost(quantile(durations, 0.5))
  return {
    checkCount: passedCount + failedCount,
    failedCount,
    p50Ms,
    p95Ms: atMost(quantile(durations, 0.95)),
    longestMs: p50Ms === null ? null : longestMs,
  }
}

/**
 * What the time after a check counts as, until the next one: an outage is down from its first failing check until it has
 * recovered, whether anybody was notified or not. Null counts as neither: after a void check nobody knows.
 */
export function countedAs(outcome: CheckResult['outcome'], status: MonitorState['status']): CountedTime['countedAs'] {
  if (outcome === 'void') return null
  if (status === 'up') return 'up'
  return isTrouble(status) ? 'down' : null
}

/** What the time of a monitor counts as; in the times of `planned`, which do not overlap, trouble is no downtime. */
export interface CountedTime {
  readonly countedAs: 'up' | 'down' | null
  readonly planned: readonly PlannedTime[]
}

/** Adds the time from `fromMs` up to, but not including, `toMs` (Unix epoch milliseconds). Changes `into`. */
export function countTime(
  into: Pick<RollUp, 'upMs' | 'downMs' | 'plannedMs'>,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  { countedAs, planned }: CountedTime,
): void {
  const ms = Math.max(0, toMs - fromMs)
  if (countedAs === 'up') into.upMs += ms
  if (countedAs !== 'down') return
  const overlaps = planned.map((time) => Math.max(0, Math.min(toMs, time.untilMs) - Math.max(fromMs, time.fromMs)))
  const plannedMs = overlaps.reduce((sum, one) => sum + one, 0)
  into.plannedMs += plannedMs
  into.downMs += ms - plannedMs
}

/** The part of a span that lies in one bucket. `startMs` is the bucket's start, not the part's. */
export interface TimeBucket {
  /** Unix epoch milliseconds, a multiple of the bucket's length. */
  readonly startMs: number
  readonly fromMs: number
  readonly toMs: number
}

/**
 * How much of the span from `fromMs` up to, but not including, `toMs` (Unix epoch milliseconds) falls into each bucket,
 * oldest first; empty when it ends where it begins or before. Buckets begin at multiples of `bucketMs`, so those of an
 * hour or a day are UTC's. One entry per bucket touched: the caller keeps long spans to long buckets.
 */
export function splitIntoBuckets(fromMs: number, toMs: number, bucketMs: number): TimeBucket[] {
  const buckets: TimeBucket[] = []
  let atMs = fromMs
  while (atMs < toMs) {
    const startMs = Math.floor(atMs / bucketMs) * bucketMs
    const endMs = Math.min(startMs + bucketMs, toMs)
    buckets.push({ startMs, fromMs: atMs, toMs: endMs })
    atMs = endMs
  }
  return buckets
}

/**
 * The share, from 0 to 1, of the watched time in which a monitor was up. Null when it was not watched at all: time that
 * nobody saw is neither up nor down.
 */
export function uptimeOf({ upMs, downMs }: { readonly upMs: number; readonly downMs: number }): number | null {
  const watchedMs = upMs + downMs
  return watchedMs > 0 ? upMs / watchedMs : null
}

/**
 * An uptime (0 to 1) for people, to a hundredth of a percent: `99.98%`, `97.20%`, or `–` for null. Rounded, but never
 * to `100%` or `0%`, which are shown only where they are true, so that every downtime shows, and every uptime.
 */
export function formatUptime(share: number | null): string {
  if (share === null) return '–'
  const hundredths = Math.round(share * 10_000)
  if (share <= 0 || share >= 1) return `${hundredths / 100}%`
  return `${(Math.min(Math.max(hundredths, 1), 9999) / 100).toFixed(2)}%`
}
