import type { Action } from '../../../core/model/action.ts'
import type { Standing } from '../../../core/model/state.ts'
import { actionEvent, endingWord, isPlanned, lastedMs } from '../../../core/past/events.ts'
import type { KeptIncident } from '../../../core/past/kept.ts'
import { firstCause } from '../../../core/past/words.ts'
import { formatAge } from '../../../core/text/duration.ts'
import { Age, At, Breakable, marked, Timed } from './figures.tsx'
import { Cause, Shape } from './marks.tsx'
import type { Visit } from './visit.ts'

interface IncidentListProps {
  readonly incidents: readonly KeptIncident[]
  /** Whether they say of which monitor they are. */
  readonly hasNames?: boolean
  readonly visit: Visit
}

/** Incidents, newest first, each a link to its own page. */
export function IncidentList({ incidents, hasNames = false, visit }: IncidentListProps) {
  if (incidents.length === 0) return <p class="nothing">None.</p>
  return (
    <ul class="incidents">
      {incidents.map((incident) => (
        <li>
          <Shape of={incidentStanding(incident, visit.nowMs)} />
          <p class="what">
            <a href={`/incidents/${encodeURIComponent(incident.id)}`}>
              {hasNames ? (
                <Breakable text={visit.shown(incident.monitor)} />
              ) : (
                <At ms={incident.startedAtMs} visit={visit} />
              )}
            </a>{' '}
            <Lasting incident={incident} visit={visit} />
            {hasNames && (
              <span class="when">
                <At ms={incident.startedAtMs} visit={visit} />
              </span>
            )}
          </p>
          <Cause text={firstCause(incident, marked)} visit={visit} />
        </li>
      ))}
    </ul>
  )
}

/** Leads on in a list that is newest first; nothing at its end. */
export function Older({ address }: { address: string | null }) {
  if (address === null) return null
  return (
    <nav class="pager" aria-label="More of the list">
      <a rel="next" href={address}>
        Older
      </a>
    </nav>
  )
}

/** What an incident looks like. */
export function incidentStanding(incident: KeptIncident, nowMs: number): Standing {
  if (isPlanned(incident, nowMs)) return 'maintenance'
  return incident.endedAtMs === null ? 'down' : 'up'
}

/** How long it lasted, or has been open, and who is on it: names are for users. */
export function Lasting({ incident, visit }: { incident: KeptIncident; visit: Visit }) {
  const { nowMs, isUser } = visit
  const { startedAtMs, endedAtMs, acknowledged } = incident
  const who = isUser ? (acknowledged?.who ?? '') : ''
  if (endedAtMs !== null) {
    return (
      <span>
        {endingWord(incident)} after {formatAge(lastedMs(incident, nowMs))}
        {isPlanned(incident, nowMs) && ', in maintenance'}
      </span>
    )
  }
  return (
    <strong class={`is ${incidentStanding(incident, nowMs)}`}>
      {isPlanned(incident, nowMs) ? 'in maintenance' : endingWord(incident)} for{' '}
      <Age sinceMs={startedAtMs} nowMs={nowMs} />
      {acknowledged !== null && `, acknowledged${who === '' ? '' : ` by ${visit.shown(who)}`}`}
    </strong>
  )
}

export interface LogEntry {
  readonly atMs: number
  readonly word: string
  readonly lines: readonly { readonly text: string; readonly isFailed?: boolean }[]
}

/** What people did, for the list of a monitor or of everything. */
export function actionEntries(actions: readonly Action[], monitor: string | null): LogEntry[] {
  return actions.map((action) => {
    const { atMs, word, text } = actionEvent(action, marked, monitor)
    return { atMs, word, lines: text === '' ? [] : [{ text }] }
  })
}

export function Log({ entries, visit }: { entries: readonly LogEntry[]; visit: Visit }) {
  return (
    <ol class="log">
      {entries.map(({ atMs, word, lines }) => (
        <li>
          <span class="when">
            <At ms={atMs} visit={visit} />
          </span>
          <span class="what">
            <strong>{word}</strong>
            <span class="lines">
              {lines.map(({ text, isFailed }) => (
                <span class={isFailed ? 'reason bad' : 'reason'}>
                  <Timed text={text} visit={visit} />
                </span>
              ))}
            </span>
          </span>
        </li>
      ))}
    </ol>
  )
}
