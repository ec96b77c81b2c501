import type { DurationTally } from '../../core/model/ports.ts'
import type { CheckResult, Outcome } from '../../core/model/types.ts'

/** From a program that only asks the kernel to one that runs into the longest timeout there is by default. */
const BOUNDS_MS = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000]

const COUNTED: readonly Outcome[] = ['passed', 'warned', 'failed', 'timed_out', 'not_started']

/** How long checks took, by outcome: over all monitors, so that ten thousand of them are no more series than one. */
export interface DurationCounts {
  /** One that is `void` counts for nothing here, too. */
  add(check: Pick<CheckResult, 'outcome' | 'durationMs'>): void
  tallies(): DurationTally[]
}

export function createDurationCounts(): DurationCounts {
  // Each check is in one bucket here, the first whose bound it does not exceed; the last one has no bound.
  const byOutcome = new Map(COUNTED.map((outcome) => [outcome, { sumMs: 0, counts: [...BOUNDS_MS, 0].fill(0) }]))

  return {
    add({ outcome, durationMs }) {
      const kept = byOutcome.get(outcome)
      if (kept === undefined) return
      const found = BOUNDS_MS.findIndex((boundMs) => durationMs <= boundMs)
      const bucket = found === -1 ? BOUNDS_MS.length : found
      kept.counts[bucket] = (kept.counts[bucket] ?? 0) + 1
      kept.sumMs += durationMs
    },
    tallies: () => [...byOutcome].map(([outcome, { sumMs, counts }]) => cumulate(outcome, sumMs, counts)),
  }
}

function cumulate(outcome: Outcome, sumMs: number, counts: readonly number[]): DurationTally {
  let count = 0
  const upTo = counts.map((more) => {
    count += more
    return count
  })
  return { outcome, sumMs, count, buckets: BOUNDS_MS.map((boundMs, index) => ({ boundMs, count: upTo[index] ?? 0 })) }
}
