import uplotScript from 'uplot/dist/uPlot.iife.min.js' with { type: 'text' }
import uplotStyle from 'uplot/dist/uPlot.min.css' with { type: 'text' }
import { STANDINGS, type Standing } from '../../core/model/standing.ts'
import barStyle from './bar.css' with { type: 'text' }
import chartScript from './chart.client.js' with { type: 'text' }
import chartStyle from './chart.css' with { type: 'text' }
import coloursStyle from './colours.css' with { type: 'text' }
import daysScript from './days.client.js' with { type: 'text' }
import { faviconOf } from './favicon.ts'
import formsStyle from './forms.css' with { type: 'text' }
import frameStyle from './frame.css' with { type: 'text' }
import liveScript from './live.client.js' with { type: 'text' }
import logStyle from './log.css' with { type: 'text' }
import lookStyle from './look.css' with { type: 'text' }
import monitorStyle from './monitor.css' with { type: 'text' }
import overviewStyle from './overview.css' with { type: 'text' }

interface Asset {
  /** With a fingerprint of the content in it, so that it can be kept for ever. */
  readonly path: string
  readonly contentType: string
  readonly plain: Uint8Array<ArrayBuffer>
  readonly gzipped: Uint8Array<ArrayBuffer>
}

const SCRIPT = 'text/javascript; charset=utf-8'
const STYLE = 'text/css; charset=utf-8'
const IMAGE = 'image/svg+xml'

/** What pages fetch beside themselves: part of the executable, made ready once. */
export const ASSETS = {
  style: asset(
    'minitor.css',
    STYLE,
    [coloursStyle, lookStyle, frameStyle, formsStyle, overviewStyle, barStyle, monitorStyle, logStyle].join('\n'),
  ),
  live: asset('live.js', SCRIPT, `${liveScript}\n${daysScript}`),
  chartStyle: asset('chart.css', STYLE, uplotStyle + chartStyle),
  chart: asset('chart.js', SCRIPT, `${uplotScript}\n${chartScript}`),
}

/** Icons of pages, by what they are to show. */
export const FAVICONS = Object.fromEntries(
  STANDINGS.map((standing) => [standing, asset(`${standing}.svg`, IMAGE, faviconOf(standing))]),
) as Readonly<Record<Standing, Asset>>

function asset(name: string, contentType: string, text: string): Asset {
  const plain = new TextEncoder().encode(text)
  const [stem, extension] = name.split('.')
  const fingerprint = Bun.hash(plain).toString(36)
  return { path: `/assets/${stem}.${fingerprint}.${extension}`, contentType, plain, gzipped: Bun.gzipSync(plain) }
}
