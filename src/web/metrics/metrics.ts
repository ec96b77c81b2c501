import type { Context } from 'hono'
import { type MetricFamily, oneValue } from '../../core/model/metric.ts'
import type { Telemetry } from '../../core/model/ports.ts'
import { METRICS_CONTENT_TYPE, renderFamily } from './family.ts'
import { processFamilies } from './process-families.ts'
import { createSharedWork } from './shared-work.ts'
import { createLoopTurns } from './turns.ts'

export interface MetricsOptions {
  readonly telemetry: Telemetry
  readonly version: string
  /** Whether the reader may see what checks printed. */
  readonly showsOutput: boolean
}

/**
 * Makes a function that asks the telemetry for all metrics and renders them, UTF-8 in the text format of Prometheus.
 * Other work is done between the slices. What the metrics mean: docs/metrics.md.
 */
export function createMetrics({
  telemetry,
  version,
  showsOutput,
}: MetricsOptions): () => Promise<Uint8Array<ArrayBuffer>> {
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
    ...processFamilies,
  ]

  return async () => {
    // Bytes, not strings: the slices of a large answer are garbage at once instead of at its end.
    const slices: Buffer<ArrayBuffer>[] = []
    const pause = createLoopTurns()
    for (const family of [...telemetry.families(), ...ownFamilies]) {
      if (family.showsOutput && !showsOutput) continue
      for (const text of renderFamily(family)) {
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
