import type { Schedule } from '../../../core/model/types.ts'
import type { DurationSeries, MeasuredSeries } from '../../../core/past/past.ts'

/** What a chart shows, small enough to be part of a page. */
export interface ChartData {
  /** Of the values, as in performance data of Nagios. */
  readonly unit: string
  /** Unix epoch milliseconds. */
  readonly startMs: number
  readonly stepMs: number
  /** How many steps after the start each point is. */
  readonly places: readonly number[]
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[]
  /** Checks that failed, by point. */
  readonly failed: readonly number[]
}

/** Pure, as is the other. */
export function durationChart({ points, stepMs }: DurationSeries, schedule: Schedule): ChartData {
  const kept = pointsToKeep(points, ({ p50Ms }) => p50Ms !== null, longestGap(schedule, stepMs))
  return {
    unit: 'ms',
    startMs: points[0]?.atMs ?? 0,
    stepMs,
    places: kept,
    series: [
      { name: 'median', values: kept.map((index) => rounded(points[index]?.p50Ms)) },
      { name: 'p95', values: kept.map((index) => rounded(points[index]?.p95Ms)) },
      { name: 'longest', values: kept.map((index) => rounded(points[index]?.longestMs)) },
    ],
    failed: kept.map((index) => points[index]?.failedCount ?? 0),
  }
}

export function measuredChart({ points, stepMs, unit }: MeasuredSeries, schedule: Schedule): ChartData {
  const kept = pointsToKeep(points, ({ mean }) => mean !== null, longestGap(schedule, stepMs))
  return {
    unit,
    startMs: points[0]?.atMs ?? 0,
    stepMs,
    places: kept,
    series: [
      { name: 'mean', values: kept.map((index) => rounded(points[index]?.mean)) },
      { name: 'most', values: kept.map((index) => rounded(points[index]?.most)) },
    ],
    failed: [],
  }
}

/** How many points in a row may be empty because no check was due in them. */
function longestGap(schedule: Schedule, stepMs: number): number {
  return schedule.kind === 'interval' ? Math.ceil(schedule.intervalMs / stepMs) : Number.POSITIVE_INFINITY
}

/**
 * Places of the points of a chart: the ends, so that all charts of a window are equally wide, and in between none that is
 * empty because no check was due in it, so that a line goes on where nothing is missing.
 */
function pointsToKeep<Point>(points: readonly Point[], has: (point: Point) => boolean, longest: number): number[] {
  const kept = new Set<number>()
  if (points.length > 0) kept.add(0)
  let before = Number.POSITIVE_INFINITY
  points.forEach((point, index) => {
    if (!has(point)) return
    if (index - before - 1 > longest) kept.add(before + 1)
    kept.add(index)
    before = index
  })
  if (points.length > 0) kept.add(points.length - 1)
  return [...kept]
}

/** Four figures are more than a chart shows. */
function rounded(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : Number(value.toPrecision(4))
}
