import type { KeptIncident } from '../../core/past/kept.ts'
import { formatAge } from '../../core/text/age.ts'
import { isoTime } from '../../core/text/iso-time.ts'
import type { Visit } from './visit.ts'
import { xmlText } from './xml-text.ts'

interface FeedOptions {
  /** The address of the pages, without a slash at the end. */
  readonly base: string
  readonly visit: Visit
}

/** Incidents as an Atom feed (RFC 4287), newest first; what the public may not see is not in theirs. Pure. */
export function feedOf(incidents: readonly KeptIncident[], { base, visit }: FeedOptions): string {
  const updatedMs = Math.max(0, ...incidents.map(changedMs))
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<title>${xmlText(visit.shown(visit.siteTitle))}: incidents</title>
<id>${xmlText(base)}/feed.atom</id>
<link rel="self" type="application/atom+xml" href="${xmlText(base)}/feed.atom"/>
<link rel="alternate" type="text/html" href="${xmlText(base)}/incidents"/>
<author><name>Minitor</name></author>
<updated>${isoTime(updatedMs)}</updated>
${incidents.map((incident) => entryOf(incident, { base, visit })).join('')}</feed>
`
}

function entryOf(incident: KeptIncident, { base, visit }: FeedOptions): string {
  const { id, monitor, startedAtMs, openedAtMs, endedAtMs, ending, firstReason } = incident
  const address = xmlText(`${base}/incidents/${encodeURIComponent(id)}`)
  const state =
    endedAtMs === null ? 'is down' : `${ending ?? 'ended'} after ${formatAge(Math.max(0, endedAtMs - startedAtMs))}`
  const reason = visit.isUser && firstReason !== '' ? `: ${visit.shown(firstReason)}` : ''
  return `<entry>
<title>${xmlText(`${visit.shown(monitor)} ${state}`)}</title>
<id>${address}</id>
<link rel="alternate" type="text/html" href="${address}"/>
<published>${isoTime(openedAtMs)}</published>
<updated>${isoTime(changedMs(incident))}</updated>
<summary>${xmlText(`Since ${isoTime(startedAtMs)}${reason}`)}</summary>
</entry>
`
}

function changedMs({ openedAtMs, endedAtMs }: KeptIncident): number {
  return endedAtMs ?? openedAtMs
}
