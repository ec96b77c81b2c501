import type { Random } from '../../test/support/random.ts'
import { drawExponential, drawLogNormal } from './distributions.ts'

/** From `fromMs` up to, but not including, `toMs`: whole milliseconds. */
export interface Period {
  readonly fromMs: number
  readonly toMs: number
}

interface Habit {
  /** How often one begins, on average. */
  readonly everyMs: number
  readonly medianMs: number
  readonly sigma: number
}

/** Random periods that lie wholly in `within`, sorted; none overlaps another. */
export function drawPeriods(random: Random, within: Period, { everyMs, medianMs, sigma }: Habit): Period[] {
  const periods: Period[] = []
  const next = (afterMs: number) => Math.round(afterMs + drawExponential(random, everyMs))
  let fromMs = next(within.fromMs)
  while (fromMs < within.toMs) {
    const toMs = fromMs + Math.ceil(drawLogNormal(random, medianMs, sigma))
    if (toMs < within.toMs) periods.push({ fromMs, toMs })
    fromMs = next(toMs)
  }
  return periods
}

/** The periods that touch no earlier one, sorted. */
export function apart(periods: readonly Period[]): Period[] {
  let endMs = Number.NEGATIVE_INFINITY
  return periods
    .toSorted((one, other) => one.fromMs - other.fromMs)
    .filter(({ fromMs, toMs }) => {
      const isApart = fromMs > endMs
      if (isApart) endMs = toMs
      return isApart
    })
}

/** How much of `within` the periods cover. */
export function coveredMs(periods: readonly Period[], within: Period): number {
  let sum = 0
  for (const { fromMs, toMs } of periods) {
    sum += Math.max(0, Math.min(toMs, within.toMs) - Math.max(fromMs, within.fromMs))
  }
  return sum
}

/** Finds the period of a time, null between periods. Times must only grow from call to call. */
export function createLookup(periods: readonly Period[]): (atMs: number) => Period | null {
  let next = 0
  return (atMs) => {
    while ((periods[next]?.toMs ?? Number.POSITIVE_INFINITY) <= atMs) next++
    const period = periods[next]
    return period !== undefined && period.fromMs <= atMs ? period : null
  }
}
