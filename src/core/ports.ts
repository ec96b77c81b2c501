import type { CheckResult, Command, Delivery, MonitorState, Run, Silence } from './types.ts'

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
  readonly state: MonitorState
  /** Wall time of the slot this check was due in, from which the schedule resumes after a restart. */
  readonly slotAtMs: number
  readonly deliveries: readonly Delivery[]
}

export interface Snapshot {
  readonly monitors: ReadonlyMap<string, { readonly state: MonitorState; readonly slotAtMs: number }>
  /** Not yet delivered, oldest first. */
  readonly deliveries: readonly Delivery[]
  readonly silences: readonly Silence[]
}

/**
 * What outlives a check. Keeps what it is given; does not decide, and does not know the configuration.
 * `commit` and `settle` reject when nothing could be kept; the caller goes on from its own memory.
 */
export interface Store {
  load(): Promise<Snapshot>
  /** One transaction: state and deliveries are kept together or not at all. Nothing is told before it resolves. */
  commit(change: Change): Promise<void>
  /** Replaces a delivery by its new form, and adds those that follow from it, in one transaction. */
  settle(delivery: Delivery, following: readonly Delivery[]): Promise<void>
  close(): Promise<void>
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Facts for machines; the message alone must make sense to a person. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | readonly string[]>>

export interface Log {
  write(level: LogLevel, message: string, fields?: LogFields): void
}

/** Counts of one monitor since the daemon started, for metrics. */
export interface MonitorTally {
  readonly monitor: string
  readonly isUp: boolean
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

/** What the daemon knows of itself at this moment, for metrics and health. */
export interface Telemetry {
  monitors(): Iterable<MonitorTally>
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
