import { parsePerfdata } from '../../core/model/perfdata.ts'
import type { MetricFamily, Sample } from './family.ts'

interface Remembered {
  readonly output: string
  readonly samples: readonly Sample[]
}

// Real plugins print a few dozen values at most. More is a command gone wild, and every value is a series to keep.
const LIMIT_PER_MONITOR = 100
const LABEL_LIMIT_CHARS = 200

/**
 * The performance data in every monitor's last output. Remembers what it read, so that a scrape reads only what has
 * changed since the one before.
 */
export function createPerformanceFamily(mask: (text: string) => string): MetricFamily {
  let remembered = new Map<string, Remembered>()

  return {
    name: 'minitor_performance_data',
    help: 'Values that the last check of a monitor printed as Nagios performance data.',
    type: 'gauge',
    samples: function* (tallies) {
      const seen = new Map<string, Remembered>()
      for (const { monitor, lastOutput: output } of tallies) {
        if (!output.includes('|')) continue
        const known = remembered.get(monitor)
        const current = known?.output === output ? known : { output, samples: readSamples(monitor, output) }
        seen.set(monitor, current)
        yield* current.samples
      }
      // What is gone is forgotten.
      remembered = seen
    },
  }

  function readSamples(monitor: string, output: string): Sample[] {
    // A label that is printed twice would make Prometheus refuse the whole answer: the first one counts.
    const samples = new Map<string, Sample>()
    for (const { label: rawLabel, unit: rawUnit, value } of parsePerfdata(output)) {
      const label = shown(rawLabel)
      const unit = shown(rawUnit)
      const key = JSON.stringify([label, unit])
      if (!samples.has(key)) samples.set(key, { labels: { monitor, label, unit }, value })
      if (samples.size === LIMIT_PER_MONITOR) break
    }
    return [...samples.values()]
  }

  function shown(text: string): string {
    // Halves of characters become the same mark in UTF-8, so they must be the same here.
    return mask(text).slice(0, LABEL_LIMIT_CHARS).toWellFormed()
  }
}
