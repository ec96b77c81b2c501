import { z } from 'zod'
import type { BoardMonitor } from '../board/board.ts'
import { visibleTo } from '../http/visible.ts'
import type { WebContext } from '../http/web-context.ts'
import { monitorDetailsJson, monitorDetailsSchema, monitorJson, monitorSchema, status } from './monitor-json.ts'
import { ApiRefusal, type Asked, type Definition, type NOTHING, type Operation, operation } from './operation.ts'
import {
  durationsJson,
  durationsSchema,
  historyJson,
  historySchema,
  measuredJson,
  measuredSchema,
} from './past-json.ts'
import { chartWindow, count, named, since, text } from './schemas.ts'

const PLANNED_SHOWN = 3

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

interface DefinitionOnMonitor<Query extends z.ZodObject, Body extends z.ZodType, Answer extends z.ZodType>
  extends Omit<Definition<Query, Body, Answer>, 'handle'> {
  readonly handle: (
    one: BoardMonitor,
    asked: Asked<z.output<Query>, z.output<Body>>,
  ) => Promise<z.input<Answer> | ApiRefusal>
}

/** Makes operations on the one monitor of their address, which refuse with 404 where the viewer sees none. */
export function operationsOnMonitors(web: WebContext) {
  return <
    Query extends z.ZodObject = typeof NOTHING,
    Body extends z.ZodType = z.ZodUndefined,
    Answer extends z.ZodType = z.ZodUndefined,
  >({
    handle,
    refusals = [],
    ...definition
  }: DefinitionOnMonitor<Query, Body, Answer>): Operation =>
    operation<Query, Body, Answer>({
      ...definition,
      refusals: [404, ...refusals],
      async handle(asked) {
        const one = visibleTo(asked.viewer, web).bySlug(asked.part('slug'))
        return one === undefined ? new ApiRefusal(404, 'there is no such monitor') : await handle(one, asked)
      },
    })
}

export function monitorOperations(web: WebContext): readonly Operation[] {
  const { present, past, clock, mask } = web
  const onMonitor = operationsOnMonitors(web)
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
    onMonitor({
      id: 'getMonitor',
      route: 'get /monitors/{slug}',
      summary: 'One monitor, with its last 90 days',
      answer: monitorDetailsSchema,
      handle: async (one, { isUser }) =>
        monitorDetailsJson(one, present.nextMaintenance(one.monitor, PLANNED_SHOWN), { isUser, mask }),
    }),
    onMonitor({
      id: 'getHistory',
      route: 'get /monitors/{slug}/history',
      summary: 'What happened to a monitor, and who was notified',
      query: z.strictObject({ since: since.prefault('24h') }),
      answer: historySchema,
      refusals: [503],
      async handle(one, { query, isUser }) {
        const nowMs = clock()
        const history = await past.history(one.monitor.name, { sinceMs: query.since(nowMs), nowMs })
        return historyJson(one, history, { isUser, mask, nowMs })
      },
    }),
    onMonitor({
      id: 'getDurations',
      route: 'get /monitors/{slug}/durations',
      summary: 'How long the checks of a monitor took',
      isForUsers: true,
      query: z.strictObject({ window: chartWindow.default('24h') }),
      answer: durationsSchema,
      refusals: [503],
      handle: async ({ monitor }, { query }) =>
        durationsJson(await past.durations(monitor.name, query.window, clock())),
    }),
    onMonitor({
      id: 'getMeasured',
      route: 'get /monitors/{slug}/measured',
      summary: 'What the checks of a monitor measured (performance data)',
      isForUsers: true,
      query: z.strictObject({ window: chartWindow.default('24h') }),
      answer: measuredSchema,
      refusals: [503],
      handle: async ({ monitor }, { query }) =>
        measuredJson(await past.measured(monitor.name, query.window, clock()), mask),
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
