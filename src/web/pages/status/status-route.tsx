import type { Hono } from 'hono'
import { acceptsGzip } from '../../http/gzip.ts'
import type { WebEnv } from '../../http/viewer.ts'
import type { WebContext } from '../../http/web-context.ts'
import { answerPage } from '../parts/answer-page.tsx'
import { documentOf } from '../parts/layout.tsx'
import { type Visit, visitOf } from '../parts/visit.ts'
import { filterOf } from './filter.ts'
import { createKeptPage } from './kept-page.ts'
import { StatusPage } from './status-page.tsx'

export function addStatusPage(app: Hono<WebEnv>, web: WebContext): void {
  const { board, present } = web
  const pageFor = (visit: Visit, query: (key: string) => string | undefined) => (
    <StatusPage
      monitors={board.monitors()}
      troubles={present.troubles()}
      filter={filterOf(query, visit.isUser)}
      page={query('page')}
      visit={visit}
    />
  )
  const kept = createKeptPage<Visit>({
    render: (visit) =>
      documentOf(
        pageFor(visit, () => undefined),
        visit,
      ),
    // Two people of one name see the same page.
    keyOf: ({ viewer }) => (viewer.kind === 'user' ? `user ${viewer.name}` : viewer.kind),
    version: () => `${board.version} ${present.web.title} ${present.web.url} ${present.troubles().join('\n')}`,
    monotonicMs: () => performance.now(),
  })

  app.get('/', async (context) => {
    const visit = visitOf(context, web)
    if (visit.address !== '/')
      return answerPage(
        context,
        pageFor(visit, (key) => context.req.query(key)),
        visit,
      )
    const page = await kept(visit)
    context.header('Content-Type', 'text/html; charset=utf-8')
    context.header('Vary', 'Cookie, Accept-Encoding')
    const takesGzip = acceptsGzip(context.req.header('Accept-Encoding') ?? '')
    if (takesGzip) context.header('Content-Encoding', 'gzip')
    return context.body(takesGzip ? page.gzipped : page.plain)
  })
}
