import type { Outcome } from '../../core/model/types.ts'

/** Outcomes by the numbers that stand for them in the file. */
export const OUTCOMES: readonly Outcome[] = ['passed', 'warned', 'failed', 'timed_out', 'not_started', 'void']

export function outcomeCode(outcome: Outcome): number {
  return OUTCOMES.indexOf(outcome)
}
