import type { Context, Hono } from 'hono'
import { PastUnavailable } from '../../../core/past/past.ts'
import type { WebEnv } from '../../http/viewer.ts'
import type { WebContext } from '../../http/web-context.ts'
import { answerError, answerNotFound, answerPage } from '../parts/answer-page.tsx'
import { visitOf } from '../parts/visit.ts'
import { IncidentPage } from './incident-page.tsx'
import { IncidentsPage } from './incidents-page.tsx'

const PAGE_SIZE = 50

export function addIncidentPages(app: Hono<WebEnv>, web: WebContext): void {
  const { past, board } = web

  app.get('/incidents', (context) =>
    withPast(context, web, async () => {
      const visit = visitOf(context, web)
      const monitor = context.req.query('monitor') || null
      const before = Number(context.req.query('before'))
      const beforeMs = Number.isSafeInteger(before) && before > 0 ? before : null
      const incidents = await past.incidents({ sinceMs: 0, monitor, beforeMs, limit: PAGE_SIZE })
      const last = incidents.length < PAGE_SIZE ? undefined : incidents.at(-1)
      const page = (
        <IncidentsPage
          incidents={incidents}
          monitors={board.monitors()}
          monitor={monitor}
          olderAddress={last === undefined ? null : olderAddress(monitor, last.startedAtMs)}
          isNewest={beforeMs === null}
          visit={visit}
        />
      )
      return answerPage(context, page, visit)
    }),
  )

  app.get('/incidents/:id', (context) =>
    withPast(context, web, async () => {
      const found = await past.incident(context.req.param('id'))
      if (found === null) return answerNotFound(context, web)
      const { incident, notifications } = found
      const slug = board.monitors().find(({ monitor }) => monitor.name === incident.monitor)?.slug ?? null
      const visit = visitOf(context, web)
      return answerPage(
        context,
        <IncidentPage incident={incident} notifications={notifications} slug={slug} visit={visit} />,
        visit,
      )
    }),
  )
}

function olderAddress(monitor: string | null, beforeMs: number): string {
  const query = new URLSearchParams(monitor === null ? {} : { monitor })
  query.set('before', String(beforeMs))
  return `/incidents?${query}`
}

async function withPast(context: Context<WebEnv>, web: WebContext, answer: () => Promise<Response>): Promise<Response> {
  try {
    return await answer()
  } catch (error) {
    if (!(error instanceof PastUnavailable)) throw error
    const message = `${error.message} What is now is on the status page.`
    return answerError(context, web, { status: 503, title: 'Not now', message })
  }
}
