import type { Context, Hono } from 'hono'
import { isTarget, type Silence } from '../../../core/model/mute.ts'
import { CHART_WINDOWS, PastUnavailable, shortestChart } from '../../../core/past/past.ts'
import { DAY_MS } from '../../../core/text/time.ts'
import type { BoardMonitor } from '../../board/board.ts'
import type { WebEnv } from '../../http/viewer.ts'
import { visibleTo } from '../../http/visible.ts'
import type { WebContext } from '../../http/web-context.ts'
import { answerForm, type Sent } from '../parts/answer-form.ts'
import { answerMessage, answerNotFound, answerPage } from '../parts/answer-page.tsx'
import { type SilenceProblem, silenceAsSent, unsilenceAsSent } from '../parts/silence-form.tsx'
import { type Visit, visitOf } from '../parts/visit.ts'
import { targetsOf } from './monitor-actions.tsx'
import { MonitorPage } from './monitor-page.tsx'
import type { MonitorRecords } from './monitor-past.tsx'

/** Further ones are as the first. */
const PLANNED_SHOWN = 2

const RECENT_MS = 7 * DAY_MS

/** The page of actions has all. */
const ACTIONS_SHOWN = 10

export function addMonitorPage(app: Hono<WebEnv>, web: WebContext): void {
  app.get('/monitors/:slug', (context) => answerMonitor(context, web, null))
}

/** The page of the monitor that the address names; `problem` is what was wrong with a form that was sent from it. */
async function answerMonitor(
  context: Context<WebEnv>,
  web: WebContext,
  problem: SilenceProblem | null,
): Promise<Response> {
  const one = visibleTo(context.get('viewer'), web).bySlug(context.req.param('slug') ?? '')
  if (one === undefined) return answerNotFound(context, web)
  const visit = visitOf(context, web)
  const records = await readRecords(one, { visit, web, window: context.req.query('window') })
  const silences = silencesOf(one, web)
  const planned = web.present.nextMaintenance(one.monitor, PLANNED_SHOWN)
  const page = (
    <MonitorPage
      one={one}
      announcements={web.present.announcements()}
      silences={silences}
      planned={planned}
      records={records}
      problem={problem}
      visit={visit}
    />
  )
  const status = 'unavailable' in records ? 503 : problem === null ? 200 : 400
  return answerPage(context, page, visit, status)
}

/** Those that keep a monitor quiet. */
function silencesOf({ monitor }: BoardMonitor, { present }: WebContext): Silence[] {
  return present.silences().filter(({ target }) => isTarget(target, monitor))
}

interface Wanted {
  readonly visit: Visit
  readonly web: WebContext
  readonly window: string | undefined
}

async function readRecords(
  { monitor: { name, tags, group } }: BoardMonitor,
  { visit: { isUser, nowMs }, web: { past }, window: asked }: Wanted,
): Promise<MonitorRecords | { unavailable: string }> {
  try {
    const recent = (await past.recent([name])).get(name) ?? []
    const window = CHART_WINDOWS.find((one) => one === asked) ?? shortestChart(recent, nowMs)
    const [history, durations, measured, actions] = await Promise.all([
      past.history(name, { sinceMs: nowMs - RECENT_MS, nowMs }),
      isUser ? past.durations(name, window, nowMs) : null,
      isUser ? past.measured(name, window, nowMs) : [],
      isUser ? past.actions({ about: { name, tags, group }, sinceMs: 0, beforeMs: null, limit: ACTIONS_SHOWN }) : [],
    ])
    return { history, recent, window, actions, ...withoutYouth({ durations, measured }) }
  } catch (error) {
    if (error instanceof PastUnavailable) return { unavailable: error.message }
    throw error
  }
}

type Charts = Pick<MonitorRecords, 'durations' | 'measured'>

/** The charts of a young monitor begin with its first check, not with the emptiness before. */
function withoutYouth({ durations, measured }: Charts): Charts {
  const first = durations?.points.find(({ checkCount }) => checkCount > 0)?.atMs ?? -Infinity
  const since = <Series extends { readonly points: readonly { readonly atMs: number }[] }>(series: Series) => ({
    ...series,
    points: series.points.filter(({ atMs }) => atMs >= first),
  })
  return { durations: durations === null ? null : since(durations), measured: measured.map(since) }
}

/** After this time the page is shown while the check runs; its result appears later. */
const CHECK_PATIENCE_MS = 2_000

/** The forms of a monitor's page; each leads back to it. */
export function addMonitorActions(app: Hono<WebEnv>, web: WebContext): void {
  const { actions, board } = web

  const on = (action: string, act: (one: BoardMonitor, sent: Sent) => Promise<Response | undefined>) => {
    app.post(`/monitors/:slug/${action}`, async (context) => {
      const one = board.bySlug(context.req.param('slug'))
      if (one === undefined) return answerNotFound(context, web)
      const back = `/monitors/${encodeURIComponent(one.slug)}`
      return await answerForm(context, web, { back, act: (sent) => act(one, sent) })
    })
  }

  on('check', async ({ monitor }) => {
    await Promise.race([actions.checkNow(monitor.name), Bun.sleep(CHECK_PATIENCE_MS)])
  })

  on('silence', (one, sent) =>
    silenceAsSent(sent, web, {
      targets: targetsOf(one),
      again: (problem) => answerMonitor(sent.context, web, problem),
    }),
  )

  on('unsilence', (one, sent) => unsilenceAsSent(sent, web, silencesOf(one, web)))

  on('acknowledge', async ({ monitor }, { context, who, reason }) => {
    if ((await actions.acknowledge(monitor.name, { who, reason })) !== null) return
    return answerMessage(context, web, {
      status: 409,
      title: 'Nothing to acknowledge',
      message: 'It has no open incident any more: it may have recovered meanwhile.',
    })
  })

  // Somebody else may have done it meanwhile: that is fine.
  on('unacknowledge', async ({ monitor }, { who }) => {
    await actions.unacknowledge(monitor.name, who)
  })
  on('pause', async ({ monitor }, { who, reason }) => {
    await actions.pause(monitor.name, { who, reason })
  })
  on('resume', async ({ monitor }, { who }) => {
    await actions.resume(monitor.name, who)
  })

  on('test-alert', async ({ monitor, slug }, { context, field, who }) => {
    const alert = field('alert')
    // As long as the alert may take.
    context.env.setIdleLimit(0)
    const tested = await actions.testAlert(alert, { monitor: monitor.name, who })
    if (tested === null) return answerNotFound(context, web)
    const { isDelivered, reason, output } = tested
    return answerMessage(context, web, {
      status: 200,
      title: isDelivered ? 'The test was delivered' : 'The test was not delivered',
      message: isDelivered ? `${alert} delivered.` : `${alert} failed: ${reason}.`,
      output,
      back: { address: `/monitors/${slug}`, name: monitor.name },
    })
  })
}
