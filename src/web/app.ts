import { Hono } from 'hono'
import { methodNotAllowed } from 'hono/method-not-allowed'
import { addApi } from './api/api.ts'
import { authorize, identify } from './auth/access.ts'
import { createSessions, credentialOf } from './auth/session.ts'
import { addSignIn } from './auth/sign-in.ts'
import { takeBody } from './http/body.ts'
import { compressAnswers } from './http/gzip.ts'
import { pathFinder, prefixOf } from './http/path.ts'
import { refuse } from './http/refuse.ts'
import { addSecurityHeaders, prefixRedirects, refuseOtherOrigins } from './http/security.ts'
import { isUser, type WebEnv } from './http/viewer.ts'
import { visibleTo } from './http/visible.ts'
import type { WebContext } from './http/web-context.ts'
import { answerHealth, answerLife } from './metrics/health.ts'
import { createMetricsAnswer } from './metrics/metrics.ts'
import { addPages } from './pages/add-pages.ts'
import { showRefusals } from './pages/parts/answer-page.tsx'
import { addPingRoutes } from './pings/ping-routes.ts'

/** Everything that the configuration's `web` asks for. */
export function createWebApp(web: WebContext): Hono<WebEnv> {
  const { present, telemetry, faults, heartbeats, mask, secret } = web
  const sessions = createSessions({
    secret,
    credentialOf: (user) => credentialOf(user, present.web, secret()),
    ended: web.endedSessions,
    keepEnded: web.keepEndedSessions,
  })
  const prefix = () => prefixOf(present.web.url)
  const app = new Hono<WebEnv>({ getPath: pathFinder(prefix) })
  // Before all others: with its key a heartbeat can be pinged from any page, without signing in.
  addPingRoutes(app, heartbeats)
  app.use(
    addSecurityHeaders(() => present.web),
    prefixRedirects(prefix),
    compressAnswers,
    showRefusals(web),
  )
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (context, methods) =>
        refuse(context, 405, `only ${listOf(methods)} ${methods.length === 1 ? 'is' : 'are'} allowed here`, {
          headers: { Allow: methods.join(', ') },
        }),
    }),
  )
  app.use(
    identify(web, sessions),
    refuseOtherOrigins(() => present.web),
    authorize(web),
    takeBody,
  )

  addSignIn(app, web, sessions)
  app.get('/livez', answerLife)
  app.get('/healthz', (context) =>
    answerHealth(context, { telemetry, mask, showsReasons: isUser(context.get('viewer')) }),
  )
  const metrics = createMetricsAnswer({ ...web, isPublic: false })
  const publicMetrics = createMetricsAnswer({
    ...web,
    isPublic: true,
    knows: (monitor) => visibleTo({ kind: 'public' }, web).knows(monitor),
  })
  app.get('/metrics', (context) =>
    (web.hasOpenMetrics || isUser(context.get('viewer')) ? metrics : publicMetrics)(context),
  )
  addApi(app, web)
  addPages(app, web)
  app.notFound((context) => refuse(context, 404, 'this page does not exist'))
  app.onError((error, context) => {
    faults.report(error, `${context.req.method} ${context.req.path}`)
    return refuse(context, 500, 'internal error')
  })
  return app
}

function listOf(words: readonly string[]): string {
  return new Intl.ListFormat('en').format(words)
}
