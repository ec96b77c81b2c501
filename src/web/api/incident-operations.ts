import { z } from 'zod'
import { notificationJson } from '../../core/past/kept-json.ts'
import { visibleTo } from '../http/visible.ts'
import type { WebContext } from '../http/web-context.ts'
import { ApiRefusal, type Operation, operation } from './operation.ts'
import { incidentJson, incidentSchema, notificationSchema } from './past-json.ts'
import { count, forUsers, named, since, text } from './schemas.ts'

const incidentsSchema = named('Incidents', { incidents: z.array(incidentSchema).describe('Newest first.') })

const incidentDetailsSchema = named('IncidentDetails', {
  ...incidentSchema.shape,
  told: forUsers(z.array(notificationSchema)),
})

export function incidentOperations(web: WebContext): readonly Operation[] {
  const { past, clock, mask } = web
  return [
    operation({
      id: 'listIncidents',
      route: 'get /incidents',
      summary: 'The outages that passed `alert_after`: open ones, and those that ended since a time',
      query: z.strictObject({
        since: since.prefault('30d'),
        before: since.optional().describe('Only those that started before this time, for the next page.'),
        monitor: text.optional().describe('The name of a monitor, even of a removed one.'),
        limit: count(1, 1_000).default(100),
      }),
      answer: incidentsSchema,
      refusals: [503],
      async handle({ query, viewer, isUser }) {
        const nowMs = clock()
        const visible = visibleTo(viewer, web)
        const incidents = await past.incidents({
          sinceMs: query.since(nowMs),
          beforeMs: query.before?.(nowMs) ?? null,
          monitor: query.monitor ?? null,
          limit: query.limit,
        })
        const shown = incidents.filter(({ monitor }) => visible.knows(monitor))
        return { incidents: shown.map((one) => incidentJson(one, { isUser, mask, nowMs })) }
      },
    }),
    operation({
      id: 'getIncident',
      route: 'get /incidents/{id}',
      summary: 'One incident, and who was notified',
      answer: incidentDetailsSchema,
      refusals: [404, 503],
      async handle({ part, viewer, isUser }) {
        const story = await past.incident(part('id'))
        const isKnown = story !== null && visibleTo(viewer, web).knows(story.incident.monitor)
        if (!isKnown) return new ApiRefusal(404, 'there is no such incident')
        return {
          ...incidentJson(story.incident, { isUser, mask, nowMs: clock() }),
          ...(isUser && { told: story.notifications.map((one) => notificationJson(one, mask)) }),
        }
      },
    }),
  ]
}
