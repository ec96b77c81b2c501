import type { Database } from 'bun:sqlite'
import type { Config } from '../../core/model/config.ts'
import { type Standing, standingOf } from '../../core/model/state.ts'
import { type CheckRun, foldChecks } from '../../core/past/fold-checks.ts'
import {
  type KeptIncident,
  type KeptNotification,
  type KeptPing,
  WINDOW_NAMES,
  type WindowName,
} from '../../core/past/kept.ts'
import { type CheckSummary, summarize, uptimeOf } from '../../core/past/roll-up.ts'
import { readChecks } from '../../store/tables/checks.ts'
import { readNotifications } from '../../store/tables/deliveries.ts'
import { readFacts } from '../../store/tables/facts.ts'
import { readIncidents } from '../../store/tables/incidents.ts'
import { readMonitors } from '../../store/tables/monitors.ts'
import { readPings } from '../../store/tables/pings.ts'
import { readHours } from '../../store/tables/roll-ups.ts'
import { readUnwatched } from '../../store/tables/unwatched.ts'
import { readUpSince, readUptime, windowStart } from '../../store/tables/uptime.ts'
import { findNamed, type Named } from '../options/context.ts'
import { sinceOf, stateOf } from '../status/standing.ts'
import { type Watching, watchingOf } from '../status/watching.ts'

/** What happened to one monitor. Times are Unix epoch milliseconds. */
export interface History {
  readonly name: string
  readonly nowMs: number
  readonly sinceMs: number
  readonly watching: Watching
  /** `removed`: only the database knows it any more. */
  readonly standing: Standing | 'removed'
  readonly standingSinceMs: number | null
  /** From 0 to 1; null where nobody watched. */
  readonly uptime: Readonly<Record<WindowName, number | null>>
  /** The checks of the last 24 hours. */
  readonly lastDay: CheckSummary
  /** All oldest first. */
  readonly checks: readonly CheckRun[]
  readonly notifications: readonly KeptNotification[]
  readonly incidents: readonly KeptIncident[]
  /** Of a heartbeat, those of the last hundred. */
  readonly pings: readonly KeptPing[]
  /** `toMs` is null where nobody watches yet. */
  readonly unwatched: readonly { readonly fromMs: number; readonly toMs: number | null }[]
}

export interface HistoryQuery {
  readonly name: string
  readonly config: Config
  readonly nowMs: number
  readonly sinceMs: number
  /** Whether every check is told, instead of runs of equal ones. */
  readonly isEach: boolean
}

/** Throws UsageError where nobody knows the monitor. */
export function readHistory(database: Database, { name, config, nowMs, sinceMs, isEach }: HistoryQuery): History {
  const named = findNamed(name, { config, known: readMonitors(database) })
  const monitorId = named.known?.id ?? 0
  const watching = watchingOf(readFacts(database), nowMs)
  const gaps = named.known === undefined ? [] : readUnwatched(database, { monitorId, sinceMs })
  const checks = foldChecks(readChecks(database, monitorId, sinceMs), {
    isEach,
    gapEndsMs: gaps.map(({ toMs }) => toMs).sort((one, other) => one - other),
  })
  const isUnwatched = !watching.isWatching && watching.lastAliveAtMs !== null && named.known !== undefined
  return {
    name,
    nowMs,
    sinceMs,
    watching,
    ...readStanding(database, named, nowMs),
    uptime: readUptimes(database, named, { nowMs, watchedToMs: watching.watchedToMs }),
    lastDay: summarize(readHours(database, monitorId, windowStart('24h', nowMs))),
    checks,
    notifications: readNotifications(database, { monitor: name, sinceMs, limit: null }).reverse(),
    incidents: readIncidents(database, { sinceMs, monitor: name, beforeMs: null, limit: null }).reverse(),
    pings: readPings(database, monitorId, sinceMs),
    unwatched: isUnwatched ? [...gaps, { fromMs: watching.watchedToMs, toMs: null }] : gaps,
  }
}

function readStanding(
  database: Database,
  { monitor, known }: Named,
  nowMs: number,
): Pick<History, 'standing' | 'standingSinceMs'> {
  if (monitor === undefined) return { standing: 'removed', standingSinceMs: known?.countedToMs ?? null }
  const state = stateOf(monitor, known)
  const standing = standingOf(state)
  const isUp = standing === 'up' && known !== undefined
  const upSinceMs = isUp ? readUpSince(database, [known.id], nowMs).get(known.id) : undefined
  return { standing, standingSinceMs: sinceOf(state, { known, upSinceMs }) }
}

function readUptimes(
  database: Database,
  { known }: Named,
  times: { nowMs: number; watchedToMs: number },
): History['uptime'] {
  const monitors = known === undefined ? [] : [known]
  const uptime = readUptime(database, { monitors, windows: WINDOW_NAMES, ...times }).get(known?.id ?? 0)
  const shares = WINDOW_NAMES.map((window) => [window, uptime === undefined ? null : uptimeOf(uptime[window])])
  return Object.fromEntries(shares) as History['uptime']
}
