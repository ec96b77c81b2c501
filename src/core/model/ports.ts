import type { Retention } from './config.ts'
import type { MuteChange, Mutes } from './mute.ts'
import type { Measured } from './perfdata.ts'
import type {
  CheckResult,
  Command,
  Delivery,
  MonitorState,
  Mute,
  Notification,
  Outcome,
  Quiet,
  Run,
  Status,
} from './types.ts'

/** Time as the daemon sees it. */
export interface Clock {
  /** Milliseconds that only grow, whatever happens to the wall clock. */
  monotonicMs(): number
  /** Unix epoch milliseconds. */
  wallMs(): number
  /** Calls once after `delayMs`; returns how to cancel. Delays over 24 days are the caller's to split. */
  setTimer(delayMs: number, callback: () => void): () => void
}

export interface CommandRun {
  readonly command: Command
  /** Added to Minitor's own environment. */
  readonly env: Readonly<Record<string, string>>
  readonly workingDirectory: string | null
  readonly timeoutMs: number
  /** Unique; marks the command and all its children in their environment as MINITOR_RUN_ID. */
  readonly runId: string
  /** Text for standard input; null is an empty one. */
  readonly input: string | null
}

/** Runs commands to their end. Does not judge, retry, schedule or limit how many run at once. */
export interface Runner {
  /** Never rejects. After `close` every run ends as `void`. */
  run(run: CommandRun): Promise<Run>
  /**
   * Ends everything that still runs: SIGTERM, after a grace SIGKILL; resolves when nothing is left. Called again with a
   * shorter grace, it hurries.
   */
  close(graceMs?: number): Promise<void>
}

/** One check and all that follows from it. */
export interface Change {
  readonly check: CheckResult
  /** The ping that this check follows from; null for one of a command, and for one that says that a ping is late. */
  readonly ping: Ping | null
  readonly state: MonitorState
  /**
   * Wall time of the slot this check was due in, from which the schedule resumes after a restart; null without one. Of a
   * heartbeat, when the next ping is due.
   */
  readonly slotAtMs: number | null
  readonly notifications: readonly Notification[]
  readonly deliveries: readonly Delivery[]
  readonly quiet: Quiet
  /** Whether the check's output is kept with it: that of failures, and of changes. */
  readonly keepsOutput: boolean
  /** Performance data, kept whether the output is or not. */
  readonly measured: readonly Measured[]
  /** Whether it may wait for others to be kept with it: a pass where everything was fine before. */
  readonly isRoutine: boolean
}

/** A time in which Minitor was not watching. Unix epoch milliseconds. */
export interface Unwatched {
  readonly fromMs: number
  readonly toMs: number
  /** Of one monitor; null is of all. */
  readonly monitor: string | null
}

/** The end of a monitor: its open incident ends without a recovery, and it is no longer watched. */
export interface Departure {
  readonly monitor: string
  readonly atMs: number
  readonly ending: 'removed' | 'paused'
}

export interface Snapshot {
  /** The slot is null for a monitor that never had one. */
  readonly monitors: ReadonlyMap<string, { readonly state: MonitorState; readonly slotAtMs: number | null }>
  /** Those pending, and what was told of incidents that may yet have a recovery; oldest first. */
  readonly deliveries: readonly Delivery[]
  readonly mutes: Mutes
  /** When the last daemon on this store was last known to watch; null where there was none. Unix epoch milliseconds. */
  readonly lastAliveAtMs: number | null
  /** With what the ids of runs began of the last daemons on this store, oldest first: they may have left processes behind. */
  readonly runPrefixes: readonly string[]
  /** 32 random bytes in hexadecimal, the same at every start on this store: what sessions are signed with. */
  readonly secret: string
}

/**
 * What outlives a check. Keeps what it is given, in the order it is given; does not decide, and does not know the
 * configuration. Promises resolve when it is kept; they reject when that cannot be done for now: the caller goes on from
 * its own memory, and the store keeps it as soon as it can.
 */
