import type { CheckRun } from './fold-checks.ts'
import type { KeptCheck, KeptIncident, KeptNotification, Uptimes, WindowName } from './kept.ts'
import type { Unwatched } from './ports.ts'

/** How many days a monitor's bar shows, today included. */
export const BAR_DAYS = 90

/** One UTC day of a monitor: milliseconds down; null where nobody watched at all, or it was not there yet. */
export type DownMs = number | null

/** What an overview shows of a monitor's past. */
export interface MonitorPast {
  readonly uptime: Uptimes
  /** `BAR_DAYS` of them, oldest first; the last one is the day of the query. */
  readonly days: readonly DownMs[]
  /** Since when it has been up, if it is; null where that is longer than anybody knows. Unix epoch milliseconds. */
  readonly upSinceMs: number | null
  /** Null where none is kept. */
  readonly lastCheck: KeptCheck | null
}

/** What happened to one monitor since a time. Unix epoch milliseconds. */
export interface MonitorHistory {
  readonly past: MonitorPast
  /** Runs of equal checks, newest first. */
  readonly checks: readonly CheckRun[]
  /** Newest first, as are the others. */
  readonly notifications: readonly KeptNotification[]
  readonly incidents: readonly KeptIncident[]
  readonly unwatched: readonly Omit<Unwatched, 'monitor'>[]
}

/** The times over which a chart can be seen. */
export const CHART_WINDOWS = ['24h', '7d', '30d', '90d'] as const satisfies readonly WindowName[]
export type ChartWindow = (typeof CHART_WINDOWS)[number]

/** One point of a chart of durations. Null where nothing was measured. */
export interface DurationPoint {
  /** Start of the time that it is about, in Unix epoch milliseconds. */
  readonly atMs: number
  readonly p50Ms: number | null
  readonly p95Ms: number | null
  readonly longestMs: number | null
  readonly checkCount: number
  readonly failedCount: number
}

export interface DurationSeries {
  /** How long the time of one point is. */
  readonly stepMs: number
  /** Oldest first, without holes: from the window's start to now. */
  readonly points: readonly DurationPoint[]
}

/** What the checks of a monitor have measured under one label. */
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
  readonly limit: number
}

/**
 * What is kept of the past, for those who look at it. Works beside the store that writes it and never holds it up. Times
 * are Unix epoch milliseconds; `nowMs` is that of the caller. A monitor that nothing is kept of has an empty past. A
 * promise rejects with a PastUnavailable when the file cannot be read for now.
 */
export interface Past {
  /** By the names of the monitors asked for. */
  overview(monitors: readonly string[], nowMs: number): Promise<ReadonlyMap<string, MonitorPast>>
  history(monitor: string, query: { readonly sinceMs: number; readonly nowMs: number }): Promise<MonitorHistory>
  durations(monitor: string, window: ChartWindow, nowMs: number): Promise<DurationSeries>
  measured(monitor: string, window: ChartWindow, nowMs: number): Promise<readonly MeasuredSeries[]>
  /** Newest first. */
  incidents(query: IncidentsQuery): Promise<readonly KeptIncident[]>
  /** Null where there is none with this id. */
  incident(id: string): Promise<{ incident: KeptIncident; notifications: readonly KeptNotification[] } | null>
  close(): Promise<void>
}

/** The past cannot be read for now; the message is a whole sentence for people. */
export class PastUnavailable extends Error {}
