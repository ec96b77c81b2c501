import { z } from 'zod'
import type { KeptIncident } from '../../core/past/kept.ts'
import { incidentFacts, incidentTexts } from '../../core/past/kept-json.ts'
import { isoTime } from '../../core/text/time.ts'
import type { Sight } from './monitor-json.ts'
import { forUsers, milliseconds, NAMED, text, time } from './schemas.ts'

export const incidentSchema = z
  .object({
    id: text,
    monitor: text,
    started_at: time.describe('When the first failing check began.'),
    opened_at: time.describe('When it got past `alert_after`.'),
    ended_at: time.nullable().describe('Null while it is open.'),
    ending: z.enum(['recovered', 'removed', 'paused']).nullable(),
    duration_ms: milliseconds,
    failure_count: z.int().nonnegative(),
    notifications: z.int().nonnegative().describe('How many were made.'),
    acknowledged: z.object({ at: time, reason: forUsers(text) }).nullable(),
    first_reason: forUsers(text),
    first_output: forUsers(text),
    last_reason: forUsers(text),
    last_output: forUsers(text),
  })
  .register(NAMED, { id: 'Incident' })

/** An incident as the API shows it. Pure. */
export function incidentJson(
  incident: KeptIncident,
  { isUser, mask, nowMs }: Sight & { readonly nowMs: number },
): z.input<typeof incidentSchema> {
  const { acknowledged } = incident
  return {
    ...incidentFacts(incident, nowMs),
    acknowledged:
      acknowledged === null
        ? null
        : { at: isoTime(acknowledged.atMs), ...(isUser && { reason: mask(acknowledged.reason) }) },
    ...(isUser && incidentTexts(incident, mask)),
  }
}
