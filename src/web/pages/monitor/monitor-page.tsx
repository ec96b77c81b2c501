import type { Announcement, Silence } from '../../../core/model/mute.ts'
import type { PlannedTime } from '../../../core/model/present.ts'
import { NO_HISTORY } from '../../../core/past/past.ts'
import type { BoardMonitor } from '../../board/board.ts'
import { Announcements } from '../parts/announcements.tsx'
import { CheckStrip, stripSummary, withLast } from '../parts/check-strip.tsx'
import { Layout } from '../parts/layout.tsx'
import { actionEntries, IncidentList, Log } from '../parts/log.tsx'
import type { SilenceProblem } from '../parts/silence-form.tsx'
import type { Visit } from '../parts/visit.ts'
import { MonitorActions } from './monitor-actions.tsx'
import { MonitorFacts } from './monitor-facts.tsx'
import { MonitorHead } from './monitor-head.tsx'
import { BadDays, MonitorCharts, type MonitorRecords } from './monitor-past.tsx'
import { Notifications, Places, RecentChecks, RecentPings } from './recent.tsx'

interface MonitorPageProps {
  readonly one: BoardMonitor
  readonly announcements: readonly Announcement[]
  readonly silences: readonly Silence[]
  readonly planned: readonly PlannedTime[]
  /** A sentence for people where the past cannot be read. */
  readonly records: MonitorRecords | { readonly unavailable: string }
  readonly problem: SilenceProblem | null
  readonly visit: Visit
}

export function MonitorPage({ one, announcements, silences, planned, records, problem, visit }: MonitorPageProps) {
  const name = visit.shown(one.monitor.name)
  const { isUser } = visit
  const { notifications, incidents } = 'unavailable' in records ? NO_HISTORY : records.history
  const open = incidents.find(({ id }) => id === one.state.incidentId)
  const isAcknowledged = one.mute?.by === 'acknowledgement' || (open?.acknowledged ?? null) !== null
  return (
    <Layout
      visit={visit}
      title={name}
      standing={one.standing}
      isLive={problem === null}
      hasCharts={isUser}
      monitor={one.slug}
    >
      <Announcements announcements={announcements} visit={visit} />
      <MonitorHead one={one} notifications={notifications} planned={planned} visit={visit} />
      {isUser && (
        <MonitorActions one={one} silences={silences} isAcknowledged={isAcknowledged} problem={problem} visit={visit} />
      )}
      {isUser && (
        <div class="checked">
          <p id="checked" role="status" />
        </div>
      )}
      <div class="columns">
        <div>
          {'unavailable' in records ? (
            <section class="notice">
              <p>{records.unavailable}</p>
            </section>
          ) : (
            <Records one={one} records={records} visit={visit} />
          )}
        </div>
        <MonitorFacts one={one} visit={visit} />
      </div>
    </Layout>
  )
}

type RecordsProps = Pick<MonitorPageProps, 'one' | 'visit'> & { readonly records: MonitorRecords }

function Records({ one, records, visit }: RecordsProps) {
  const { history } = records
  const { past, incidents } = history
  return (
    <>
      <section class="card" id="strip" data-live aria-labelledby="strip-h">
        <div class="strip-head">
          <h2 id="strip-h">Last checks</h2>
          <p class="hint">{stripSummary(withLast(records.recent, one))}</p>
        </div>
        <CheckStrip one={one} points={records.recent} visit={visit} />
      </section>
      {visit.isUser && <Places one={one} visit={visit} />}
      <BadDays one={one} past={past} visit={visit} />
      {visit.isUser && <MonitorCharts one={one} records={records} visit={visit} />}
      <section class="card" id="incidents" data-live aria-labelledby="incidents-h">
        <h2 id="incidents-h">Incidents</h2>
        <IncidentList incidents={incidents} visit={visit} />
        <p class="more">
          <a href={`/incidents?monitor=${encodeURIComponent(one.monitor.name)}`}>All incidents of this monitor</a>
        </p>
      </section>
      {visit.isUser && <Notifications one={one} history={history} visit={visit} />}
      {visit.isUser && <RecentActions one={one} actions={records.actions} visit={visit} />}
      {visit.isUser && one.monitor.heartbeat !== null && <RecentPings pings={history.pings} visit={visit} />}
      {visit.isUser && <RecentChecks checks={history.checks} unwatched={history.unwatched} visit={visit} />}
    </>
  )
}

function RecentActions({ one, actions, visit }: Omit<RecordsProps, 'records'> & Pick<MonitorRecords, 'actions'>) {
  const { name } = one.monitor
  return (
    <section class="card" id="people" data-live aria-labelledby="people-h" hidden={actions.length === 0}>
      <h2 id="people-h">Who did what</h2>
      <Log entries={actionEntries(actions, name)} visit={visit} />
      <p class="more">
        <a href={`/actions?${new URLSearchParams({ monitor: name })}`}>All about this monitor</a>
      </p>
    </section>
  )
}
