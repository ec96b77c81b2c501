import { addDuration, type DurationSketch, mergeSketch } from './duration-sketch.ts'
import type { CheckResult, MonitorState } from './types.ts'

/** What is known of a monitor over an hour, a day or longer. Time that is neither up nor down was not watched. */
export interface RollUp {
  passedCount: number
  failedCount: number
  /** Checks that count for nothing, as Minitor itself was at fault. */
  voidCount: number
  upMs: number
  downMs: number
  longestMs: number
  readonly durations: DurationSketch
}

export function emptyRollUp(): RollUp {
  return { passedCount: 0, failedCount: 0, voidCount: 0, upMs: 0, downMs: 0, longestMs: 0, durations: new Map() }
}

/** Counts a check in. Changes `rollUp`. */
export function countCheck(rollUp: RollUp, { outcome, durationMs }: Pick<CheckResult, 'outcome' | 'durationMs'>): void {
  if (outcome === 'void') {
    rollUp.voidCount++
    return
  }
  if (outcome === 'passed' || outcome === 'warned') rollUp.passedCount++
  else rollUp.failedCount++
  // What was never started took no time.
  if (outcome === 'not_started') return
  rollUp.longestMs = Math.max(rollUp.longestMs, durationMs)
  addDuration(rollUp.durations, durationMs)
}

/** Adds one time to another. Changes `into`. */
export function mergeRollUp(into: RollUp, from: RollUp): void {
  into.passedCount += from.passedCount
  into.failedCount += from.failedCount
  into.voidCount += from.voidCount
  into.upMs += from.upMs
  into.downMs += from.downMs
  into.longestMs = Math.max(into.longestMs, from.longestMs)
  mergeSketch(into.durations, from.durations)
}

/**
 * As what the time after a check counts, until the next one: an outage is down from its first failing check until it has
 * recovered, whether anybody was told or not. Null counts as neither: after a void check nobody knows. Pure.
 */
export function countedAs(outcome: CheckResult['outcome'], status: MonitorState['status']): 'up' | 'down' | null {
  if (outcome === 'void') return null
  if (status === 'up') return 'up'
  return status === 'failing' || status === 'down' ? 'down' : null
}
