import type { Letters } from '../../core/model/cluster.ts'
import type { Clock, Log } from '../../core/model/ports.ts'
import type { ToldAlone } from '../../core/tell/told-alone.ts'
import { sendChanges } from '../letters/change-letters.ts'

/** What one server asks the one that leads to carry on. */
export interface ToldLetter {
  readonly kind: 'told_alone'
  readonly told: ToldAlone
}

/** A letter takes half a megabyte, in bytes. */
const PART_BYTES = 128 * 1024
const TRIES = 300
const AGAIN_MS = 1000

interface Options {
  readonly letters: Letters
  readonly clock: Clock
  readonly log: Log
  /** Whether there is another server that may lead: not once this one does. */
  readonly isNeeded: () => boolean
}

/** Has whoever leads carry on what this server has told by itself; tries again until somebody leads. Never rejects. */
export async function handOverTold(told: ToldAlone, { letters, clock, log, isNeeded }: Options): Promise<void> {
  let left = partsOf(told)
  for (let tries = 0; tries < TRIES && isNeeded(); tries++) {
    const [next, ...others] = left
    if (next === undefined) return
    const change: ToldLetter = { kind: 'told_alone', told: next }
    const sent = await sendChanges(letters, [change]).catch(() => null)
    if (sent?.kind === 'made') left = others
    else await new Promise<void>((resolve) => clock.setTimer(AGAIN_MS, resolve))
  }
  if (left.length > 0 && isNeeded()) {
    log.write('warn', 'no server that leads has carried on what this one has told by itself')
  }
}

/** By monitors, so that each part is a letter; none if there is nothing. */
function partsOf({ node, deliveries, open }: ToldAlone): ToldAlone[] {
  const monitors = new Set([...open.map(({ monitor }) => monitor), ...deliveries.map(lane)])
  const parts: ToldAlone[] = []
  let bytes = PART_BYTES
  for (const monitor of monitors) {
    const own = {
      deliveries: deliveries.filter((delivery) => lane(delivery) === monitor),
      open: open.filter((incident) => incident.monitor === monitor),
    }
    const size = JSON.stringify(own).length
    const last = bytes + size > PART_BYTES ? undefined : parts.pop()
    bytes = last === undefined ? size : bytes + size
    parts.push({
      node,
      deliveries: [...(last?.deliveries ?? []), ...own.deliveries],
      open: [...(last?.open ?? []), ...own.open],
    })
  }
  return parts
}

function lane({ notification }: ToldAlone['deliveries'][number]): string {
  return notification.monitor
}
