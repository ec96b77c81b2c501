import { z } from 'zod'
import { clusterShape, places } from './cluster-schema.ts'
import { field, says } from './field.ts'
import { alertAfter, alertEvery, alertNames, alertSteps, flapDetection } from './policy-schemas.ts'
import {
  commandKeys,
  guardShape,
  heartbeatShape,
  logShape,
  maintenanceShape,
  retentionShape,
  timezoneKey,
  watchdogShape,
  webShape,
} from './sections.ts'
import {
  commandInput,
  duration,
  environment,
  interval,
  listOfMaps,
  mapOf,
  name,
  names,
  path,
  shell,
  text,
  wholeNumber,
  yesOrNo,
} from './value-schemas.ts'

const shellKey = field(shell, {
  meaning:
    'The shell that runs a command that is text: `sh`, `bash`, `dash`, `ash`, `ksh`, `mksh`, `zsh`, or the path of one.',
  default: 'sh',
})
const environmentKey = field(environment, {
  meaning: 'Environment variables for the command, besides those of Minitor.',
})

/** The keys of a monitor that `defaults` can have, too. */
export const policyShape = {
  ...commandKeys('What to run. A list is executed as it is; text runs in `sh -c`. Exit code 0 is a pass.', [
    'heartbeat',
  ]),
  shell: shellKey,
  check_interval: field(interval, {
    meaning: 'Time from the start of one check to the start of the next; at least `100ms`.',
    defaultText: "the top level's `check_interval`",
  }),
  schedule: field(name, {
    meaning:
      'A cron expression instead of an interval, such as `*/5 8-18 * * 1-5`; with six fields the first is seconds. A day must match both day fields where one begins with `*`, otherwise either, as in the cron of Debian.',
  }),
  timezone: timezoneKey,
  timeout: field(interval, {
    meaning: 'A check that takes longer is killed and counts as failed. May be longer than the interval.',
    defaultText: 'the interval, but no less than `10s` and no more than `60s`; `60s` with `schedule`',
  }),
  retry_interval: field(interval, {
    meaning: 'Interval while the monitor is failing but not yet down.',
    defaultText: 'the interval',
  }),
  alert_after: field(alertAfter, {
    meaning:
      'When a failing monitor counts as down: after failures in a row (`3`), failures among the last checks (`3 of 5`) or a time (`5m`).',
    type: 'number, `k of m` or duration',
    default: 4,
  }),
  alert_every: field(alertEvery, {
    meaning:
      'When reminders are sent: `-1` less and less often (backoff), `0` never, `n` every n failing checks, or every so often (`4h`).',
    type: 'number or duration',
    default: -1,
  }),
  recover_after: field(wholeNumber({ from: 1, to: 1000 }), {
    meaning: 'Passes in a row until a monitor that is down is up again.',
    default: 1,
  }),
  alerts: field(alertSteps, {
    meaning:
      'Alerts to run when the monitor is down: names, `{alert: sms, after: 30m}` for one that waits for a number of failures or a time, or `{alert: restart, on: [down]}` for one that runs for some kinds only: `down`, `reminder`, `flapping`.',
    default: ['log'],
  }),
  alert_down: field(alertSteps, { meaning: 'Another name for `alerts`; use one of the two.' }),
  alert_up: field(alertNames, { meaning: 'Alerts to run when the monitor recovers.', default: [] }),
  warning_exit_codes: field(
    z.array(wholeNumber({ from: 1, to: 255 }), says('must be a list of exit codes', 'write it in brackets: [1]')),
    {
      meaning: 'Exit codes that mean "works, but look": the check passes with a warning.',
      type: 'list of numbers',
      default: [],
    },
  ),
  flap_detection: field(flapDetection, {
    meaning:
      '`true`: a monitor that keeps failing and recovering sends one notification, not one at every change. A map sets the thresholds.',
    type: 'boolean or map',
    default: false,
  }),
  depends_on: field(names, {
    meaning:
      'Monitors whose failure mutes the alerts of this one. In a list from `defaults`, a monitor ignores its own name.',
    default: [],
    names: 'monitor',
  }),
  env: environmentKey,
  working_directory: field(text.min(1, 'must not be empty'), {
    meaning: 'Directory the command runs in.',
    defaultText: "Minitor's own",
  }),
  run_on: field(places, {
    meaning:
      'Where the command runs in a cluster: a node (`nas`), any one node with a tag (`{tag: lan}`), or a list of those. `[]`: on the server that leads, whatever `defaults` says.',
    defaultText: 'on the server that leads',
  }),
  quorum: field(wholeNumber({ from: 1, to: 1000 }), {
    meaning: 'How many of the places in `run_on` have to say that a check fails, for it to fail.',
    defaultText: 'more than half of them',
  }),
  description: field(text, { meaning: 'What the monitor watches, for people.' }),
  runbook: field(text, { meaning: 'What to do when it is down, or a link to that.' }),
  tags: field(names, { meaning: 'Labels to select monitors by.', type: 'list of texts', default: [] }),
  group: field(text, { meaning: 'Heading under which the monitor is listed.' }),
  public: field(yesOrNo, {
    meaning: 'Whether the public sees it, if it sees anything; see `web`.',
    defaultText: 'as `public` of `web` has it',
  }),
  enabled: field(yesOrNo, { meaning: '`false`: the monitor is listed but never checked.', default: true }),
}

