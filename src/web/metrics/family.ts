import type { MonitorTally } from '../../core/model/ports.ts'

export interface Sample {
  /** Of a histogram's sample, what follows the family's name. */
  readonly suffix?: '_bucket' | '_sum' | '_count'
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** One metric and where its samples come from; nothing of it is kept between two scrapes. */
export interface MetricFamily {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** Gets the monitors as they were when the scrape began. No two samples may have the same labels. */
  readonly samples: (tallies: readonly MonitorTally[]) => Iterable<Sample>
}
