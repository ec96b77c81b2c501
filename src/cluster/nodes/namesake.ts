import type { NodeCard } from '../../core/model/cluster.ts'
import { RENAME } from '../../core/model/node-view.ts'
import { onEdge } from '../../core/model/on-edge.ts'
import type { Clock, Log } from '../../core/model/ports.ts'
import { excerpt } from '../../core/text/cut.ts'

interface Options {
  readonly node: string
  readonly clock: Clock
  readonly log: Log
  /** For how long a card is good. */
  readonly goodForMs: () => number
}

export interface Namesake {
  /** Takes what `Presence.say` found. */
  note(found: NodeCard | null): void
  /** The host of another node that says it has the name of this one; null if there is none. */
  host(): string | null
}

/** A hostname is no longer. */
const LONGEST_HOST = 200

/** Notices another node of the same name, and logs it once. Both work, but each takes the other's place wherever nodes are named. */
export function createNamesake({ node, clock, log, goodForMs }: Options): Namesake {
  let host: string | null = null
  let seenAtMs = 0
  const report = onEdge(log, {
    begins: (other: string) => ['warn', `another node has the name ${node} (host ${other}): ${RENAME}`],
    ends: `no other node has the name ${node} any more`,
  })
  return {
    note(found) {
      const nowMs = clock.monotonicMs()
      if (found !== null) {
        host = excerpt(found.hostname.toWellFormed(), LONGEST_HOST)
        seenAtMs = nowMs
      } else if (nowMs - seenAtMs >= goodForMs()) host = null
      report(host)
    },
    host: () => host,
  }
}