export const monitorShape = {
  name: field(name, {
    meaning: 'Unique; at most 200 characters, without control characters.',
    required: { hint: 'add name: …' },
  }),
  heartbeat: field(mapOf(heartbeatShape, '{key: 8c6a1f0e, interval: 1d, grace: 1h}'), {
    meaning: 'Instead of a command: the monitor waits for pings, and a missing ping is a failing check.',
  }),
  ...policyShape,
}

export const alertShape = {
  ...commandKeys('What to run, with variables. A list is executed as it is; text runs in `sh -c`.'),
  input: field(commandInput, {
    meaning:
      'What the command reads on its standard input, with variables. A map or a list is written as JSON, text as it is; text that begins with the headers of a mail becomes a valid mail.',
    defaultText: 'the notification as a JSON document',
  }),
  shell: shellKey,
  timeout: field(interval, { meaning: 'An alert that takes longer is killed and counts as failed.', default: '30s' }),
  env: environmentKey,
  retry_for: field(duration({ atLeastMs: 0 }), {
    meaning: 'How long a failed alert is retried.',
    defaultText: '`1h`; `30s` with `fallback`',
  }),
  fallback: field(name, { meaning: 'The alert to run when retries are over.', type: 'name', names: 'alert' }),
  digest: field(duration({ atLeastMs: 1000 }), {
    meaning:
      'How long to wait after a notification for others, to run the command once for all of them; at least `1s`.',
    defaultText: 'one run for each',
  }),
}

/** Keys that say the same thing in different ways. A map has one of them at most, and it replaces an inherited other. */
export const ALTERNATIVES: readonly (readonly string[])[] = [
  ['command', 'shell_command', 'heartbeat'],
  ['schedule', 'check_interval'],
  ['alerts', 'alert_down'],
]

/** Keys of a monitor that say how its command is run: a heartbeat has none, and inherits none of them. */
export const COMMAND_ONLY = [
  'shell',
  'check_interval',
  'schedule',
  'timezone',
  'timeout',
  'retry_interval',
  'warning_exit_codes',
  'env',
  'working_directory',
  'run_on',
  'quorum',
] as const

const asInMonitor = (key: string) => ({ meaning: `Default \`${key}\` of all monitors.`, type: 'as in a monitor' })

/** All top-level keys except `defaults`, `monitors` and `alerts`, which may be spread over several files. */
export const settingsShape = {
  check_interval: field(interval, { meaning: 'Default interval of every monitor.', default: '30s' }),
  default_alert_after: field(alertAfter, asInMonitor('alert_after')),
  default_alert_every: field(alertEvery, asInMonitor('alert_every')),
  default_alert_down: field(alertSteps, asInMonitor('alert_down')),
  default_alert_up: field(alertNames, asInMonitor('alert_up')),
  max_concurrent_checks: field(wholeNumber({ from: 1, to: 100_000 }), {
    meaning: 'How many checks run at the same time.',
    default: 256,
  }),
  database: field(path, {
    meaning: 'File for state and history.',
    type: 'path or `:memory:`',
    defaultText: '`minitor.db` beside the configuration; of one in /etc/minitor, `/var/lib/minitor/minitor.db`',
  }),
  retention: field(mapOf(retentionShape, '{checks: 7d, hourly: 90d, daily: 5y}'), {
    meaning: 'How long history is kept.',
    defaultText: '`{checks: 7d, hourly: 90d, daily: 5y}`',
  }),
  guard: field(mapOf(guardShape, '{command: [ping, -c1, 192.0.2.1]}'), {
    meaning: "A check of Minitor's own surroundings: while it fails, failures of monitors do not count.",
  }),
  maintenance: field(listOfMaps(maintenanceShape, '- {schedule: "0 3 * * 0", duration: 2h}'), {
    meaning: 'Planned times without notifications of failures.',
  }),
  watchdog: field(mapOf(watchdogShape, '{command: [curl, -sf, "https://example.org/ping"]}'), {
    meaning: 'A command that runs only while Minitor itself is healthy.',
  }),
  web: field(mapOf(webShape, '{listen: "127.0.0.1:8080"}'), {
    meaning: 'A status page, an API, badges and heartbeats over HTTP.',
    defaultText: 'off',
  }),
  log: field(mapOf(logShape, '{format: text, level: info}'), {
    meaning: "How the daemon's log is written.",
  }),
  cluster: field(mapOf(clusterShape, '{servers: ["nats://10.0.0.5:4222"]}'), {
    meaning: 'Several machines that watch together, connected by NATS.',
    defaultText: 'off',
  }),
  alert_restart: field(alertNames, {
    meaning: 'Alerts to run when Minitor is back after a time in which it was not watching.',
    default: [],
  }),
}

export const MONITORS_REQUIRED = {
  message: 'the configuration has no monitors',
  hint: 'list them below "monitors:", each beginning with "- name: …"',
} as const

/** The whole configuration, from which the JSON Schema is made. */
export const configSchema = z.strictObject({
  ...settingsShape,
  defaults: field(z.strictObject(policyShape), {
    meaning: 'Defaults for all monitors: their keys except `name` and `heartbeat`.',
    type: 'map',
  }),
  monitors: field(z.array(z.strictObject(monitorShape)).min(1), {
    meaning: 'What to watch.',
    type: 'list of monitors',
    required: MONITORS_REQUIRED,
  }),
  alerts: field(z.record(name, z.strictObject(alertShape)), {
    meaning:
      'What to run when a monitor goes down or recovers. `log` always exists: it writes `{alert_message}` to the log. It can be redefined.',
    type: 'map of names to alerts',
  }),
})
