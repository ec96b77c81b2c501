import {
  CHART_WINDOWS,
  type ChartWindow,
  type DurationSeries,
  type MeasuredSeries,
  type MonitorHistory,
} from '../../../core/past/past.ts'
import type { BoardMonitor } from '../../board/board.ts'
import type { Visit } from '../parts/visit.ts'
import { Chart } from './chart.tsx'
import { durationChart, measuredChart } from './chart-data.ts'

/** More labels than that are not looked at; the metrics have them all. */
const MOST_MEASURED = 8

/** How long checks took, and what they have measured. */
export function MonitorCharts({ one, records, visit }: { one: BoardMonitor; records: MonitorRecords; visit: Visit }) {
  const { window, durations, measured } = records
  const { schedule } = one.monitor
  const { nowMs, shown } = visit
  return (
    <section class="card charts" aria-labelledby="charts-h">
      <div class="charts-head">
        <h2 id="charts-h">Durations</h2>
        <nav aria-label="Time of the charts">
          {CHART_WINDOWS.map((length) => (
            <a href={`/monitors/${one.slug}?window=${length}`} aria-current={length === window ? 'true' : undefined}>
              {length}
            </a>
          ))}
        </nav>
      </div>
      {durations !== null && (
        <Chart id="chart-durations" name="Durations" data={durationChart(durations, schedule)} nowMs={nowMs} />
      )}
      {measured.slice(0, MOST_MEASURED).map((series, index) => (
        <>
          <h3>{shown(series.label)}</h3>
          <Chart
            id={`chart-${index}`}
            name={shown(series.label)}
            data={measuredChart(series, schedule)}
            nowMs={nowMs}
          />
        </>
      ))}
      {measured.length > MOST_MEASURED && <p class="hint">… and {measured.length - MOST_MEASURED} other values.</p>}
    </section>
  )
}

/** What is read of a monitor's past for its page. The charts are for users only. */
export interface MonitorRecords {
  readonly history: MonitorHistory
  readonly window: ChartWindow
  readonly durations: DurationSeries | null
  readonly measured: readonly MeasuredSeries[]
}
