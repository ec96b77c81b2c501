import { z } from 'zod'
import { isoTime, roundedMs } from '../../core/text/time.ts'
import type { BoardMonitor } from '../board/board.ts'
import type { Viewer } from '../http/viewer.ts'
import { visibleTo } from '../http/visible.ts'
import type { WebContext } from '../http/web-context.ts'
import {
  monitorDetailsJson,
  monitorDetailsSchema,
  monitorJson,
  monitorSchema,
  outcome,
  status,
} from './monitor-json.ts'
import { ApiRefusal, done, type Operation, operation, resultOf } from './operation.ts'
import {
  durationsJson,
  durationsSchema,
  historyJson,
  historySchema,
  measuredJson,
  measuredSchema,
} from './past-json.ts'
import { chartWindow, count, milliseconds, named, since, text, time } from './schemas.ts'

const PLANNED_SHOWN = 3

const NO_MONITOR = new ApiRefusal(404, 'there is no such monitor')

const monitorsSchema = named('Monitors', {
  total: z.int().nonnegative().describe('How many monitors match.'),
  monitors: z.array(monitorSchema).describe('In the order of the configuration.'),
})

const monitorsQuery = z.strictObject({
  status: status.optional(),
  group: text.optional(),
  tag: text.optional().describe('For users only; others get an empty list.'),
  q: text.optional().describe('Text in the name or group, in upper or lower case.'),
  limit: count(1, 1_000).default(100),
  offset: count(0, 1_000_000).default(0),
})

/** Makes the function that answers about one monitor, or refuses where the viewer sees none of that address. */
function createWithMonitor(web: WebContext) {
  return async <Answer>(slug: string, viewer: Viewer, answer: (one: BoardMonitor) => Promise<Answer>) => {
    const one = visibleTo(viewer, web).bySlug(slug)
    return one === undefined ? NO_MONITOR : await answer(one)
  }
}

export function monitorOperations(web: WebContext): readonly Operation[] {
  const { present, past, clock, mask } = web
  const withMonitor = createWithMonitor(web)
  return [
    operation({
      id: 'listMonitors',
      route: 'get /monitors',
      summary: 'The monitors, or some of them',
      query: monitorsQuery,
      answer: monitorsSchema,
      async handle({ query, viewer, isUser }) {
        const found = visibleTo(viewer, web)
          .monitors()
          .filter((one) => fits(one, query, isUser))
        const page = found.slice(query.offset, query.offset + query.limit)
        return { total: found.length, monitors: page.map((one) => monitorJson(one, { isUser, mask })) }
      },
    }),
    operation({
      id: 'getMonitor',
      route: 'get /monitors/{slug}',
      summary: 'One monitor, with its last 90 days',
      answer: monitorDetailsSchema,
      refusals: [404],
      handle: ({ viewer, part, isUser }) =>
        withMonitor(part('slug'), viewer, async (one) =>
          monitorDetailsJson(one, present.nextMaintenance(one.monitor, PLANNED_SHOWN), { isUser, mask }),
        ),
    }),
    operation({
      id: 'getHistory',
      route: 'get /monitors/{slug}/history',
      summary: 'What happened to a monitor, and who was notified',
      query: z.strictObject({ since: since.prefault('24h') }),
      answer: historySchema,
      refusals: [404, 503],
      handle: ({ viewer, part, query, isUser }) =>
        withMonitor(part('slug'), viewer, async (one) => {
          const nowMs = clock()
          const history = await past.history(one.monitor.name, { sinceMs: query.since(nowMs), nowMs })
          return historyJson(one, history, { isUser, mask, nowMs })
        }),
    }),
    operation({
      id: 'getDurations',
      route: 'get /monitors/{slug}/durations',
      summary: 'How long the checks of a monitor took',
      isForUsers: true,
      query: z.strictObject({ window: chartWindow.default('24h') }),
      answer: durationsSchema,
      refusals: [404, 503],
      handle: ({ viewer, part, query }) =>
        withMonitor(part('slug'), viewer, async ({ monitor }) =>
          durationsJson(await past.durations(monitor.name, query.window, clock())),
        ),
    }),
    operation({
      id: 'getMeasured',
      route: 'get /monitors/{slug}/measured',
      summary: 'What the checks of a monitor measured (performance data)',
      isForUsers: true,
      query: z.strictObject({ window: chartWindow.default('24h') }),
      answer: measuredSchema,
      refusals: [404, 503],
      handle: ({ viewer, part, query }) =>
        withMonitor(part('slug'), viewer, async ({ monitor }) =>
          measuredJson(await past.measured(monitor.name, query.window, clock()), mask),
        ),
    }),
  ]
}

function fits(one: BoardMonitor, query: z.output<typeof monitorsQuery>, isUser: boolean): boolean {
  const { monitor, state } = one
  const isFound = (sought: string) =>
    [monitor.name, monitor.group].some((field) => field.toLowerCase().includes(sought.normalize('NFC').toLowerCase()))
  return (
    (query.status === undefined || state.status === query.status) &&
    (query.group === undefined || monitor.group === query.group) &&
    (query.tag === undefined || (isUser && monitor.tags.includes(query.tag.normalize('NFC')))) &&
    (query.q === undefined || isFound(query.q))
  )
}

