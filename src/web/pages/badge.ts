import type { Context, Hono } from 'hono'
import { WINDOW_NAMES } from '../../core/past/kept.ts'
import { formatUptime } from '../../core/past/roll-up.ts'
import { excerpt } from '../../core/text/cut.ts'
import { STANDING_COLOURS } from '../assets/assets.ts'
import type { BoardMonitor } from '../board/board.ts'
import type { WebEnv } from '../http/viewer.ts'
import { visibleTo } from '../http/visible.ts'
import type { WebContext } from '../http/web-context.ts'
import { visitOf } from './parts/visit.ts'
import { xmlText } from './parts/xml-text.ts'

export interface Badge {
  readonly label: string
  readonly message: string
  /** `#rrggbb` */
  readonly colour: string
}

/** `share` is an uptime from 0 to 1; null is unknown. */
export function uptimeColour(share: number | null): string {
  if (share === null) return STANDING_COLOURS.pending
  if (share >= 0.999) return STANDING_COLOURS.up
  return share >= 0.99 ? STANDING_COLOURS.failing : STANDING_COLOURS.down
}

const PADDING = 7

/** As an image of its own, for other pages. */
export function badgeImage({ label, message, colour }: Badge): string {
  const left = widthOf(label) + 2 * PADDING
  const right = widthOf(message) + 2 * PADDING
  const text = (content: string, x: number, width: number) =>
    `<text x="${x}" y="14" textLength="${width - 2 * PADDING}">${xmlText(content)}</text>`
  const width = left + right
  const name = xmlText(`${label}: ${message}`)
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="20" role="img" aria-label="${name}">` +
    `<title>${name}</title><clipPath id="r"><rect width="${width}" height="20" rx="4"/></clipPath>` +
    `<g clip-path="url(#r)"><rect width="${left}" height="20" fill="#3c444c"/>` +
    `<rect x="${left}" width="${right}" height="20" fill="${colour}"/></g>` +
    '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">' +
    `${text(label, PADDING, left)}${text(message, left + PADDING, right)}</g></svg>`
  )
}

/** The same in the schema of shields.io's endpoint badge. */
function badgeEndpoint({ label, message, colour }: Badge) {
  return { schemaVersion: 1, label, message, color: colour }
}

/** About how wide a text is at 11 pixels; the image stretches it to exactly that. */
function widthOf(text: string): number {
  let width = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    width += /[\sijlrtfI.,:;'|!()[\]]/.test(character)
      ? 4.4
      : code > 0x2e7f
        ? 11
        : /[mwMW%]/.test(character)
          ? 9.8
          : 6.9
  }
  return Math.ceil(width)
}

/** More would not fit where badges stand. */
const LONGEST_LABEL = 60

export function addBadges(app: Hono<WebEnv>, web: WebContext): void {
  const answer = (context: Context<WebEnv>, slug: string, badgeOf: (one: BoardMonitor) => Badge, form: string) => {
    const one = visibleTo(context.get('viewer'), web).bySlug(slug)
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
      const { standing } = one
      return { label: labelOf(context, one), message: standing, colour: STANDING_COLOURS[standing] }
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
