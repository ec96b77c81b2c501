import type { Context, HonoRequest, MiddlewareHandler } from 'hono'
import { getCookie } from 'hono/cookie'
import { actionOf } from '../../core/model/action.ts'
import { networkOf } from '../http/client-address.ts'
import { targetOf } from '../http/path.ts'
import { isRead, refuse } from '../http/refuse.ts'
import type { Viewer, WebEnv } from '../http/viewer.ts'
import type { WebContext } from '../http/web-context.ts'
import { isOneOf, type Sessions, userText } from './session.ts'

export const SESSION_COOKIE = 'minitor_session'
const BEARER = /^Bearer(?: +|$)/i
const OPEN_TO_ALL = new Set(['/healthz', '/livez', '/sign-in', '/sign-out'])

const TOKEN_USER = { kind: 'user', name: 'api token' } as const

/** What tells who asks. */
export type Identifying = Pick<WebContext, 'clock' | 'log' | 'noteAction'> & {
  readonly present: Pick<WebContext['present'], 'web'>
}

/** Sets `viewer` before any route runs: a token, a session, the public, or a stranger. */
export function identify(
  { present, clock, log, noteAction }: Identifying,
  sessions: Pick<Sessions, 'open'>,
): MiddlewareHandler<WebEnv> {
  const viewerOf = (context: Context<WebEnv>): Viewer => {
    const { tokens, isPublic, feedKey } = present.web
    const authorization = context.req.header('Authorization') ?? ''
    if (BEARER.test(authorization)) {
      if (isOneOf(authorization.replace(BEARER, '').trim(), tokens)) return TOKEN_USER
      const client = context.env.clientAddress()
      log.write('warn', `a wrong token was sent from ${client}`, { client })
      const who = TOKEN_USER.name
      noteAction(actionOf({ kind: 'sign_in_failed', atMs: clock(), who, address: networkOf(client) }))
      // Refused even where the public may read: its owner expects to see more than that.
      return { kind: 'stranger' }
    }
    // For feed readers. It only reads, as browsers send it by themselves, whichever site makes them.
    if (isRead(context.req) && isOneOf(basicPassword(authorization), tokens)) return TOKEN_USER
    // Feed readers and images of other pages send no headers.
    const key = isKeyed(context.req) ? context.req.query('key') : undefined
    if (feedKey !== null && key !== undefined && isOneOf(key, [feedKey])) return TOKEN_USER
    // Anything else is for a proxy in front.
    const user = sessions.open(getCookie(context, SESSION_COOKIE) ?? '', clock())
    if (user !== null) return { kind: 'user', name: userText(user, present.web) }
    return { kind: isPublic ? 'public' : 'stranger' }
  }

  return async (context, next) => {
    context.set('viewer', viewerOf(context))
    await next()
  }
}

/** Users may do everything, the public may read, strangers may only use what is open to all. */
export function authorize({ hasOpenMetrics }: Pick<WebContext, 'hasOpenMetrics'>): MiddlewareHandler<WebEnv> {
  const isOpen = ({ path }: HonoRequest) =>
    OPEN_TO_ALL.has(path) || path.startsWith('/assets/') || (hasOpenMetrics && path === '/metrics')

  return async (context, next) => {
    const { kind } = context.get('viewer')
    if (kind === 'user' || isOpen(context.req) || (kind === 'public' && isRead(context.req))) return next()
    if (isBrowser(context.req)) return context.redirect(signInPath(context.req), 303)
    return refuse(context, 401, 'sign in, or send a token: Authorization: Bearer TOKEN', {
      headers: { 'WWW-Authenticate': context.req.path === '/feed.atom' ? 'Basic realm="Minitor"' : 'Bearer' },
    })
  }
}

/** Whether a secret address may read it. */
function isKeyed(request: HonoRequest): boolean {
  return isRead(request) && (request.path === '/feed.atom' || request.path.startsWith('/badge/'))
}

function isBrowser(request: HonoRequest): boolean {
  return !BEARER.test(request.header('Authorization') ?? '') && (request.header('Accept') ?? '').includes('text/html')
}

/** Leads back to the page that was asked for. A command is not repeated after signing in. */
function signInPath(request: HonoRequest): string {
  if (!isRead(request) || request.path === '/') return '/sign-in'
  return `/sign-in?next=${encodeURIComponent(targetOf(request.url))}`
}

/** What stands behind the name in `Authorization: Basic …`; empty for anything else. */
function basicPassword(authorization: string): string {
  const [, encoded = ''] = /^Basic +(\S+) *$/i.exec(authorization) ?? []
  const text = Buffer.from(encoded, 'base64').toString()
  return text.slice(text.indexOf(':') + 1)
}
