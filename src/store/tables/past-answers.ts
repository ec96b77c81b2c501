import type { Database } from 'bun:sqlite'
import { type Uptimes, WINDOW_NAMES } from '../../core/past/kept.ts'
import { HISTORY_LIMIT, type MonitorHistory, type MonitorPast, NO_PAST, type Past } from '../../core/past/past.ts'
import { uptimeOf } from '../../core/past/roll-up.ts'
import { readCheckRuns, readLastChecks } from './checks.ts'
import { readNotifications } from './deliveries.ts'
import { readIncident, readIncidents } from './incidents.ts'
import { readMeasured } from './measured.ts'
import { readMonitorId, readMonitorsNamed } from './monitors.ts'
import { readPings } from './pings.ts'
import { readDays, readDurations } from './roll-ups.ts'
import { readUnwatched } from './unwatched.ts'
import { readUpSince, readUptime } from './uptime.ts'

export type QuestionName = Exclude<keyof Past, 'close'>
export type AnswerTo<Name extends QuestionName> = Awaited<ReturnType<Past[Name]>>

/** How each question to the past is answered from a database; by the names of the port. */
type Answers = { [Name in QuestionName]: (database: Database, ...of: Parameters<Past[Name]>) => AnswerTo<Name> }

export const ANSWERS: Answers = {
  overview: readOverview,
  history(database, monitor, { sinceMs, nowMs }): MonitorHistory {
    const past = readOverview(database, [monitor], nowMs).get(monitor) ?? NO_PAST
    const monitorId = readMonitorId(database, monitor)
    const unwatched = monitorId === null ? [] : readUnwatched(database, { monitorId, sinceMs })
    const gapEndsMs = unwatched.map(({ toMs }) => toMs).sort((one, other) => one - other)
    const limit = HISTORY_LIMIT
    return {
      past,
      checks: monitorId === null ? [] : readCheckRuns(database, { monitorId, sinceMs, gapEndsMs, limit }),
      notifications: readNotifications(database, { monitor, sinceMs, limit }),
      incidents: readIncidents(database, { sinceMs, monitor, beforeMs: null, limit }),
      pings: monitorId === null ? [] : readPings(database, monitorId, sinceMs).reverse(),
      unwatched: unwatched.reverse().slice(0, limit),
    }
  },
  durations: (database, monitor, window, nowMs) =>
    readDurations(database, { monitorId: readMonitorId(database, monitor) ?? 0, window, nowMs }),
  measured: (database, monitor, window, nowMs) =>
    readMeasured(database, { monitorId: readMonitorId(database, monitor) ?? 0, window, nowMs }),
  incidents: readIncidents,
  incident(database, id) {
    const incident = readIncident(database, id)
    return incident === null ? null : { incident, notifications: readNotifications(database, { incidentId: id }) }
  },
}

function readOverview(database: Database, names: readonly string[], nowMs: number): Map<string, MonitorPast> {
  const known = readMonitorsNamed(database, names)
  const monitors = [...known.values()]
  const times = readUptime(database, { monitors, windows: WINDOW_NAMES, nowMs, watchedToMs: nowMs })
  const days = readDays(database, monitors, nowMs)
  const lastChecks = readLastChecks(
    database,
    monitors.map(({ id }) => id),
  )
  const ups = monitors.filter(({ state }) => state?.status === 'up').map(({ id }) => id)
  const upSince = readUpSince(database, ups, nowMs)
  return new Map(
    names.map((name) => {
      const id = known.get(name)?.id
      const time = id === undefined ? undefined : times.get(id)
      if (id === undefined || time === undefined) return [name, NO_PAST]
      const uptime = Object.fromEntries(WINDOW_NAMES.map((window) => [window, uptimeOf(time[window])])) as Uptimes
      const past: MonitorPast = {
        uptime,
        days: days.get(id) ?? NO_PAST.days,
        upSinceMs: upSince.get(id) ?? null,
        lastCheck: lastChecks.get(id) ?? null,
      }
      return [name, past]
    }),
  )
}
