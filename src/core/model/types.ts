import type { RunOn } from './cluster-config.ts'

/** How a check ended. `warned` counts as a pass; `void` counts for nothing: the fault was Minitor's own. */
export type Outcome = 'passed' | 'warned' | 'failed' | 'timed_out' | 'not_started' | 'void'

/** The status of a monitor: `pending` was never checked, `failing` fails but has not reached `alert_after`. */
export type Status = 'pending' | 'up' | 'failing' | 'down' | 'paused'

/** What an alert is run for while a monitor is in trouble. */
export const TROUBLE_KINDS = ['down', 'reminder', 'flapping'] as const
export type TroubleKind = (typeof TROUBLE_KINDS)[number]

export type NotificationKind = 'down' | 'reminder' | 'up' | 'test' | 'flapping' | 'restarted'

/** What to execute: a program and its arguments. A shell string is `['sh', '-c', script]`. */
export type Command = readonly [string, ...string[]]

/** When a monitor is checked: at an interval, start to start, or by a cron expression in a time zone. */
export type Schedule =
  | { readonly kind: 'interval'; readonly intervalMs: number }
  | { readonly kind: 'cron'; readonly expression: string; readonly timezone: string | null }

/** A number of failing checks, or a time since the outage began. */
export type Threshold =
  | { readonly kind: 'failures'; readonly count: number }
  | { readonly kind: 'time'; readonly ms: number }

/** `of`: at least `count` failures among the last `window` checks. */
export type AlertAfter = Threshold | { readonly kind: 'of'; readonly count: number; readonly window: number }

/** How reminders follow the first notification. */
export type AlertEvery = { readonly kind: 'backoff' } | { readonly kind: 'once' } | Threshold

/** An alert of a monitor. With `after` it waits until the outage has that many failures or is that old. */
export interface AlertStep {
  readonly alert: string
  readonly after: Threshold | null
  /** The kinds of notification that it is for; without it, all. */
  readonly on?: readonly TroubleKind[]
}

/** How much a monitor's last states may change, in percent, before it flaps (`high`) and until it has settled (`low`). */
export interface FlapThresholds {
  readonly high: number
  readonly low: number
}

export interface AlertPolicy {
  readonly alertAfter: AlertAfter
  readonly alertEvery: AlertEvery
  /** Passes in a row before a monitor that is down counts as up again. */
  readonly recoverAfter: number
  readonly alertDown: readonly AlertStep[]
  readonly alertUp: readonly string[]
  /** Null turns detection off. */
  readonly flapDetection: FlapThresholds | null
}

/** How a monitor without a command is pinged. */
export interface Heartbeat {
  /** The secret part of the address to ping. */
  readonly key: string
  /** How late a ping may come. */
  readonly graceMs: number
}

/** A monitor that a person has paused while Minitor runs: as if it had `enabled: false`. */
export interface Pause {
  readonly monitor: string
  readonly sinceMs: number
  readonly reason: string
  readonly who: string
}

export interface Monitor {
  readonly name: string
  /** Null for a heartbeat. */
  readonly command: Command | null
  readonly heartbeat: Heartbeat | null
  /** When it is checked; for a heartbeat, when pings are due. */
  readonly schedule: Schedule
  readonly timeoutMs: number
  /** Interval while `failing`; null keeps the schedule. */
  readonly retryIntervalMs: number | null
  readonly policy: AlertPolicy
  readonly warningExitCodes: readonly number[]
  /** Names of monitors whose failure mutes this one. */
  readonly dependsOn: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly workingDirectory: string | null
  readonly description: string
  readonly runbook: string
  readonly tags: readonly string[]
  readonly group: string
  readonly isEnabled: boolean
  /** Where its command runs; absent: on this machine, or on whichever server leads. */
  readonly runOn?: RunOn
  /** It watches this node of the cluster, and its command is only a name for that. */
  readonly node?: string
  /** Whether the public pages show it; null is as they show its group. */
  readonly isPublic: boolean | null
  /** Why it is not enabled, where a person has paused it while Minitor runs. */
  readonly paused?: Pause
}

