import type { MiddlewareHandler } from 'hono'
import type { WebConfig } from '../../core/model/config.ts'
import { isRead, refuse } from './refuse.ts'
import type { WebEnv } from './viewer.ts'

// Nothing of another host, nothing inline: whatever gets into a page unescaped would still not run.
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  // Not `no-referrer`: with that browsers send `Origin: null` with a form, and it could not be told from a stranger's.
  'Referrer-Policy': 'same-origin',
  'Cache-Control': 'no-store',
}

/** What every answer says, unless its route has said something else. */
export const addSecurityHeaders: MiddlewareHandler = async (context, next) => {
  await next()
  for (const [name, value] of Object.entries(HEADERS)) {
    if (!context.res.headers.has(name)) context.res.headers.set(name, value)
  }
}

/**
 * Refuses what a page of another site makes a browser send. Browsers say where a request comes from: in
 * `Sec-Fetch-Site` where the connection is safe, and in `Origin`. What says neither is a program, which has no session
 * that could be misused.
 */
export function refuseOtherOrigins(web: () => Pick<WebConfig, 'url'>): MiddlewareHandler<WebEnv> {
  return async (context, next) => {
    if (isRead(context.req) || comesFromHere(context.req.raw.headers, web().url)) return next()
    return refuse(context, 403, 'this request came from another site')
  }
}

function comesFromHere(headers: Headers, ownUrl: string | null): boolean {
  const site = headers.get('Sec-Fetch-Site')
  if (site !== null) return site === 'same-origin' || site === 'none'
  const origin = headers.get('Origin')
  if (origin === null) return true
  // By host only: a proxy that ends TLS asks for http what the browser asked for https.
  const host = URL.parse(origin)?.host
  return host !== undefined && (host === headers.get('Host') || host === (ownUrl && URL.parse(ownUrl)?.host))
}
