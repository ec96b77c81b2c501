import type { Database } from 'bun:sqlite'
import type { Action } from '../../core/model/action.ts'
import type { Config } from '../../core/model/config.ts'
import { withPauses } from '../../core/model/mute.ts'
import type { Monitor, Mute } from '../../core/model/types.ts'
import type { MonitorHistory } from '../../core/past/past.ts'
import { type MonitorView, viewOf } from '../../core/past/view.ts'
import { createMaintenance } from '../../engine/checks/maintenance.ts'
import { readActions } from '../../store/tables/actions.ts'
import { readFacts } from '../../store/tables/facts.ts'
import { readMonitors } from '../../store/tables/monitors.ts'
import { readMutes } from '../../store/tables/mutes.ts'
import { readHistory as readMonitorHistory } from '../../store/tables/past-answers.ts'
import { findNamed, type Surroundings, withKnown } from '../options/context.ts'
import { stateOf, type Watching, watchingOf } from '../status/report.ts'

/** What happened to one monitor, with how it is now. Times are Unix epoch milliseconds. */
export interface History extends Omit<MonitorHistory, 'unwatched'> {
  readonly name: string
  readonly nowMs: number
  readonly sinceMs: number
  readonly watching: Watching
  /** What people did about it, newest first. */
  readonly actions: readonly Action[]
  /** How it is now; null where only the database knows it any more. */
  readonly view: MonitorView | null
  /** Newest first. `toMs` is null where nobody watches yet. */
  readonly unwatched: readonly { readonly fromMs: number; readonly toMs: number | null }[]
}

export interface HistoryQuery {
  readonly name: string
  readonly known: Surroundings
  readonly nowMs: number
  readonly sinceMs: number
  /** Whether every check is shown, instead of runs of equal ones. */
  readonly isEach: boolean
}

/** Throws UsageError where nobody knows the monitor. */
export function readHistory(database: Database, query: HistoryQuery): History {
  const { nowMs, sinceMs, isEach } = query
  const stored = readMonitors(database)
  const config = withKnown(query.known, stored)
  const { name, known, ...found } = findNamed(query.name, { config, known: stored })
  const [monitor] = found.monitor === undefined ? [] : withPauses([found.monitor], readMutes(database, nowMs).pauses)
  const watching = watchingOf(readFacts(database), nowMs)
  const { watchedToMs } = watching
  const history = readMonitorHistory(database, name, { sinceMs, nowMs, watchedToMs, limit: null, isEach })
  const { past, unwatched } = history
  const now = monitor && {
    ...{ monitor, state: stateOf(monitor, known, nowMs), statusSinceMs: null, lastCheck: null },
    mute: plannedMute(monitor, config, nowMs),
  }
  const isUnwatched = !watching.isWatching && watching.lastAliveAtMs !== null && known !== undefined
  return {
    ...history,
    name,
    nowMs,
    sinceMs,
    watching,
    actions: readActions(database, {
      about: monitor ?? { name, tags: [], group: '' },
      sinceMs,
      beforeMs: null,
      limit: null,
    }),
    view: now === undefined ? null : viewOf(now, past),
    unwatched: isUnwatched ? [{ fromMs: watchedToMs, toMs: null }, ...unwatched] : unwatched,
  }
}

/** Other mutes do not change how it stands. */
function plannedMute(monitor: Monitor, { maintenance }: Config, nowMs: number): Mute | null {
  const untilMs = createMaintenance(maintenance).until(monitor, nowMs)
  return untilMs === null ? null : { by: 'maintenance', untilMs }
}
