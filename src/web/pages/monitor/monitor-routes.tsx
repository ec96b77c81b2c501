import type { Context, Hono } from 'hono'
import { isTarget, type Silence } from '../../../core/model/mute.ts'
import { CHART_WINDOWS, PastUnavailable, shortestChart } from '../../../core/past/past.ts'
import { DAY_MS } from '../../../core/text/time.ts'
import type { BoardMonitor } from '../../board/board.ts'
import { readForm } from '../../http/body.ts'
import { type WebEnv, whoIs } from '../../http/viewer.ts'
import { visibleTo } from '../../http/visible.ts'
import type { WebContext } from '../../http/web-context.ts'
import { acted, answerMessage, answerNotFound, answerPage } from '../parts/answer-page.tsx'
import { OLD_TARGET, readSilence, type SilenceProblem, targetWord } from '../parts/silence-form.tsx'
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

type Act = (one: BoardMonitor, field: (name: string) => string, context: Context<WebEnv>) => Promise<Response | null>

/** The forms of a monitor's page; each redirects back to it. */
export function addMonitorActions(app: Hono<WebEnv>, web: WebContext): void {
  const { actions, board, clock } = web

  const on = (action: string, act: Act) => {
    app.post(`/monitors/:slug/${action}`, async (context) => {
      const one = board.bySlug(context.req.param('slug'))
      if (one === undefined) return answerNotFound(context, web)
      return acted(context, web, async () => {
        const answer = await act(one, await readForm(context.req), context)
        return answer ?? context.redirect(`/monitors/${encodeURIComponent(one.slug)}`, 303)
      })
    })
  }

  on('check', async ({ monitor }) => {
    await Promise.race([actions.checkNow(monitor.name), Bun.sleep(CHECK_PATIENCE_MS)])
    return null
  })

  on('silence', async (one, field, context) => {
    const read = readSilence(field, targetsOf(one))
    // The page that was sent may be older than the configuration.
    if (read === null) return answerMessage(context, web, OLD_TARGET)
    if ('message' in read) return await answerMonitor(context, web, read)
    const { target, durationMs, reason } = read
    await actions.silence({ target, untilMs: clock() + durationMs, reason, who: whoIs(context.get('viewer')) })
    return null
  })

  on('unsilence', async (one, field, context) => {
    const who = whoIs(context.get('viewer'))
    const silence = silencesOf(one, web).find(({ target }) => targetWord(target) === field('of'))
    // What has ended meanwhile is as it should be.
    if (silence !== undefined) await actions.unsilence(silence.target, who)
    return null
  })

  on('acknowledge', async ({ monitor }, field, context) => {
    const said = { who: whoIs(context.get('viewer')), reason: field('reason').trim() }
    if ((await actions.acknowledge(monitor.name, said)) !== null) return null
    return answerMessage(context, web, {
      status: 409,
      title: 'Nothing to acknowledge',
      message: 'It has no open incident any more: it may have recovered meanwhile.',
    })
  })

  on('pause', async ({ monitor }, field, context) => {
    // What is paused already is as it should be.
    await actions.pause(monitor.name, { who: whoIs(context.get('viewer')), reason: field('reason').trim() })
    return null
  })

  on('resume', async ({ monitor }, _, context) => {
    await actions.resume(monitor.name, whoIs(context.get('viewer')))
    return null
  })

  on('unacknowledge', async ({ monitor }, _, context) => {
    // What has ended meanwhile is as it should be.
    await actions.unacknowledge(monitor.name, whoIs(context.get('viewer')))
    return null
  })

  on('test-alert', async ({ monitor, slug }, field, context) => {
    const alert = field('alert')
    // As long as the alert may take.
    context.env.setIdleLimit(0)
    const tested = await actions.testAlert(alert, { monitor: monitor.name, who: whoIs(context.get('viewer')) })
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
