import { countStandings } from '../../../core/model/state.ts'
import type { KeptIncident } from '../../../core/past/kept.ts'
import { worstOf } from '../../../core/past/words.ts'
import type { BoardMonitor } from '../../board/board.ts'
import { IncidentList } from '../parts/incident-list.tsx'
import { Layout } from '../parts/layout.tsx'
import type { Visit } from '../parts/visit.ts'

interface IncidentsPageProps {
  readonly incidents: readonly KeptIncident[]
  readonly monitors: readonly BoardMonitor[]
  /** Of which monitor; null is of all. */
  readonly monitor: string | null
  /** Where older ones are; null where there are none. */
  readonly olderAddress: string | null
  /** Whether it is the first page, which new incidents get onto. */
  readonly isNewest: boolean
  readonly visit: Visit
}

export function IncidentsPage({ incidents, monitors, monitor, olderAddress, isNewest, visit }: IncidentsPageProps) {
  const worst = worstOf(countStandings(monitors))
  const slugs = new Map(monitors.map(({ monitor: { name }, slug }) => [name, slug]))
  return (
    <Layout visit={visit} title="Incidents" standing={worst} at="incidents" isLive={isNewest}>
      <h1>Incidents</h1>
      <p class="intro">Outages that lasted long enough to be told, newest first.</p>
      <search>
        <form class="filter" method="get" action="/incidents">
          <label>
            <span class="said">Monitor</span>
            <input
              type="search"
              name="monitor"
              value={monitor ?? ''}
              placeholder="Name of a monitor"
              list={monitors.length <= 500 ? 'names' : undefined}
            />
          </label>
          {monitors.length <= 500 && (
            <datalist id="names">
              {monitors
                .map(({ monitor: { name } }) => name)
                .filter((name) => visit.shown(name) === name)
                .map((name) => (
                  <option value={name} />
                ))}
            </datalist>
          )}
          <button type="submit">Show</button>
          {monitor !== null && <a href="/incidents">Show all</a>}
        </form>
      </search>
      <section class="card" id="list" data-live aria-label="List of incidents">
        <IncidentList incidents={incidents} slugOf={(name) => slugs.get(name)} visit={visit} />
        {olderAddress !== null && (
          <nav class="pager" aria-label="More of the list">
            <a rel="next" href={olderAddress}>
              Older
            </a>
          </nav>
        )}
      </section>
    </Layout>
  )
}
