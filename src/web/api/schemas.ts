import { z } from 'zod'
import { LONGEST_REASON } from '../../core/model/mute.ts'
import { CHART_WINDOWS } from '../../core/past/past.ts'
import { parseDuration } from '../../core/text/duration.ts'
import { REFUSAL_CODES } from '../http/refuse.ts'

/** Schemas with a name of their own in the document. */
export const NAMED: z.core.$ZodRegistry<{ id: string }> = z.registry<{ id: string }>()

/** A map with a name of its own in the document. */
export function named<Shape extends z.ZodRawShape>(id: string, shape: Shape) {
  return z.object(shape).register(NAMED, { id })
}

/** The keys of a map with a value of this schema for each name. */
export function each<Name extends string, Schema extends z.ZodType>(names: readonly Name[], schema: Schema) {
  return Object.fromEntries(names.map((name) => [name, schema])) as Record<Name, Schema>
}

export const time = z.iso.datetime().describe('ISO 8601, in UTC.')

export const text = z.string()

/** Why people do something, in their words. */
export const reason = text.trim().max(LONGEST_REASON).default('')

/** Where `public` is on, others than users get an answer without it. */
export function forUsers<Schema extends z.ZodType>(schema: Schema) {
  return schema.optional().describe('For users only.')
}

export const milliseconds = z.number().nonnegative().nullable()

export const problem = named('Problem', {
  error: z.object({
    code: z.enum(REFUSAL_CODES),
    message: z.string(),
    problems: z.array(z.string()).optional().describe('Every mistake in what was asked.'),
  }),
})

const A_TIME = 'must be a duration (24h, 7d) or a time (2026-07-31T18:00:00Z)'

/** A time in the past: so long ago, or a time with its zone. As a function of now, in Unix epoch milliseconds. */
export const since = z.string().transform((value, context) => {
  const agoMs = parseDuration(value)
  if (agoMs !== null) return (nowMs: number) => nowMs - agoMs
  const at = z.iso.datetime({ offset: true }).safeParse(value)
  if (at.success) return () => Date.parse(at.data)
  context.addIssue({ code: 'custom', message: A_TIME })
  return z.NEVER
})

/** How long something lasts, in milliseconds. */
export const duration = z.string().transform((value, context) => {
  const ms = parseDuration(value) ?? 0
  if (ms > 0) return ms
  context.addIssue({ code: 'custom', message: 'must be a duration, such as 30m, 2h or 1d' })
  return z.NEVER
})

export const chartWindow = z.enum(CHART_WINDOWS)

/** A number in an address. */
export function count(least: number, most: number) {
  return z.coerce.number().int().min(least).max(most)
}
