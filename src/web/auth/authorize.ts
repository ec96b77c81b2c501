import type { HonoRequest, MiddlewareHandler } from 'hono'
import { isRead, refuse } from '../http/refuse.ts'
import type { WebEnv } from '../http/viewer.ts'

const OPEN = new Set(['/healthz', '/sign-in', '/sign-out'])

/** Lets through who may: users everywhere, the public where it only reads, strangers where everybody may. */
export const authorize: MiddlewareHandler<WebEnv> = async (context, next) => {
  const { kind } = context.get('viewer')
  const isAllowed = kind === 'user' || isOpen(context.req) || (kind === 'public' && isRead(context.req))
  if (isAllowed) return next()
  if (isBrowser(context.req)) return context.redirect(signInPath(context.req), 303)
  return refuse(context, 401, 'sign in, or send a token: Authorization: Bearer TOKEN', {
    headers: { 'WWW-Authenticate': 'Bearer' },
  })
}

function isOpen(request: HonoRequest): boolean {
  return OPEN.has(request.path) || request.path.startsWith('/assets/')
}

function isBrowser(request: HonoRequest): boolean {
  return request.header('Authorization') === undefined && (request.header('Accept') ?? '').includes('text/html')
}

/** Leads back to a page that was asked for; what was sent to be done is not done later. */
function signInPath(request: HonoRequest): string {
  const { pathname, search } = new URL(request.url)
  return isRead(request) && pathname !== '/' ? `/sign-in?next=${encodeURIComponent(pathname + search)}` : '/sign-in'
}
