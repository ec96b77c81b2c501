import type { Hono } from 'hono'
import type { Action } from '../../core/model/action.ts'
import { countStandings, type Standing } from '../../core/model/state.ts'
import { worstOf } from '../../core/past/words.ts'
import type { WebEnv } from '../http/viewer.ts'
import { labelsOf } from '../http/visible.ts'
import type { WebContext } from '../http/web-context.ts'
import { answerPage, withPast } from './parts/answer-page.tsx'
import { Layout } from './parts/layout.tsx'
import { actionEntries, Log, Older } from './parts/log.tsx'
import { type Visit, visitOf } from './parts/visit.ts'

const PAGE_SIZE = 100

/** Who did what: for users. */
export function addActionsPage(app: Hono<WebEnv>, web: WebContext): void {
  app.get('/actions', (context) =>
    withPast(context, web, async () => {
      const visit = visitOf(context, web)
      if (!visit.isUser) return context.redirect(`/sign-in?next=${encodeURIComponent(visit.address)}`, 303)
      const monitor = context.req.query('monitor') || null
      const before = Number(context.req.query('before'))
      const beforeMs = Number.isSafeInteger(before) && before > 0 ? before : null
      const about = monitor === null ? null : labelsOf(monitor, web)
      const actions = await web.past.actions({ about, sinceMs: 0, beforeMs, limit: PAGE_SIZE })
      const last = actions.length < PAGE_SIZE ? undefined : actions.at(-1)
      const older = new URLSearchParams({ ...(monitor !== null && { monitor }), before: String(last?.atMs) })
      const page = (
        <ActionsPage
          actions={actions}
          monitor={monitor}
          olderAddress={last === undefined ? null : `/actions?${older}`}
          isNewest={beforeMs === null}
          standing={worstOf(countStandings(web.board.monitors()))}
          visit={visit}
        />
      )
      return answerPage(context, page, visit)
    }),
  )
}

interface ActionsPageProps {
  readonly actions: readonly Action[]
  /** The monitor that they are about; null is everything. */
  readonly monitor: string | null
  /** Address of the next page; null if there is none. */
  readonly olderAddress: string | null
  readonly isNewest: boolean
  readonly standing: Standing
  readonly visit: Visit
}

function ActionsPage({ actions, monitor, olderAddress, isNewest, standing, visit }: ActionsPageProps) {
  return (
    <Layout visit={visit} title="Who did what" standing={standing} isLive={isNewest}>
      <h1>Who did what</h1>
      {monitor === null ? (
        <p class="intro">Sign-ins and what people have changed, newest first.</p>
      ) : (
        <p class="intro">
          What people have changed about <strong>{visit.shown(monitor)}</strong>, newest first.{' '}
          <a href="/actions">Show all</a>
        </p>
      )}
      <section class="card" id="list" data-live aria-label="List of actions">
        {actions.length === 0 && <p class="nothing">Nothing yet.</p>}
        <Log entries={actionEntries(actions, monitor)} visit={visit} />
        <Older address={olderAddress} />
      </section>
    </Layout>
  )
}
