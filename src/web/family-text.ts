import { Counter, Gauge, Registry } from 'prom-client'
import type { MonitorTally } from '../core/ports.ts'
import type { MetricFamily, Sample } from './metric-family.ts'

// A few milliseconds of work: checks must not wait for longer.
const SLICE_SAMPLES = 1_000

/** A gauge that shows what it was handed last. `set` would hash and keep every sample, at several times the cost. */
class HandedGauge extends Gauge {
  samples: Sample[] = []

  override async get() {
    return { ...(await super.get()), values: this.samples }
  }
}

class HandedCounter extends Counter {
  samples: Sample[] = []

  override async get() {
    return { ...(await super.get()), values: this.samples }
  }
}

/**
 * Makes a function that renders a family in the text format of Prometheus, in slices that are small enough for other
 * work to be done between them. A family without samples is only its header. One rendering at a time.
 */
export function createFamilyText({ name, help, type, samples }: MetricFamily) {
  const registry = new Registry()
  const metric = new (type === 'counter' ? HandedCounter : HandedGauge)({ name, help, registers: [registry] })

  return async function* render(tallies: readonly MonitorTally[]): AsyncGenerator<string> {
    let isFirst = true
    for (const slice of slicesOf(samples(tallies))) {
      metric.samples = slice
      const text = await registry.metrics()
      yield isFirst ? text : withoutHeader(text)
      isFirst = false
    }
  }
}

/** At least one slice, be it an empty one. */
function* slicesOf(samples: Iterable<Sample>): Generator<Sample[]> {
  let slice: Sample[] = []
  for (const sample of samples) {
    if (slice.length === SLICE_SAMPLES) {
      yield slice
      slice = []
    }
    slice.push(sample)
  }
  yield slice
}

/** Leaves out the lines HELP and TYPE, which may stand only once before all samples of a family. */
function withoutHeader(text: string): string {
  const helpEnd = text.indexOf('\n')
  return text.slice(text.indexOf('\n', helpEnd + 1) + 1)
}
