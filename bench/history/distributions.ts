import type { Random } from '../../test/support/random.ts'

/** Beyond this mean a normal distribution is as good, and its draws do not take longer and longer. */
const NORMAL_FROM = 30

/** Draws from a log-normal distribution with this median; `sigma` is the standard deviation of the logarithm. */
export function drawLogNormal(random: Random, median: number, sigma: number): number {
  return median * Math.exp(sigma * drawNormal(random))
}

/** Draws the time to the next of events that come independently, `mean` apart on average. */
export function drawExponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random.fraction())
}

/** Draws how many independent events there are where `mean` are expected. */
export function drawPoisson(random: Random, mean: number): number {
  if (mean >= NORMAL_FROM) return Math.max(0, Math.round(mean + Math.sqrt(mean) * drawNormal(random)))
  const limit = Math.exp(-mean)
  let count = 0
  for (let product = random.fraction(); product > limit; product *= random.fraction()) count++
  return count
}

function drawNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.fraction())) * Math.cos(2 * Math.PI * random.fraction())
}
