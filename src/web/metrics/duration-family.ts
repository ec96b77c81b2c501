import type { Telemetry } from '../../core/model/ports.ts'
import type { MetricFamily } from './family.ts'

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
