import type { ListenAddress } from './address.ts'
import type { ClusterConfig } from './cluster-config.ts'
import type { LogSettings } from './log-settings.ts'
import type { Alert, Command, Monitor } from './types.ts'

/** A check of Minitor's own connection. While it fails, failures of monitors count for nothing. */
export interface Guard {
  readonly command: Command
  readonly intervalMs: number
  readonly timeoutMs: number
}

/** A planned, repeating mute: from each time of the cron expression on, for `durationMs`. */
export interface MaintenanceWindow {
  readonly expression: string
  readonly timezone: string | null
  readonly durationMs: number
  /** Whether trouble in it is downtime as at any other time. */
  readonly countsAsDowntime: boolean
  /** The monitors it applies to, by name or tag; null is all of them. */
  readonly of: { readonly monitors: readonly string[]; readonly tags: readonly string[] } | null
}

/** A command that runs only while Minitor itself is healthy: what it pings notices when it is not. */
export interface Watchdog {
  readonly command: Command
  readonly intervalMs: number
}

/** How long history is stored, in milliseconds. */
export interface Retention {
  readonly checksMs: number
  readonly hourlyMs: number
  readonly dailyMs: number
}

/** The pages, the API and the heartbeats over HTTP. */
export interface WebConfig {
  /** Hostname `::` is every address of this machine. */
  readonly listen: ListenAddress
  readonly title: string
  /** Public address of the pages, without a trailing slash; null is the one that the browser used. */
  readonly url: string | null
  /** Time zone of the pages where scripts do not run, and of the feed; null is the machine's. */
  readonly timezone: string | null
  /** Whether visitors who are not signed in may see names and states. */
  readonly isPublic: boolean
  /** The groups that the public sees, besides monitors that say it themselves; null is all. */
  readonly publicGroups: readonly string[] | null
  /** Stands in secret addresses of the feed and of badges; null for none. */
  readonly feedKey: string | null
  /** Origins of the pages that may show these in a frame; `*` is all. */
  readonly embed: readonly string[]
  /** argon2id hashes by user name. */
  readonly users: ReadonlyMap<string, string>
  readonly tokens: readonly string[]
  /**
   * Addresses and networks (`10.0.0.0/8`) of proxies whose `X-Forwarded-For` is believed, besides those on this machine; null
   * is only those, an empty list none.
   */
  readonly trustedProxies: readonly string[] | null
}

export interface Config {
  readonly monitors: readonly Monitor[]
  readonly alerts: ReadonlyMap<string, Alert>
  readonly maxConcurrentChecks: number
  readonly guard: Guard | null
  readonly maintenance: readonly MaintenanceWindow[]
  readonly watchdog: Watchdog | null
  /** Alerts to run when Minitor is back after a time when it was not watching. */
  readonly alertRestart: readonly string[]
  /** Absolute path of the file for state and history, or `:memory:`. */
  readonly database: string
  readonly retention: Retention
  /** Null serves no pages. */
  readonly web: WebConfig | null
  readonly log: LogSettings
  /** Null: Minitor is on its own. */
  readonly cluster: ClusterConfig | null
  /** Values from the environment or from files; shown as `***` wherever text leaves Minitor. */
  readonly secrets: readonly string[]
}
