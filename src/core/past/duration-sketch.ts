/**
 * Many durations, reduced to what their percentiles need: the count in each bucket, by the bucket's index. An
 * empty one is `new Map()`. Bucket i holds those from 0.1 ms × γ^i up to, but not including, 0.1 ms × γ^(i+1). Source:
 * Masson, Rim, Lee (2019): "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees".
 */
export type DurationSketch = Map<number, number>

/** How far a quantile may be off, as a share of the exact one. */
const ACCURACY = 0.05
const GAMMA = (1 + ACCURACY) / (1 - ACCURACY)
const LOG_GAMMA = Math.log(GAMMA)
/** No process starts and ends in less; and indexes start at 0 here, which makes them short to store. */
const LOWEST_MS = 0.1
/** Far beyond any duration (10^21 ms); what lies above it in stored bytes is damage. */
const LAST_BUCKET = 511

/** Counts a duration, in milliseconds; what is below 0.1, or no number, in the lowest bucket. Changes `sketch`. */
export function addDuration(sketch: DurationSketch, ms: number): void {
  const bucket = ms > LOWEST_MS ? Math.min(Math.floor(Math.log(ms / LOWEST_MS) / LOG_GAMMA), LAST_BUCKET) : 0
  sketch.set(bucket, (sketch.get(bucket) ?? 0) + 1)
}

/** Adds the durations of `from` to `into`, as if each had been added there. Changes `into`. */
export function mergeSketch(into: DurationSketch, from: DurationSketch): void {
  for (const [bucket, count] of from) into.set(bucket, (into.get(bucket) ?? 0) + count)
}

/**
 * The duration, in milliseconds, that a share `q` (0 to 1) of all does not exceed: by nearest rank, and within 5 % of
 * the exact one where that is at least 0.1 ms. Null when `sketch` is empty.
 */
export function quantile(sketch: DurationSketch, q: number): number | null {
  const buckets = inOrder(sketch)
  const total = buckets.reduce((sum, [, count]) => sum + count, 0)
  const rank = Math.ceil(q * total)
  let counted = 0
  for (const [bucket, count] of buckets) {
    counted += count
    // As far above the bucket's lower end as it is below the upper one.
    if (counted >= rank) return LOWEST_MS * GAMMA ** bucket * (1 + ACCURACY)
  }
  return null
}

/** Two varints (LEB128) a bucket, in order: index less the index before (-1 before the first), and count. */
export function encodeSketch(sketch: DurationSketch): Uint8Array {
  const bytes: number[] = []
  let previous = -1
  for (const [bucket, count] of inOrder(sketch)) {
    pushVarint(bytes, bucket - previous)
    pushVarint(bytes, count)
    previous = bucket
  }
  return Uint8Array.from(bytes)
}

/** Reads what `encodeSketch` wrote; of damaged bytes, what stands before the damage. Never throws. */
export function decodeSketch(bytes: Uint8Array): DurationSketch {
  const sketch: DurationSketch = new Map()
  const numbers = readVarints(bytes)
  let bucket = -1
  for (let index = 0; index < numbers.length; index += 2) {
    const [step = 0, count = 0] = numbers.slice(index, index + 2)
    bucket += step
    if (!(step > 0 && bucket <= LAST_BUCKET && count > 0 && Number.isSafeInteger(count))) break
    sketch.set(bucket, count)
  }
  return sketch
}

function inOrder(sketch: DurationSketch): [bucket: number, count: number][] {
  return [...sketch].sort(([a], [b]) => a - b)
}

function pushVarint(bytes: number[], value: number): void {
  let rest = value
  // No bit operators: they would cut counts to 32 bits.
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push(0x80 + (rest % 0x80))
  bytes.push(rest)
}

function readVarints(bytes: Uint8Array): number[] {
  const numbers: number[] = []
  let value = 0
  let unit = 1
  for (const byte of bytes) {
    value += (byte % 0x80) * unit
    unit *= 0x80
    if (byte >= 0x80) continue
    numbers.push(value)
    value = 0
    unit = 1
  }
  return numbers
}
