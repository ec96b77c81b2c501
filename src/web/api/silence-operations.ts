import { z } from 'zod'
import {
  isSameTarget,
  LONGEST_SILENCE_MS,
  SILENCE_TOO_LONG,
  type Silence,
  type SilenceTarget,
  targetFields,
  targetMeant,
  targetOf,
} from '../../core/model/mute.ts'
import { isoTime } from '../../core/text/time.ts'
import type { WebContext } from '../http/web-context.ts'
import { ApiRefusal, done, type Operation, operation } from './operation.ts'
import { duration, NAMED, named, reason, text, time } from './schemas.ts'

const silenceSchema = named('Silence', {
  monitor: text.nullable().describe('If tag and group are null, too: all monitors.'),
  tag: text.nullable(),
  group: text.nullable(),
  until: time,
  reason: text,
  who: text.describe('Who made it; empty if that is not known.'),
})

const silencesSchema = named('Silences', { silences: z.array(silenceSchema) })

const ONE_TARGET = 'name exactly one of monitor, tag, group and all'

const target = {
  monitor: text.optional().describe('The name of a monitor.'),
  tag: text.optional().describe('All monitors with this tag.'),
  group: text.optional().describe('All monitors of this group.'),
}

const newSilence = z
  .strictObject({
    ...target,
    all: z.literal(true).optional(),
    duration: duration.refine((ms) => ms <= LONGEST_SILENCE_MS, SILENCE_TOO_LONG).describe('30m, 2h, 1d.'),
    reason,
  })
  .refine((body) => targetOf(body) !== null, ONE_TARGET)
  .register(NAMED, { id: 'NewSilence' })

const ended = z
  .strictObject({ ...target, all: z.literal('true').optional() })
  .refine((query) => targetOf(query) !== null, ONE_TARGET)

export function silenceOperations({ present, actions, clock, mask }: WebContext): readonly Operation[] {
  const silenceJson = ({ target, untilMs, reason, who = '' }: Silence): z.input<typeof silenceSchema> => ({
    ...targetFields(target),
    until: isoTime(untilMs),
    reason: mask(reason),
    who,
  })

  const meant = (typed: SilenceTarget | null, targets: readonly SilenceTarget[] = []) =>
    typed && targetMeant(typed, { monitors: [...present.monitors()].map(({ monitor }) => monitor), targets })

  return [
    operation({
      id: 'listSilences',
      route: 'get /silences',
      summary: 'The silences in effect',
      isForUsers: true,
      answer: silencesSchema,
      handle: async () => ({ silences: present.silences().map(silenceJson) }),
    }),
    operation({
      id: 'createSilence',
      route: 'post /silences',
      summary: 'Silence monitors for a time; replaces an older silence of the same target',
      isForUsers: true,
      body: newSilence,
      status: 201,
      answer: silenceSchema,
      refusals: [404, 503],
      async handle({ body, who }) {
        const target = meant(targetOf(body))
        if (target === null) return new ApiRefusal(404, 'there is no such monitor, tag or group')
        const silence = { target, untilMs: clock() + body.duration, reason: body.reason, who }
        return (await done(actions.silence(silence))) ?? silenceJson(silence)
      },
    }),
    operation({
      id: 'deleteSilence',
      route: 'delete /silences',
      summary: 'End silence of exactly this target',
      isForUsers: true,
      query: ended,
      refusals: [404, 503],
      async handle({ query, who }) {
        const targets = present.silences().map((one) => one.target)
        const target = meant(targetOf(query), targets)
        const isThere = target !== null && targets.some((one) => isSameTarget(one, target))
        if (!isThere) return new ApiRefusal(404, 'there is no such silence')
        return await done(actions.unsilence(target, who))
      },
    }),
  ]
}
