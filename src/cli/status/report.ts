import type { Database } from 'bun:sqlite'
import type { Config } from '../../core/model/config.ts'
import { type Mutes, muteOf, type Silence, shownMute } from '../../core/model/mute.ts'
import { countStandings, STANDINGS, type Standing, type StandingCounts, standingOf } from '../../core/model/state.ts'
import type { Monitor, MonitorState, Mute } from '../../core/model/types.ts'
import type { KeptCheck, WindowName } from '../../core/past/kept.ts'
import { uptimeOf } from '../../core/past/roll-up.ts'
import { createMaintenance, type Maintenance } from '../../engine/checks/maintenance.ts'
import { readLastChecks } from '../../store/tables/checks.ts'
import { readUndelivered, type Undelivered } from '../../store/tables/deliveries.ts'
import { readFacts } from '../../store/tables/facts.ts'
import { type OpenIncident, readOpenIncidents } from '../../store/tables/incidents.ts'
import { type KnownMonitor, readMonitors } from '../../store/tables/monitors.ts'
import { readMutes } from '../../store/tables/mutes.ts'
import { readUpSince, readUptime } from '../../store/tables/uptime.ts'
import { sinceOf, stateOf } from './standing.ts'
import { type Watching, watchingOf } from './watching.ts'

const DAY_MS = 86_400_000

/** One monitor at this moment. Times are Unix epoch milliseconds. */
export interface MonitorReport {
  readonly monitor: Monitor
  readonly state: MonitorState
  readonly standing: Standing
  /** Null before the first check, and where nobody knows any more. */
  readonly lastCheck: KeptCheck | null
  readonly incident: OpenIncident | null
  /** Who keeps it quiet now, whether there is anything to tell or not. */
  readonly mute: Mute | null
  readonly undelivered: readonly Undelivered[]
}

/** What costs more to find out, and is only for monitors that are shown. */
export interface ShownReport extends MonitorReport {
  readonly sinceMs: number | null
  /** From 0 to 1; null where nobody watched. */
  readonly uptime: Readonly<Partial<Record<WindowName, number | null>>>
}

export interface Report {
  readonly config: Config
  readonly nowMs: number
  readonly watching: Watching
  readonly counts: StandingCounts
  /** Whether nothing is down and somebody is watching. */
  readonly isOk: boolean
  /** Worst first; no more than were asked for. */
  readonly monitors: readonly ShownReport[]
  readonly silences: readonly Silence[]
  /** Of all monitors, and of Minitor itself: what is pending, and what failed within 24 hours. */
  readonly undelivered: readonly Undelivered[]
}

export interface ReportQuery {
  readonly config: Config
  readonly nowMs: number
  readonly windows: readonly WindowName[]
  /** No more monitors than this are shown. */
  readonly limit: number
}

/** Puts together what a database says of the monitors of a configuration. */
export function readReport(database: Database, { config, nowMs, windows, limit }: ReportQuery): Report {
  const watching = watchingOf(readFacts(database), nowMs)
  const known = readMonitors(database)
  const mutes = readMutes(database, nowMs)
  const undelivered = readUndelivered(database, nowMs - DAY_MS)
  const all = reportAll({ config, nowMs, known, mutes, undelivered, database })
  const shown = sortWorstFirst(all).slice(0, limit)
  const counts = countStandings(all)
  return {
    config,
    nowMs,
    watching,
    counts,
    isOk: watching.isWatching && counts.down === 0,
    monitors: complete(database, shown, { known, nowMs, windows, watchedToMs: watching.watchedToMs }),
    silences: mutes.silences,
    undelivered: undelivered.filter(({ settledAtMs }) => settledAtMs === null || settledAtMs >= nowMs - DAY_MS),
  }
}

interface Known {
  readonly config: Config
  readonly nowMs: number
  readonly known: ReadonlyMap<string, KnownMonitor>
  readonly mutes: Mutes
  readonly undelivered: readonly Undelivered[]
  readonly database: Database
}

function reportAll({ config, nowMs, known, mutes, undelivered, database }: Known): MonitorReport[] {
  const lastChecks = readLastChecks(
    database,
    config.monitors.flatMap(({ name }) => known.get(name)?.id ?? []),
  )
  const incidents = readOpenIncidents(database)
  const byMonitor = Map.groupBy(undelivered, ({ monitor }) => monitor)
  const states = new Map(config.monitors.map((one) => [one.name, stateOf(one, known.get(one.name))]))
  const maintenance = createMaintenance(config.maintenance)
  return config.monitors.map((monitor) => {
    const { name } = monitor
    const state = stateOf(monitor, known.get(name))
    const isKnown = state.status !== 'paused' && state.status !== 'pending'
    return {
      monitor,
      state,
      standing: standingOf(state),
      lastCheck: isKnown ? (lastChecks.get(known.get(name)?.id ?? 0) ?? null) : null,
      incident: incidents.get(name) ?? null,
      mute: findMute(monitor, state, { nowMs, mutes, maintenance, states }),
      undelivered: byMonitor.get(name) ?? [],
    }
  })
}

interface Around {
  readonly nowMs: number
  readonly mutes: Mutes
  readonly maintenance: Maintenance
  readonly states: ReadonlyMap<string, MonitorState>
}

function findMute(monitor: Monitor, state: MonitorState, { nowMs, mutes, maintenance, states }: Around): Mute | null {
  const mute = muteOf(monitor, {
    atMs: nowMs,
    mutes,
    maintenanceUntilMs: maintenance(monitor, nowMs),
    incidentId: state.incidentId,
    parents: monitor.dependsOn.map((name) => ({ name, status: states.get(name)?.status ?? 'pending' })),
  })
  return shownMute(state, mute)
}

/** Trouble that somebody knows about comes after trouble that nobody may know about; and what is new, first. */
function sortWorstFirst(reports: readonly MonitorReport[]): MonitorReport[] {
  const rank = new Map(STANDINGS.map((standing, index) => [standing, index]))
  const place = ({ standing, mute }: MonitorReport) => {
    const isQuietTrouble = mute !== null && (standing === 'down' || standing === 'failing')
    return (rank.get(standing) ?? 0) + (isQuietTrouble ? 0.5 : 0)
  }
  const beganAtMs = ({ state }: MonitorReport) => state.outageStartedAtMs ?? 0
  return reports.toSorted((one, other) => place(one) - place(other) || beganAtMs(other) - beganAtMs(one))
}

interface Completing {
  readonly known: ReadonlyMap<string, KnownMonitor>
  readonly nowMs: number
  readonly windows: readonly WindowName[]
  readonly watchedToMs: number
}

function complete(database: Database, reports: readonly MonitorReport[], completing: Completing): ShownReport[] {
  const { known, ...query } = completing
  const rows = reports.map((report) => ({ report, row: known.get(report.monitor.name) }))
  const monitors = rows.flatMap(({ row }) => row ?? [])
  const times = readUptime(database, { monitors, ...query })
  const ups = rows.flatMap(({ report, row }) => (report.standing === 'up' && row !== undefined ? [row.id] : []))
  const upSince = readUpSince(database, ups, query.nowMs)
  return rows.map(({ report, row }) => {
    const time = times.get(row?.id ?? 0)
    return {
      ...report,
      sinceMs: sinceOf(report.state, { known: row, upSinceMs: upSince.get(row?.id ?? 0) }),
      uptime: Object.fromEntries(query.windows.map((name) => [name, time === undefined ? null : uptimeOf(time[name])])),
    }
  })
}
