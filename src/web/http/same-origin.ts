import type { MiddlewareHandler } from 'hono'
import type { WebConfig } from '../../core/model/config.ts'
import { isRead } from './is-read.ts'
import { refuse } from './refuse.ts'
import type { WebEnv } from './viewer.ts'

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
