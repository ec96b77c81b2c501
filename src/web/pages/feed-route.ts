import type { Hono } from 'hono'
import { PastUnavailable } from '../../core/past/past.ts'
import type { WebEnv } from '../http/viewer.ts'
import type { WebContext } from '../http/web-context.ts'
import { feedOf } from './feed.ts'
import { visitOf } from './visit.ts'

const ENTRIES = 50

export function addFeed(app: Hono<WebEnv>, web: WebContext): void {
  app.get('/feed.atom', async (context) => {
    const visit = visitOf(context, web)
    const base = web.present.web.url ?? new URL(context.req.url).origin
    try {
      const incidents = await web.past.incidents({ sinceMs: 0, monitor: null, beforeMs: null, limit: ENTRIES })
      context.header('Content-Type', 'application/atom+xml; charset=utf-8')
      return context.body(feedOf(incidents, { base, visit }))
    } catch (error) {
      if (!(error instanceof PastUnavailable)) throw error
      // Readers of feeds come again by themselves.
      return context.text('the past cannot be read now\n', 503, { 'Retry-After': '60' })
    }
  })
}
