import { Hono } from 'hono'
import { methodNotAllowed } from 'hono/method-not-allowed'
import { answerBug } from './bug.ts'
import { answerHealth } from './health.ts'
import { addSecurityHeaders } from './security-headers.ts'
import type { WebEnv } from './viewer.ts'
import type { WebContext } from './web-context.ts'

/** Everything that is served where the configuration has `web`. */
export function createWebApp(web: WebContext): Hono<WebEnv> {
  const { telemetry, mask } = web
  const app = new Hono<WebEnv>()
  app.use(addSecurityHeaders)
  app.use(methodNotAllowed({ app }))
  app.use(async (context, next) => {
    context.set('viewer', { kind: 'stranger' })
    await next()
  })

  app.get('/healthz', (context) =>
    answerHealth(context, { telemetry, mask, showsReasons: context.get('viewer').kind === 'user' }),
  )
  app.notFound((context) => context.text('not found\n', 404))
  app.onError(answerBug)
  return app
}