/** The values an alert command can name, in the words of docs/configuration.md. */
export const VARIABLE_NAMES = [
  'monitor_name',
  'alert_count',
  'alert_message',
  'failure_count',
  'last_output',
  'last_success',
  'is_up',
  'kind',
  'status',
  'incident_id',
  'notification_id',
  'started_at',
  'downtime',
  'exit_code',
  'reason',
  'summary',
  'description',
  'runbook',
  'tags',
  'group',
  'hostname',
  'url',
  'attempt',
  'delayed',
] as const
export type VariableName = (typeof VARIABLE_NAMES)[number]

/** One argument of an alert's command: literal text and variables, in order. */
export type ArgumentTemplate = readonly (string | { readonly variable: VariableName })[]

/** A text with variables, on its way to become JSON: a string, what needs no filling, and lists and maps of those. */
export type JsonTemplate =
  | { readonly text: ArgumentTemplate }
  | number
  | boolean
  | null
  | readonly JsonTemplate[]
  | ReadonlyMap<string, JsonTemplate>

/** What an alert's command reads on its standard input, ready to be filled. */
export type InputTemplate =
  | { readonly kind: 'text'; readonly text: ArgumentTemplate }
  /** Text that begins with the headers of a mail. */
  | { readonly kind: 'mail'; readonly headers: readonly ArgumentTemplate[]; readonly body: ArgumentTemplate }
  | { readonly kind: 'json'; readonly value: JsonTemplate }

/** An alert's command, ready to be filled. A shell script is one literal argument: it names variables as `$MINITOR_…`. */
export type CommandTemplate = readonly ArgumentTemplate[]

export interface Alert {
  readonly name: string
  /** `log` is the built-in alert that writes `{alert_message}` to Minitor's own log. */
  readonly command: CommandTemplate | 'log'
  /** Null: the notification as one JSON document. */
  readonly input: InputTemplate | null
  readonly timeoutMs: number
  readonly env: Readonly<Record<string, string>>
  /** How long a failed delivery is retried, counted from the notification. */
  readonly retryForMs: number
  /** Name of the alert that takes over when retries are over. */
  readonly fallback: string | null
  /** How long notifications are gathered for one run of the command, from the first on; null runs it for each. */
  readonly digestMs: number | null
}

/** How a command ended. Never an exception: every ending is a value. */
export type Ending =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'signaled'; readonly signal: string }
  | { readonly kind: 'timed_out'; readonly timeoutMs: number }
  /** The user's mistake: the command or its working directory is missing, not executable or too long. */
  | { readonly kind: 'not_started'; readonly reason: string }
  /** Minitor's own fault. `isExhausted`: out of processes, descriptors or memory; trying again later can help. */
  | { readonly kind: 'void'; readonly reason: string; readonly isExhausted: boolean }

/** One command, run to its end. */
export interface Run {
  readonly ending: Ending
  /** First and last part of what was printed, as valid text without NUL bytes. */
  readonly output: string
  readonly durationMs: number
  /** Processes that had left the command's group and were killed at its timeout. */
  readonly escapeeCount: number
  /** Whether a process of the group was still there after SIGKILL. */
  readonly isUnkillable: boolean
}

/** One check, judged. Times are Unix epoch milliseconds. */
export interface CheckResult {
  readonly monitor: string
  readonly runId: string
  readonly outcome: Outcome
  readonly exitCode: number | null
  /** Why, in a few words for people: `exit code 7`, `killed by SIGKILL`. */
  readonly reason: string
  readonly output: string
  readonly startedAtMs: number
  readonly durationMs: number
  /** What each place said, where the monitor has `run_on`. */
  readonly places?: readonly PlaceAnswer[]
}

/** One place's part in a check. */
export interface PlaceAnswer {
  /** `node:nas`, `tag:lan`. */
  readonly place: string
  /** Who has run it; null if nobody has answered. */
  readonly node: string | null
  readonly outcome: Outcome
  readonly exitCode: number | null
  readonly reason: string
  /** The line that says why, as of a check. */
  readonly summary: string
  readonly durationMs: number
}

