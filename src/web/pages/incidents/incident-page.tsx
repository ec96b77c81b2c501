import type { Action } from '../../../core/model/action.ts'
import { deliveryLines, incidentEvents, type PastEvent } from '../../../core/past/events.ts'
import type { KeptIncident, KeptNotification } from '../../../core/past/kept.ts'
import { causeText } from '../../../core/past/summary.ts'
import { firstCause } from '../../../core/past/words.ts'
import { plural } from '../../../core/text/plural.ts'
import { Breakable, marked } from '../parts/figures.tsx'
import { Layout } from '../parts/layout.tsx'
import { actionEntries, incidentStanding, Lasting, Log, type LogEntry } from '../parts/log.tsx'
import { Cause, Shape } from '../parts/marks.tsx'
import { Output } from '../parts/output.tsx'
import type { Visit } from '../parts/visit.ts'

interface IncidentPageProps {
  readonly incident: KeptIncident
  /** Oldest first. */
  readonly notifications: readonly KeptNotification[]
  /** What people did meanwhile; for users. */
  readonly actions: readonly Action[]
  /** Why nobody was notified, where nobody was. */
  readonly quiet: readonly PastEvent[]
  /** Null for a monitor that is no longer in the configuration. */
  readonly slug: string | null
  readonly visit: Visit
}

export function IncidentPage({ incident, notifications, actions, quiet, slug, visit }: IncidentPageProps) {
  const { monitor, endedAtMs } = incident
  const name = visit.shown(monitor)
  const standing = incidentStanding(incident, visit.nowMs)
  return (
    <Layout visit={visit} title={`Incident: ${name}`} standing={standing} at="incidents" isLive={endedAtMs === null}>
      <div id="head" data-live class={`overall ${standing}`}>
        <Shape of={standing} />
        <div>
          <h1>
            <Breakable text={name} />
          </h1>
          <p>
            <Lasting incident={incident} visit={visit} />, {plural(incident.failureCount, 'failing check')}
          </p>
          <Cause text={lastCause(incident)} visit={visit} />
        </div>
      </div>
      {slug !== null && (
        <p class="next">
          <a href={`/monitors/${slug}`}>Go to monitor</a>
        </p>
      )}
      <section class="card" id="timeline" data-live aria-labelledby="timeline-h">
        <h2 id="timeline-h">Timeline</h2>
        <Log entries={timelineOf({ incident, notifications, actions, quiet }, visit)} visit={visit} />
      </section>
      {visit.isUser && <Outputs incident={incident} visit={visit} />}
    </Layout>
  )
}

/** What is wrong, or was at the end. */
function lastCause({ lastReason, lastOutput }: KeptIncident): string {
  return causeText({ reason: lastReason, output: lastOutput }, marked)
}

/** What people and checks have said is for users. */
function timelineOf(
  {
    incident,
    notifications,
    actions,
    quiet,
  }: Pick<IncidentPageProps, 'incident' | 'notifications' | 'actions' | 'quiet'>,
  { isUser }: Visit,
): readonly LogEntry[] {
  const linesOf = (text: string) => (text === '' ? [] : [{ text }])
  const entries = [
    { atMs: incident.startedAtMs, word: 'first failure', lines: linesOf(isUser ? firstCause(incident, marked) : '') },
    ...incidentEvents(incident, actions).map(({ atMs, word, text }) => ({
      atMs,
      word,
      lines: linesOf(isUser || word !== 'acknowledged' ? text : ''),
    })),
    ...(isUser ? notifications : []).map((one) => ({
      atMs: one.atMs,
      word: `notification: ${one.kind}`,
      lines: deliveryLines(one),
    })),
    ...actionEntries(actions, incident.monitor),
    ...quiet.map(({ atMs, word, text }) => ({ atMs, word, lines: linesOf(text) })),
  ]
  return entries.sort((one, other) => one.atMs - other.atMs)
}

function Outputs({ incident, visit }: { incident: KeptIncident; visit: Visit }) {
  const { firstOutput, firstReason, lastOutput, lastReason } = incident
  const isSame = firstOutput === lastOutput && firstReason === lastReason
  return (
    <section class="card" aria-labelledby="output-h">
      <h2 id="output-h">Check output</h2>
      <h3>{isSame ? 'First and last output (identical)' : 'First output'}</h3>
      <Printed text={firstOutput} id="o-first" visit={visit} />
      {!isSame && (
        <>
          <h3>Last output: {visit.shown(lastReason)}</h3>
          <Printed text={lastOutput} id="o-last" visit={visit} />
        </>
      )}
    </section>
  )
}

function Printed({ text, id, visit }: { text: string; id: string; visit: Visit }) {
  if (text.trim() === '') return <p class="nothing">The check printed nothing.</p>
  return <Output text={text} id={id} isOpen visit={visit} />
}
