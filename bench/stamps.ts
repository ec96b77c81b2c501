import { readFileSync, statSync } from 'node:fs'

/** Size of a record of `stamp.c`: a number and a time. */
const RECORD_BYTES = 16

/** When programs were started, in the order of the file: which one, and milliseconds of CLOCK_MONOTONIC. */
export interface Stamps {
  readonly count: number
  readonly indices: Float64Array
  readonly timesMs: Float64Array
}

export function countStamps(file: string): number {
  return Math.floor((statSync(file, { throwIfNoEntry: false })?.size ?? 0) / RECORD_BYTES)
}

export function readStamps(file: string): Stamps {
  const bytes = readFileSync(file)
  const count = Math.floor(bytes.length / RECORD_BYTES)
  const indices = new Float64Array(count)
  const timesMs = new Float64Array(count)
  for (let record = 0; record < count; record++) {
    indices[record] = Number(bytes.readBigUInt64LE(record * RECORD_BYTES))
    timesMs[record] = Number(bytes.readBigUInt64LE(record * RECORD_BYTES + 8)) / 1e6
  }
  return { count, indices, timesMs }
}

/** The stamps from `fromMs` to before `toMs`. */
export function between(stamps: Stamps, fromMs: number, toMs: number): Stamps {
  const isWithin = (_: number, record: number) => {
    const timeMs = stamps.timesMs[record] ?? Number.NaN
    return timeMs >= fromMs && timeMs < toMs
  }
  const indices = stamps.indices.filter(isWithin)
  return { count: indices.length, indices, timesMs: stamps.timesMs.filter(isWithin) }
}

/** By how much each start missed being one interval after the start before it of the same number, either way. Pure. */
export function gapErrors({ count, indices, timesMs }: Stamps, intervalMs: number): Float64Array {
  const lastMs = new Map<number, number>()
  const errors: number[] = []
  for (let record = 0; record < count; record++) {
    const index = indices[record] ?? 0
    const timeMs = timesMs[record] ?? 0
    const beforeMs = lastMs.get(index)
    if (beforeMs !== undefined) errors.push(Math.abs(timeMs - beforeMs - intervalMs))
    lastMs.set(index, timeMs)
  }
  return Float64Array.from(errors)
}
