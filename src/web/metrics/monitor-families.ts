import type { MonitorTally, Telemetry } from '../../core/model/ports.ts'
import type { MetricFamily, Sample } from './family.ts'

/** What is counted per monitor. The first four keep the names that Minitor and minitor-go gave them. */
export function createMonitorFamilies(telemetry: Telemetry): MetricFamily[] {
  return [
    {
      name: 'minitor_check_total',
      help: 'Checks by result, and by whether they led to an alert.',
      type: 'counter',
      samples: perMonitor(checkCounts),
    },
    {
      name: 'minitor_alert_total',
      help: 'Alerts that reached somebody.',
      type: 'counter',
      samples: function* () {
        for (const { alert, monitor, count } of telemetry.alerts()) yield { labels: { alert, monitor }, value: count }
      },
    },
    {
      name: 'minitor_monitor_up_count',
      help: 'Whether a monitor is down (0) or not (1).',
      type: 'gauge',
      samples: perMonitor(({ monitor, status }) => [{ labels: { monitor }, value: status === 'down' ? 0 : 1 }]),
    },
    {
      name: 'minitor_monitor_status',
      help: 'Always 1; the status that a monitor has now is in the label.',
      type: 'gauge',
      samples: perMonitor(({ monitor, status }) => [{ labels: { monitor, status }, value: 1 }]),
    },
    {
      name: 'minitor_monitor_muted',
      help: 'Always 1, for monitors of which nobody would be told now; what keeps them quiet is in the label.',
      type: 'gauge',
      samples: perMonitor(({ monitor, mutedBy }) =>
        mutedBy === null ? [] : [{ labels: { monitor, by: mutedBy }, value: 1 }],
      ),
    },
    {
      name: 'minitor_check_last_timestamp_seconds',
      help: 'Start of the last check that counts, Unix time.',
      type: 'gauge',
      samples: perMonitor(({ monitor, lastCheckAtMs }) =>
        lastCheckAtMs === null ? [] : [{ labels: { monitor }, value: lastCheckAtMs / 1_000 }],
      ),
    },
    {
      name: 'minitor_check_milliseconds',
      help: 'How long the last check with that result took, in milliseconds.',
      type: 'gauge',
      samples: perMonitor(checkTimes),
    },
    {
      name: 'minitor_check_void_total',
      help: 'Checks that count for nothing, as Minitor itself was at fault.',
      type: 'counter',
      samples: perMonitor(({ monitor, voidCount }) => nonZero(monitor, voidCount)),
    },
    {
      name: 'minitor_check_skipped_total',
      help: 'Checks left out, as the one before still ran or waited.',
      type: 'counter',
      samples: perMonitor(({ monitor, skippedCount }) => nonZero(monitor, skippedCount)),
    },
  ]
}

function perMonitor(samplesOf: (tally: MonitorTally) => Iterable<Sample>): MetricFamily['samples'] {
  return function* (tallies) {
    for (const tally of tallies) yield* samplesOf(tally)
  }
}

/** All four from the start, zero or not: a rate can only see a count that was there before it grew. */
function* checkCounts({ monitor, passed, failed }: MonitorTally): Generator<Sample> {
  yield { labels: { monitor, status: 'success', is_alert: 'false' }, value: passed.quiet }
  yield { labels: { monitor, status: 'success', is_alert: 'true' }, value: passed.told }
  yield { labels: { monitor, status: 'failure', is_alert: 'false' }, value: failed.quiet }
  yield { labels: { monitor, status: 'failure', is_alert: 'true' }, value: failed.told }
}

function* checkTimes({ monitor, lastPassedMs, lastFailedMs }: MonitorTally): Generator<Sample> {
  if (lastPassedMs !== null) yield { labels: { monitor, status: 'success' }, value: lastPassedMs }
  if (lastFailedMs !== null) yield { labels: { monitor, status: 'failure' }, value: lastFailedMs }
}

function nonZero(monitor: string, value: number): Sample[] {
  return value === 0 ? [] : [{ labels: { monitor }, value }]
}
