import { Hono } from 'hono'
import type { Heartbeats, Telemetry } from '../../core/model/ports.ts'
import { answerBug } from '../http/refuse.ts'
import type { WebEnv } from '../http/viewer.ts'
import { addPingRoutes } from '../pings/ping-routes.ts'
import { answerHealth } from './health.ts'
import { createMetricsAnswer } from './metrics.ts'

interface MetricsAppOptions {
  readonly telemetry: Telemetry
  /** Null takes no pings. */
  readonly heartbeats: Heartbeats | null
  readonly version: string
  readonly mask: (text: string) => string
}

/** The small app for machines: metrics, health, and a line that names the two. Read-only but for pings. */
export function createMetricsApp({ telemetry, heartbeats, version, mask }: MetricsAppOptions): Hono<WebEnv> {
  const answerMetrics = createMetricsAnswer({ telemetry, version, showsOutput: true })
  const app = new Hono<WebEnv>()
  if (heartbeats !== null) addPingRoutes(app, heartbeats)
  app.use(async (context, next) => {
    context.header('Cache-Control', 'no-store')
    context.header('X-Content-Type-Options', 'nosniff')
    if (context.req.method === 'GET' || context.req.method === 'HEAD') return next()
    return context.text('only GET and HEAD are allowed here\n', 405, { Allow: 'GET, HEAD' })
  })

  app.get('/', (context) => context.text('Minitor: metrics are at /metrics, health is at /healthz\n'))
  app.get('/metrics', answerMetrics)
  app.get('/healthz', (context) => answerHealth(context, { telemetry, mask, showsReasons: true }))
  app.notFound((context) => context.text('not found\n', 404))
  app.onError(answerBug)
  return app
}
