import type { Action } from '../../../core/model/action.ts'
import { limitsIn } from '../../../core/model/perfdata.ts'
import { type CheckPoint, WINDOW_NAMES } from '../../../core/past/kept.ts'
import {
  CHART_WINDOWS,
  type ChartWindow,
  type DurationSeries,
  type MeasuredSeries,
  type MonitorHistory,
  type MonitorPast,
} from '../../../core/past/past.ts'
import { formatUptime } from '../../../core/past/roll-up.ts'
import { formatAge } from '../../../core/text/duration.ts'
import type { BoardMonitor } from '../../board/board.ts'
import { DayBar, summaryOf } from '../parts/day-bar.tsx'
import { utcDay } from '../parts/figures.tsx'
import type { Visit } from '../parts/visit.ts'
import { Chart, durationChart, measuredChart } from './chart.tsx'

/** Charts on one page; the metrics have all labels. */
const MOST_MEASURED = 8

export function MonitorCharts({ one, records, visit }: { one: BoardMonitor; records: MonitorRecords; visit: Visit }) {
  const { window, durations, measured } = records
  const { schedule } = one.monitor
  const { shown } = visit
  return (
    <section class="card charts" aria-labelledby="charts-h">
      <div class="charts-head">
        <h2 id="charts-h">Check duration</h2>
        <nav aria-label="Time of the charts">
          {CHART_WINDOWS.map((length) => (
            <a href={`/monitors/${one.slug}?window=${length}`} aria-current={length === window ? 'true' : undefined}>
              {length}
            </a>
          ))}
        </nav>
      </div>
      {durations !== null && (
        <Chart id="chart-durations" name="Check duration" data={durationChart(durations, schedule)} visit={visit} />
      )}
      {measured.slice(0, MOST_MEASURED).map((series, index) => (
        <>
          <h3>{/\p{L}/u.test(series.label) ? shown(series.label) : `Value of ${shown(series.label)}`}</h3>
          <Chart
            id={`chart-${index}`}
            name={shown(series.label)}
            data={measuredChart(series, schedule, limitsIn(one.lastCheck?.output ?? '', series))}
            visit={visit}
          />
        </>
      ))}
      {measured.length > MOST_MEASURED && <p class="hint">… and {measured.length - MOST_MEASURED} more values.</p>}
    </section>
  )
}

/** The past of a monitor that its page shows. Charts are for users. */
export interface MonitorRecords {
  readonly history: MonitorHistory
  /** Oldest first. */
  readonly recent: readonly CheckPoint[]
  readonly window: ChartWindow
  readonly durations: DurationSeries | null
  readonly measured: readonly MeasuredSeries[]
  /** What people did last about it, newest first; for users. */
  readonly actions: readonly Action[]
}

/** Uptimes, and the last 90 days as a bar and in words. */
export function BadDays({ one, past, visit }: { one: BoardMonitor; past: MonitorPast; visit: Visit }) {
  const { uptime, days } = past
  const address = (day: string) => `/incidents?${new URLSearchParams({ monitor: one.monitor.name, day })}`
  const bad = days
    .map((downMs, index) => ({ downMs, daysAgo: days.length - 1 - index }))
    .filter((day): day is { downMs: number; daysAgo: number } => day.downMs !== null && day.downMs > 0)
    .reverse()
  return (
    <section class="card" id="uptime" data-live aria-labelledby="uptime-h">
      <h2 id="uptime-h">Uptime</h2>
      <dl class="uptimes">
        {WINDOW_NAMES.map((window) => (
          <div>
            <dt>{window}</dt>
            <dd>{formatUptime(uptime[window])}</dd>
          </div>
        ))}
      </dl>
      <DayBar one={one} past={past} visit={visit} />
      <p class="scale">
        <span>{days.length} days ago</span>
        <span>today</span>
      </p>
      <details id="days">
        <summary>{summaryOf(days, visit.nowMs)}</summary>
        <ul class="days">
          {bad.map(({ downMs, daysAgo }) => (
            <li>
              <a href={address(utcDay(visit.nowMs, daysAgo))}>{utcDay(visit.nowMs, daysAgo)}</a>: down for{' '}
              {formatAge(downMs)}
            </li>
          ))}
        </ul>
        <p class="hint">Days are in UTC. Unwatched time counts neither as up nor as down.</p>
      </details>
    </section>
  )
}
