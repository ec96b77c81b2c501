import type { Child } from 'hono/jsx'
import type { Standing } from '../../../core/model/state.ts'
import { localZone } from '../../../core/text/time.ts'
import { ASSETS, FAVICONS } from '../../assets/assets.ts'
import { ShapeSprite } from './marks.tsx'
import type { Visit } from './visit.ts'

/** How often the status page reloads itself without scripts. */
const RELOAD_SECONDS = 60

interface LayoutProps {
  readonly visit: Visit
  /** Title of the page, before the site's. Empty on the status page. */
  readonly title: string
  /** What the favicon shows. */
  readonly standing: Standing
  /** The current page in the navigation. */
  readonly at?: 'status' | 'incidents' | 'nodes'
  /** Whether it updates itself, and has charts. */
  readonly isLive?: boolean
  readonly hasCharts?: boolean
  /** Slug of the one monitor that the page is about. */
  readonly monitor?: string
  readonly children?: Child
}

/** The whole document around a page. */
export function Layout(props: LayoutProps) {
  const { visit, title, standing, isLive = false, hasCharts = false, monitor, children } = props
  const zone = visit.zone ?? localZone()
  const siteTitle = visit.shown(visit.siteTitle)
  return (
    <html lang="en" data-now={visit.nowMs} data-zone={zone} data-monitor={monitor}>
      <head>
        <meta charset="utf-8" />
        <title>{title === '' ? siteTitle : `${title} · ${siteTitle}`}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link id="favicon" data-live rel="icon" type="image/svg+xml" href={FAVICONS[standing].path} />
        <link rel="stylesheet" href={ASSETS.style.path} />
        {hasCharts && <link rel="stylesheet" href={ASSETS.chartStyle.path} />}
        {visit.viewer.kind !== 'stranger' && (
          <link rel="alternate" type="application/atom+xml" title="Incidents" href={`/feed.atom${visit.keyQuery}`} />
        )}
        {isLive && props.at === 'status' && (
          <noscript>
            <meta http-equiv="refresh" content={String(RELOAD_SECONDS)} />
          </noscript>
        )}
        {isLive && <script src={ASSETS.live.path} defer />}
        {isLive && hasCharts && <script src={ASSETS.chart.path} defer />}
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to content
        </a>
        <ShapeSprite />
        <Head {...props} siteTitle={siteTitle} />
        <main id="main" tabindex={-1}>
          {visit.isUser && !visit.hasHistory && (
            <p class="intro">
              History is not kept, as Minitor runs with <code>database: ":memory:"</code>.
            </p>
          )}
          {children}
        </main>
        <footer class="foot">
          <p>
            All times are in <span class="zone">{zone}</span>
            <span class="utc-days" hidden={zone === 'UTC'}>
              ; the days of bars are in UTC
            </span>
            .
          </p>
          {isLive && (
            <p id="live" class="live" role="status" hidden>
              <span id="live-word">live</span>
            </p>
          )}
          <p>
            {visit.isUser && <a href="/actions">Who did what</a>}
            {visit.viewer.kind !== 'stranger' && <a href={`/feed.atom${visit.keyQuery}`}>Incident feed</a>}
            <span>Minitor{visit.isUser ? ` ${visit.version}` : ''}</span>
          </p>
        </footer>
      </body>
    </html>
  )
}

function Head({ visit, at, siteTitle }: LayoutProps & { siteTitle: string }) {
  const { viewer } = visit
  return (
    <header class="head">
      <a class="site" href="/">
        {siteTitle}
      </a>
      {viewer.kind !== 'stranger' && (
        <nav aria-label="Pages">
          <a href="/" aria-current={at === 'status' ? 'page' : undefined}>
            Status
          </a>
          <a href="/incidents" aria-current={at === 'incidents' ? 'page' : undefined}>
            Incidents
          </a>
          {visit.isUser && visit.hasNodes && (
            <a href="/nodes" aria-current={at === 'nodes' ? 'page' : undefined}>
              Nodes
            </a>
          )}
        </nav>
      )}
      <div class="who">
        {viewer.kind === 'user' && (
          <form method="post" action="/sign-out">
            <span class="user">{visit.shown(viewer.name)}</span>
            <button class="quiet" type="submit">
              Sign out
            </button>
          </form>
        )}
        {viewer.kind === 'public' && <a href={`/sign-in?next=${encodeURIComponent(visit.address)}`}>Sign in</a>}
      </div>
    </header>
  )
}

/**
 * A page as it is sent. Its addresses are written for routes, and get the prefix of the public address here. No text can look
 * like one of these attributes, as quotes in text are escaped.
 */
export function documentOf(page: Child, { prefix }: Pick<Visit, 'prefix'>): string {
  const html = `<!doctype html>${String(page)}`
  return prefix === '' ? html : html.replace(/ (href|src|action)="\//g, ` $1="${prefix}/`)
}
