import type { Context, HonoRequest, MiddlewareHandler } from 'hono'
import { getCookie } from 'hono/cookie'
import { isRead, refuse } from '../http/refuse.ts'
import type { Viewer, WebEnv } from '../http/viewer.ts'
import type { WebContext } from '../http/web-context.ts'
import { isOneOf, type Sessions } from './session.ts'

export const SESSION_COOKIE = 'minitor_session'
const OPEN_TO_ALL = new Set(['/healthz', '/sign-in', '/sign-out'])

/** Sets `viewer` before any route runs: a token, a session, the public, or a stranger. */
export function identify({ present, clock }: WebContext, sessions: Sessions): MiddlewareHandler<WebEnv> {
  const viewerOf = (context: Context<WebEnv>): Viewer => {
    const { tokens, isPublic } = present.web
    const authorization = context.req.header('Authorization')
    if (authorization !== undefined) {
      const [, token] = /^Bearer +(\S+) *$/i.exec(authorization) ?? []
      // A wrong token is refused even where the public may read: its owner expects to see more than that.
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

/** Users may do everything, the public may read, strangers may only use what is open to all. */
export const authorize: MiddlewareHandler<WebEnv> = async (context, next) => {
  const { kind } = context.get('viewer')
  const isAllowed = kind === 'user' || isOpenToAll(context.req) || (kind === 'public' && isRead(context.req))
  if (isAllowed) return next()
  if (isBrowser(context.req)) return context.redirect(signInPath(context.req), 303)
  return refuse(context, 401, 'sign in, or send a token: Authorization: Bearer TOKEN', {
    headers: { 'WWW-Authenticate': 'Bearer' },
  })
}

function isOpenToAll(request: HonoRequest): boolean {
  return OPEN_TO_ALL.has(request.path) || request.path.startsWith('/assets/')
}

function isBrowser(request: HonoRequest): boolean {
  return request.header('Authorization') === undefined && (request.header('Accept') ?? '').includes('text/html')
}

/** Leads back to the page that was asked for. A command is not repeated after signing in. */
function signInPath(request: HonoRequest): string {
  const { pathname, search } = new URL(request.url)
  return isRead(request) && pathname !== '/' ? `/sign-in?next=${encodeURIComponent(pathname + search)}` : '/sign-in'
}
