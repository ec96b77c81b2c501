import type { Action } from './action.ts'
import type { Retention } from './config.ts'
import type { LogLevel } from './log-settings.ts'
import type { MetricFamily } from './metric.ts'
import type { MuteChange, Mutes } from './mute.ts'
import type { Measured } from './perfdata.ts'
import type { PlannedTime } from './present.ts'
import type { CheckResult, Command, Delivery, MonitorState, Notification, Quiet, Run } from './types.ts'

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
  /** The ping that this check follows from; null for a check of a command, and for one that finds a ping late. */
  readonly ping: Ping | null
  readonly state: MonitorState
  /**
   * Wall time of the slot this check was due in, from which the schedule resumes after a restart; null without one. For a
   * heartbeat, when the next ping is due.
   */
  readonly slotAtMs: number | null
  readonly notifications: readonly Notification[]
  readonly deliveries: readonly Delivery[]
  readonly quiet: Quiet
  /** Whether to store all of the check's output: that of failures and of changes. Of others, the last one's first line. */
  readonly keepsOutput: boolean
  /** Performance data, stored even if the output is not. */
  readonly measured: readonly Measured[]
  /** End of the maintenance in which there is trouble; null outside of any, and while nothing is wrong. */
  readonly maintenanceUntilMs: number | null
  /** When trouble is no downtime, from the check to well after the next one; oldest first, not overlapping. */
  readonly planned: readonly PlannedTime[]
  /** Whether it may be written later, together with others: a pass where everything was fine before. */
  readonly isRoutine: boolean
}

/**
 * Minitor watched until `fromMs`, and goes on at `toMs`: it was off, stood still, or the clock was set forward. If that was
 * set back, `toMs` is before `fromMs`. Unix epoch milliseconds.
 */
export interface Unwatched {
  readonly fromMs: number
  readonly toMs: number
}

/** A monitor is no longer watched: its open incident ends without a recovery. */
export interface Departure {
  readonly monitor: string
  readonly atMs: number
  readonly ending: 'removed' | 'paused'
}

export interface Snapshot {
  /** The slot is null for a monitor that has never had one. */
  readonly monitors: ReadonlyMap<string, { readonly state: MonitorState; readonly slotAtMs: number | null }>
  /** Pending deliveries, and those of incidents that may still have a recovery; oldest first. */
  readonly deliveries: readonly Delivery[]
  readonly mutes: Mutes
  /** When the last daemon on this store was last known to watch; null if there was none. Unix epoch milliseconds. */
  readonly lastAliveAtMs: number | null
  /** 32 random bytes in hexadecimal that sign sessions, the same at every start on this store. */
  readonly secret: string
  readonly endedSessions: readonly EndedSession[]
  /** Names this store and its copies, and no other, for ever. Everybody may know it. */
  readonly installation: string
}

/** How an alert went when it was last run. `fingerprint` is that of its definition then. */
export interface AlertTrial {
  readonly alert: string
  readonly fingerprint: string
  /** When it first went so since Minitor started or read its configuration. Unix epoch milliseconds. */
  readonly atMs: number
  readonly isDelivered: boolean
  /** Why it was not delivered; else empty. */
  readonly reason: string
}

/** A session that its user has ended before its time. */
export interface EndedSession {
  readonly id: string
  /** Until when it would have been good. Unix epoch milliseconds. */
  readonly untilMs: number
}

/**
 * What outlives a check. Saves what it is given, in that order; does not decide, and does not know the configuration.
 * Promises resolve once it is saved, and reject if that is not possible for now: the caller goes on from its own memory,
 * and the store saves it as soon as it can.
 */
export interface Store {
  load(): Promise<Snapshot>
  /**
   * One transaction: state and deliveries are saved together or not at all. No alert runs before it resolves. A routine
   * change resolves at once and is saved within a second.
   */
  commit(change: Change): Promise<void>
  /** Saves a ping from which no check follows. */
  keepPing(ping: Ping): Promise<void>
  /** Adds a delivery or replaces its older form, and adds those that follow from it, in one transaction. */
  settle(delivery: Delivery, following: readonly Delivery[]): Promise<void>
  /** Records a time that counts neither as up nor as down, or from where a clock that was set back goes on. */
  noteUnwatched(unwatched: Unwatched): void
  noteDeparture(departure: Departure): void
  /** Records a monitor's state and slot without a check, for example when a heartbeat's first ping is due. */
  noteState(monitor: string, known: { readonly state: MonitorState; readonly slotAtMs: number | null }): void
  /** Saves a change that people have made through this daemon. */
  changeMutes(change: MuteChange): Promise<void>
  /** Records what somebody did besides `changeMutes`. Failed sign-ins, however many there are, take little room. */
  noteAction(action: Action): void
  /** Saves these in place of those before. */
  keepEndedSessions(sessions: readonly EndedSession[]): Promise<void>
  /** Ends all sessions for somebody, with another secret, of which `onSecret` hears. */
  endSessions(by: { readonly atMs: number; readonly who: string }): Promise<void>
  /** Records how an alert went, in place of how it went before. */
  noteTrial(trial: AlertTrial): void
  /** From now on calls `listener` at every change of the mutes that is not made through this daemon. */
  onMutes(listener: (mutes: Mutes) => void): void
  /** From now on calls `listener` with another secret, once somebody has ended all sessions. */
  onSecret(listener: (secret: string) => void): void
  setRetention(retention: Retention): void
  /** What cannot be saved and why, one sentence each. */
  troubles(): readonly string[]
  /** Saves what is still waiting, if that takes no more than a few seconds, and closes. */
  close(): Promise<void>
}

/** A ping as it came in. */
export type ReceivedPing = Omit<Ping, 'monitor' | 'atMs'>

/** Takes pings for heartbeats. */
export interface Heartbeats {
  /**
   * `kept`: it is on the disk, with what follows from it. `unknown`: no heartbeat has this key. `not_kept`: it could not be
   * saved for now, although it may count; the sender should try again. `too_many`: the heartbeat changes too often.
   */
  ping(key: string, received: ReceivedPing): Promise<'kept' | 'unknown' | 'not_kept' | 'too_many'>
}

/** Facts for machines; the message alone must make sense to a person. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | readonly string[]>>

export interface Log {
  write(level: LogLevel, message: string, fields?: LogFields): void
}

/** What the daemon knows of itself at this moment, for metrics and health. */
export interface Telemetry {
  /** All metrics of the parts, as they are now; asked for once a scrape. */
  families(): Iterable<MetricFamily>
  readonly pendingDeliveries: number
  readonly failedDeliveries: number
  /** Why Minitor is not healthy, one sentence each; empty when it is. */
  troubles(): readonly string[]
}

/** A ping reports that a job begins, has succeeded or has failed; `log` reports none of these. */
export type PingKind = 'start' | 'success' | 'fail' | 'log'

/** One ping of a heartbeat. `atMs` is when it came, in Unix epoch milliseconds. */
export interface Ping {
  readonly monitor: string
  readonly atMs: number
  readonly kind: PingKind
  /** Null if the ping gave none. */
  readonly exitCode: number | null
  /** Pairs the ping at a start with the one at its end; null without one. */
  readonly rid: string | null
  /** Since the start that it pairs with, or as the ping itself gave it; null if neither is known. */
  readonly durationMs: number | null
  /** What came with it, as valid text without NUL bytes; of more than 10,000 bytes the beginning and the end. */
  readonly body: string
}
