import type { Limits } from '../../../core/model/perfdata.ts'
import type { Schedule } from '../../../core/model/types.ts'
import { scaleOf } from '../../../core/model/unit.ts'
import type { DurationSeries, MeasuredSeries } from '../../../core/past/past.ts'
import { At, measureText } from '../parts/figures.tsx'
import type { Visit } from '../parts/visit.ts'

/** Drawn in units that are stretched to the width there is. */
const WIDTH = 1000
const HEIGHT = 100

/** A chart as a drawing, with its data beside it for the script that makes it one to look into. */
export function Chart({ id, name, data, visit }: { id: string; name: string; data: ChartData; visit: Visit }) {
  const { startMs, stepMs, places, series, failed, unit, limits } = data
  const values = [...series.flatMap((one) => one.values), ...limits.warning, ...limits.critical]
  const most = Math.max(...values.map((value) => value ?? 0), 0)
  const least = Math.min(...values.map((value) => value ?? 0), 0)
  const isEmpty = series.every(({ values }) => values.every((value) => value === null))
  const span = Math.max(1, (visit.nowMs - startMs) / stepMs)
  const x = (index: number) => round(((places[index] ?? 0) / span) * WIDTH)
  const y = (value: number) => round(HEIGHT - ((value - least) / (most - least || 1)) * HEIGHT)
  return (
    <>
      <figure class="chart" id={id} data-live data-chart={JSON.stringify({ ...data, scale: scaleOf(unit) })}>
        <figcaption>{isEmpty ? `${name}: nothing was measured in this time.` : <Legend data={data} />}</figcaption>
        {!isEmpty && (
          <div class="drawing">
            <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={name}>
              <path class="grid" d={`M0 0H${WIDTH}M0 50H${WIDTH}M0 100H${WIDTH}`} />
              {(['warning', 'critical'] as const).map((kind) => (
                <path class={kind} d={limits[kind].map((value) => `M0 ${y(value)}H${WIDTH}`).join('')} />
              ))}
              {series.map(({ values }, index) => (
                <path class={`line-${index}`} d={linePath(values, x, y)} />
              ))}
              <path class="failed" d={failed.map((count, index) => (count > 0 ? `M${x(index)} 92v8` : '')).join('')} />
            </svg>
            <span class="most">{measureText(most, unit)}</span>
            <span class="from">
              <At ms={startMs} visit={visit} />
            </span>
            <span class="to">now</span>
          </div>
        )}
      </figure>
      <LimitWords id={id} data={data} />
    </>
  )
}

/** The lines of thresholds in words; they stay where a script draws the chart. */
function LimitWords({ id, data: { limits, unit } }: { id: string; data: ChartData }) {
  const texts = (['warning', 'critical'] as const).flatMap((kind) =>
    limits[kind].length === 0
      ? []
      : [{ kind, text: `${kind} at ${limits[kind].map((value) => measureText(value, unit)).join(' and ')}` }],
  )
  return (
    <ul class="legend limits" id={`${id}-limits`} data-live hidden={texts.length === 0}>
      {texts.map(({ kind, text }) => (
        <li class={kind}>{text}</li>
      ))}
    </ul>
  )
}

/** Each line with the value it ends in. */
function Legend({ data: { series, unit } }: { data: ChartData }) {
  return (
    <ul class="legend">
      {series.map(({ name, values }, index) => (
        <li class={`line-${index}`}>
          {name} {measureText(values.findLast((value) => value !== null) ?? null, unit)}
        </li>
      ))}
    </ul>
  )
}

function linePath(
  values: readonly (number | null)[],
  x: (index: number) => number,
  y: (value: number) => number,
): string {
  let path = ''
  let isDrawing = false
  values.forEach((value, index) => {
    if (value !== null) {
      // A line of no length with round ends is a point, for a value that stands alone.
      path += isDrawing ? `L${x(index)} ${y(value)}` : `M${x(index)} ${y(value)}h0`
    }
    isDrawing = value !== null
  })
  return path
}

function round(number: number): number {
  return Math.round(number * 10) / 10
}

/** What a chart shows, small enough to be part of a page. */
export interface ChartData {
  /** Unit of the values, as in performance data of Nagios. */
  readonly unit: string
  /** Unix epoch milliseconds. */
  readonly startMs: number
  readonly stepMs: number
  /** How many steps after the start each point is. */
  readonly places: readonly number[]
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[]
  /** Checks that failed, by point; empty where none did. */
  readonly failed: readonly number[]
  /** Thresholds, each a line. */
  readonly limits: Limits
}

/** A job that says only when it has ended has taken no time that is known. */
export function durationChart({ points, stepMs }: DurationSeries, schedule: Schedule): ChartData {
  const kept = pointsToKeep(points, ({ checkCount }) => checkCount > 0, longestGap(schedule, stepMs))
  const valuesOf = (key: 'p50Ms' | 'p95Ms' | 'longestMs') =>
    kept.map((index) => (points[index]?.longestMs ? rounded(points[index][key]) : null))
  return {
    unit: 'ms',
    startMs: points[0]?.atMs ?? 0,
    stepMs,
    places: kept,
    // Points that are single checks have no more to tell than how long these took.
    series: points.every(({ checkCount }) => checkCount <= 1)
      ? [{ name: 'duration', values: valuesOf('longestMs') }]
      : [
          { name: 'median', values: valuesOf('p50Ms') },
          { name: 'p95', values: valuesOf('p95Ms') },
          { name: 'max', values: valuesOf('longestMs') },
        ],
    failed: points.some(({ failedCount }) => failedCount > 0)
      ? kept.map((index) => points[index]?.failedCount ?? 0)
      : [],
    limits: { warning: [], critical: [] },
  }
}

export function measuredChart({ points, stepMs, unit }: MeasuredSeries, schedule: Schedule, limits: Limits): ChartData {
  const kept = pointsToKeep(points, ({ mean }) => mean !== null, longestGap(schedule, stepMs))
  return {
    unit,
    startMs: points[0]?.atMs ?? 0,
    stepMs,
    places: kept,
    series: points.every(({ mean, most }) => mean === most)
      ? [{ name: 'value', values: kept.map((index) => rounded(points[index]?.mean)) }]
      : [
          { name: 'mean', values: kept.map((index) => rounded(points[index]?.mean)) },
          { name: 'max', values: kept.map((index) => rounded(points[index]?.most)) },
        ],
    failed: [],
    limits,
  }
}

/** How many points in a row may be empty because no check was due in them. */
function longestGap(schedule: Schedule, stepMs: number): number {
  return schedule.kind === 'interval' ? Math.ceil(schedule.intervalMs / stepMs) : Infinity
}

/**
 * Places of the points of a chart: the ends, so that all charts of a window are equally wide, and in between none that is
 * empty because no check was due in it, so that a line goes on where nothing is missing.
 */
function pointsToKeep<Point>(points: readonly Point[], has: (point: Point) => boolean, longest: number): number[] {
  const kept = new Set<number>()
  if (points.length > 0) kept.add(0)
  let before = Infinity
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
