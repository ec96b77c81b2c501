import type { Hono } from 'hono'
import type { Announcement } from '../../core/model/mute.ts'
import { endingWord, isPlanned, lastedMs } from '../../core/past/events.ts'
import type { KeptIncident } from '../../core/past/kept.ts'
import { PastUnavailable } from '../../core/past/past.ts'
import { firstCause } from '../../core/past/words.ts'
import { formatAge } from '../../core/text/duration.ts'
import { isoTime, localTime, wholeTime } from '../../core/text/time.ts'
import { originOf } from '../http/path.ts'
import type { WebEnv } from '../http/viewer.ts'
import { visibleTo } from '../http/visible.ts'
import type { WebContext } from '../http/web-context.ts'
import { causeLine } from './parts/marks.tsx'
import { type Visit, visitOf } from './parts/visit.ts'
import { xmlText } from './parts/xml-text.ts'

/** An id that stays when the address of the pages changes: readers would show everything again. */
function lastingId(name: string): string {
  const hash = new Bun.CryptoHasher('sha256').update(`minitor ${name}`).digest('hex')
  return `urn:uuid:${[hash.slice(0, 8), hash.slice(8, 12), `8${hash.slice(13, 16)}`, `8${hash.slice(17, 20)}`, hash.slice(20, 32)].join('-')}`
}

interface FeedOptions {
  /** See `Snapshot`. */
  readonly installation: string
  /** The address of the pages, without a slash at the end. */
  readonly base: string
  readonly visit: Visit
}

/** Announcements and incidents that the viewer may see, as an Atom feed (RFC 4287), newest first. */
function feedOf(
  incidents: readonly KeptIncident[],
  announcements: readonly Announcement[],
  { installation, base, visit }: FeedOptions,
): string {
  const updatedMs = Math.max(0, ...incidents.map(changedMs), ...announcements.map(({ atMs }) => atMs))
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<title>${xmlText(visit.shown(visit.siteTitle))}: incidents</title>
<id>${lastingId(`feed ${installation}`)}</id>
<link rel="self" type="application/atom+xml" href="${xmlText(base)}/feed.atom${visit.keyQuery}"/>
<link rel="alternate" type="text/html" href="${xmlText(base)}/incidents"/>
<author><name>Minitor</name></author>
<updated>${isoTime(updatedMs)}</updated>
${announcements.map((one) => announcementEntry(one, { base, visit })).join('')}${incidents.map((incident) => entryOf(incident, { base, visit })).join('')}</feed>
`
}

function announcementEntry(
  { id, text, atMs, untilMs }: Announcement,
  { base, visit }: Omit<FeedOptions, 'installation'>,
): string {
  const until = untilMs === null ? '' : ` – until ${wholeTime(untilMs, visit.zone)}`
  return `<entry>
<title>${xmlText(visit.shown(text))}</title>
<id>urn:uuid:${xmlText(id)}</id>
<link rel="alternate" type="text/html" href="${xmlText(base)}/"/>
<published>${isoTime(atMs)}</published>
<updated>${isoTime(atMs)}</updated>
<summary>${xmlText(`${visit.shownLines(text)}${until}`)}</summary>
</entry>
`
}

function entryOf(incident: KeptIncident, { base, visit }: Omit<FeedOptions, 'installation'>): string {
  const { id, monitor, startedAtMs, openedAtMs, endedAtMs } = incident
  const address = xmlText(`${base}/incidents/${encodeURIComponent(id)}`)
  const time = (atMs: number) => localTime(atMs, visit.nowMs, visit.zone)
  const state =
    endedAtMs === null ? 'is down' : `${endingWord(incident)} after ${formatAge(lastedMs(incident, visit.nowMs))}`
  const cause = visit.isUser ? firstCause(incident, time) : ''
  return `<entry>
<title>${xmlText(`${visit.shown(monitor)} ${state}`)}</title>
<id>${lastingId(`incident ${id}`)}</id>
<link rel="alternate" type="text/html" href="${address}"/>
<published>${isoTime(openedAtMs)}</published>
<updated>${isoTime(changedMs(incident))}</updated>
<summary>${xmlText(`Since ${wholeTime(startedAtMs, visit.zone)}${cause === '' ? '' : `: ${causeLine(cause, visit)}`}`)}</summary>
</entry>
`
}

function changedMs({ openedAtMs, endedAtMs }: KeptIncident): number {
  return endedAtMs ?? openedAtMs
}

const ENTRIES = 50

export function addFeed(app: Hono<WebEnv>, web: WebContext): void {
  app.get('/feed.atom', async (context) => {
    const visit = visitOf(context, web)
    const base = web.present.web.url ?? originOf(context.req.url)
    try {
      const all = await web.past.incidents({ sinceMs: 0, monitor: null, beforeMs: null, limit: ENTRIES })
      const visible = visibleTo(visit.viewer, web)
      const incidents = all.filter((incident) => visible.knows(incident.monitor) && !isPlanned(incident, visit.nowMs))
      context.header('Content-Type', 'application/atom+xml; charset=utf-8')
      const { installation, present } = web
      return context.body(feedOf(incidents, present.announcements().toReversed(), { installation, base, visit }))
    } catch (error) {
      if (!(error instanceof PastUnavailable)) throw error
      // Readers of feeds come again by themselves.
      return context.text('the past cannot be read now\n', 503, { 'Retry-After': '60' })
    }
  })
}
