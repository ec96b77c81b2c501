/** Random numbers that come again with the same seed. */
export interface Random {
  /** From 0 up to, but not including, 1. */
  uniform(): number
  /** With this median; `sigma` is the standard deviation of the logarithm. */
  logNormal(median: number, sigma: number): number
  /** How long until the next of what comes by itself, on average after `mean`. */
  exponential(mean: number): number
  /** How many come of what comes by itself, where `mean` are to be expected. */
  poisson(mean: number): number
}

/** Beyond this a normal distribution is as good, and does not take longer and longer. */
const NORMAL_FROM = 30

export function createRandom(seed: number): Random {
  let state = seed

  /** Mulberry32, by Tommy Ettinger. */
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())

  const countUntil = (limit: number) => {
    let count = 0
    for (let product = uniform(); product > limit; product *= uniform()) count++
    return count
  }

  return {
    uniform,
    logNormal: (median, sigma) => median * Math.exp(sigma * normal()),
    exponential: (mean) => -mean * Math.log(1 - uniform()),
    poisson(mean) {
      if (mean < NORMAL_FROM) return countUntil(Math.exp(-mean))
      return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()))
    },
  }
}
