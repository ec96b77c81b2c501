import type { Hono } from 'hono'
import type { Action } from '../../../core/model/action.ts'
import { countStandings } from '../../../core/model/state.ts'
import { type PastEvent, quietEvents } from '../../../core/past/events.ts'
import type { KeptIncident } from '../../../core/past/kept.ts'
import { worstOf } from '../../../core/past/words.ts'
import { DAY_MS } from '../../../core/text/time.ts'
import type { BoardMonitor } from '../../board/board.ts'
import type { WebEnv } from '../../http/viewer.ts'
import { labelsOf, visibleTo } from '../../http/visible.ts'
import type { WebContext } from '../../http/web-context.ts'
import { answerNotFound, answerPage, withPast } from '../parts/answer-page.tsx'
import { marked } from '../parts/figures.tsx'
import { Layout } from '../parts/layout.tsx'
import { IncidentList, Older } from '../parts/log.tsx'
import { type Visit, visitOf } from '../parts/visit.ts'
import { IncidentPage } from './incident-page.tsx'

const PAGE_SIZE = 50
/** Offered while a name is typed. */
const MOST_NAMES = 500

export function addIncidentPages(app: Hono<WebEnv>, web: WebContext): void {
  const { past } = web

  app.get('/incidents', (context) =>
    withPast(context, web, async () => {
      const visit = visitOf(context, web)
      const monitor = context.req.query('monitor') || null
      const before = Number(context.req.query('before'))
      const day = dayOf(context.req.query('day') ?? '')
      const beforeMs = Number.isSafeInteger(before) && before > 0 ? before : (day?.endMs ?? null)
      const visible = visibleTo(visit.viewer, web)
      const found = await past.incidents({ sinceMs: day?.startMs ?? 0, monitor, beforeMs, limit: PAGE_SIZE })
      const incidents = found.filter((one) => visible.knows(one.monitor))
      const last = found.length < PAGE_SIZE ? undefined : found.at(-1)
      const page = (
        <IncidentsPage
          incidents={incidents}
          monitors={visible.monitors()}
          monitor={monitor}
          day={day?.text ?? null}
          olderAddress={last === undefined ? null : olderAddress({ monitor, day }, last.startedAtMs)}
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
      const visible = visibleTo(context.get('viewer'), web)
      if (found === null || !visible.knows(found.incident.monitor)) return answerNotFound(context, web)
      const { incident, notifications } = found
      const slug = visible.monitors().find(({ monitor }) => monitor.name === incident.monitor)?.slug ?? null
      const visit = visitOf(context, web)
      const actions = visit.isUser ? await actionsIn(incident, web) : []
      const quiet = visit.isUser && notifications.length === 0 ? await whyNobody(incident, web) : []
      return answerPage(
        context,
        <IncidentPage
          incident={incident}
          notifications={notifications}
          actions={actions}
          quiet={quiet}
          slug={slug}
          visit={visit}
        />,
        visit,
      )
    }),
  )
}

/** What people did about the monitor while the incident was open. */
function actionsIn({ monitor, startedAtMs, endedAtMs }: KeptIncident, web: WebContext): Promise<readonly Action[]> {
  const beforeMs = endedAtMs === null ? null : endedAtMs + 1
  return web.past.actions({ about: labelsOf(monitor, web), sinceMs: startedAtMs, beforeMs, limit: PAGE_SIZE })
}

/** Why nobody was notified of an incident, as its checks say, oldest first. */
async function whyNobody(
  { monitor, startedAtMs, openedAtMs, endedAtMs }: KeptIncident,
  { past, clock }: Pick<WebContext, 'past' | 'clock'>,
): Promise<readonly PastEvent[]> {
  const nowMs = clock()
  const { checks } = await past.history(monitor, { sinceMs: startedAtMs, nowMs })
  const reasons = checks
    .toReversed()
    .flatMap((run) => quietEvents(run, marked))
    .filter(({ atMs }) => atMs >= openedAtMs && atMs <= (endedAtMs ?? nowMs))
  const first = new Map(reasons.toReversed().map((one) => [one.text, one]))
  const unknown = { atMs: openedAtMs, word: 'not notified', text: 'nobody was notified of it', output: '', quiet: '' }
  return first.size === 0 ? [unknown] : [...first.values()]
}

interface Day {
  /** `2026-03-01`. */
  readonly text: string
  readonly startMs: number
  readonly endMs: number
}

/** A day (UTC) in an address; null for anything else. */
function dayOf(text: string): Day | null {
  const startMs = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(startMs) ? null : { text, startMs, endMs: startMs + DAY_MS }
}

function olderAddress({ monitor, day }: { monitor: string | null; day: Day | null }, beforeMs: number): string {
  const query = new URLSearchParams(monitor === null ? {} : { monitor })
  if (day !== null) query.set('day', day.text)
  query.set('before', String(beforeMs))
  return `/incidents?${query}`
}

interface IncidentsPageProps {
  readonly incidents: readonly KeptIncident[]
  readonly monitors: readonly BoardMonitor[]
  /** The monitor whose incidents are listed; null is all. */
  readonly monitor: string | null
  /** The day (UTC) whose incidents are listed; null is all. */
  readonly day: string | null
  /** Address of the next page; null if there is none. */
  readonly olderAddress: string | null
  /** Whether it is the first page, where new incidents appear. */
  readonly isNewest: boolean
  readonly visit: Visit
}

function IncidentsPage(props: IncidentsPageProps) {
  const { incidents, monitors, monitor, day, olderAddress, isNewest, visit } = props
  const worst = worstOf(countStandings(monitors))
  const hasNames = monitors.length <= MOST_NAMES
  return (
    <Layout visit={visit} title="Incidents" standing={worst} at="incidents" isLive={isNewest}>
      <h1>Incidents</h1>
      <p class="intro">
        Outages that passed alert_after{day !== null && <strong> on {day} (UTC)</strong>}, newest first.
      </p>
      <search>
        <form class="filter" method="get" action="/incidents">
          <label>
            <span class="said">Monitor</span>
            <input
              type="search"
              name="monitor"
              value={monitor ?? ''}
              placeholder="Name of a monitor"
              list={hasNames ? 'names' : undefined}
            />
          </label>
          {hasNames && (
            <datalist id="names">
              {monitors
                .map(({ monitor: { name } }) => name)
                .filter((name) => visit.shown(name) === name)
                .map((name) => (
                  <option value={name} />
                ))}
            </datalist>
          )}
          <button type="submit">Filter</button>
          {(monitor !== null || day !== null) && <a href="/incidents">Show all</a>}
        </form>
      </search>
      <section class="card" id="list" data-live aria-label="List of incidents">
        <IncidentList incidents={incidents} hasNames visit={visit} />
        <Older address={olderAddress} />
      </section>
    </Layout>
  )
}
