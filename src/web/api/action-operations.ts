import { z } from 'zod'
import { ACTION_KINDS } from '../../core/model/action.ts'
import { actionJson } from '../../core/past/kept-json.ts'
import { labelsOf } from '../http/visible.ts'
import type { WebContext } from '../http/web-context.ts'
import { type Operation, operation } from './operation.ts'
import { count, named, since, text, time } from './schemas.ts'

const actionSchema = named('Action', {
  at: time.describe('When it was done; of several failed sign-ins, the last.'),
  kind: z.enum(ACTION_KINDS),
  who: text.describe('Who did it; for a failed sign-in, the name that was typed. Empty if that is not known.'),
  monitor: text.nullable().describe('What it was about. If tag and group are null, too: all monitors, or none.'),
  tag: text.nullable(),
  group: text.nullable(),
  until: time.nullable().describe('When it ends by itself; of an ended silence, when it would have.'),
  reason: text.describe('Why, or the text of an announcement.'),
  address: text.describe('Where a sign-in came from: the address, or of failed ones in IPv6 the network.'),
  count: z.int().positive().describe('Failed sign-ins from one address are one action; else 1.'),
})

const actionsSchema = named('Actions', { actions: z.array(actionSchema).describe('Newest first.') })

export function actionOperations(web: WebContext): readonly Operation[] {
  const { past, clock, mask } = web
  return [
    operation({
      id: 'listActions',
      route: 'get /actions',
      summary: 'Who did what: sign-ins, silences, acknowledgements, pauses, announcements',
      isForUsers: true,
      query: z.strictObject({
        since: since.prefault('30d'),
        before: since.optional().describe('Only those before this time, for the next page.'),
        monitor: text
          .optional()
          .describe('Only those about this monitor, also by its tags or group, or about all monitors.'),
        limit: count(1, 1_000).default(100),
      }),
      answer: actionsSchema,
      refusals: [503],
      async handle({ query }) {
        const nowMs = clock()
        const actions = await past.actions({
          about: query.monitor === undefined ? null : labelsOf(query.monitor, web),
          sinceMs: query.since(nowMs),
          beforeMs: query.before?.(nowMs) ?? null,
          limit: query.limit,
        })
        return { actions: actions.map((one) => actionJson(one, mask)) }
      },
    }),
  ]
}