/** Everything that is remembered about a monitor between two checks. Times are Unix epoch milliseconds. */
export interface MonitorState {
  readonly status: Status
  /** Failing checks of this outage (with `k of m` and not yet down: among the last m checks). */
  readonly failureCount: number
  /** Notifications of this outage, without those to waiting alerts (`after:`). */
  readonly alertCount: number
  /** Passes in a row since the last failure, while down. */
  readonly passCount: number
  /** With `k of m`, the last m checks, newest last: start of each failing one, null for each pass. Else empty. */
  readonly window: readonly (number | null)[]
  readonly outageStartedAtMs: number | null
  /** Set while down. */
  readonly incidentId: string | null
  /** Notifications made for this incident, of every kind; numbers their ids. */
  readonly notificationCount: number
  /** `failureCount` at the first notification; reminders are counted from there. */
  readonly firstToldAtFailure: number | null
  readonly lastToldAtMs: number | null
  /** Waiting alerts that have joined this outage. */
  readonly stepsTold: readonly string[]
  readonly lastSuccessAtMs: number | null
  readonly lastCheckAtMs: number | null
  /** With flap detection, the last 21 states, newest last: S passed, F failed. Else empty. */
  readonly recent: string
  /** Set while it flaps. */
  readonly flapping: Flapping | null
  /**
   * About when its last incident or flapping ended, see `nextFineSinceMs`, or when its first check began. It names the next
   * incident, and is never moved: servers that lead at once, cut off from each other, have it in common. Null before the
   * first check, and in states of older Minitors.
   */
  readonly fineSinceMs: number | null
}

/** A time when a monitor changes too often to notify of every change. */
export interface Flapping {
  readonly startedAtMs: number
  /** The incident of its notification and its recovery: the one it began in, else one of its own. */
  readonly incidentId: string
  /** Notifications made for that incident; numbers their ids. */
  readonly notificationCount: number
  /** Whether anybody knows of that incident, so that a recovery is owed. */
  readonly isTold: boolean
  /** Whether anybody was notified that it flaps; not while it was muted. */
  readonly isAnnounced: boolean
}

/** Why a notification that is due is not sent. `reason` is what people gave, or empty. Times are Unix epoch milliseconds. */
export type Mute =
  | { readonly by: 'silence'; readonly untilMs: number; readonly reason: string; readonly who?: string }
  | { readonly by: 'maintenance'; readonly untilMs: number }
  | { readonly by: 'acknowledgement'; readonly atMs: number; readonly reason: string; readonly who?: string }
  | { readonly by: 'dependency'; readonly parent: string; readonly status: Status }
  | { readonly by: 'flapping' }

/** Why a check notified nobody: a mute, or a few words; empty if somebody was notified or nothing was due. */
export type Quiet = Mute | string

/** One decision to notify, with all that is known at that moment. Times are Unix epoch milliseconds. */
export interface Notification
  extends Pick<CheckResult, 'exitCode' | 'reason' | 'output' | 'places'>,
    Pick<Monitor, 'description' | 'runbook' | 'tags' | 'group'> {
  readonly id: string
  readonly incidentId: string | null
  readonly kind: NotificationKind
  readonly monitor: string
  readonly atMs: number
  readonly alerts: readonly string[]
  /** In one sentence: `web check is up again!`. */
  readonly message: string
  readonly isUp: boolean
  readonly status: Status
  readonly alertCount: number
  readonly failureCount: number
  /** When the outage began, or the time that nobody watched. */
  readonly startedAtMs: number
  readonly lastSuccessAtMs: number | null
  readonly hostname: string
  /** The monitor's page; empty without one. */
  readonly url: string
}

export type DeliveryStatus = 'pending' | 'delivered' | 'failed' | 'dropped' | 'handed_over'

/** One notification to send by one alert, retries included. Times are Unix epoch milliseconds. */
export interface Delivery {
  /** Stays the same however often it is tried. */
  readonly id: string
  readonly notification: Notification
  readonly alert: string
  readonly status: DeliveryStatus
  /** When it was made; `retry_for` counts from here. */
  readonly createdAtMs: number
  readonly attemptCount: number
  readonly nextAttemptAtMs: number
  /** Why it failed last, was dropped or handed over; else empty. */
  readonly reason: string
}