const checkedSchema = named('Checked', {
  monitor: text,
  status,
  outcome: outcome.nullable(),
  exit_code: z.int().nullable(),
  duration_ms: milliseconds,
  reason: text,
  output: text,
})

const testedSchema = named('TestedAlert', {
  alert: text,
  delivered: z.boolean(),
  exit_code: z.int().nullable(),
  reason: text.describe('Empty if it was delivered.'),
  output: text,
})

const acknowledgedSchema = named('Acknowledged', {
  monitor: text,
  incident_id: text,
  acknowledged_at: time,
  reason: text,
})

export function monitorCommands(web: WebContext): readonly Operation[] {
  const { board, actions, mask } = web
  const withMonitor = createWithMonitor(web)
  return [
    operation({
      id: 'checkNow',
      route: 'post /monitors/{slug}/check',
      summary: 'Check a monitor now, or wait for the check under way; answers when its result counts',
      isForUsers: true,
      isSlow: true,
      answer: checkedSchema,
      refusals: [404, 409, 503],
      async handle({ part }) {
        const before = board.bySlug(part('slug'))
        if (before === undefined) return NO_MONITOR
        if (!before.monitor.isEnabled) return new ApiRefusal(409, 'the monitor is paused')
        const refusal = await done(actions.checkNow(before.monitor.name))
        if (refusal !== null) return refusal
        const { monitor, state, lastCheck: check } = board.bySlug(part('slug')) ?? before
        return {
          monitor: monitor.name,
          status: state.status,
          outcome: check?.outcome ?? null,
          exit_code: check?.exitCode ?? null,
          duration_ms: roundedMs(check?.durationMs ?? null),
          reason: mask(check?.reason ?? ''),
          output: mask(check?.output ?? ''),
        }
      },
    }),
    operation({
      id: 'testAlert',
      route: 'post /monitors/{slug}/test-alert',
      summary: 'Run an alert once for real, with sample data about the monitor; answers when it has ended',
      isForUsers: true,
      isSlow: true,
      body: z.strictObject({ alert: text.describe('The name of the alert.') }),
      answer: testedSchema,
      refusals: [404, 503],
      handle: ({ viewer, part, who, body: { alert } }) =>
        withMonitor(part('slug'), viewer, async (one) => {
          const tested = await resultOf(actions.testAlert(alert, { monitor: one.monitor.name, who }))
          if (tested instanceof ApiRefusal) return tested
          if (tested === null) return new ApiRefusal(404, 'there is no such alert')
          const { isDelivered, exitCode, reason, output } = tested
          return { alert, delivered: isDelivered, exit_code: exitCode, reason: mask(reason), output: mask(output) }
        }),
    }),
    operation({
      id: 'acknowledge',
      route: 'post /monitors/{slug}/acknowledge',
      summary: 'Acknowledge the open incident: no reminders until the monitor recovers; adds to what was said before',
      isForUsers: true,
      body: z.strictObject({ reason: text.max(1_000).default('') }),
      answer: acknowledgedSchema,
      refusals: [404, 409, 503],
      handle: ({ viewer, part, who, body: { reason } }) =>
        withMonitor(part('slug'), viewer, async (one) => {
          const given = await resultOf(actions.acknowledge(one.monitor.name, { who, reason }))
          if (given instanceof ApiRefusal) return given
          if (given === null) return new ApiRefusal(409, 'the monitor has no open incident')
          return {
            monitor: one.monitor.name,
            incident_id: given.incidentId,
            acknowledged_at: isoTime(given.atMs),
            reason: mask(given.reason),
          }
        }),
    }),
    operation({
      id: 'unacknowledge',
      route: 'delete /monitors/{slug}/acknowledge',
      summary: 'End the acknowledgement of the open incident: reminders go on',
      isForUsers: true,
      refusals: [404, 409, 503],
      handle: ({ viewer, part, who }) =>
        withMonitor(part('slug'), viewer, async (one) => {
          const ended = await resultOf(actions.unacknowledge(one.monitor.name, who))
          if (ended === false) return new ApiRefusal(409, 'the monitor has no acknowledged incident')
          return ended === true ? undefined : ended
        }),
    }),
    operation({
      id: 'pauseMonitor',
      route: 'post /monitors/{slug}/pause',
      summary: 'Stop checking a monitor until it is resumed, also over restarts; its open incident ends',
      isForUsers: true,
      body: z.strictObject({ reason: text.max(1_000).default('') }),
      refusals: [404, 409, 503],
      handle: ({ viewer, part, who, body: { reason } }) =>
        withMonitor(part('slug'), viewer, async (one) => {
          if (!one.monitor.isEnabled) return new ApiRefusal(409, 'the monitor is paused already')
          return (await done(actions.pause(one.monitor.name, { who, reason }))) ?? undefined
        }),
    }),
    operation({
      id: 'resumeMonitor',
      route: 'post /monitors/{slug}/resume',
      summary: 'Check a paused monitor again',
      isForUsers: true,
      refusals: [404, 409, 503],
      handle: ({ viewer, part, who }) =>
        withMonitor(part('slug'), viewer, async (one) => {
          if (one.monitor.paused !== undefined) return (await done(actions.resume(one.monitor.name, who))) ?? undefined
          const isOff = !one.monitor.isEnabled
          return new ApiRefusal(409, isOff ? 'it has enabled: false in the configuration' : 'the monitor is not paused')
        }),
    }),
  ]
}
