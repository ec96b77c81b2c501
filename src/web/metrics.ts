import { Registry } from 'prom-client'
import type { Telemetry } from '../core/ports.ts'
import { createDaemonFamilies } from './daemon-families.ts'
import { createFamilyText } from './family-text.ts'
import { createMonitorFamilies } from './monitor-families.ts'
import { createPerformanceFamily } from './performance-family.ts'

export interface MetricsOptions {
  readonly telemetry: Telemetry
  readonly version: string
  readonly mask: (text: string) => string
}

export const METRICS_CONTENT_TYPE: string = Registry.PROMETHEUS_CONTENT_TYPE

/**
 * Makes a function that reads the telemetry and renders all of it, UTF-8 in the text format of Prometheus. Returns to
 * the event loop every few milliseconds; to be called once at a time.
 */
export function createMetrics({ telemetry, version, mask }: MetricsOptions): () => Promise<Uint8Array<ArrayBuffer>> {
  const families = [
    ...createMonitorFamilies(telemetry),
    createPerformanceFamily(mask),
    ...createDaemonFamilies(telemetry, version),
  ]
  const texts = families.map(createFamilyText)

  return async () => {
    // Read once: between two slices a reload may change what there is, and no monitor may appear twice.
    const tallies = [...telemetry.monitors()]
    // Bytes, not strings: the slices of a large answer are garbage at once instead of at its end.
    const slices: Buffer<ArrayBuffer>[] = []
    for (const render of texts) {
      for await (const text of render(tallies)) {
        slices.push(Buffer.from(text))
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    return Buffer.concat(slices)
  }
}
