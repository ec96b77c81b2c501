import type { Database } from 'bun:sqlite'
import { startTicksOf } from '../../control/run-file.ts'
import type { Config } from '../../core/model/config.ts'
import {
  type Announcement,
  isAnnounced,
  type Mutes,
  muteOf,
  quietText,
  type Silence,
  shownMute,
  targetFields,
  withPauses,
} from '../../core/model/mute.ts'
import { baseUrl } from '../../core/model/page-url.ts'
import { countStandings, PAUSED, PENDING, type StandingCounts, withoutFuture } from '../../core/model/state.ts'
import type { Monitor, MonitorState, Mute } from '../../core/model/types.ts'
import type { WindowName } from '../../core/past/kept.ts'
import { monitorFacts, monitorTexts } from '../../core/past/kept-json.ts'
import { type MonitorView, viewOf, worstFirst } from '../../core/past/view.ts'
import { formatAge } from '../../core/text/duration.ts'
import { DAY_MS, isoTime, localTime } from '../../core/text/time.ts'
import { createMaintenance, type Maintenance } from '../../engine/checks/maintenance.ts'
import { readUndelivered, type Undelivered } from '../../store/tables/deliveries.ts'
import { type Facts, readFacts } from '../../store/tables/facts.ts'
import { type OpenIncident, readOpenIncidents } from '../../store/tables/incidents.ts'
import { type KnownMonitor, readMonitors } from '../../store/tables/monitors.ts'
import { readMutes } from '../../store/tables/mutes.ts'
import { readOverview } from '../../store/tables/past-answers.ts'
import { type Surroundings, withKnown } from '../options/context.ts'
import { findMonitors, optionOf, type TargetOptions } from '../options/mutes.ts'

/** One monitor at this moment, with what the pages do not show in one place. */
export interface MonitorReport extends MonitorView {
  /** When the next ping of a heartbeat is due, and where to send it; null where nobody knows. */
  readonly pingDueAtMs: number | null
  readonly pingUrl: string | null
  readonly incident: OpenIncident | null
  readonly undelivered: readonly Undelivered[]
}

export interface Report {
  readonly config: Config
  /** Whether `config` is all of the configuration. */
  readonly isWhole: boolean
  /** How many monitors match; `monitors` may be fewer. */
  readonly total: number
  readonly nowMs: number
  readonly watching: Watching
  readonly counts: StandingCounts
  /** Whether nothing is down and somebody is watching. */
  readonly isOk: boolean
  /** Worst first; no more than were asked for. */
  readonly monitors: readonly MonitorReport[]
  readonly silences: readonly Silence[]
  readonly announcements: readonly Announcement[]
  /** Deliveries of all monitors and of Minitor itself: pending, or failed within 24 hours. */
  readonly undelivered: readonly Undelivered[]
}

export interface ReportQuery {
  readonly known: Surroundings
  readonly nowMs: number
  readonly windows: readonly WindowName[]
  /** No more monitors than this are shown. */
  readonly limit: number
  readonly only: Selection
}

/** Which monitors are asked for: all of them, without names, tag and group. */
export interface Selection extends Pick<TargetOptions, 'tag' | 'group'> {
  readonly names: readonly string[]
  /** Only those that are down are shown; the headline counts the others, too. */
  readonly down?: true
}

/** Throws UsageError if there is no such monitor, tag or group. */
function selected(known: Surroundings, { names, ...options }: Selection): (monitor: Monitor) => boolean {
  if (names.length === 0 && optionOf(options) === undefined) return () => true
  const chosen = new Set(findMonitors(names, options, known))
  return (monitor) => chosen.has(monitor)
}

/**
 * Reads the state of the configured monitors; where the configuration is not whole, also of all that are watched. Throws
 * UsageError if none is meant by `only`.
 */
export function readReport(database: Database, { known, nowMs, windows, limit, only }: ReportQuery): Report {
  const watching = watchingOf(readFacts(database), nowMs)
  const mutes = readMutes(database, nowMs)
  const undelivered = readUndelivered(database, nowMs - DAY_MS)
  const stored = readMonitors(database)
  const found = withKnown(known, stored)
  const config = { ...found, monitors: withPauses(found.monitors, mutes.pauses) }
  const isSelected = selected({ ...known, config }, only)
  const all = readNow(config, { known: stored, mutes, nowMs }).filter(({ monitor }) => isSelected(monitor))
  const counts = countStandings(all)
  const asked = only.down ? all.filter(({ standing }) => standing === 'down') : all
  const shown = worstFirst(asked).slice(0, limit)
  const pasts = readOverview(
    database,
    shown.map(({ monitor }) => monitor.name),
    { nowMs, watchedToMs: watching.watchedToMs, windows, hasDays: false },
  )
  const incidents = readOpenIncidents(database)
  const byMonitor = Map.groupBy(undelivered, ({ monitor }) => monitor)
  return {
    config,
    isWhole: known.isWhole,
    total: asked.length,
    nowMs,
    watching,
    counts,
    isOk: watching.isWatching && counts.down === 0,
    monitors: shown.map((view) => {
      const { name } = view.monitor
      return {
        ...viewOf(view, pasts.get(name) ?? null),
        pingDueAtMs:
          view.monitor.heartbeat === null || view.standing === 'paused' ? null : (stored.get(name)?.slotAtMs ?? null),
        pingUrl: pingUrl(view.monitor, config),
        incident: incidents.get(name) ?? null,
        undelivered: byMonitor.get(name) ?? [],
      }
    }),
    silences: mutes.silences,
    announcements: mutes.announcements.filter((one) => isAnnounced(one, nowMs)),
    undelivered: undelivered.filter(({ settledAtMs }) => settledAtMs === null || settledAtMs >= nowMs - DAY_MS),
  }
}

