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

/** Periods that come by themselves and lie wholly in `within`, in their order; none overlaps another. */
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

/** Of periods in any order those that touch no earlier one, in order. Pure. */
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

/** How much of `within` the periods cover. Pure. */
export function coveredMs(periods: readonly Period[], within: Period): number {
  let sum = 0
  for (const { fromMs, toMs } of periods) {
    sum += Math.max(0, Math.min(toMs, within.toMs) - Math.max(fromMs, within.fromMs))
  }
  return sum
}

/** Tells of times that only grow in which period each lies; null for between them. */
export function createLookup(periods: readonly Period[]): (atMs: number) => Period | null {
  let next = 0
  return (atMs) => {
    while ((periods[next]?.toMs ?? Number.POSITIVE_INFINITY) <= atMs) next++
    const period = periods[next]
    return period !== undefined && period.fromMs <= atMs ? period : null
  }
}
