import { spreadSlot } from '../src/core/decide/schedule.ts'
import type { Stamps } from './stamps.ts'

/** A stamp this much before where the first round puts the grid is early; one that is further away is late. */
const EARLY_SHARE = 0.1

/**
 * How late each start was, seen from outside. Minitor spreads `count` monitors over the interval in a known way, so all
 * their slots together have a single unknown: when the first one was. The earliest of all starts, measured against its
 * own slot, is taken for it: that one counts as in time, all others are late by what they are later than it. What even
 * the quickest start takes until its first line of C is therefore left out; a wait for the processor is not.
 *
 * Right for lateness up to nine tenths of the interval; beyond that slots are lost, which counting shows. Pure.
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
