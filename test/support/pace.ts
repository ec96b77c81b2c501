// How fast this machine starts processes, and the waiting limits that follow from it. `test/run.ts` measures once and
// hands the result on by the environment; a test file that is run by itself measures anew.
const VARIABLE = 'MINITOR_TEST_SLOWNESS'

/** What an ordinary machine with two cores starts in a second. */
const STARTS_PER_SECOND = 2_500
const BURST_MS = 500
const AT_ONCE = 8

/** A moment of heavy load is no slow machine: with limits scaled by it, a test that hangs would do so for an hour. */
const MOST_SLOWNESS = 15

/** How many times slower than an ordinary machine this one is; from 1 to 15. */
export const SLOWNESS = Number(process.env[VARIABLE] ?? (await measureSlowness()))
process.env[VARIABLE] = String(SLOWNESS)

/**
 * What may last `ordinaryMs` on an ordinary machine may last this long here. Choose it generously, as load may come
 * after the measurement: a limit costs nothing when what is waited for happens.
 */
export function limitMs(ordinaryMs: number): number {
  return Math.ceil(ordinaryMs * SLOWNESS)
}

/** For one event, such as a line in a log or a command that ends. */
export const EVENT_LIMIT_MS = limitMs(40_000)

/** For one test: longer than for an event, so that the event that is missing gives its reason first. */
export const TEST_LIMIT_MS = limitMs(120_000)

async function measureSlowness(): Promise<number> {
  const startMs = performance.now()
  const elapsedMs = () => performance.now() - startMs
  let count = 0
  const startMany = async () => {
    while (elapsedMs() < BURST_MS) {
      await Bun.spawn(['true'], { stdio: ['ignore', 'ignore', 'ignore'] }).exited
      count++
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, startMany))
  return Math.min(MOST_SLOWNESS, Math.max(1, STARTS_PER_SECOND / ((count / elapsedMs()) * 1_000)))
}
