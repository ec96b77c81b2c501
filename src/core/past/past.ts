import type { Action } from '../model/action.ts'
import type { Unwatched } from '../model/ports.ts'
import type { Monitor } from '../model/types.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../text/time.ts'
import type { CheckRun } from './fold-checks.ts'
import type { CheckPoint, KeptCheck, KeptIncident, KeptNotification, KeptPing, Uptimes } from './kept.ts'
import type { CheckSummary } from './roll-up.ts'

/** How many days a monitor's bar shows, today included. */
export const BAR_DAYS = 90

/** One UTC day of a monitor: milliseconds down; null if it was not watched on that day. */
export type DownMs = number | null

/** What an overview shows of a monitor's past. */
export interface MonitorPast {
  readonly uptime: Uptimes
  /** `BAR_DAYS` days, oldest first; the last is the day of the query. */
  readonly days: readonly DownMs[]
  /** How long it was watched on each of these days, in milliseconds. */
  readonly watchedMs: readonly number[]
  /** How long of that it was in trouble in a maintenance, which is no downtime. */
  readonly plannedMs: readonly number[]
  /** Since when it is up, if it is; null if that is longer than anybody knows. Unix epoch milliseconds. */
  readonly upSinceMs: number | null
  /** When it was paused or removed, if it was. */
  readonly leftAtMs: number | null
  /** Null if none is stored. */
  readonly lastCheck: KeptCheck | null
}

/** How many checks the strip of a monitor shows. */
export const RECENT_CHECKS = 60

/** Most entries in a list of a history; the oldest are left out. */
export const HISTORY_LIMIT = 500

/** What happened to one monitor since a time. Unix epoch milliseconds. All newest first. */
export interface MonitorHistory {
  readonly past: MonitorPast
  /** The checks of the last 24 hours. */
  readonly lastDay: CheckSummary
  /** Runs of equal checks. */
  readonly checks: readonly CheckRun[]
  readonly notifications: readonly KeptNotification[]
  readonly incidents: readonly KeptIncident[]
  /** At most the last hundred of a heartbeat. */
  readonly pings: readonly KeptPing[]
  readonly unwatched: readonly Omit<Unwatched, 'monitor'>[]
}

/** The past of a monitor that is not in the database. */
export const NO_PAST: MonitorPast = {
  uptime: { '24h': null, '7d': null, '30d': null, '90d': null, '365d': null },
  days: Array.from({ length: BAR_DAYS }, () => null),
  watchedMs: Array.from({ length: BAR_DAYS }, () => 0),
  plannedMs: Array.from({ length: BAR_DAYS }, () => 0),
  upSinceMs: null,
  leftAtMs: null,
  lastCheck: null,
}

export const NO_CHECKS: CheckSummary = { checkCount: 0, failedCount: 0, p50Ms: null, p95Ms: null, longestMs: null }

export const NO_HISTORY: MonitorHistory = {
  past: NO_PAST,
  lastDay: NO_CHECKS,
  checks: [],
  notifications: [],
  incidents: [],
  pings: [],
  unwatched: [],
}

/** The windows of charts, shortest first: how far back each goes, and the length of one point. */
export const CHARTS = {
  '1h': { lengthMs: HOUR_MS, stepMs: 10_000 },
  '6h': { lengthMs: 6 * HOUR_MS, stepMs: MINUTE_MS },
  '24h': { lengthMs: DAY_MS, stepMs: 5 * MINUTE_MS },
  '7d': { lengthMs: 7 * DAY_MS, stepMs: HOUR_MS },
  '30d': { lengthMs: 30 * DAY_MS, stepMs: HOUR_MS },
  '90d': { lengthMs: 90 * DAY_MS, stepMs: DAY_MS },
} as const
export type ChartWindow = keyof typeof CHARTS
export const CHART_WINDOWS = Object.keys(CHARTS) as readonly ChartWindow[]

