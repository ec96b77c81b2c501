import { z } from 'zod'
import { quietText } from '../../core/model/mute.ts'
import { placeKey } from '../../core/model/place-words.ts'
import type { PlannedTime } from '../../core/model/present.ts'
import { WINDOW_NAMES } from '../../core/past/kept.ts'
import { monitorFacts, monitorTexts } from '../../core/past/kept-json.ts'
import { BAR_DAYS } from '../../core/past/past.ts'
import { isoTime, roundedMs } from '../../core/text/time.ts'
import type { BoardMonitor } from '../board/board.ts'
import { each, forUsers, milliseconds, named, text, time } from './schemas.ts'

export const status = z.enum(['pending', 'up', 'failing', 'down', 'paused'])
export const outcome = z.enum(['passed', 'warned', 'failed', 'timed_out', 'not_started', 'void'])

const share = z.number().min(0).max(1).nullable().describe('Share of the watched time; null if there was none.')
export const uptime = named('Uptime', each(WINDOW_NAMES, share))

/** What one place said. */
export const placeSchema = named('Place', {
  place: text.describe('`node:NAME` or `tag:NAME`.'),
  node: text.nullable().describe('Who has run it; null if nobody has answered.'),
  outcome,
  exit_code: z.int().nullable(),
  reason: text,
  summary: text,
  duration_ms: milliseconds,
})

const fields = {
  name: text,
  slug: text.describe('Names it in addresses.'),
  group: text,
  status,
  flapping: z.boolean(),
  heartbeat: z.boolean().describe('Whether it waits to be pinged instead of running a command.'),
  running: z.boolean().describe('Whether it is being checked now.'),
  since: time.nullable().describe('Since when it has its status, or flaps; null if unknown.'),
  last_check_at: time.nullable(),
  last_success_at: time.nullable(),
  next_check_at: time.nullable().describe('Null for one that is paused, or runs now.'),
  outcome: outcome.nullable().describe('Of the last check.'),
  duration_ms: forUsers(milliseconds).describe('Of the last check; for users only.'),
  failure_count: z.int().nonnegative().describe('Failing checks of this outage.'),
  alert_count: forUsers(z.int().nonnegative()).describe('Notifications of this outage; for users only.'),
  incident_id: text.nullable().describe('Set while it is down.'),
  muted: z
    .object({
      by: z.enum(['silence', 'maintenance', 'acknowledgement', 'dependency', 'flapping']),
      reason: forUsers(text),
    })
    .nullable()
    .describe('What mutes it now; the public sees maintenance only.'),
  maintenance_until: time.nullable().describe('End of the maintenance that it is in; null outside of any.'),
  uptime: uptime.nullable().describe('Null until it is first read.'),
  tags: forUsers(z.array(text)),
  exit_code: forUsers(z.int().nullable()),
  reason: forUsers(text),
  summary: forUsers(text).describe('The first line of the output that says something, or the reason; for users only.'),
  quiet: forUsers(text.nullable()),
  places: forUsers(z.array(placeSchema)).describe(
    'What each place said at the last check, if the monitor has `run_on`; for users only.',
  ),
  paused: forUsers(z.object({ since: time, who: text, reason: text }).nullable()).describe(
    'Who has paused it and why; null for `enabled: false` in the configuration. For users only.',
  ),
}

export const monitorSchema = named('Monitor', fields)

export const monitorDetailsSchema = named('MonitorDetails', {
  ...fields,
  days: z
    .array(milliseconds)
    .length(BAR_DAYS)
    .nullable()
    .describe('Milliseconds down of each day (UTC), oldest first, today last; null if it was not watched.'),
  next_maintenance: z.array(z.object({ from: time, until: time })).describe('The next three, soonest first.'),
  description: forUsers(text),
  runbook: forUsers(text),
  depends_on: forUsers(z.array(text)),
  command: forUsers(z.array(text).nullable().describe('Null for a heartbeat.')),
  timeout_ms: forUsers(z.number()),
  run_on: forUsers(z.object({ places: z.array(text), quorum: z.int().positive() })).describe(
    'Where its command runs, if the configuration says so: `node:NAME` or `tag:NAME`; for users only.',
  ),
  output: forUsers(text),
})

export interface Sight {
  /** Whether all may be shown. */
  readonly isUser: boolean
  readonly mask: (text: string) => string
}

export function monitorJson(one: BoardMonitor, { isUser, mask }: Sight): z.input<typeof monitorSchema> {
  const { mute } = one
  const { alert_count, ...facts } = monitorFacts(one)
  return {
    ...facts,
    slug: one.slug,
    heartbeat: one.monitor.heartbeat !== null,
    running: one.isRunning,
    next_check_at: isoTime(one.nextCheckAtMs),
    muted:
      mute === null || (!isUser && mute.by !== 'maintenance')
        ? null
        : { by: mute.by, ...(isUser && { reason: mask(quietText(mute)) }) },
    uptime: one.past?.uptime ?? null,
    ...(isUser && {
      duration_ms: roundedMs(one.lastCheck?.durationMs ?? null),
      alert_count,
      ...monitorTexts(one, mask),
    }),
  }
}

export function monitorDetailsJson(
  one: BoardMonitor,
  planned: readonly PlannedTime[],
  sight: Sight,
): z.input<typeof monitorDetailsSchema> {
  const { monitor, past } = one
  const { isUser, mask } = sight
  return {
    ...monitorJson(one, sight),
    days: past === null ? null : [...past.days],
    next_maintenance: planned.map(({ fromMs, untilMs }) => ({ from: isoTime(fromMs), until: isoTime(untilMs) })),
    ...(isUser && {
      description: mask(monitor.description),
      runbook: mask(monitor.runbook),
      depends_on: [...monitor.dependsOn],
      command: monitor.command?.map(mask) ?? null,
      timeout_ms: monitor.timeoutMs,
      ...(monitor.runOn !== undefined && {
        run_on: { places: monitor.runOn.places.map(placeKey), quorum: monitor.runOn.quorum },
      }),
      output: mask(one.lastCheck?.output ?? ''),
    }),
  }
}
