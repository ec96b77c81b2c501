import type { Context } from 'hono'
import { METRICS_CONTENT_TYPE } from './family-text.ts'
import { createMetrics, type MetricsOptions } from './metrics.ts'
import { createSharedWork } from './shared-work.ts'

/** Makes the answer to a scrape, which is rendered once for all who ask at about the same time. */
export function createMetricsAnswer(options: MetricsOptions): (context: Context) => Promise<Response> {
  const render = createSharedWork(createMetrics(options), () => performance.now())
  return async (context) => context.body(await render(), 200, { 'Content-Type': METRICS_CONTENT_TYPE })
}
