import { readFileSync, statSync } from 'node:fs'
import { spreadSlot } from '../src/core/decide/schedule.ts'

/** Size of a record of `stamp.c`: a number and a time. */
const RECORD_BYTES = 16

/** When programs were started, in the order of the file: which one, and milliseconds of CLOCK_MONOTONIC. */
export interface Stamps {
  readonly count: number
  readonly indices: Float64Array
  readonly timesMs: Float64Array
}

/** The command with which the `index`-th monitor stamps into a file. */
export function stamping(stamp: string, file: string): (index: number) => readonly string[] {
  return (index) => [stamp, file, `${index}`]
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

/** By how much each start missed being one interval after the start before it of the same number, either way. */
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

/** A stamp this much before where the first round puts the grid is early; one that is further away is late. */
const EARLY_SHARE = 0.1

/**
 * How late each start was, seen from outside. Minitor spreads `count` monitors over the interval in a known way, so all
 * their slots together have a single unknown: when the first one was. The earliest of all starts, measured against its
 * own slot, is taken for it: that one counts as in time, all others are late by what they are later than it. What even
 * the quickest start takes until its first line of C is therefore left out; a wait for the processor is not.
 *
 * Right for lateness up to nine tenths of the interval; beyond that slots are lost, which counting shows.
 */
export function latenessOf(stamps: Stamps, { count, intervalMs }: { count: number; intervalMs: number }): Float64Array {
  const distancesMs = stamps.timesMs.map((timeMs, record) => {
    return timeMs - spreadSlot({ nowMs: 0, index: stamps.indices[record] ?? 0, count, intervalMs })
  })
  const firstMs = distancesMs.reduce((least, distance) => Math.min(least, distance), Number.POSITIVE_INFINITY)
  const early = intervalMs * EARLY_SHARE
  const phasesMs = distancesMs.map((distance) => ((distance - firstMs + early) % intervalMs) - early)
  const earliestMs = phasesMs.reduce((least, phase) => Math.min(least, phase), Number.POSITIVE_INFINITY)
  return phasesMs.map((phase) => phase - earliestMs)
}
