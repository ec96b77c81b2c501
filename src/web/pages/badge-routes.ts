import type { Context, Hono } from 'hono'
import { standingOf } from '../../core/model/standing.ts'
import { WINDOW_NAMES } from '../../core/past/kept.ts'
import { formatUptime } from '../../core/past/time-buckets.ts'
import { excerpt } from '../../core/text/cut.ts'
import type { BoardMonitor } from '../board/board.ts'
import type { WebEnv } from '../http/viewer.ts'
import type { WebContext } from '../http/web-context.ts'
import { type Badge, badgeEndpoint, badgeImage, colourOf, uptimeColour } from './badge.ts'
import { visitOf } from './visit.ts'

/** More would not fit where badges stand. */
const LONGEST_LABEL = 60

export function addBadges(app: Hono<WebEnv>, web: WebContext): void {
  const answer = (context: Context<WebEnv>, slug: string, badgeOf: (one: BoardMonitor) => Badge, form: string) => {
    const one = web.board.bySlug(slug)
    if (one === undefined) return context.notFound()
    const badge = badgeOf(one)
    // Images of other pages go through caches; those must ask again.
    context.header('Cache-Control', 'no-cache')
    if (form === 'json') return context.json(badgeEndpoint(badge))
    // Other pages are what it is for.
    context.header('Cross-Origin-Resource-Policy', 'cross-origin')
    context.header('Content-Type', 'image/svg+xml')
    return context.body(badgeImage(badge))
  }
  const labelOf = (context: Context<WebEnv>, { monitor }: BoardMonitor) =>
    excerpt(visitOf(context, web).shown(monitor.name), LONGEST_LABEL)

  app.get('/badge/:file{[^/]+\\.(?:svg|json)}', (context) => {
    const [, slug = '', form = ''] = /^([^/]+)\.(svg|json)$/.exec(context.req.param('file')) ?? []
    const badgeOf = (one: BoardMonitor) => {
      const standing = standingOf(one.state)
      return { label: labelOf(context, one), message: standing, colour: colourOf(standing) }
    }
    return answer(context, slug, badgeOf, form)
  })

  app.get('/badge/:slug/:file{uptime-\\w+\\.(?:svg|json)}', (context) => {
    const [, asked, form = ''] = /^uptime-(\w+)\.(\w+)$/.exec(context.req.param('file')) ?? []
    const window = WINDOW_NAMES.find((one) => one === asked)
    if (window === undefined) return context.notFound()
    const badgeOf = (one: BoardMonitor) => {
      const share = one.past?.uptime[window] ?? null
      const message = share === null ? 'unknown' : formatUptime(share)
      return { label: `${labelOf(context, one)} uptime ${window}`, message, colour: uptimeColour(share) }
    }
    return answer(context, context.req.param('slug'), badgeOf, form)
  })
}
