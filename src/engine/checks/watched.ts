import type { Cause } from '../../core/decide/cause.ts'
import type { Clock, CommandRun, Store } from '../../core/model/ports.ts'
import type { CheckResult, Monitor, MonitorState, Mute, Quiet } from '../../core/model/types.ts'
import type { MonitorTally, Tally } from './counts.ts'
import type { Task } from './scheduler.ts'
import type { Timetable } from './timetable.ts'

/** A monitor at run time: its configuration, its state, and when it is due. The scheduler's task. */
export interface Watched extends Task {
  monitor: Monitor
  state: MonitorState
  /** What its checks of this process say about when it was in trouble, for the monitors that depend on it. */
  cause: Cause
  timetable: Timetable
  /** The fixed part of its command's run; null for a heartbeat. Replaced, never changed, when the configuration changes. */
  command: Omit<CommandRun, 'runId'> | null
  /** The last slot of its grid; for a heartbeat, when the next ping is due. Monotonic milliseconds. */
  slotMs: number
  readonly tally: Tally
  /** What muted it at its last check, so that the log says so once. */
  muteReason: string
  /** Since the daemon started. */
  lastCheck: CheckResult | null
  /** Why nobody was notified of its last check; empty if somebody was, or if there was nothing to tell. */
  quiet: Quiet
  /** When its status became what it is; null where that was before the daemon started. Unix epoch milliseconds. */
  statusSinceMs: number | null
}

export function commandOf(monitor: Monitor): Watched['command'] {
  if (monitor.command === null) return null
  return {
    command: monitor.command,
    env: { ...monitor.env, MINITOR_MONITOR_NAME: monitor.name },
    workingDirectory: monitor.workingDirectory,
    timeoutMs: monitor.timeoutMs,
    input: null,
  }
}

/** When a monitor's slot is to be run: a heartbeat's ping may come later than due. */
export function dueAt({ slotMs, monitor }: Watched): number {
  return slotMs + (monitor.heartbeat?.graceMs ?? 0)
}

/** A monitor's slot as wall time (Unix epoch milliseconds). */
export function slotAtMs({ slotMs }: Watched, clock: Clock): number {
  return clock.wallMs() - (clock.monotonicMs() - slotMs)
}

/** Saves when a heartbeat's next ping is due, if no ping has set that. */
export function noteDue(watched: Watched, { clock, store }: { clock: Clock; store: Store }): void {
  store.noteState(watched.monitor.name, { state: watched.state, slotAtMs: slotAtMs(watched, clock) })
}

/** Its counts at this moment. */
export function tallyOf({ monitor, state, tally }: Watched, mute: Mute | null): MonitorTally {
  const { status, lastCheckAtMs } = state
  return { monitor: monitor.name, status, mutedBy: mute?.by ?? null, lastCheckAtMs, ...tally }
}

/** The monitors of the configuration, for all parts that need more than one of them. */
export interface Watchlist {
  readonly byName: Map<string, Watched>
  /** Whether it is still configured and Minitor is not stopping: only then its checks count. */
  isWatched(watched: Watched): boolean
  parentsOf(watched: Watched): readonly Watched[]
  /** No check counts any more. */
  stop(): void
}

export function createWatchlist(): Watchlist {
  const byName = new Map<string, Watched>()
  let isStopped = false
  return {
    byName,
    isWatched: (watched) => !isStopped && byName.get(watched.monitor.name) === watched,
    parentsOf: ({ monitor }) => monitor.dependsOn.flatMap((name) => byName.get(name) ?? []),
    stop() {
      isStopped = true
    },
  }
}
