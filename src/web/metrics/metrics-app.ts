import { Hono } from 'hono'
import type { Heartbeats, Telemetry } from '../../core/model/ports.ts'
import type { Faults } from '../http/faults.ts'
import { pathFinder } from '../http/path.ts'
import type { ServerBindings, WebEnv } from '../http/viewer.ts'
import { addPingRoutes } from '../pings/ping-routes.ts'
import { answerHealth, answerLife } from './health.ts'
import { createMetricsAnswer } from './metrics.ts'

interface MetricsAppOptions {
  readonly telemetry: Telemetry
  readonly faults: Faults
  /** Null takes no pings. */
  readonly heartbeats: Heartbeats | null
  /** On a server of a cluster that does not lead: has pings answered by the one that does. Null takes none. */
  readonly handOver?: ((request: Request, bindings: ServerBindings) => Promise<Response>) | null
  readonly version: string
  readonly mask: (text: string) => string
}

/** The small app for machines: metrics, health, life, and a line that names the first two. Pings aside, nothing here changes anything. */
export function createMetricsApp(options: MetricsAppOptions): Hono<WebEnv> {
  const { telemetry, faults, heartbeats, handOver = null, mask } = options
  const answerMetrics = createMetricsAnswer({ ...options, isPublic: false })
  const app = new Hono<WebEnv>({ getPath: pathFinder(() => '') })
  if (heartbeats !== null) addPingRoutes(app, heartbeats)
  for (const path of handOver === null ? [] : ['/ping/*', '/api/push/*']) {
    app.all(path, (context) => handOver?.(context.req.raw, context.env) ?? context.notFound())
  }
  app.use(async (context, next) => {
    context.header('Cache-Control', 'no-store')
    context.header('X-Content-Type-Options', 'nosniff')
    if (context.req.method === 'GET' || context.req.method === 'HEAD') return next()
    return context.text('only GET and HEAD are allowed here\n', 405, { Allow: 'GET, HEAD' })
  })

  app.get('/', (context) => context.text('Minitor: metrics are at /metrics, health is at /healthz\n'))
  app.get('/metrics', answerMetrics)
  app.get('/livez', answerLife)
  app.get('/healthz', (context) => answerHealth(context, { telemetry, mask, showsReasons: true }))
  app.notFound((context) => context.text('not found\n', 404))
  app.onError((error, context) => {
    faults.report(error, `${context.req.method} ${context.req.path}`)
    return context.text('internal error\n', 500)
  })
  return app
}
