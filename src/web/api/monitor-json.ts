import { z } from 'zod'
import { quietText } from '../../core/model/mute.ts'
import type { CheckResult } from '../../core/model/types.ts'
import { WINDOW_NAMES } from '../../core/past/kept.ts'
import { BAR_DAYS } from '../../core/past/past.ts'
import { isoTime, roundedMs } from '../../core/text/time.ts'
import { type BoardMonitor, lastCheckOf, sinceOf } from '../board/board.ts'
import { forUsers, milliseconds, NAMED, text, time } from './schemas.ts'

export const status = z.enum(['pending', 'up', 'failing', 'down', 'paused'])
export const outcome = z.enum(['passed', 'warned', 'failed', 'timed_out', 'not_started', 'void'])

const share = z.number().min(0).max(1).nullable().describe('Share of the watched time; null where nobody watched.')
export const uptime = z
  .object(
    Object.fromEntries(WINDOW_NAMES.map((name) => [name, share])) as Record<
      (typeof WINDOW_NAMES)[number],
      typeof share
    >,
  )
  .register(NAMED, { id: 'Uptime' })

const fields = {
  name: text,
  slug: text.describe('Names it in addresses.'),
  group: text,
  status,
  flapping: z.boolean(),
  heartbeat: z.boolean().describe('Whether it waits to be pinged, instead of running a command.'),
  running: z.boolean().describe('Whether it is being checked now.'),
  since: time.nullable().describe('Since when it has its status; null where nobody knows.'),
  last_check_at: time.nullable(),
  last_success_at: time.nullable(),
  next_check_at: time.nullable().describe('Null for one that is paused, or runs now.'),
  outcome: outcome.nullable().describe('Of the last check.'),
  duration_ms: milliseconds.describe('Of the last check.'),
  failure_count: z.int().nonnegative().describe('Failing checks of this outage.'),
  alert_count: z.int().nonnegative().describe('Notifications of this outage.'),
  incident_id: text.nullable().describe('Set while it is down.'),
  muted: z
    .object({
      by: z.enum(['silence', 'maintenance', 'acknowledgement', 'dependency', 'flapping']),
      reason: forUsers(text),
    })
    .nullable()
    .describe('Who keeps it quiet now.'),
  uptime: uptime.nullable().describe('Null until it was read for the first time.'),
  tags: forUsers(z.array(text)),
  exit_code: forUsers(z.int().nullable()),
  reason: forUsers(text),
  quiet: forUsers(text.nullable()),
}

export const monitorSchema = z.object(fields).register(NAMED, { id: 'Monitor' })

export const monitorDetailsSchema = z
  .object({
    ...fields,
    days: z
      .array(milliseconds)
      .length(BAR_DAYS)
      .nullable()
      .describe('Milliseconds down of each day (UTC), oldest first, today last; null where nobody watched.'),
    description: forUsers(text),
    runbook: forUsers(text),
    depends_on: forUsers(z.array(text)),
    command: forUsers(z.array(text).nullable().describe('Null for a heartbeat.')),
    timeout_ms: forUsers(z.number()),
    output: forUsers(text),
  })
  .register(NAMED, { id: 'MonitorDetails' })

export interface Sight {
  /** Whether all may be shown. */
  readonly isUser: boolean
  /** Hides secrets. */
  readonly mask: (text: string) => string
}

/** Why a check ended as it did: nothing, where it passed. Pure. */
export function reasonOf(check: Pick<CheckResult, 'outcome' | 'reason'> | null): string {
  return check === null || check.outcome === 'passed' ? '' : check.reason
}

/** A monitor as the API shows it. Pure. */
export function monitorJson(one: BoardMonitor, { isUser, mask }: Sight): z.input<typeof monitorSchema> {
  const { monitor, state, mute, past } = one
  const last = lastCheckOf(one)
  return {
    name: monitor.name,
    slug: one.slug,
    group: monitor.group,
    status: state.status,
    flapping: state.flapping !== null,
    heartbeat: monitor.heartbeat !== null,
    running: one.isRunning,
    since: isoTime(sinceOf(one)),
    last_check_at: isoTime(last?.startedAtMs ?? state.lastCheckAtMs),
    last_success_at: isoTime(state.lastSuccessAtMs),
    next_check_at: isoTime(one.nextCheckAtMs),
    outcome: last?.outcome ?? null,
    duration_ms: roundedMs(last?.durationMs ?? null),
    failure_count: state.failureCount,
    alert_count: state.alertCount,
    incident_id: state.incidentId,
    muted: mute === null ? null : { by: mute.by, ...(isUser && { reason: mask(quietText(mute)) }) },
    uptime: past?.uptime ?? null,
    ...(isUser && {
      tags: [...monitor.tags],
      exit_code: last?.exitCode ?? null,
      reason: mask(reasonOf(last)),
      quiet: one.quiet === '' ? null : mask(quietText(one.quiet)),
    }),
  }
}

/** The same with all that is known of it now. Pure. */
export function monitorDetailsJson(one: BoardMonitor, sight: Sight): z.input<typeof monitorDetailsSchema> {
  const { monitor, past } = one
  const { isUser, mask } = sight
  return {
    ...monitorJson(one, sight),
    days: past === null ? null : [...past.days],
    ...(isUser && {
      description: mask(monitor.description),
      runbook: mask(monitor.runbook),
      depends_on: [...monitor.dependsOn],
      command: monitor.command?.map(mask) ?? null,
      timeout_ms: monitor.timeoutMs,
      output: mask(lastCheckOf(one)?.output ?? ''),
    }),
  }
}
