import { Hono } from 'hono'
import type { Telemetry } from '../core/model/ports.ts'
import { authorize, type Identifying, identify } from './auth/access.ts'
import type { Faults } from './http/faults.ts'
import { pathFinder, prefixOf } from './http/path.ts'
import { addSecurityHeaders } from './http/security.ts'
import { isUser, type ServerBindings, type WebEnv } from './http/viewer.ts'
import { answerHealth, answerLife } from './metrics/health.ts'
import { createMetricsAnswer } from './metrics/metrics.ts'

interface Options extends Omit<Identifying, 'noteAction'> {
  readonly telemetry: Telemetry
  readonly faults: Faults
  readonly version: string
  readonly mask: (text: string) => string
  /** Whether the metrics ask for no password. */
  readonly hasOpenMetrics: boolean
  /** Has the request answered by the server that leads. */
  readonly handOver: (request: Request, bindings: ServerBindings) => Promise<Response>
}

/** It can neither tell whose session it is, nor keep what somebody does: that is for the leader. */
const NO_SESSIONS = { open: () => null }

/** What a server of a cluster shows that does not lead: its own metrics and health, to those with a token, and all else by the leader. */
export function createStandbyApp(options: Options): Hono<WebEnv> {
  const { present, telemetry, mask, handOver, hasOpenMetrics } = options
  const app = new Hono<WebEnv>({ getPath: pathFinder(() => prefixOf(present.web.url)) })
  const metrics = createMetricsAnswer({ ...options, isPublic: false })
  const publicMetrics = createMetricsAnswer({ ...options, isPublic: true })
  const own = [
    addSecurityHeaders(() => present.web),
    identify({ ...options, noteAction: () => {} }, NO_SESSIONS),
    authorize(options),
  ] as const
  app.get('/livez', ...own, answerLife)
  app.get('/healthz', ...own, (context) =>
    answerHealth(context, { telemetry, mask, showsReasons: isUser(context.get('viewer')) }),
  )
  app.get('/metrics', ...own, (context) =>
    (hasOpenMetrics || isUser(context.get('viewer')) ? metrics : publicMetrics)(context),
  )
  app.all('*', (context) => handOver(context.req.raw, context.env))
  return app
}
