import type { MetricFamily, Sample } from '../../core/model/metric.ts'
import { parsePerfdata } from '../../core/model/perfdata.ts'
import type { MonitorTally } from './counts.ts'

interface Remembered {
  readonly output: string
  readonly samples: readonly Sample[]
}

/** Real plugins print a few dozen values at most. More is a command gone wild, and every value is a series to store. */
const LIMIT_PER_MONITOR = 100
const LABEL_LIMIT_CHARS = 200

/**
 * The metric of the performance data in every monitor's last output. Remembers what it parsed, so that a scrape parses
 * only what has changed since the one before.
 */
export function createPerformanceData(
  mask: (text: string) => string,
): (tallies: readonly MonitorTally[]) => MetricFamily {
  let remembered = new Map<string, Remembered>()

  const parse = (monitor: string, output: string): Sample[] => {
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

  // Halves of characters become the same mark in UTF-8, so they must be the same here.
  const shown = (text: string) => mask(text).slice(0, LABEL_LIMIT_CHARS).toWellFormed()

  return (tallies) => ({
    name: 'minitor_performance_data',
    help: 'Values that the last check of a monitor printed as Nagios performance data.',
    type: 'gauge',
    samples: function* () {
      const seen = new Map<string, Remembered>()
      for (const { monitor, lastOutput: output } of tallies) {
        if (!output.includes('|')) continue
        const known = remembered.get(monitor)
        const current = known?.output === output ? known : { output, samples: parse(monitor, output) }
        seen.set(monitor, current)
        yield* current.samples
      }
      // Monitors that are gone are forgotten.
      remembered = seen
    },
  })
}
