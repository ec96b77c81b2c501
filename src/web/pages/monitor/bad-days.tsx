import { WINDOW_NAMES } from '../../../core/past/kept.ts'
import type { MonitorPast } from '../../../core/past/past.ts'
import { formatUptime } from '../../../core/past/roll-up.ts'
import { formatAge } from '../../../core/text/duration.ts'
import { DayBar, summaryOf } from '../parts/day-bar.tsx'
import { utcDay } from '../parts/times.tsx'
import type { Visit } from '../parts/visit.ts'

/** Uptimes, and the last 90 days as a bar and in words. */
export function BadDays({ past, visit }: { past: MonitorPast; visit: Visit }) {
  const { uptime, days } = past
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
      <DayBar days={days} />
      <p class="scale">
        <span>{days.length} days ago</span>
        <span>today</span>
      </p>
      <details id="days">
        <summary>{summaryOf(days)}</summary>
        <ul class="days">
          {bad.map(({ downMs, daysAgo }) => (
            <li>
              <time datetime={utcDay(visit.nowMs, daysAgo)}>{utcDay(visit.nowMs, daysAgo)}</time>: down for{' '}
              {formatAge(downMs)}
            </li>
          ))}
        </ul>
        <p class="hint">Days are those of UTC. Time in which nobody watched counts neither as up nor as down.</p>
      </details>
    </section>
  )
}
