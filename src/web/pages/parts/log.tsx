import type { Standing } from '../../../core/model/state.ts'
import { endingWord, isPlanned, lastedMs } from '../../../core/past/events.ts'
import type { KeptIncident } from '../../../core/past/kept.ts'
import { firstCause } from '../../../core/past/words.ts'
import { formatAge } from '../../../core/text/duration.ts'
import type { WebContext } from '../../http/web-context.ts'
import { Age, At, marked, Timed } from './figures.tsx'
import { Cause, Shape } from './marks.tsx'
import type { Visit } from './visit.ts'

interface IncidentListProps {
  readonly incidents: readonly KeptIncident[]
  /** Slug of a monitor by its name; null leaves the monitors out. */
  readonly slugOf: ((monitor: string) => string | undefined) | null
  /** Whether an incident was planned: it passed within a maintenance. */
  readonly isPlanned: (incident: KeptIncident) => boolean
  readonly visit: Visit
}

export function plannedBy({ present, clock }: Pick<WebContext, 'present' | 'clock'>): IncidentListProps['isPlanned'] {
  return (incident) => isPlanned(incident, present.maintenanceUntil(incident.monitor, incident.openedAtMs), clock())
}

/** Incidents, newest first, each a link to its own page. */
export function IncidentList({ incidents, slugOf, isPlanned, visit }: IncidentListProps) {
  if (incidents.length === 0) return <p class="nothing">None.</p>
  return (
    <ul class="incidents">
      {incidents.map((incident) => (
        <li>
          <Shape of={incidentStanding(incident, isPlanned(incident))} />
          <p class="what">
            <a href={`/incidents/${encodeURIComponent(incident.id)}`}>
              {slugOf === null ? <At ms={incident.startedAtMs} visit={visit} /> : visit.shown(incident.monitor)}
            </a>{' '}
            <Lasting incident={incident} isPlanned={isPlanned(incident)} nowMs={visit.nowMs} />
            {slugOf !== null && (
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

/** What an incident looks like. */
export function incidentStanding({ endedAtMs }: KeptIncident, isPlanned: boolean): Standing {
  if (isPlanned) return 'maintenance'
  return endedAtMs === null ? 'down' : 'up'
}

interface LastingProps {
  readonly incident: KeptIncident
  readonly isPlanned: boolean
  readonly nowMs: number
}

/** How long it lasted, or has been open, and whether somebody is on it. */
export function Lasting({ incident, isPlanned, nowMs }: LastingProps) {
  const { startedAtMs, endedAtMs, acknowledged } = incident
  if (endedAtMs !== null) {
    return (
      <span>
        {endingWord(incident)} after {formatAge(lastedMs(incident, nowMs))}
        {isPlanned && ', in maintenance'}
      </span>
    )
  }
  return (
    <strong class={`is ${incidentStanding(incident, isPlanned)}`}>
      {isPlanned ? 'in maintenance' : endingWord(incident)} for <Age sinceMs={startedAtMs} nowMs={nowMs} />
      {acknowledged !== null && ', acknowledged'}
    </strong>
  )
}

export interface LogEntry {
  readonly atMs: number
  readonly word: string
  readonly lines: readonly { readonly text: string; readonly isFailed?: boolean }[]
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
