import type { Database } from 'bun:sqlite'
import { type Uptimes, WINDOW_NAMES, type WindowName } from '../../core/past/kept.ts'
import {
  HISTORY_LIMIT,
  type MonitorHistory,
  type MonitorPast,
  NO_PAST,
  type Past,
  RECENT_CHECKS,
} from '../../core/past/past.ts'
import { summarize, uptimeOf } from '../../core/past/roll-up.ts'
import { readActions } from './actions.ts'
import { readCheckRuns, readLastChecks, readRecent } from './checks.ts'
import { readNotifications } from './deliveries.ts'
import { readIncident, readIncidents } from './incidents.ts'
import { readMeasured } from './measured.ts'
import { readMonitorId, readMonitorsNamed } from './monitors.ts'
import { readPings } from './pings.ts'
import { readDays, readDurations, readHours } from './roll-ups.ts'
import { readUnwatched } from './unwatched.ts'
import { readUpSince, readUptime, windowStart } from './uptime.ts'

export type QuestionName = Exclude<keyof Past, 'close' | 'isKept'>
export type AnswerTo<Name extends QuestionName> = Awaited<ReturnType<Past[Name]>>

/** How each question to the past is answered from a database; by the names of the port. */
type Answers = { [Name in QuestionName]: (database: Database, ...of: Parameters<Past[Name]>) => AnswerTo<Name> }

export const ANSWERS: Answers = {
  overview: (database, monitors, nowMs) => readOverview(database, monitors, { nowMs }),
  recent(database, monitors) {
    const known = [...readMonitorsNamed(database, monitors)]
    const points = readRecent(
      database,
      known.map(([, { id }]) => id),
      RECENT_CHECKS,
    )
    return new Map(known.map(([name, { id }]) => [name, points.get(id) ?? []]))
  },
  history: (database, monitor, query) => readHistory(database, monitor, { ...query, limit: HISTORY_LIMIT }),
  durations: (database, monitor, window, nowMs) =>
    readDurations(database, { monitorId: readMonitorId(database, monitor) ?? 0, window, nowMs }),
  measured: (database, monitor, window, nowMs) =>
    readMeasured(database, { monitorId: readMonitorId(database, monitor) ?? 0, window, nowMs }),
  incidents: readIncidents,
  actions: readActions,
  incident(database, id) {
    const incident = readIncident(database, id)
    return incident === null ? null : { incident, notifications: readNotifications(database, { incidentId: id }) }
  },
}

interface HistoryQuery {
  readonly sinceMs: number
  readonly nowMs: number
  /** See OverviewQuery. */
  readonly watchedToMs?: number
  /** Of each list; null is all. */
  readonly limit: number | null
  /** Whether each check is a run of its own. */
  readonly isEach?: boolean
}

/** What happened to one monitor, for the pages, the API and the terminal alike. */
export function readHistory(
  database: Database,
  monitor: string,
  { sinceMs, nowMs, watchedToMs, limit, isEach = false }: HistoryQuery,
): MonitorHistory {
  const monitorId = readMonitorId(database, monitor) ?? 0
  const isKnown = monitorId !== 0
  const unwatched = isKnown ? readUnwatched(database, sinceMs) : []
  const gapEndsMs = unwatched.map(({ toMs }) => toMs).sort((one, other) => one - other)
  return {
    past: readOverview(database, [monitor], { nowMs, watchedToMs }).get(monitor) ?? NO_PAST,
    lastDay: summarize(readHours(database, monitorId, windowStart('24h', nowMs))),
    checks: readCheckRuns(database, { monitorId, sinceMs, gapEndsMs, limit, isEach }),
    notifications: readNotifications(database, { monitor, sinceMs, limit }),
    incidents: readIncidents(database, { sinceMs, monitor, beforeMs: null, limit }),
    pings: readPings(database, monitorId, sinceMs).reverse(),
    unwatched: unwatched.reverse().slice(0, limit ?? unwatched.length),
  }
}

interface OverviewQuery {
  readonly nowMs: number
  /** Until when somebody has certainly watched; now, where the daemon itself asks. */
  readonly watchedToMs?: number | undefined
  /** The other uptimes are null: each costs time. */
  readonly windows?: readonly WindowName[]
  /** Without them all days are null. */
  readonly hasDays?: boolean
}

/** The past of monitors by their names, also of those that nothing is known of. */
export function readOverview(
  database: Database,
  names: readonly string[],
  { nowMs, watchedToMs = nowMs, windows = WINDOW_NAMES, hasDays = true }: OverviewQuery,
): Map<string, MonitorPast> {
  const known = readMonitorsNamed(database, names)
  const monitors = [...known.values()]
  const times = readUptime(database, { monitors, windows, nowMs, watchedToMs })
  const days = hasDays ? readDays(database, monitors, nowMs) : new Map()
  const ids = monitors.map(({ id }) => id)
  const lastChecks = readLastChecks(database, ids, nowMs)
  const ups = monitors.filter(({ state }) => state?.status === 'up').map(({ id }) => id)
  const upSince = readUpSince(database, ups, nowMs)
  return new Map(
    names.map((name) => {
      const one = known.get(name)
      if (one === undefined) return [name, NO_PAST]
      const time = times.get(one.id)
      const shares = windows.map((window) => [window, time === undefined ? null : uptimeOf(time[window])])
      const past: MonitorPast = {
        ...NO_PAST,
        ...days.get(one.id),
        uptime: { ...NO_PAST.uptime, ...(Object.fromEntries(shares) as Partial<Uptimes>) },
        upSinceMs: upSince.get(one.id) ?? null,
        leftAtMs: one.state === null && one.countedToMs !== null ? Math.min(one.countedToMs, nowMs) : null,
        lastCheck: lastChecks.get(one.id) ?? null,
      }
      return [name, past]
    }),
  )
}
