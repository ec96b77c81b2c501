import type { Letters } from '../../core/model/cluster.ts'
import type { Clock } from '../../core/model/ports.ts'
import type { ToldAlone, ToldOf } from '../../core/tell/told-alone.ts'
import { sendChanges } from '../letters/change-letters.ts'

/** What one server asks the one that leads to carry on. */
export interface ToldLetter {
  readonly kind: 'told_alone'
  readonly told: ToldAlone
  /** By the clock of who sends it. */
  readonly sentAtMs: number
}

/** A letter takes half a megabyte, in bytes. */
const PART_BYTES = 128 * 1024
const AGAIN_MS = 1000

interface Options {
  readonly letters: Letters
  readonly clock: Clock
  readonly isStopping: () => boolean
}

/**
 * Has whoever leads carry on what this server has told by itself; tries again until somebody leads, and be it this one, in
 * the cluster's file. Never rejects.
 */
export async function handOverTold({ node, monitors }: ToldAlone, options: Options): Promise<void> {
  const { letters, clock, isStopping } = options
  for (const part of partsOf(monitors)) {
    for (let isMade = false; !isMade && !isStopping(); ) {
      const change: ToldLetter = { kind: 'told_alone', told: { node, monitors: part }, sentAtMs: clock.wallMs() }
      const sent = await sendChanges(letters, [change]).catch(() => null)
      isMade = sent?.kind === 'made'
      if (!isMade) await new Promise<void>((resolve) => clock.setTimer(AGAIN_MS, resolve))
    }
  }
}

/** So that each part is a letter; none if there is nothing. */
function partsOf(monitors: readonly ToldOf[]): readonly (readonly ToldOf[])[] {
  const parts: ToldOf[][] = []
  let bytes = PART_BYTES
  for (const told of monitors) {
    const size = JSON.stringify(told).length
    const last = bytes + size > PART_BYTES ? undefined : parts.at(-1)
    bytes = last === undefined ? size : bytes + size
    if (last === undefined) parts.push([told])
    else last.push(told)
  }
  return parts
}
