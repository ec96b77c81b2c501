import type { MiddlewareHandler } from 'hono'
import { acceptsGzip, gzip } from './gzip.ts'

/** Less than this would hardly get smaller. */
const WORTHWHILE_BYTES = 1_024
const COMPRESSIBLE = /^(?:text\/html|application\/(?:json|atom\+xml|openapi\+json)|image\/svg\+xml)\b/

/** Compresses what is text and worth it, on another thread, unless its route has done so already. */
export const compressAnswers: MiddlewareHandler = async (context, next) => {
  await next()
  const { res } = context
  if (!COMPRESSIBLE.test(res.headers.get('Content-Type') ?? '') || res.headers.has('Content-Encoding')) return
  res.headers.append('Vary', 'Accept-Encoding')
  if (!acceptsGzip(context.req.header('Accept-Encoding') ?? '') || context.req.method === 'HEAD') return
  const plain = await res.arrayBuffer()
  const bytes = plain.byteLength < WORTHWHILE_BYTES ? plain : await gzip(plain)
  const headers = new Headers(res.headers)
  if (bytes !== plain) headers.set('Content-Encoding', 'gzip')
  context.res = undefined
  context.res = new Response(bytes, { status: res.status, headers })
}
