import type { Clock, CommandRun, DurationTally, MonitorTally, Store } from '../../core/model/ports.ts'
import { isPass } from '../../core/model/state.ts'
import type { CheckResult, Monitor, MonitorState, Mute, Outcome, Quiet } from '../../core/model/types.ts'
import type { Task } from './scheduler.ts'
import type { Timetable } from './timetable.ts'

/** A monitor at run time: what it is, what is known of it, and when it is due. */
export interface Watched extends Task {
  monitor: Monitor
  state: MonitorState
  timetable: Timetable
  /** The fixed part of its command's run; null for a heartbeat. Replaced, never changed, when the configuration changes it. */
  command: Omit<CommandRun, 'runId'> | null
  /** The last slot of its grid; of a heartbeat, when the next ping is due. In monotonic milliseconds. */
  slotMs: number
  readonly tally: Tally
  /** Who kept it quiet at its last check, for a log that says so once. */
  muteReason: string
  /** Since the daemon started. */
  lastCheck: CheckResult | null
  /** Of its last check. */
  quiet: Quiet
  /** When its status became what it is; null where that was before the daemon started. Unix epoch milliseconds. */
  statusSinceMs: number | null
}

/** Counts since the daemon started; grows with every check. */
export interface Tally {
  readonly passed: { quiet: number; told: number }
  readonly failed: { quiet: number; told: number }
  voidCount: number
  skippedCount: number
  lastPassedMs: number | null
  lastFailedMs: number | null
  lastOutput: string
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

/** When a monitor is to be looked at for its slot: a ping may come later than due. */
export function dueAt({ slotMs, monitor }: Watched): number {
  return slotMs + (monitor.heartbeat?.graceMs ?? 0)
}

/** A monitor's slot as wall time (Unix epoch milliseconds). */
export function slotAtMs({ slotMs }: Watched, clock: Clock): number {
  return clock.wallMs() - (clock.monotonicMs() - slotMs)
}

/** Keeps when a heartbeat's next ping is due, where no ping has set that. */
export function noteDue(watched: Watched, { clock, store }: { clock: Clock; store: Store }): void {
  store.noteState(watched.monitor.name, { state: watched.state, slotAtMs: slotAtMs(watched, clock) })
}

export function emptyTally(): Tally {
  return {
    passed: { quiet: 0, told: 0 },
    failed: { quiet: 0, told: 0 },
    voidCount: 0,
    skippedCount: 0,
    lastPassedMs: null,
    lastFailedMs: null,
    lastOutput: '',
  }
}

/** Counts one check in. */
export function count(tally: Tally, check: CheckResult, isTold: boolean): void {
  if (check.outcome === 'void') {
    tally.voidCount++
    return
  }
  const hasPassed = isPass(check)
  const counts = hasPassed ? tally.passed : tally.failed
  if (isTold) counts.told++
  else counts.quiet++
  if (hasPassed) tally.lastPassedMs = check.durationMs
  else tally.lastFailedMs = check.durationMs
  tally.lastOutput = check.output
}

export function tallyOf({ monitor, state, tally }: Watched, mute: Mute | null): MonitorTally {
  const { status, lastCheckAtMs } = state
  return { monitor: monitor.name, status, mutedBy: mute?.by ?? null, lastCheckAtMs, ...tally }
}

/** From a program that only asks the kernel to one that runs into the longest timeout there is by default. */
const BOUNDS_MS = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000]

const COUNTED: readonly Outcome[] = ['passed', 'warned', 'failed', 'timed_out', 'not_started']

/** How long checks took, by outcome: over all monitors, so that ten thousand of them are no more series than one. */
export interface DurationCounts {
  /** One that is `void` counts for nothing here, too. */
  add(check: Pick<CheckResult, 'outcome' | 'durationMs'>): void
  tallies(): DurationTally[]
}

export function createDurationCounts(): DurationCounts {
  // Each check is in one bucket here, the first whose bound it does not exceed; the last one has no bound.
  const byOutcome = new Map(COUNTED.map((outcome) => [outcome, { sumMs: 0, counts: [...BOUNDS_MS, 0].fill(0) }]))

  return {
    add({ outcome, durationMs }) {
      const kept = byOutcome.get(outcome)
      if (kept === undefined) return
      const found = BOUNDS_MS.findIndex((boundMs) => durationMs <= boundMs)
      const bucket = found === -1 ? BOUNDS_MS.length : found
      kept.counts[bucket] = (kept.counts[bucket] ?? 0) + 1
      kept.sumMs += durationMs
    },
    tallies: () => [...byOutcome].map(([outcome, { sumMs, counts }]) => cumulate(outcome, sumMs, counts)),
  }
}

function cumulate(outcome: Outcome, sumMs: number, counts: readonly number[]): DurationTally {
  let count = 0
  const upTo = counts.map((more) => {
    count += more
    return count
  })
  return { outcome, sumMs, count, buckets: BOUNDS_MS.map((boundMs, index) => ({ boundMs, count: upTo[index] ?? 0 })) }
}
