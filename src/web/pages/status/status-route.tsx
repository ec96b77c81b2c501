import type { Hono } from 'hono'
import type { Child } from 'hono/jsx'
import { acceptsGzip, gzip } from '../../http/gzip.ts'
import { targetOf } from '../../http/path.ts'
import type { WebEnv } from '../../http/viewer.ts'
import { visibleTo } from '../../http/visible.ts'
import type { WebContext } from '../../http/web-context.ts'
import { answerForm, type Sent } from '../parts/answer-form.ts'
import { answerPage } from '../parts/answer-page.tsx'
import { readRecent } from '../parts/check-strip.tsx'
import { documentOf } from '../parts/layout.tsx'
import { type SilenceProblem, silenceAsSent, unsilenceAsSent } from '../parts/silence-form.tsx'
import { type Visit, visitOf } from '../parts/visit.ts'
import { filterOf } from './filter.tsx'
import { listTargets } from './silences.tsx'
import { listedIn, listingOf, StatusPage } from './status-page.tsx'

/** A page made this recently is served again, whatever has changed since; scripts ask again after a change. */
const FRESH_MS = 250
/** The page shows ages: one older than this is made again even if nothing has changed. */
const LONGEST_MS = 5_000
/** Pages cached at once, one for each user. */
const MOST_KEPT = 16

export function addStatusPage(app: Hono<WebEnv>, web: WebContext): void {
  const { board, present, past } = web
  const pageFor = async (visit: Visit, query: Query, problem: SilenceProblem | null = null) => {
    const filter = filterOf(query, visit.isUser)
    const monitors = visibleTo(visit.viewer, web).monitors()
    const listing = listingOf(monitors, { filter, page: query('page'), visit })
    const recent = await readRecent(past, listedIn(listing))
    return (
      <StatusPage
        monitors={monitors}
        announcements={present.announcements()}
        silences={visit.isUser ? present.silences() : []}
        troubles={present.troubles()}
        filter={filter}
        listing={listing}
        recent={recent}
        problem={problem}
        visit={visit}
      />
    )
  }
  addSilencing(app, web, (visit, query, problem) => pageFor(visit, query, problem))
  const kept = createKeptPage<Visit>({
    render: async (visit) => documentOf(await pageFor(visit, () => undefined), visit),
    // Two people of one name see the same page.
    keyOf: ({ viewer }) => (viewer.kind === 'user' ? `user ${viewer.name}` : viewer.kind),
    version: () =>
      JSON.stringify([
        board.version,
        { ...present.web, users: null },
        present.troubles(),
        present.announcements(),
        present.silences(),
      ]),
    monotonicMs: () => performance.now(),
  })

  app.get('/', async (context) => {
    const visit = visitOf(context, web)
    if (visit.address !== '/') {
      const page = await pageFor(visit, (key) => context.req.query(key))
      return answerPage(context, page, visit)
    }
    const page = await kept(visit)
    context.header('Content-Type', 'text/html; charset=utf-8')
    context.header('Vary', 'Cookie, Accept-Encoding')
    const takesGzip = acceptsGzip(context.req.header('Accept-Encoding') ?? '')
    if (takesGzip) context.header('Content-Encoding', 'gzip')
    return context.body(takesGzip ? page.gzipped : page.plain)
  })
}

type Query = (key: string) => string | undefined

/** Silencing from the list, and ending that. Both lead back to the list as it was filtered. */
function addSilencing(
  app: Hono<WebEnv>,
  web: WebContext,
  pageFor: (visit: Visit, query: Query, problem: SilenceProblem) => Promise<Child>,
): void {
  const on = (action: string, act: (sent: Sent) => Promise<Response | undefined>) => {
    app.post(action, (context) =>
      answerForm(context, web, { back: targetOf(context.req.url).replace(/^[^?]*/, '/'), act }),
    )
  }

  on('/silence', (sent) => {
    const { context } = sent
    const visit = visitOf(context, web)
    const again = async (problem: SilenceProblem) =>
      answerPage(context, await pageFor(visit, (key) => context.req.query(key), problem), visit, 400)
    return silenceAsSent(sent, web, { targets: listTargets(web.board.monitors()), again })
  })

  on('/unsilence', (sent) => unsilenceAsSent(sent, web, web.present.silences()))
}

interface KeptPageOptions<Visit> {
  readonly render: (visit: Visit) => Promise<string>
  /** Equal for visits that see the same page. */
  readonly keyOf: (visit: Visit) => string
  /** Changes whenever the page would. */
  readonly version: () => string
  readonly monotonicMs: () => number
}

interface Rendered {
  readonly plain: Uint8Array<ArrayBuffer>
  readonly gzipped: Uint8Array<ArrayBuffer>
}

/** Makes a page again only when it has changed, and at most four times a second: many readers must not slow down checks. */
export function createKeptPage<Visit>({ render, keyOf, version, monotonicMs }: KeptPageOptions<Visit>) {
  const kept = new Map<string, { page: Promise<Rendered>; version: string; atMs: number }>()

  return (visit: Visit): Promise<Rendered> => {
    const key = keyOf(visit)
    const before = kept.get(key)
    if (before !== undefined) {
      const ageMs = monotonicMs() - before.atMs
      if (ageMs < FRESH_MS || (ageMs < LONGEST_MS && before.version === version())) return before.page
    }
    kept.delete(key)
    const [oldest] = kept.keys()
    if (kept.size >= MOST_KEPT && oldest !== undefined) kept.delete(oldest)
    const page = render(visit).then(makeReady)
    kept.set(key, { page, version: version(), atMs: monotonicMs() })
    page.catch(() => kept.delete(key))
    return page
  }
}

async function makeReady(html: string): Promise<Rendered> {
  const plain = new TextEncoder().encode(html)
  return { plain, gzipped: await gzip(plain) }
}