function pingUrl({ heartbeat }: Monitor, { web }: Config): string | null {
  return heartbeat === null || web === null ? null : `${baseUrl(web)}/ping/${heartbeat.key}`
}

/** The state of a monitor, as it counts now; whether it is paused is up to the configuration, not the database. */
export function stateOf(
  monitor: Pick<Monitor, 'isEnabled'>,
  known: KnownMonitor | undefined,
  nowMs: number,
): MonitorState {
  return monitor.isEnabled ? withoutFuture(known?.state ?? PENDING, nowMs) : PAUSED
}

interface Known {
  readonly known: ReadonlyMap<string, KnownMonitor>
  readonly mutes: Mutes
  readonly nowMs: number
}

/** All monitors without their past: that costs more to read. */
function readNow({ monitors, maintenance }: Config, { known, mutes, nowMs }: Known): MonitorView[] {
  const states = new Map(monitors.map((one) => [one.name, stateOf(one, known.get(one.name), nowMs)]))
  const around = { nowMs, mutes, maintenance: createMaintenance(maintenance), states }
  return monitors.map((monitor) => {
    const state = states.get(monitor.name) ?? PENDING
    const mute = findMute(monitor, state, around)
    return viewOf({ monitor, state, statusSinceMs: null, lastCheck: null, mute }, null)
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
    maintenanceUntilMs: maintenance.until(monitor, nowMs),
    incidentId: state.incidentId,
    parents: monitor.dependsOn.map((name) => ({ name, status: states.get(name)?.status ?? 'pending' })),
  })
  return shownMute(state, mute)
}

/** A report for machines. `mask` hides secrets in what checks, people and deliveries have said. */
export function statusJson(
  { isOk, watching, monitors, silences, announcements, undelivered }: Report,
  mask: (text: string) => string,
) {
  return {
    ok: isOk,
    watching: watching.isWatching,
    last_alive_at: isoTime(watching.lastAliveAtMs),
    monitors: monitors.map((one) => monitorJson(one, mask)),
    silences: silences.map(({ target, untilMs, reason, who = '' }) => ({
      ...targetFields(target),
      until: isoTime(untilMs),
      reason: mask(reason),
      who,
    })),
    announcements: announcements.map(({ id, text, atMs, untilMs, who }) => ({
      id,
      text: mask(text),
      at: isoTime(atMs),
      until: isoTime(untilMs),
      who,
    })),
    deliveries: countsOf(undelivered),
  }
}

function monitorJson(report: MonitorReport, mask: (text: string) => string) {
  const { incident, mute, past, undelivered } = report
  const acknowledged = incident?.acknowledged ?? null
  return {
    ...monitorFacts(report),
    ...monitorTexts(report, mask),
    muted: mute === null ? null : { by: mute.by, reason: mask(quietText(mute)) },
    acknowledged:
      acknowledged === null
        ? null
        : { at: isoTime(acknowledged.atMs), reason: mask(acknowledged.reason), who: acknowledged.who ?? '' },
    ping: pingJson(report, mask),
    uptime: past?.uptime ?? null,
    deliveries: countsOf(undelivered),
  }
}

/** Null unless it is a heartbeat. */
function pingJson({ monitor, pingUrl, pingDueAtMs }: MonitorReport, mask: (text: string) => string) {
  if (monitor.heartbeat === null) return null
  return { url: pingUrl === null ? null : mask(pingUrl), due_at: isoTime(pingDueAtMs) }
}

function countsOf(undelivered: Report['undelivered']) {
  const pending = undelivered.filter(({ status }) => status === 'pending').length
  return { pending, failed: undelivered.length - pending }
}

/** Whether a daemon is watching. Times are Unix epoch milliseconds. */
export interface Watching {
  readonly isWatching: boolean
  /** Null where nobody has ever watched. */
  readonly lastAliveAtMs: number | null
  /** Until when monitors were certainly watched. */
  readonly watchedToMs: number
  /** Why nobody is watching; empty if somebody is. */
  readonly trouble: string
}

/** A daemon writes every ten seconds that it is alive. */
const ALIVE_LIMIT_MS = 30_000
/** After its last write, a running daemon counts as watching for this long. */
const ALIVE_EVERY_MS = 15_000

/** Decided by what the daemon wrote into its database, and by whether its process exists. */
export function watchingOf({ aliveAtMs, holder }: Facts, nowMs: number): Watching {
  const isThere = holder !== null && startTicksOf(holder.pid) === holder.startTicks
  const isFresh = aliveAtMs === null || nowMs - aliveAtMs <= ALIVE_LIMIT_MS
  const isWatching = isThere && isFresh
  const seenToMs = aliveAtMs ?? nowMs
  return {
    isWatching,
    lastAliveAtMs: aliveAtMs,
    watchedToMs: Math.min(nowMs, isWatching ? seenToMs + ALIVE_EVERY_MS : seenToMs),
    trouble: isWatching ? '' : `nobody is watching: ${reasonOf(holder, isThere)}${lastSeen(aliveAtMs, nowMs)}`,
  }
}

function reasonOf(holder: Facts['holder'], isThere: boolean): string {
  if (holder === null) return 'no daemon has this database'
  return isThere
    ? `the daemon (pid ${holder.pid}) is running, but saves nothing`
    : `the daemon (pid ${holder.pid}) is gone`
}

function lastSeen(aliveAtMs: number | null, nowMs: number): string {
  if (aliveAtMs === null) return ''
  return `, last seen ${formatAge(nowMs - aliveAtMs)} ago (${localTime(aliveAtMs, nowMs)})`
}
