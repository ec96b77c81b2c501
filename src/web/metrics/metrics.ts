import type { Context } from 'hono'
import { type MetricFamily, oneValue } from '../../core/model/metric.ts'
import type { Telemetry } from '../../core/model/ports.ts'
import { mostDescriptors, openDescriptors } from '../http/descriptors.ts'
import type { Faults } from '../http/faults.ts'
import { METRICS_CONTENT_TYPE, renderFamily } from './family.ts'
import { createSharedWork } from './shared-work.ts'
import { createLoopTurns } from './turns.ts'

export interface MetricsOptions {
  readonly telemetry: Telemetry
  readonly version: string
  readonly faults: Pick<Faults, 'count'>
  /** Whether everybody may read them: then they say what the public pages say, and no more. */
  readonly isPublic: boolean
  /** Whether the public may know of a monitor; all where it is not given. */
  readonly knows?: (monitor: string) => boolean
}

/** No durations, versions, names of alerts, or anything about the process. */
const PUBLIC: ReadonlySet<string> = new Set([
  'minitor_monitor_up_count',
  'minitor_monitor_status',
  'minitor_monitor_muted',
  'minitor_check_last_timestamp_seconds',
  'minitor_healthy',
])

/**
 * Makes a function that asks the telemetry for all metrics and renders them, UTF-8 in the text format of Prometheus.
 * Other work is done between the slices. What the metrics mean: docs/metrics.md.
 */
export function createMetrics(options: MetricsOptions): () => Promise<Uint8Array<ArrayBuffer>> {
  const { telemetry, faults, version, isPublic, knows = () => true } = options
  const ownFamilies: readonly MetricFamily[] = [
    oneValue(
      'gauge',
      'minitor_healthy',
      'Whether Minitor itself is healthy (1) or not (0); /healthz says why not.',
      () => (telemetry.troubles().length === 0 ? 1 : 0),
    ),
    {
      name: 'minitor_build_info',
      help: 'Always 1; the version is in the label.',
      type: 'gauge',
      samples: () => [{ labels: { version }, value: 1 }],
    },
    oneValue(
      'counter',
      'minitor_http_errors_total',
      'Requests that a bug in Minitor has made fail.',
      () => faults.count,
    ),
    ...processFamilies,
  ]

  return async () => {
    // Bytes, not strings: the slices of a large answer are garbage at once instead of at its end.
    const slices: Buffer<ArrayBuffer>[] = []
    const pause = createLoopTurns()
    for (const family of [...telemetry.families(), ...ownFamilies]) {
      if (isPublic && !PUBLIC.has(family.name)) continue
      for (const text of renderFamily(isPublic ? onlyKnown(family, knows) : family)) {
        slices.push(Buffer.from(text))
        await pause()
      }
    }
    return Buffer.concat(slices)
  }
}

function onlyKnown(family: MetricFamily, knows: (monitor: string) => boolean): MetricFamily {
  return {
    ...family,
    *samples() {
      for (const sample of family.samples()) {
        const { monitor } = sample.labels
        if (monitor === undefined || knows(monitor)) yield sample
      }
    },
  }
}

/** Makes the answer to a scrape, which is rendered once for all who ask at about the same time. */
export function createMetricsAnswer(options: MetricsOptions): (context: Context) => Promise<Response> {
  const render = createSharedWork(createMetrics(options), () => performance.now())
  return async (context) => context.body(await render(), 200, { 'Content-Type': METRICS_CONTENT_TYPE })
}

/** What every exporter says of its own process, under the names that Prometheus gives them. Read from Linux's /proc. */
const processFamilies = [
  oneValue('counter', 'process_cpu_seconds_total', 'CPU time used, of the user and the system.', cpuSeconds),
  oneValue('gauge', 'process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss()),
  oneValue('gauge', 'process_open_fds', 'Open file descriptors.', openDescriptors),
  oneValue('gauge', 'process_max_fds', 'Most file descriptors that may be open.', mostDescriptors),
  oneValue(
    'gauge',
    'process_start_time_seconds',
    'Start of the process, Unix time.',
    () => performance.timeOrigin / 1000,
  ),
]

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
