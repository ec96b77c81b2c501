import type { Context } from 'hono'
import type { Telemetry } from '../../core/model/ports.ts'
import type { Faults } from '../http/faults.ts'
import { createDaemonFamilies, createProcessFamilies } from './daemon-families.ts'
import { METRICS_CONTENT_TYPE, type MetricFamily, renderFamily } from './family.ts'
import { createMonitorFamilies } from './monitor-families.ts'
import { createPerformanceFamily } from './performance-family.ts'
import { createSharedWork } from './shared-work.ts'
import { createLoopTurns } from './turns.ts'

export interface MetricsOptions {
  readonly telemetry: Telemetry
  readonly faults: Pick<Faults, 'count'>
  readonly version: string
  readonly mask: (text: string) => string
  /** Whether everybody may read them: then they say what the public pages say, and no more. */
  readonly isPublic: boolean
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
 * Makes a function that reads the telemetry and renders all of it, UTF-8 in the text format of Prometheus. Lets other
 * work be done all along. What the metrics mean: docs/metrics.md.
 */
export function createMetrics(options: MetricsOptions): () => Promise<Uint8Array<ArrayBuffer>> {
  const { telemetry, faults, version, mask, isPublic } = options
  const all = [
    ...createMonitorFamilies(telemetry),
    createDurationFamily(telemetry),
    createPerformanceFamily(mask),
    ...createDaemonFamilies(telemetry, faults, version),
    ...createProcessFamilies(),
  ]
  const families = isPublic ? all.filter(({ name }) => PUBLIC.has(name)) : all

  return async () => {
    // Read once: between two slices a reload may change what there is, and no monitor may appear twice.
    const tallies = [...telemetry.monitors()]
    // Bytes, not strings: the slices of a large answer are garbage at once instead of at its end.
    const slices: Buffer<ArrayBuffer>[] = []
    const pause = createLoopTurns()
    for (const family of families) {
      for (const text of renderFamily(family, tallies)) {
        slices.push(Buffer.from(text))
        await pause()
      }
    }
    return Buffer.concat(slices)
  }
}

/** Makes the answer to a scrape, which is rendered once for all who ask at about the same time. */
export function createMetricsAnswer(options: MetricsOptions): (context: Context) => Promise<Response> {
  const render = createSharedWork(createMetrics(options), () => performance.now())
  return async (context) => context.body(await render(), 200, { 'Content-Type': METRICS_CONTENT_TYPE })
}

/** How long checks take. Over all monitors: a histogram for each would be most of what Prometheus has to keep. */
export function createDurationFamily(telemetry: Telemetry): MetricFamily {
  return {
    name: 'minitor_check_duration_seconds',
    help: 'How long checks took, by outcome, over all monitors.',
    type: 'histogram',
    samples: function* () {
      for (const { outcome, buckets, count, sumMs } of telemetry.durations()) {
        for (const { boundMs, count: within } of buckets) {
          yield { suffix: '_bucket', labels: { outcome, le: String(boundMs / 1_000) }, value: within }
        }
        yield { suffix: '_bucket', labels: { outcome, le: '+Inf' }, value: count }
        yield { suffix: '_sum', labels: { outcome }, value: sumMs / 1_000 }
        yield { suffix: '_count', labels: { outcome }, value: count }
      }
    },
  }
}
