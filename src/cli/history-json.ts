import type { CheckRun } from '../core/fold-checks.ts'
import { isoTime } from '../core/iso-time.ts'
import type { History } from './history-report.ts'

/** A history for machines. `mask` hides secrets in what checks and deliveries have said. */
export function historyJson(history: History, mask: (text: string) => string) {
  const { name, standing, standingSinceMs, uptime, lastDay, checks, notifications, pings, unwatched } = history
  return {
    monitor: name,
    status: standing,
    since: isoTime(standingSinceMs),
    uptime,
    durations: {
      p50_ms: rounded(lastDay.p50Ms),
      p95_ms: rounded(lastDay.p95Ms),
      max_ms: rounded(lastDay.longestMs),
    },
    checks: checks.map((run) => checkJson(run, mask)),
    notifications: notifications.map(({ id, kind, atMs, alerts, deliveries }) => ({
      id,
      kind,
      at: isoTime(atMs),
      alerts,
      deliveries: deliveries.map(({ alert, status, attemptCount, reason }) => ({
        alert,
        status,
        attempts: attemptCount,
        reason: mask(reason),
      })),
    })),
    pings: pings.map(({ atMs, kind, exitCode, rid, durationMs, body }) => ({
      at: isoTime(atMs),
      kind,
      exit_code: exitCode,
      rid,
      duration_ms: durationMs,
      body: mask(body),
    })),
    unwatched: unwatched.map(({ fromMs, toMs }) => ({ from: isoTime(fromMs), to: isoTime(toMs) })),
  }
}

function checkJson(run: CheckRun, mask: (text: string) => string) {
  return {
    at: isoTime(run.fromMs),
    until: isoTime(run.toMs),
    count: run.count,
    outcome: run.outcome,
    exit_code: run.exitCode,
    duration_ms: rounded(run.longestMs),
    reason: mask(run.reason),
    output: run.output,
    quiet: [...run.quiet].map(([reason, count]) => ({ reason, count })),
  }
}

function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 100) / 100
}
