import type { AlertPolicy, CheckResult, MonitorState } from '../../src/core/model/types.ts'

/** The figures of a state that neither mutes nor notifications change. */
export type Figures = Pick<MonitorState, 'status' | 'failureCount' | 'passCount'>

/** How far times may be off without changing a decision. */
const SLACK_MS = 1000

export function isPassed({ outcome }: Pick<CheckResult, 'outcome'>): boolean {
  return outcome === 'passed' || outcome === 'warned'
}

/**
 * The state after a check by section 5.1 of the specification, written a second time. Null where it
 * depends on milliseconds. `windowAfter` holds the last checks, this one included, as `k of m` counts them.
 */
export function expectedFigures(
  before: MonitorState,
  after: MonitorState,
  check: CheckResult,
  { alertAfter, recoverAfter }: AlertPolicy,
): Figures | null {
  if (check.outcome === 'void') return before
  const healthy = { status: 'up', failureCount: 0, passCount: 0 } as const
  if (before.status === 'down') {
    if (!isPassed(check)) return { status: 'down', failureCount: before.failureCount + 1, passCount: 0 }
    const passCount = before.passCount + 1
    return passCount < recoverAfter ? { ...before, passCount } : healthy
  }
  if (alertAfter.kind === 'of') {
    const mark = isPassed(check) ? null : check.startedAtMs
    const failureCount = [...before.window, mark].slice(-alertAfter.window).filter((one) => one !== null).length
    if (failureCount === 0) return healthy
    const isDown = !isPassed(check) && failureCount >= alertAfter.count
    return { status: isDown ? 'down' : 'failing', failureCount, passCount: 0 }
  }
  if (isPassed(check)) return healthy
  const failing = { failureCount: before.failureCount + 1, passCount: 0 }
  if (alertAfter.kind === 'failures') {
    return { ...failing, status: failing.failureCount >= alertAfter.count ? 'down' : 'failing' }
  }
  const restMs = alertAfter.ms - (check.startedAtMs - (after.outageStartedAtMs ?? 0))
  if (Math.abs(restMs) <= SLACK_MS) return null
  return { ...failing, status: restMs <= 0 ? 'down' : 'failing' }
}

/** Whether a reminder is due at this failing check of a monitor that was reported down; null where that depends on milliseconds. */
export function isReminderDue(before: MonitorState, check: CheckResult, { alertEvery }: AlertPolicy): boolean | null {
  const past = before.failureCount + 1 - (before.firstToldAtFailure ?? 0)
  switch (alertEvery.kind) {
    case 'once':
      return false
    case 'backoff':
      return past >= 2 ** before.alertCount - 1
    case 'failures':
      return past % alertEvery.count === 0
    case 'time': {
      const restMs = alertEvery.ms - (check.startedAtMs - (before.lastToldAtMs ?? 0))
      return Math.abs(restMs) <= SLACK_MS ? null : restMs < 0
    }
  }
}
