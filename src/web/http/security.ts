import type { MiddlewareHandler } from 'hono'
import type { WebConfig } from '../../core/model/config.ts'
import { withoutPrefix } from './path.ts'
import { isRead, refuse } from './refuse.ts'
import type { WebEnv } from './viewer.ts'

// Nothing from other hosts and nothing inline: even text that got into a page unescaped would not run.
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
].join('; ')

const HEADERS: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  // Not `no-referrer`: browsers would then send `Origin: null` with our own forms, as with those of other sites.
  'Referrer-Policy': 'same-origin',
  'Cache-Control': 'no-store',
}

/** Adds the headers of every answer, except those that its route has set. */
export function addSecurityHeaders(web: () => Pick<WebConfig, 'embed'>): MiddlewareHandler<WebEnv> {
  return async (context, next) => {
    await next()
    const { headers } = context.res
    const set = (name: string, value: string) => {
      if (!headers.has(name)) headers.set(name, value)
    }
    const { embed } = web()
    set('Content-Security-Policy', `${CONTENT_SECURITY_POLICY}; frame-ancestors ${embed.join(' ') || "'none'"}`)
    for (const [name, value] of Object.entries(HEADERS)) set(name, value)
    // What everybody may read, the scripts of other pages may read, too; browsers send no session with that.
    if (context.get('viewer')?.kind === 'public' && isRead(context.req)) set('Access-Control-Allow-Origin', '*')
  }
}

/** Redirects are written for routes: puts the prefix of the public address before their paths. */
export function prefixRedirects(prefix: () => string): MiddlewareHandler {
  return async (context, next) => {
    await next()
    const to = context.res.headers.get('Location')
    if (to?.startsWith('/')) context.res.headers.set('Location', prefix() + withoutPrefix(to, prefix()))
  }
}

/**
 * Refuses commands that a page of another site makes a browser send. Browsers name the origin of a request: in
 * `Sec-Fetch-Site` if the connection is secure, and in `Origin`. A request with neither comes from a program, which has no
 * session to misuse.
 */
export function refuseOtherOrigins(web: () => Pick<WebConfig, 'url'>): MiddlewareHandler<WebEnv> {
  return async (context, next) => {
    const { url } = web()
    if (isRead(context.req) || comesFromHere(context.req.raw.headers, url)) return next()
    const advice =
      url === null
        ? 'if this is the site, set web.url to the address that the browser shows'
        : `web.url says that this one is ${url}`
    return refuse(context, 403, `this request came from another site; ${advice}`)
  }
}

function comesFromHere(headers: Headers, ownUrl: string | null): boolean {
  const site = headers.get('Sec-Fetch-Site')
  if (site !== null) return site === 'same-origin' || site === 'none'
  const origin = headers.get('Origin')
  if (origin === null) return true
  // Compares hosts only: behind a proxy that ends TLS, the browser's https arrives as http.
  const host = URL.parse(origin)?.host
  return host !== undefined && (host === headers.get('Host') || host === (ownUrl && URL.parse(ownUrl)?.host))
}
