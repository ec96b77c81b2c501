import type { Ping } from '../model/ports.ts'
import type { CheckResult } from '../model/types.ts'
import { formatDuration } from '../text/duration.ts'
import { HOUR_MS, MINUTE_MS } from '../text/time.ts'
import { explain } from './judge.ts'

/** A ping of success or failure as a check, which began and ended when the ping came. */
export function pingCheck(ping: Ping, runId: string): CheckResult {
  const { monitor, atMs, kind, exitCode, durationMs, body } = ping
  const said = kind === 'success' ? 'a ping of success' : 'a ping of failure'
  return {
    monitor,
    runId,
    outcome: kind === 'success' ? 'passed' : 'failed',
    exitCode,
    reason: exitCode === null ? said : explain({ kind: 'exited', exitCode }),
    output: body,
    startedAtMs: atMs,
    durationMs: durationMs ?? 0,
  }
}

/** A missing ping. Times are Unix epoch milliseconds. */
export interface Lateness {
  readonly monitor: string
  readonly runId: string
  readonly atMs: number
  readonly dueAtMs: number
  /** Null if there was none yet. */
  readonly lastSuccessAtMs: number | null
  /** When a job reported that it began, and nothing since; null without one. */
  readonly startedAtMs: number | null
}

/** A late ping as a failing check. */
export function lateCheck({ monitor, runId, atMs, dueAtMs, lastSuccessAtMs, startedAtMs }: Lateness): CheckResult {
  const since = lastSuccessAtMs === null ? 'no success yet' : `no success for ${age(atMs - lastSuccessAtMs)}`
  const due = new Date(Math.round(dueAtMs / 1000) * 1000).toISOString().replace('.000', '')
  const started = startedAtMs === null ? '' : `; it started ${age(atMs - startedAtMs)} ago and has not ended`
  const reason = `${since}, due ${due}${started}`
  return {
    monitor,
    runId,
    outcome: 'failed',
    exitCode: null,
    reason,
    output: '',
    startedAtMs: atMs,
    durationMs: 0,
  }
}

/** To the minute from an hour on, else to the second. */
function age(ms: number): string {
  const unitMs = ms < HOUR_MS ? 1000 : MINUTE_MS
  return formatDuration(Math.max(0, Math.round(ms / unitMs)) * unitMs)
}
