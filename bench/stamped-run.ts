import type { Bench } from './measurement.ts'
import { startMinitor, writeConfig } from './minitor.ts'
import { cpuSeconds } from './process-usage.ts'
import { createGround } from './scratch.ts'
import { between, countStamps, readStamps, type Stamps, stamping } from './stamps.ts'

interface StampedRun {
  /** Stamps of the observed rounds, without the first one, in which everything warms up. */
  readonly stamps: Stamps
  /** The share of the due checks that ran. */
  readonly share: number
  /** CPU time of Minitor itself per second. */
  readonly cpuShare: number
}

/** Loading tens of thousands of monitors takes seconds. */
const START_LIMIT_MS = 60_000

/** Runs Minitor on monitors that stamp, for one round and then for `seconds`, without asking it anything. */
export async function stampedRun(
  { programs, scratch }: Bench,
  { count, intervalSeconds, seconds }: { count: number; intervalSeconds: number; seconds: number },
): Promise<StampedRun> {
  using ground = createGround(scratch)
  const { directory, config, stamps } = ground
  writeConfig(config, { count, intervalSeconds, command: stamping(programs.stamp, stamps) })
  await using minitor = await startMinitor({ minitor: programs.minitor, config, directory })
  await minitor.until('the first check', START_LIMIT_MS, () => countStamps(stamps) > 0)
  await Bun.sleep(intervalSeconds * 1000)
  const cpuBefore = cpuSeconds(minitor.pid)
  await Bun.sleep(seconds * 1000)
  const cpuShare = (cpuSeconds(minitor.pid) - cpuBefore) / seconds
  await minitor.stop()
  return { ...observed(readStamps(stamps), { count, intervalSeconds, seconds }), cpuShare }
}

/** Cuts the stamps to the rounds that were observed. */
export function observed(
  all: Stamps,
  { count, intervalSeconds, seconds }: { count: number; intervalSeconds: number; seconds: number },
): { readonly stamps: Stamps; readonly share: number } {
  const fromMs = (all.timesMs[0] ?? Number.NaN) + intervalSeconds * 1000
  const stamps = between(all, fromMs, fromMs + seconds * 1000)
  return { stamps, share: (stamps.count * intervalSeconds) / (count * seconds) }
}
