import type { FlapThresholds } from '../model/types.ts'

/** Of so many states the last are looked at; between them are 20 places for a change. */
export const FLAP_STATES = 21

const PLACES = FLAP_STATES - 1
// Weights are counted in 76ths, so that sums are whole numbers and a threshold is reached exactly: 57/76 is 0.75.
const OLDEST_WEIGHT = 57
const WEIGHT_STEP = 2
const WEIGHT_UNIT = 76

/**
 * How much the last states change, in percent: from 0, always the same, to 100, different each time. `recent` is up to
 * 21 of them, newest last: S passed, F failed. A change weighs from 0.75 at the oldest place to 1.25 at the newest.
 * States not known yet are older than the known ones and count as no change. Pure.
 * Source: Nagios Core documentation, "Detection and Handling of State Flapping".
 */
export function flapPercentage(recent: string): number {
  const known = recent.slice(-FLAP_STATES)
  const unknownCount = FLAP_STATES - known.length
  let sum = 0
  for (let index = 1; index < known.length; index++) {
    const place = unknownCount + index - 1
    if (known[index] !== known[index - 1]) sum += OLDEST_WEIGHT + WEIGHT_STEP * place
  }
  return (sum * 100) / (PLACES * WEIGHT_UNIT)
}

/**
 * Whether a monitor flaps after the last of `recent`: from `high` percent on, and then until it is down to `low`.
 * Between the two it stays as it was, so that flapping does not itself flap; `low` has to be below `high`. Pure.
 */
export function isFlapping(recent: string, wasFlapping: boolean, { high, low }: FlapThresholds): boolean {
  const percentage = flapPercentage(recent)
  return wasFlapping ? percentage > low : percentage >= high
}

/** `recent` with the newest state added, cut to what `flapPercentage` looks at. Pure. */
export function remember(recent: string, isPass: boolean): string {
  return (recent + (isPass ? 'S' : 'F')).slice(-FLAP_STATES)
}
