import type { Child } from 'hono/jsx'
import type { KeptIncident, KeptNotification } from '../../../core/past/kept.ts'
import { plural } from '../../../core/text/plural.ts'
import { Lasting } from '../parts/incident-list.tsx'
import { Layout } from '../parts/layout.tsx'
import { Output } from '../parts/output.tsx'
import { Shape } from '../parts/shapes.tsx'
import { entryOf, Lines } from '../parts/telling.tsx'
import { At } from '../parts/times.tsx'
import type { Visit } from '../parts/visit.ts'

interface IncidentPageProps {
  readonly incident: KeptIncident
  /** Oldest first. */
  readonly notifications: readonly KeptNotification[]
  /** Null for a monitor that is no longer in the configuration. */
  readonly slug: string | null
  readonly visit: Visit
}

export function IncidentPage({ incident, notifications, slug, visit }: IncidentPageProps) {
  const { monitor, endedAtMs } = incident
  const name = visit.shown(monitor)
  const standing = endedAtMs === null ? 'down' : 'up'
  return (
    <Layout visit={visit} title={`Incident: ${name}`} standing={standing} at="incidents" isLive={endedAtMs === null}>
      <div id="head" data-live class={`overall ${standing}`}>
        <Shape of={standing} />
        <div>
          <h1>{name}</h1>
          <p>
            <Lasting incident={incident} nowMs={visit.nowMs} />, {plural(incident.failureCount, 'failing check')}
          </p>
        </div>
      </div>
      {slug !== null && (
        <p class="next">
          <a href={`/monitors/${slug}`}>How it is now</a>
        </p>
      )}
      <section class="card" id="timeline" data-live aria-labelledby="timeline-h">
        <h2 id="timeline-h">What happened</h2>
        <ol class="log">
          {eventsOf(incident, notifications, visit)
            .sort((one, other) => one.atMs - other.atMs)
            .map(({ atMs, content }) => (
              <li>
                <span class="when">
                  <At ms={atMs} nowMs={visit.nowMs} />
                </span>
                <span class="what">{content}</span>
              </li>
            ))}
        </ol>
      </section>
      {visit.isUser && <Outputs incident={incident} visit={visit} />}
    </Layout>
  )
}

interface Event {
  readonly atMs: number
  readonly content: Child
}

function eventsOf(incident: KeptIncident, notifications: readonly KeptNotification[], visit: Visit): Event[] {
  const { startedAtMs, openedAtMs, endedAtMs, ending, acknowledged, firstReason } = incident
  const { isUser, shown } = visit
  const events: Event[] = [
    {
      atMs: startedAtMs,
      content: (
        <>
          <strong>first failing check</strong>
          {isUser && <span class="reason">{shown(firstReason)}</span>}
        </>
      ),
    },
    { atMs: openedAtMs, content: <strong>down, as it is past alert_after</strong> },
  ]
  if (isUser) events.push(...notifications.map((one) => toldEvent(one, visit)))
  if (acknowledged !== null) {
    const reason = isUser && acknowledged.reason !== '' ? shown(acknowledged.reason) : null
    events.push({
      atMs: acknowledged.atMs,
      content: (
        <>
          <strong>acknowledged</strong>
          {reason !== null && <span class="reason">{reason}</span>}
        </>
      ),
    })
  }
  if (endedAtMs !== null) events.push({ atMs: endedAtMs, content: <strong>{ending ?? 'ended'}</strong> })
  return events
}

function toldEvent(notification: KeptNotification, visit: Visit): Event {
  const { atMs, word, lines } = entryOf(notification)
  return {
    atMs,
    content: (
      <>
        <strong>told: {word}</strong>
        <Lines lines={lines} visit={visit} />
      </>
    ),
  }
}

function Outputs({ incident, visit }: { incident: KeptIncident; visit: Visit }) {
  const { firstOutput, firstReason, lastOutput, lastReason } = incident
  const isSame = firstOutput === lastOutput && firstReason === lastReason
  return (
    <section class="card" aria-labelledby="output-h">
      <h2 id="output-h">What the check said</h2>
      <h3>{isSame ? 'From first to last' : 'At first'}</h3>
      {firstOutput.trim() === '' ? (
        <p class="nothing">It printed nothing.</p>
      ) : (
        <Output text={firstOutput} id="o-first" isOpen visit={visit} />
      )}
      {!isSame && (
        <>
          <h3>At last: {visit.shown(lastReason)}</h3>
          {lastOutput.trim() === '' ? (
            <p class="nothing">It printed nothing.</p>
          ) : (
            <Output text={lastOutput} id="o-last" isOpen visit={visit} />
          )}
        </>
      )}
    </section>
  )
}
