import type { Context, Hono } from 'hono'
import { isTarget, type Silence } from '../../../core/model/mute.ts'
import { CHART_WINDOWS, PastUnavailable } from '../../../core/past/past.ts'
import type { BoardMonitor } from '../../board/board.ts'
import type { WebEnv } from '../../http/viewer.ts'
import type { WebContext } from '../../http/web-context.ts'
import { answerNotFound, answerPage } from '../parts/answer-page.tsx'
import { type Visit, visitOf } from '../parts/visit.ts'
import type { Problem } from './monitor-actions.tsx'
import type { MonitorRecords } from './monitor-charts.tsx'
import { MonitorPage } from './monitor-page.tsx'

const RECENT_MS = 7 * 86_400_000

export function addMonitorPage(app: Hono<WebEnv>, web: WebContext): void {
  app.get('/monitors/:slug', (context) => answerMonitor(context, web, null))
}

/** The page of the monitor that the address names; `problem` is what was wrong with a form that was sent from it. */
export async function answerMonitor(
  context: Context<WebEnv>,
  web: WebContext,
  problem: Problem | null,
): Promise<Response> {
  const one = web.board.bySlug(context.req.param('slug') ?? '')
  if (one === undefined) return answerNotFound(context, web)
  const visit = visitOf(context, web)
  const records = await readRecords(one, { visit, web, window: context.req.query('window') })
  const silences = silencesOf(one, web)
  const page = <MonitorPage one={one} silences={silences} records={records} problem={problem} visit={visit} />
  const status = 'unavailable' in records ? 503 : problem === null ? 200 : 400
  return answerPage(context, page, visit, status)
}

/** Those that keep a monitor quiet. */
export function silencesOf({ monitor }: BoardMonitor, { present }: WebContext): Silence[] {
  return present.silences().filter(({ target }) => isTarget(target, monitor))
}

interface Wanted {
  readonly visit: Visit
  readonly web: WebContext
  readonly window: string | undefined
}

async function readRecords(
  { monitor: { name } }: BoardMonitor,
  { visit: { isUser, nowMs }, web: { past }, window: asked }: Wanted,
): Promise<MonitorRecords | { unavailable: string }> {
  const window = CHART_WINDOWS.find((one) => one === asked) ?? '24h'
  try {
    const [history, durations, measured] = await Promise.all([
      past.history(name, { sinceMs: nowMs - RECENT_MS, nowMs }),
      isUser ? past.durations(name, window, nowMs) : null,
      isUser ? past.measured(name, window, nowMs) : [],
    ])
    return { history, window, durations, measured }
  } catch (error) {
    if (error instanceof PastUnavailable) return { unavailable: error.message }
    throw error
  }
}
