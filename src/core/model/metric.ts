export interface Sample {
  /** What follows the family's name in a sample of a histogram. */
  readonly suffix?: '_bucket' | '_sum' | '_count'
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** One metric for Prometheus. The part of Minitor that counts it makes it; docs/metrics.md describes it. */
export interface MetricFamily {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** Read once a scrape, in slices. No two samples may have the same labels. */
  readonly samples: () => Iterable<Sample>
}

/** A metric of one value. Without a sample while the value is not finite. */
export function oneValue(type: 'counter' | 'gauge', name: string, help: string, value: () => number): MetricFamily {
  const samples = (read: number) => (Number.isFinite(read) ? [{ labels: {}, value: read }] : [])
  return { name, help, type, samples: () => samples(value()) }
}
