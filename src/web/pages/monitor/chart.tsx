import { localTime } from '../../../core/text/time.ts'
import { measureText } from '../parts/duration-text.ts'
import type { ChartData } from './chart-data.ts'

/** Drawn in units that are stretched to the width there is. */
const WIDTH = 1000
const HEIGHT = 100

/** A chart as a drawing, with its data beside it for the script that makes it one to look into. */
export function Chart({ id, name, data, nowMs }: { id: string; name: string; data: ChartData; nowMs: number }) {
  const { startMs, stepMs, places, series, failed, unit } = data
  const most = Math.max(...series.flatMap(({ values }) => values.map((value) => value ?? 0)), 0)
  const least = Math.min(...series.flatMap(({ values }) => values.map((value) => value ?? 0)), 0)
  const isEmpty = series.every(({ values }) => values.every((value) => value === null))
  const span = Math.max(1, (nowMs - startMs) / stepMs)
  const x = (index: number) => round(((places[index] ?? 0) / span) * WIDTH)
  const y = (value: number) => round(HEIGHT - ((value - least) / (most - least || 1)) * HEIGHT)
  return (
    <figure class="chart" id={id} data-live data-chart={JSON.stringify(data)}>
      <figcaption>{isEmpty ? `${name}: nothing was measured in this time.` : <Legend data={data} />}</figcaption>
      {!isEmpty && (
        <div class="drawing">
          <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={name}>
            <path class="grid" d={`M0 0H${WIDTH}M0 50H${WIDTH}M0 100H${WIDTH}`} />
            {series.map(({ values }, index) => (
              <path class={`line-${index}`} d={linePath(values, x, y)} />
            ))}
            <path class="failed" d={failed.map((count, index) => (count > 0 ? `M${x(index)} 92v8` : '')).join('')} />
          </svg>
          <span class="most">{measureText(most, unit)}</span>
          <span class="from">{localTime(startMs, nowMs)}</span>
          <span class="to">now</span>
        </div>
      )}
    </figure>
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
