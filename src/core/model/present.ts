import type { WebConfig } from './config.ts'
import type { Silence, SilenceTarget } from './mute.ts'
import type { CheckResult, Monitor, MonitorState, Mute, Quiet } from './types.ts'

/** A check with why it notified nobody; empty where it did, or where there was nothing to say. */
export type ConcludedCheck = Omit<CheckResult, 'monitor' | 'runId'> & { readonly quiet: Quiet }

/** One monitor at this moment. Times are Unix epoch milliseconds. */
export interface PresentMonitor {
  readonly monitor: Monitor
  /** Names it in addresses; see `slugsOf`. */
  readonly slug: string
  readonly state: MonitorState
  /** When its status became what it is; null where that was before the daemon started. */
  readonly statusSinceMs: number | null
  /** Null for one that is paused, or runs now. Of a heartbeat, when a ping that does not come will be late. */
  readonly nextCheckAtMs: number | null
  readonly isRunning: boolean
  /** The last one since the daemon started; null before. */
  readonly lastCheck: ConcludedCheck | null
  /** Who keeps it quiet now, whether there is anything to tell or not. */
  readonly mute: Mute | null
}

/** What people may do. All of it is kept before it resolves; a promise rejects, with a reason for people, when that fails. */
export interface Actions {
  /** Checks now, out of turn, or waits for the check under way; resolves when its result counts. */
  checkNow(monitor: string): Promise<void>
  /** A silence takes the place of older ones of the same target. */
  silence(silence: Silence): Promise<void>
  /** Ends the silences of exactly this target. */
  unsilence(target: SilenceTarget): Promise<void>
  /** Acknowledges the open incident of a monitor; false when it has none. */
  acknowledge(monitor: string, reason: string): Promise<boolean>
}

/** What the daemon knows at this moment, for those who look at it. */
export interface Present {
  readonly web: WebConfig
  /** In the order of the configuration. */
  monitors(): Iterable<PresentMonitor>
  bySlug(slug: string): PresentMonitor | undefined
  silences(): readonly Silence[]
  /** Why Minitor is not healthy, one sentence each; empty when it is. */
  troubles(): readonly string[]
  /**
   * Calls with the name of a monitor whenever something of it has changed: a check has ended, its status or mute is
   * another. With null each of them may have, after a reload or a change of mutes. Returns how to stop.
   */
  onChange(listener: (monitor: string | null) => void): () => void
}
