import { z } from 'zod'
import type { CheckRun } from '../../core/past/fold-checks.ts'
import type { KeptIncident } from '../../core/past/kept.ts'
import {
  checkRunFacts,
  checkRunTexts,
  incidentFacts,
  incidentTexts,
  notificationJson,
  pingJson,
} from '../../core/past/kept-json.ts'
import type { DurationSeries, MeasuredSeries, MonitorHistory } from '../../core/past/past.ts'
import { maintenanceUntil, viewOf } from '../../core/past/view.ts'
import { isoTime, roundedMs } from '../../core/text/time.ts'
import type { BoardMonitor } from '../board/board.ts'
import { outcome, placeSchema, type Sight, status, uptime } from './monitor-json.ts'
import { forUsers, milliseconds, named, text, time } from './schemas.ts'

const checkRunSchema = named('CheckRun', {
  at: time.describe('When the first one began.'),
  until: time.describe('When the last one began.'),
  count: z.int().positive(),
  outcome,
  duration_ms: forUsers(milliseconds).describe('Of the longest one; for users only.'),
  exit_code: forUsers(z.int().nullable()),
  reason: forUsers(text),
  summary: forUsers(text).describe('The first line of the output that says something, or the reason; for users only.'),
  output: forUsers(text).describe('For users only; left out of older ones where there is more than a megabyte of it.'),
  quiet: forUsers(z.array(z.object({ reason: text, count: z.int().positive() }))),
  places: forUsers(z.array(placeSchema)).describe('What each place said at the last one; for users only.'),
})

export const notificationSchema = named('Notification', {
  id: text,
  kind: z.enum(['down', 'reminder', 'up', 'test', 'flapping', 'restarted']),
  at: time,
  alerts: z.array(text),
  deliveries: z.array(
    z.object({
      alert: text,
      status: z.enum(['pending', 'delivered', 'failed', 'dropped', 'handed_over']),
      attempts: z.int().nonnegative(),
      reason: text,
    }),
  ),
})

/** Characters; some 500 checks may have printed 64 KiB each. */
const OUTPUT_LIMIT = 1_000_000

const pingSchema = named('Ping', {
  at: time,
  kind: z.enum(['start', 'success', 'fail', 'log']),
  exit_code: z.int().nullable(),
  rid: text.nullable(),
  duration_ms: milliseconds.nullable().describe('From the start that it belongs to.'),
  body: text,
})

export const incidentSchema = named('Incident', {
  id: text,
  monitor: text,
  started_at: time.describe('When the first failing check began.'),
  opened_at: time.describe('When it got past `alert_after`.'),
  ended_at: time.nullable().describe('Null while it is open.'),
  ending: z.enum(['recovered', 'removed', 'paused']).nullable(),
  planned: z.boolean().describe('Whether it was opened in a maintenance and has not outlasted it.'),
  duration_ms: milliseconds,
  failure_count: z.int().nonnegative(),
  notifications: forUsers(z.int().nonnegative()).describe('How many were made; for users only.'),
  acknowledged: z.object({ at: time, reason: forUsers(text), who: forUsers(text) }).nullable(),
  first_reason: forUsers(text),
  first_output: forUsers(text),
  last_reason: forUsers(text),
  last_output: forUsers(text),
})

export const historySchema = named('History', {
  monitor: text,
  status,
  flapping: z.boolean(),
  maintenance_until: time.nullable(),
  since: time.nullable(),
  uptime,
  checks: z.array(checkRunSchema).describe('Equal checks in a row are one entry; newest first.'),
  incidents: z.array(incidentSchema).describe('Newest first.'),
  unwatched: z.array(z.object({ from: time, to: time })).describe('Times when it was not watched.'),
  notifications: forUsers(z.array(notificationSchema)),
  pings: forUsers(z.array(pingSchema)).describe('Of a heartbeat, newest first.'),
})

