import type { EngineStart, NodeKind } from '../../core/model/cluster.ts'
import type { EngineAccess } from '../../core/model/cluster-config.ts'
import type { Log } from '../../core/model/ports.ts'
import { createBaseCopy } from './base-copy.ts'
import { createEngineClock } from './engine-clock.ts'
import { createJournal } from './journal.ts'
import { createLease } from './lease.ts'
import { createLetters } from './letters.ts'
import { openLink } from './link.ts'
import { namesOf, tokenOf } from './names.ts'
import { createPresence } from './presence.ts'
import { Refusal } from './reason.ts'
import { createStreams } from './streams.ts'
import { createPlaceQueues, createWorkSender } from './work-sender.ts'
import { createWorkTaker } from './work-taker.ts'

/** Who opens it. A card that this node writes, and a leader's lease, are good for `takeoverMs`. */
export interface EngineUser {
  readonly node: string
  readonly kind: NodeKind
  readonly takeoverMs: number
}

/**
 * NATS JetStream as the engine. One that is not there yet is waited for, for ever: `trouble` says so until then. A server
 * makes in it what is missing; an agent needs to be permitted very little (examples/cluster). Never rejects.
 */
export async function openEngine(
  access: EngineAccess,
  { node, kind, takeoverMs }: EngineUser,
  log?: Log,
): Promise<EngineStart> {
  const names = namesOf(access.name)
  const isServer = kind === 'server'
  const streams = createStreams(names, takeoverMs)
  try {
    const link = await openLink({
      access,
      name: `minitor ${kind} ${node}`,
      inboxPrefix: `_INBOX_${tokenOf(node)}`,
      prepare: isServer ? streams.prepare : null,
      log,
    })
    const clock = createEngineClock()
    const queues = createPlaceQueues(link, names)
    const ensurePlaces = isServer ? queues.ensureAll : () => {}
    const engine = {
      journal: createJournal(link, names),
      base: createBaseCopy(link, names),
      lease: createLease(link, names),
      presence: createPresence({ link, names, kind, cardGoodForMs: takeoverMs, clock, ensurePlaces }),
      sender: createWorkSender({ link, names, queues, log }),
      taker: createWorkTaker({ link, names, clock, node, queues: isServer ? queues : null, log }),
      letters: createLetters(link, names),
      trouble: link.trouble,
      onTrouble: link.onTrouble,
      close: link.close,
    }
    return { kind: 'open', engine }
  } catch (error) {
    if (error instanceof Refusal) return { kind: 'refused', reason: error.message, hint: error.hint }
    throw error
  }
}
