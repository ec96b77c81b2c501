import type { Context, MiddlewareHandler } from 'hono'
import { getCookie } from 'hono/cookie'
import type { Viewer, WebEnv } from '../http/viewer.ts'
import type { WebContext } from '../http/web-context.ts'
import { isOneOf } from './accounts.ts'
import type { Sessions } from './session.ts'

export const SESSION_COOKIE = 'minitor_session'

/** Finds out who asks, before any route: a token, a session, the public, or a stranger. */
export function identify({ present, clock }: WebContext, sessions: Sessions): MiddlewareHandler<WebEnv> {
  const viewerOf = (context: Context<WebEnv>): Viewer => {
    const { tokens, isPublic } = present.web
    const authorization = context.req.header('Authorization')
    if (authorization !== undefined) {
      const [, token] = /^Bearer +(\S+) *$/i.exec(authorization) ?? []
      // A token that is wrong is told so, also where the public may read: its owner expects more than that.
      return token !== undefined && isOneOf(token, tokens) ? { kind: 'user', name: 'token' } : { kind: 'stranger' }
    }
    const user = sessions.open(getCookie(context, SESSION_COOKIE) ?? '', clock())
    if (user !== null) return { kind: 'user', name: user }
    return { kind: isPublic ? 'public' : 'stranger' }
  }

  return async (context, next) => {
    context.set('viewer', viewerOf(context))
    await next()
  }
}