export function historyJson(
  one: BoardMonitor,
  history: MonitorHistory,
  sight: Sight & { readonly nowMs: number },
): z.input<typeof historySchema> {
  const { past, checks, incidents, unwatched, notifications, pings } = history
  return {
    monitor: one.monitor.name,
    status: one.state.status,
    flapping: one.state.flapping !== null,
    maintenance_until: isoTime(maintenanceUntil(one)),
    since: isoTime(viewOf(one, past).sinceMs),
    // That of `/monitors/{slug}`, and of the pages: read a few seconds apart, two would differ.
    uptime: one.past?.uptime ?? past.uptime,
    checks: withOutputs(checks).map(({ run, output }) => checkRunJson(run, output, sight)),
    incidents: incidents.map((incident) => incidentJson(incident, sight)),
    unwatched: unwatched.map(({ fromMs, toMs }) => ({ from: isoTime(fromMs), to: isoTime(toMs) })),
    ...(sight.isUser && {
      notifications: notifications.map((notification) => notificationJson(notification, sight.mask)),
      pings: pings.map((ping) => pingJson(ping, sight.mask)),
    }),
  }
}

/** Each run with its output, newest first, until there is enough: the rest would hold up everything else. */
function withOutputs(runs: readonly CheckRun[]): { run: CheckRun; output: string | null }[] {
  let length = 0
  return runs.map((run) => {
    length += run.output.length
    return { run, output: length <= OUTPUT_LIMIT ? run.output : null }
  })
}

function checkRunJson(run: CheckRun, output: string | null, { isUser, mask }: Sight): z.input<typeof checkRunSchema> {
  const { duration_ms, ...facts } = checkRunFacts(run)
  return {
    ...facts,
    ...(isUser && { duration_ms, ...checkRunTexts(run, mask), ...(output !== null && { output: mask(output) }) }),
  }
}

export function incidentJson(
  incident: KeptIncident,
  { isUser, mask, nowMs }: Sight & { readonly nowMs: number },
): z.input<typeof incidentSchema> {
  const { acknowledged } = incident
  const { notifications, ...facts } = incidentFacts(incident, nowMs)
  return {
    ...facts,
    acknowledged:
      acknowledged === null
        ? null
        : {
            at: isoTime(acknowledged.atMs),
            ...(isUser && { reason: mask(acknowledged.reason), who: acknowledged.who ?? '' }),
          },
    ...(isUser && { notifications, ...incidentTexts(incident, mask) }),
  }
}

export const durationsSchema = named('Durations', {
  step_ms: z.number().positive().describe('How long the time of one point is.'),
  points: z
    .array(
      z.object({
        at: time,
        p50_ms: milliseconds,
        p95_ms: milliseconds,
        max_ms: milliseconds,
        count: z.int().nonnegative(),
        failed: z.int().nonnegative(),
      }),
    )
    .describe('Oldest first, without holes; null where nothing was measured.'),
})

export const measuredSchema = named('Measured', {
  series: z.array(
    z.object({
      label: text,
      unit: text.describe('As in performance data of Nagios plugins.'),
      step_ms: z.number().positive(),
      points: z.array(z.object({ at: time, mean: z.number().nullable(), max: z.number().nullable() })),
    }),
  ),
})

export function durationsJson({ stepMs, points }: DurationSeries): z.input<typeof durationsSchema> {
  return {
    step_ms: stepMs,
    points: points.map((point) => ({
      at: isoTime(point.atMs),
      p50_ms: roundedMs(point.p50Ms),
      p95_ms: roundedMs(point.p95Ms),
      max_ms: roundedMs(point.longestMs),
      count: point.checkCount,
      failed: point.failedCount,
    })),
  }
}

export function measuredJson(
  series: readonly MeasuredSeries[],
  mask: (text: string) => string,
): z.input<typeof measuredSchema> {
  return {
    series: series.map(({ label, unit, stepMs, points }) => ({
      label: mask(label),
      unit: mask(unit),
      step_ms: stepMs,
      points: points.map(({ atMs, mean, most }) => ({ at: isoTime(atMs), mean, max: most })),
    })),
  }
}
