import type { Hono } from 'hono'
import uplotScript from 'uplot/dist/uPlot.iife.min.js' with { type: 'text' }
import uplotStyle from 'uplot/dist/uPlot.min.css' with { type: 'text' }
import { STANDINGS, type Standing } from '../../core/model/state.ts'
import { acceptsGzip } from '../http/gzip.ts'
import type { WebEnv } from '../http/viewer.ts'
import actionsScript from './actions.client.js' with { type: 'text' }
import barStyle from './bar.css' with { type: 'text' }
import cellsScript from './cells.client.js' with { type: 'text' }
import chartScript from './chart.client.js' with { type: 'text' }
import chartStyle from './chart.css' with { type: 'text' }
import coloursStyle from './colours.css' with { type: 'text' }
import formsStyle from './forms.css' with { type: 'text' }
import frameStyle from './frame.css' with { type: 'text' }
import liveScript from './live.client.js' with { type: 'text' }
import logStyle from './log.css' with { type: 'text' }
import lookStyle from './look.css' with { type: 'text' }
import monitorStyle from './monitor.css' with { type: 'text' }
import overviewStyle from './overview.css' with { type: 'text' }
import timesScript from './times.client.js' with { type: 'text' }

/** Behind white, in icons and badges, which have no style of the page. */
export const STANDING_COLOURS: Readonly<Record<Standing, string>> = {
  up: '#2a7f57',
  down: '#b3122f',
  failing: '#a86200',
  flapping: '#a86200',
  maintenance: '#3b62a8',
  pending: '#5d6772',
  paused: '#5d6772',
}

/** On a grid of 16 by 16, for people who do not see the colour. */
const SIGNS: Readonly<Record<Standing, string>> = {
  up: 'M4.5 8.3l2.4 2.4 4.6-5',
  down: 'M5 5l6 6m0-6l-6 6',
  failing: 'M8 4v4.6m0 2.9v.1',
  flapping: 'M4 9l2.4-2.6 3.2 3.2L12 7',
  maintenance: 'M8 4.2V8l2.6 1.8',
  pending: 'M5 8h.1M8 8h.1m2.9 0h.1',
  paused: 'M6.3 5v6m3.4-6v6',
}

/** The icon of a page, for its state. Pure. */
function faviconOf(standing: Standing): string {
  return (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">' +
    `<rect width="16" height="16" rx="4" fill="${STANDING_COLOURS[standing]}"/>` +
    `<path d="${SIGNS[standing]}" fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/></svg>`
  )
}

interface Asset {
  /** Contains a fingerprint of the content, so that browsers can cache it for ever. */
  readonly path: string
  readonly contentType: string
  readonly plain: Uint8Array<ArrayBuffer>
  readonly gzipped: Uint8Array<ArrayBuffer>
}

const SCRIPT = 'text/javascript; charset=utf-8'
const STYLE = 'text/css; charset=utf-8'
const IMAGE = 'image/svg+xml'

/** Styles and scripts, which are part of the executable; prepared once. */
export const ASSETS = {
  style: asset(
    'minitor.css',
    STYLE,
    [coloursStyle, lookStyle, frameStyle, formsStyle, overviewStyle, barStyle, monitorStyle, logStyle].join('\n'),
  ),
  live: asset('live.js', SCRIPT, [timesScript, liveScript, cellsScript, actionsScript].map(apart).join('\n')),
  chartStyle: asset('chart.css', STYLE, uplotStyle + chartStyle),
  chart: asset('chart.js', SCRIPT, `${uplotScript}\n${chartScript}`),
}

/** A script whose names are its own. */
function apart(script: string): string {
  return `{\n${script}}`
}

/** Icons of pages, by the state that they show. */
export const FAVICONS = Object.fromEntries(
  STANDINGS.map((standing) => [standing, asset(`${standing}.svg`, IMAGE, faviconOf(standing))]),
) as Readonly<Record<Standing, Asset>>

function asset(name: string, contentType: string, text: string): Asset {
  const plain = new TextEncoder().encode(text)
  const [stem, extension] = name.split('.')
  const fingerprint = Bun.hash(plain).toString(36)
  return { path: `/assets/${stem}.${fingerprint}.${extension}`, contentType, plain, gzipped: Bun.gzipSync(plain) }
}

// Changed content has another address.
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
