/** The part of a span that lies in one bucket. `startMs` is the bucket's start, not the part's. */
export interface TimeBucket {
  /** Unix epoch milliseconds, a multiple of the bucket's length. */
  readonly startMs: number
  readonly ms: number
}

/**
 * How much of the span from `fromMs` up to, but not including, `toMs` (Unix epoch milliseconds) falls into each bucket,
 * oldest first; empty when it ends where it begins or before. Buckets begin at multiples of `bucketMs`, so those of an
 * hour or a day are UTC's. One entry per bucket touched: the caller keeps long spans to long buckets. Pure.
 */
export function splitIntoBuckets(fromMs: number, toMs: number, bucketMs: number): TimeBucket[] {
  const buckets: TimeBucket[] = []
  let atMs = fromMs
  while (atMs < toMs) {
    const startMs = Math.floor(atMs / bucketMs) * bucketMs
    const endMs = Math.min(startMs + bucketMs, toMs)
    buckets.push({ startMs, ms: endMs - atMs })
    atMs = endMs
  }
  return buckets
}

/**
 * The share, from 0 to 1, of the watched time in which a monitor was up. Null when it was not watched at all: time that
 * nobody saw is neither up nor down. Pure.
 */
export function uptimeOf({ upMs, downMs }: { readonly upMs: number; readonly downMs: number }): number | null {
  const watchedMs = upMs + downMs
  return watchedMs > 0 ? upMs / watchedMs : null
}

/**
 * An uptime (0 to 1) for people, to a hundredth of a percent: `99.98 %`, `97.2 %`, or `–` for null. Rounded, but never
 * to `100 %` or `0 %`, which are said only where they are true, so that every downtime shows, and every uptime. Pure.
 */
export function formatUptime(share: number | null): string {
  if (share === null) return '–'
  const hundredths = Math.round(share * 10_000)
  const isBetween = share > 0 && share < 1
  return `${(isBetween ? Math.min(Math.max(hundredths, 1), 9999) : hundredths) / 100} %`
}
