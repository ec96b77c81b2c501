import type { Hono } from 'hono'
import { acceptsGzip } from '../http/gzip.ts'
import type { WebEnv } from '../http/viewer.ts'
import { ASSETS, FAVICONS } from './assets.ts'

// An address with another content is another address.
const FOR_EVER = 'public, max-age=31536000, immutable'

export function addAssets(app: Hono<WebEnv>): void {
  const byPath = new Map([...Object.values(ASSETS), ...Object.values(FAVICONS)].map((asset) => [asset.path, asset]))
  app.get('/assets/:name', (context) => {
    const asset = byPath.get(context.req.path)
    if (asset === undefined) return context.notFound()
    context.header('Content-Type', asset.contentType)
    context.header('Cache-Control', FOR_EVER)
    context.header('Vary', 'Accept-Encoding')
    const takesGzip = acceptsGzip(context.req.header('Accept-Encoding') ?? '')
    if (takesGzip) context.header('Content-Encoding', 'gzip')
    return context.body(takesGzip ? asset.gzipped : asset.plain)
  })
}
