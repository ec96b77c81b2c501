import { Hono } from 'hono'
import { methodNotAllowed } from 'hono/method-not-allowed'
import { credentialOf } from './accounts.ts'
import { addApi } from './api/api.ts'
import { authorize } from './authorize.ts'
import { answerBug } from './bug.ts'
import { compressAnswers } from './compress.ts'
import { answerHealth } from './health.ts'
import { identify } from './identify.ts'
import { createMetricsAnswer } from './metrics-answer.ts'
import { addPages } from './pages/add-pages.ts'
import { showRefusals } from './pages/show-refusals.tsx'
import { addPingRoutes } from './ping-routes.ts'
import { refuse } from './refuse.ts'
import { refuseOtherOrigins } from './same-origin.ts'
import { addSecurityHeaders } from './security-headers.ts'
import { createSessions } from './session.ts'
import { addSignIn } from './sign-in.ts'
import { takeBody } from './take-body.ts'
import { isUser, type WebEnv } from './viewer.ts'
import type { WebContext } from './web-context.ts'

/** Everything that is served where the configuration has `web`. */
export function createWebApp(web: WebContext): Hono<WebEnv> {
  const { present, telemetry, heartbeats, mask, version, secret } = web
  const sessions = createSessions({ secret, credentialOf: (user) => credentialOf(user, present.web, secret) })
  const app = new Hono<WebEnv>()
  // Before all others: whoever has the key may ping, from any page and without signing in.
  addPingRoutes(app, heartbeats)
  app.use(addSecurityHeaders, compressAnswers, showRefusals(web))
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (context, methods) =>
        refuse(context, 405, `only ${methods.join(', ')} are answered here`, {
          headers: { Allow: methods.join(', ') },
        }),
    }),
  )
  app.use(
    identify(web, sessions),
    refuseOtherOrigins(() => present.web),
    authorize,
    takeBody,
  )

  addSignIn(app, web, sessions)
  app.get('/healthz', (context) =>
    answerHealth(context, { telemetry, mask, showsReasons: isUser(context.get('viewer')) }),
  )
  const metrics = createMetricsAnswer({ telemetry, version, mask, hasPerformanceData: true })
  const publicMetrics = createMetricsAnswer({ telemetry, version, mask, hasPerformanceData: false })
  app.get('/metrics', (context) => (isUser(context.get('viewer')) ? metrics : publicMetrics)(context))
  addApi(app, web)
  addPages(app, web)
  app.notFound((context) => refuse(context, 404, 'not found'))
  app.onError(answerBug)
  return app
}