/** The shortest window in which these checks make a line or, if there is none, a point. Pure. */
export function shortestChart(checks: readonly Pick<CheckPoint, 'startedAtMs'>[], nowMs: number): ChartWindow {
  const holds = (window: ChartWindow, count: number) =>
    checks.filter(({ startedAtMs }) => startedAtMs >= nowMs - CHARTS[window].lengthMs).length >= count
  const shortest = (count: number) => CHART_WINDOWS.find((window) => holds(window, count))
  return shortest(2) ?? shortest(1) ?? '24h'
}

/** When the points of a chart begin, oldest first: at multiples of the step (UTC), the last one less than a step ago. */
export function chartStarts(window: ChartWindow, nowMs: number): number[] {
  const { lengthMs, stepMs } = CHARTS[window]
  const firstMs = Math.floor((nowMs - lengthMs) / stepMs) * stepMs
  return Array.from({ length: Math.floor((nowMs - firstMs) / stepMs) + 1 }, (_, index) => firstMs + index * stepMs)
}

export interface DurationSeries {
  /** Length of one point. */
  readonly stepMs: number
  /** Oldest first, without holes: from the window's start to now. `atMs` is the start of a point. */
  readonly points: readonly (CheckSummary & { readonly atMs: number })[]
}

/** Values that the checks of a monitor measured under one label. */
export interface MeasuredSeries {
  readonly label: string
  /** As in performance data of Nagios: `s`, `%`, `B`, `c`, …, or empty. */
  readonly unit: string
  readonly stepMs: number
  /** Means, oldest first, without holes; null where nothing was measured. */
  readonly points: readonly { readonly atMs: number; readonly mean: number | null; readonly most: number | null }[]
}

export interface IncidentsQuery {
  /** Those that are open, or ended at this time or later. Unix epoch milliseconds. */
  readonly sinceMs: number
  /** Null is those of all monitors. */
  readonly monitor: string | null
  /** Only those that started before this time; null is up to now. */
  readonly beforeMs: number | null
  /** At most this many, and any that started at the same moment as the last: so paging loses none. */
  readonly limit: number
}

export interface ActionsQuery {
  /** Those about this monitor, by itself, its tags, its group or all monitors; null is everything that people did. */
  readonly about: Pick<Monitor, 'name' | 'tags' | 'group'> | null
  /** Unix epoch milliseconds. */
  readonly sinceMs: number
  /** Only those before this time; null is up to now. */
  readonly beforeMs: number | null
  /** At most this many, and any at the same moment as the last; null is all. */
  readonly limit: number | null
}

/**
 * The stored past. Reading it never holds up the store that writes it. Times are Unix epoch milliseconds; `nowMs` is the
 * caller's. A monitor that is not in the database has an empty past. A promise rejects with a PastUnavailable while the
 * file cannot be read.
 */
export interface Past {
  /** Whether there is a history; not with `:memory:`. */
  readonly isKept: boolean
  /** By monitor name. */
  overview(monitors: readonly string[], nowMs: number): Promise<ReadonlyMap<string, MonitorPast>>
  /** The last `RECENT_CHECKS` checks of each monitor, oldest first, by its name. */
  recent(monitors: readonly string[]): Promise<ReadonlyMap<string, readonly CheckPoint[]>>
  history(monitor: string, query: { readonly sinceMs: number; readonly nowMs: number }): Promise<MonitorHistory>
  durations(monitor: string, window: ChartWindow, nowMs: number): Promise<DurationSeries>
  measured(monitor: string, window: ChartWindow, nowMs: number): Promise<readonly MeasuredSeries[]>
  /** Newest first. */
  incidents(query: IncidentsQuery): Promise<readonly KeptIncident[]>
  /** With its notifications, newest first; null if there is none with this id. */
  incident(id: string): Promise<KeptStory | null>
  /** Newest first. */
  actions(query: ActionsQuery): Promise<readonly Action[]>
  /** Close it before the store: the last to close the file checkpoints its log. */
  close(): Promise<void>
}

export interface KeptStory {
  readonly incident: KeptIncident
  readonly notifications: readonly KeptNotification[]
}

/** The past cannot be read now. The message is for everybody; the cause, which may name files, is for the log. */
export class PastUnavailable extends Error {
  constructor(cause: string) {
    super('History is not available: the database cannot be read.', { cause })
  }
}
