import type { Ending, Monitor, Run } from '../../src/core/model/types.ts'
import { addDuration, type DurationSketch } from '../../src/core/past/duration-sketch.ts'
import type { Random } from '../../test/support/random.ts'
import { DAY } from '../../test/support/time.ts'
import { drawLogNormal, drawPoisson } from './distributions.ts'
import { apart, createLookup, drawPeriods, type Period } from './periods.ts'

/** What a simulated monitor watches. */
export interface Service {
  readonly monitor: Monitor
  /** When it fails, in order. */
  readonly outages: readonly Period[]
  /** How a check of it ends. Times must only grow from call to call. */
  runAt(atMs: number): Run
  /** Durations of `count` checks, of which `failedCount` failed. */
  sketch(count: number, failedCount: number): DurationSketch
}

/** Twenty-six outages a year, half of them below six minutes; and now and then one check that fails. */
const OUTAGES = { everyMs: 14 * DAY, medianMs: 6 * 60_000, sigma: 1.2 }
const BLIPS = { everyMs: 3 * DAY, medianMs: 20_000, sigma: 0.1 }
/** From a command that tests a file to a slow page. */
const FASTEST_MS = 4
const SLOWEST_MS = 2000
const LEAST_SIGMA = 0.15
const MOST_SIGMA = 0.5
/** How many durations are drawn to find the share of each bucket of a sketch. */
const SAMPLES = 20_000

const FAULTS: readonly { readonly exitCode: number; readonly output: string }[] = [
  {
    exitCode: 7,
    output: 'curl: (7) Failed to connect to shop.example port 443 after 2 ms: Could not connect to server',
  },
  { exitCode: 22, output: 'curl: (22) The requested URL returned error: 503' },
  {
    exitCode: 2,
    output: [
      'HTTP CRITICAL: HTTP/1.1 502 Bad Gateway - 341 bytes in 0.104 second response time',
      '|time=0.104s;;;0.000;10.000 size=341B;;;0',
      '<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center>',
      '<hr><center>nginx</center></body></html>',
    ].join('\n'),
  },
]

export function createService(monitor: Monitor, random: Random, within: Period): Service {
  const medianMs = FASTEST_MS * (SLOWEST_MS / FASTEST_MS) ** random.fraction()
  const sigma = LEAST_SIGMA + (MOST_SIGMA - LEAST_SIGMA) * random.fraction()
  const duration = () => Math.min(drawLogNormal(random, medianMs, sigma), monitor.timeoutMs - 1)
  const outages = apart([...drawPeriods(random, within, OUTAGES), ...drawPeriods(random, within, BLIPS)])
  const outageAt = createLookup(outages)
  const shares: DurationSketch = new Map()
  for (let sample = 0; sample < SAMPLES; sample++) addDuration(shares, duration())

  const run = (ending: Ending, output: string, durationMs: number): Run => {
    return { ending, output, durationMs, escapeeCount: 0, isUnkillable: false }
  }
  return {
    monitor,
    outages,
    runAt(atMs) {
      if (outageAt(atMs) === null) return run({ kind: 'exited', exitCode: 0 }, 'HTTP OK: HTTP/1.1 200 OK', duration())
      const fault = FAULTS[Math.floor(random.fraction() * (FAULTS.length + 1))]
      if (fault !== undefined) return run({ kind: 'exited', exitCode: fault.exitCode }, fault.output, duration())
      return run({ kind: 'timed_out', timeoutMs: monitor.timeoutMs }, '', monitor.timeoutMs)
    },
    sketch(count, failedCount) {
      const sketch: DurationSketch = new Map()
      for (const [bucket, samples] of shares) {
        const drawn = drawPoisson(random, (count * samples) / SAMPLES)
        if (drawn > 0) sketch.set(bucket, drawn)
      }
      for (let index = 0; index < failedCount; index++) addDuration(sketch, monitor.timeoutMs)
      return sketch
    },
  }
}
