import { isTrouble } from '../model/state.ts'
import type { Status } from '../model/types.ts'

/** A run or check, in milliseconds of the monotonic clock. */
export interface Span {
  readonly startedMs: number
  readonly endedMs: number
}

/**
 * What the runs of a parent, or of the guard, say about the last time that it was in trouble. Monotonic milliseconds.
 *
 * A run that passes says that all was well at some moment between its start and its end, and nothing about the rest of
 * that time. Trouble that a failing run finds may therefore have begun when the pass before it began, and may have lasted
 * until the pass after it ended. A failing check that overlaps with this time may have failed because of it, even if it
 * ends long afterwards: network checks wait before they fail. Such a failure is muted (parent) or void (guard).
 */
export interface Cause {
  /** When its last run began; -Infinity before any. */
  readonly askedMs: number
  /** When its last trouble was over: Infinity while it lasts, -Infinity if there was none. */
  readonly troubleUntilMs: number
}

/** What is known before the first run; `status` is what an earlier process left. */
export function causeOf(status: Status): Cause {
  return { askedMs: -Infinity, troubleUntilMs: isTrouble(status) ? Infinity : -Infinity }
}

/** What is known after one more run. */
export function afterRun({ troubleUntilMs }: Cause, run: Span, isPass: boolean): Cause {
  return { askedMs: run.startedMs, troubleUntilMs: isPass ? Math.min(troubleUntilMs, run.endedMs) : Infinity }
}

/**
 * Whether this may be why a check failed. The check ended before the cause was asked (`isStale`), so trouble that is
 * known now began before that: whether the two overlap depends only on when the trouble was over. Null for a ping, which
 * tells of something that is over already: it is judged by how things are now.
 */
export function mayExplain({ troubleUntilMs }: Cause, check: Span | null): boolean {
  return check === null ? troubleUntilMs === Infinity : check.startedMs < troubleUntilMs
}

/**
 * Whether a parent must be checked before a failure of its child is told. A parent that passed must have passed since
 * `endedMs`, when the failing check ended. One that fails mutes anyway and keeps its own pace, unless it has not been
 * checked since the outage of its child began.
 */
export function isStale(
  parent: { readonly status: Status; readonly cause: Cause },
  child: { readonly endedMs: number; readonly outageStartedMs: number },
): boolean {
  if (parent.status === 'paused') return false
  return parent.cause.askedMs < (isTrouble(parent.status) ? child.outageStartedMs : child.endedMs)
}
