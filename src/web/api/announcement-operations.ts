import { z } from 'zod'
import type { Announcement } from '../../core/model/mute.ts'
import { isoTime } from '../../core/text/time.ts'
import type { WebContext } from '../http/web-context.ts'
import { ApiRefusal, done, type Operation, operation, resultOf } from './operation.ts'
import { duration, forUsers, NAMED, named, text, time } from './schemas.ts'

const announcementSchema = named('Announcement', {
  id: text,
  text,
  at: time,
  until: time.nullable().describe('Null until somebody ends it.'),
  who: forUsers(text),
})

const announcementsSchema = named('Announcements', {
  announcements: z.array(announcementSchema).describe('Oldest first.'),
})

const newAnnouncement = z
  .strictObject({
    text: text.trim().min(1).max(1_000),
    duration: duration.optional().describe('30m, 6h, 1d; without it, until somebody ends it.'),
  })
  .register(NAMED, { id: 'NewAnnouncement' })

export function announcementOperations({ present, actions, clock, mask }: WebContext): readonly Operation[] {
  const json = (one: Announcement, isUser: boolean): z.input<typeof announcementSchema> => ({
    id: one.id,
    text: mask(one.text),
    at: isoTime(one.atMs),
    until: isoTime(one.untilMs),
    ...(isUser && { who: one.who }),
  })

  return [
    operation({
      id: 'listAnnouncements',
      route: 'get /announcements',
      summary: 'What people announce now',
      answer: announcementsSchema,
      handle: async ({ isUser }) => ({ announcements: present.announcements().map((one) => json(one, isUser)) }),
    }),
    operation({
      id: 'createAnnouncement',
      route: 'post /announcements',
      summary: 'Announce something to everybody who may see the pages',
      isForUsers: true,
      body: newAnnouncement,
      status: 201,
      answer: announcementSchema,
      refusals: [503],
      async handle({ body, who, isUser }) {
        const untilMs = body.duration === undefined ? null : clock() + body.duration
        const made = await resultOf(actions.announce({ text: body.text, untilMs, who }))
        return made instanceof ApiRefusal ? made : json(made, isUser)
      },
    }),
    operation({
      id: 'deleteAnnouncement',
      route: 'delete /announcements/{id}',
      summary: 'End an announcement',
      isForUsers: true,
      refusals: [404, 503],
      async handle({ part, who }) {
        const isThere = present.announcements().some(({ id }) => id === part('id'))
        if (!isThere) return new ApiRefusal(404, 'there is no such announcement')
        return await done(actions.retract(part('id'), who))
      },
    }),
  ]
}
