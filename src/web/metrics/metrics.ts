import type { Telemetry } from '../../core/model/ports.ts'
import { createDaemonFamilies } from './daemon-families.ts'
import { createDurationFamily } from './duration-family.ts'
import { renderFamily } from './family-text.ts'
import { createMonitorFamilies } from './monitor-families.ts'
import { createPerformanceFamily } from './performance-family.ts'
import { createProcessFamilies } from './process-families.ts'
import { createLoopTurns } from './turns.ts'

export interface MetricsOptions {
  readonly telemetry: Telemetry
  readonly version: string
  readonly mask: (text: string) => string
  /** Whether the values that checks printed are told: they are output, which not every reader may see. */
  readonly hasPerformanceData: boolean
}

/**
 * Makes a function that reads the telemetry and renders all of it, UTF-8 in the text format of Prometheus. Lets other
 * work be done all along. What the metrics mean: docs/metrics.md.
 */
export function createMetrics(options: MetricsOptions): () => Promise<Uint8Array<ArrayBuffer>> {
  const { telemetry, version, mask, hasPerformanceData } = options
  const families = [
    ...createMonitorFamilies(telemetry),
    createDurationFamily(telemetry),
    ...(hasPerformanceData ? [createPerformanceFamily(mask)] : []),
    ...createDaemonFamilies(telemetry, version),
    ...createProcessFamilies(),
  ]

  return async () => {
    // Read once: between two slices a reload may change what there is, and no monitor may appear twice.
    const tallies = [...telemetry.monitors()]
    // Bytes, not strings: the slices of a large answer are garbage at once instead of at its end.
    const slices: Buffer<ArrayBuffer>[] = []
    const pause = createLoopTurns()
    for (const family of families) {
      for (const text of renderFamily(family, tallies)) {
        slices.push(Buffer.from(text))
        await pause()
      }
    }
    return Buffer.concat(slices)
  }
}
