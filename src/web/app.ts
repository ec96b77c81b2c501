import { Hono } from 'hono'
import type { Telemetry } from '../core/ports.ts'
import { printable } from '../core/printable.ts'
import { METRICS_CONTENT_TYPE } from './metrics.ts'

export interface AppOptions {
  readonly telemetry: Telemetry
  readonly renderMetrics: () => Promise<Uint8Array<ArrayBuffer>>
  readonly mask: (text: string) => string
}

/** The routes: metrics, health, and a line that names the two. Nothing here changes anything. */
export function createApp({ telemetry, renderMetrics, mask }: AppOptions): Hono {
  const app = new Hono()
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
  app.get('/healthz', (context) => {
    const troubles = telemetry.troubles()
    if (troubles.length === 0) return context.text('ok\n')
    return context.text(
      troubles.map((trouble) => `${printable(mask(trouble), { newlines: 'escape' })}\n`).join(''),
      503,
    )
  })

  app.notFound((context) => context.text('not found\n', 404))
  app.onError((error, context) => {
    // A bug, as nothing here is expected to fail: it ends the process like any other, but the caller gets an answer.
    queueMicrotask(() => {
      throw error
    })
    return context.text('internal error\n', 500)
  })
  return app
}