export interface Store {
  load(): Promise<Snapshot>
  /**
   * One transaction: state and deliveries are kept together or not at all. Nothing is told before it resolves. A routine
   * change resolves at once and is kept within a second.
   */
  commit(change: Change): Promise<void>
  /** Keeps a ping from which no check follows. */
  keepPing(ping: Ping): Promise<void>
  /** Replaces a delivery by its new form, or adds it, and adds those that follow from it, in one transaction. */
  settle(delivery: Delivery, following: readonly Delivery[]): Promise<void>
  /** Records a time that counts neither as up nor as down. */
  noteUnwatched(unwatched: Unwatched): void
  noteDeparture(departure: Departure): void
  /** What a monitor's state and slot are now, where no check says so: when a heartbeat's first ping is due, say. */
  noteState(monitor: string, known: { readonly state: MonitorState; readonly slotAtMs: number | null }): void
  /** Keeps a change that people have made through this daemon. */
  changeMutes(change: MuteChange): Promise<void>
  /** From now on `listener` hears of every change that people make to the mutes beside this daemon. */
  onMutes(listener: (mutes: Mutes) => void): void
  setRetention(retention: Retention): void
  /** Why things are not kept as they should be, one sentence each. */
  troubles(): readonly string[]
  /** Keeps what is still waiting, where that can be done within a few seconds, and closes. */
  close(): Promise<void>
}

/** A ping as it came in. */
export type ReceivedPing = Omit<Ping, 'monitor' | 'atMs'>

/** Takes pings for heartbeats. */
export interface Heartbeats {
  /**
   * `kept`: it is on the disk, with what follows from it. `unknown`: no heartbeat has this key. `not_kept`: it could not be
   * kept for now, although what it says may count; the sender should try again.
   */
  ping(key: string, received: ReceivedPing): Promise<'kept' | 'unknown' | 'not_kept'>
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Facts for machines; the message alone must make sense to a person. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | readonly string[]>>

export interface Log {
  write(level: LogLevel, message: string, fields?: LogFields): void
}

/** One monitor now, and its counts since the daemon started, for metrics. */
export interface MonitorTally {
  readonly monitor: string
  readonly status: Status
  /** Who would keep it quiet now; null when nobody would. */
  readonly mutedBy: Mute['by'] | null
  /** Start of the last check that counts, also of one before the daemon started. Unix epoch milliseconds. */
  readonly lastCheckAtMs: number | null
  /** Checks that passed, by whether one led to a notification; the same for those that failed. */
  readonly passed: { readonly quiet: number; readonly told: number }
  readonly failed: { readonly quiet: number; readonly told: number }
  readonly voidCount: number
  /** Slots that passed while the monitor was still running or waiting. */
  readonly skippedCount: number
  readonly lastPassedMs: number | null
  readonly lastFailedMs: number | null
  /** Output of the last check, from which performance data is read. */
  readonly lastOutput: string
}

/** How long the checks took that had one outcome, of all monitors, since the daemon started. */
export interface DurationTally {
  readonly outcome: Outcome
  readonly count: number
  readonly sumMs: number
  /** How many of them took no longer than a bound; bounds ascend. */
  readonly buckets: readonly { readonly boundMs: number; readonly count: number }[]
}

/** What the daemon knows of itself at this moment, for metrics and health. */
export interface Telemetry {
  monitors(): Iterable<MonitorTally>
  /** One for each outcome that counts, also where there was none yet. */
  durations(): Iterable<DurationTally>
  /** Deliveries that reached somebody, by alert and monitor. */
  alerts(): Iterable<{ readonly alert: string; readonly monitor: string; readonly count: number }>
  readonly runningChecks: number
  readonly waitingChecks: number
  /** How late the longest-overdue check is, or the last one started was. Milliseconds. */
  readonly lagMs: number
  readonly pendingDeliveries: number
  readonly failedDeliveries: number
  readonly unkillableProcesses: number
  readonly isLastReloadOk: boolean
  /** Why Minitor is not healthy, one sentence each; empty when it is. */
  troubles(): readonly string[]
}

/** What a ping says: that a job begins, has worked or has failed; `log` says nothing about that. */
export type PingKind = 'start' | 'success' | 'fail' | 'log'

/** One ping of a heartbeat. `atMs` is when it came, in Unix epoch milliseconds. */
export interface Ping {
  readonly monitor: string
  readonly atMs: number
  readonly kind: PingKind
  /** Null where the ping named none. */
  readonly exitCode: number | null
  /** Pairs the ping of a start with that of its end; null where it has none. */
  readonly rid: string | null
  /** Since the start that belongs to it, or what the ping itself says; null where neither is known. */
  readonly durationMs: number | null
  /** The first 10,000 bytes of what came with it, as valid text without NUL bytes. */
  readonly body: string
}
