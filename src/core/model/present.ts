import type { WebConfig } from './config.ts'
import type { Acknowledgement, Announcement, Silence, SilenceTarget } from './mute.ts'
import type { CheckResult, Monitor, MonitorState, Mute, Quiet } from './types.ts'

/** A check with why it notified nobody. */
export type ConcludedCheck = Omit<CheckResult, 'monitor' | 'runId'> & {
  readonly quiet: Quiet
  /** Whether it failed in a maintenance; known of checks in the database. */
  readonly isPlanned?: boolean
}

/** A maintenance that is planned. Unix epoch milliseconds. */
export interface PlannedTime {
  readonly fromMs: number
  readonly untilMs: number
}

/** One monitor at this moment. Times are Unix epoch milliseconds. */
export interface PresentMonitor {
  readonly monitor: Monitor
  /** Names it in addresses; see `slugsOf`. */
  readonly slug: string
  readonly state: MonitorState
  /** When its status became what it is; null if that was before the daemon started. */
  readonly statusSinceMs: number | null
  /** Null if it is paused or runs now. For a heartbeat, when a missing ping will be late. */
  readonly nextCheckAtMs: number | null
  readonly isRunning: boolean
  /** The last one since the daemon started; null before. */
  readonly lastCheck: ConcludedCheck | null
  /** What mutes it now, even if nothing is due. */
  readonly mute: Mute | null
}

/** Who does something, and why, in their words; the reason may be empty. */
export interface Said {
  readonly who: string
  readonly reason: string
}

/** How a test of an alert ended. */
export interface TestedAlert {
  readonly isDelivered: boolean
  /** Null if no command exited. */
  readonly exitCode: number | null
  /** Empty if it was delivered. */
  readonly reason: string
  readonly output: string
}

/** What people may do. Promises resolve once it is saved, and reject with a reason for people if that fails. */
export interface Actions {
  /** Checks now, out of turn, or waits for the check under way; resolves when its result counts. */
  checkNow(monitor: string): Promise<void>
  /** Replaces older silences of the same target. */
  silence(silence: Silence): Promise<void>
  /** Ends the silences of exactly this target. */
  unsilence(target: SilenceTarget, who: string): Promise<void>
  /** Acknowledges the open incident of a monitor; with what was said before. Null if it has none. */
  acknowledge(monitor: string, said: Said): Promise<Acknowledgement | null>
  /** Ends that; false if its open incident is not acknowledged, or it has none. */
  unacknowledge(monitor: string, who: string): Promise<boolean>
  /** Stops checking a monitor, also after a restart, until it is resumed; false if it is paused already. */
  pause(monitor: string, said: Said): Promise<boolean>
  /** False if nobody has paused it. */
  resume(monitor: string, who: string): Promise<boolean>
  /** Runs an alert once, with sample data about a monitor; null if there is no such alert. */
  testAlert(alert: string, about: { readonly monitor: string; readonly who: string }): Promise<TestedAlert | null>
  announce(announcement: Omit<Announcement, 'id' | 'atMs'>): Promise<Announcement>
  /** Ends an announcement; false if there is none of this id. */
  retract(id: string, who: string): Promise<boolean>
}

/** What the daemon knows at this moment, for pages and API. */
export interface Present {
  readonly web: WebConfig
  /** In the order of the configuration. */
  monitors(): Iterable<PresentMonitor>
  bySlug(slug: string): PresentMonitor | undefined
  /** The next maintenance of a monitor, soonest first; at most `count`. */
  nextMaintenance(monitor: Monitor, count: number): readonly PlannedTime[]
  silences(): readonly Silence[]
  /** Those that are for now, oldest first. */
  announcements(): readonly Announcement[]
  /** Why Minitor is not healthy, one sentence each; empty when it is. */
  troubles(): readonly string[]
  /**
   * Calls with the name of a monitor whenever it has changed: a check has ended, or its status or mute is another. Null
   * means that every monitor may have changed, after a reload or a change of mutes. Returns how to stop.
   */
  onChange(listener: (monitor: string | null) => void): () => void
}
