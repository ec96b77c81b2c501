import { Hono } from 'hono'
import type { Heartbeats, Telemetry } from '../core/ports.ts'
import { answerBug } from './bug.ts'
import { METRICS_CONTENT_TYPE } from './family-text.ts'
import { answerHealth } from './health.ts'
import { createMetrics } from './metrics.ts'
import { addPingRoutes } from './ping-routes.ts'
import { createSharedWork } from './shared-work.ts'
import type { WebEnv } from './viewer.ts'

interface MetricsAppOptions {
  readonly telemetry: Telemetry
  /** Null takes no pings. */
  readonly heartbeats: Heartbeats | null
  readonly version: string
  readonly mask: (text: string) => string
}

/** The small app for machines: metrics, health, and a line that names the two. Pings aside, nothing here changes anything. */
export function createMetricsApp({ telemetry, heartbeats, version, mask }: MetricsAppOptions): Hono<WebEnv> {
  const renderMetrics = createSharedWork(createMetrics({ telemetry, version, mask, hasPerformanceData: true }), () =>
    performance.now(),
  )
  const app = new Hono<WebEnv>()
  if (heartbeats !== null) addPingRoutes(app, heartbeats)
  app.use(async (context, next) => {
    context.header('Cache-Control', 'no-store')
    context.header('X-Content-Type-Options', 'nosniff')
    if (context.req.method === 'GET' || context.req.method === 'HEAD') return next()
    return context.text('only GET and HEAD are answered here\n', 405, { Allow: 'GET, HEAD' })
  })

  app.get('/', (context) => context.text('Minitor: metrics are at /metrics, health is at /healthz\n'))
  app.get('/metrics', async (context) =>
    context.body(await renderMetrics(), 200, { 'Content-Type': METRICS_CONTENT_TYPE }),
  )
  app.get('/healthz', (context) => answerHealth(context, { telemetry, mask, showsReasons: true }))
  app.notFound((context) => context.text('not found\n', 404))
  app.onError(answerBug)
  return app
}
