import { randomBytes } from 'node:crypto'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import type { Msg, NatsConnection } from '@nats-io/transport-node'
import type { WorkItem, WorkResult, WorkSender } from '../../core/model/cluster.ts'
import type { Place } from '../../core/model/cluster-config.ts'
import type { Log } from '../../core/model/ports.ts'
import { MINUTE_MS } from '../../core/text/time.ts'
import { type Link, REQUEST_TIMEOUT_MS } from './link.ts'
import { consumerOf, type Names, tokenOf } from './names.ts'
import { requestReason } from './reason.ts'
import { ensurePlace } from './streams.ts'
import { readResult, type SentItem } from './wire.ts'

/** Results are waited for a little longer than items are good for. */
const LATE_MS = MINUTE_MS

/** The queues of places that this server has made sure of; agents only take from them. */
export interface PlaceQueues {
  ensure(place: Place): Promise<void>
  /** Without waiting; what fails is tried again when it is needed. */
  ensureAll(places: readonly Place[]): void
}

export function createPlaceQueues(link: Link, names: Names): PlaceQueues {
  const known = new Map<string, Promise<void>>()
  // An engine that lost its files has lost its queues.
  link.onUsable(() => known.clear())
  const ensure = (place: Place): Promise<void> => {
    const consumer = consumerOf(place)
    const before = known.get(consumer)
    if (before !== undefined) return before
    const making = link.call((connection) => ensurePlace(connection, names, place))
    known.set(consumer, making)
    making.catch(() => {
      if (known.get(consumer) === making) known.delete(consumer)
    })
    return making
  }
  return { ensure, ensureAll: (places) => places.forEach((place) => void ensure(place).catch(() => {})) }
}

interface Options {
  readonly link: Link
  readonly names: Names
  readonly queues: PlaceQueues
  readonly log: Log | undefined
}

export function createWorkSender({ link, names, queues, log }: Options): WorkSender {
  const listeners = new Set<(result: WorkResult) => void>()
  const proofs = createProofs()
  let redelivered = 0
  let stop = () => {}

  const receive = (message: Msg) => {
    // Answered even if it does not count: its node is not to send it again.
    message.respond()
    const sent = readResult(message.string())
    const isOwn = sent !== null && message.subject === names.resultSubject(tokenOf(sent.result.node))
    if (!isOwn || !proofs.settle(sent.result.id, sent.proof)) {
      log?.write('warn', `a result on ${message.subject} is not for work that its node was given; it is dropped`)
      return
    }
    const { result, deliveries } = sent
    redelivered += deliveries - 1
    for (const listener of listeners) listener(result)
  }
  return {
    async send(item) {
      try {
        await queues.ensure(item.place)
        const proof = proofs.make(item)
        await link.call((connection) =>
          jetstream(connection).publish(
            names.workSubject(consumerOf(item.place)),
            JSON.stringify({ item, proof } satisfies SentItem),
            { msgID: tokenOf(item.id), timeout: REQUEST_TIMEOUT_MS },
          ),
        )
      } catch (error) {
        throw new Error(requestReason(error))
      }
    },
    onResult(listener) {
      if (listeners.size === 0) stop = link.listen(names.resultSubject('*'), receive)
      listeners.add(listener)
      return () => {
        // When nobody listens, nodes know it, and keep their results for the next leader.
        if (listeners.delete(listener) && listeners.size === 0) stop()
      }
    },
    async queued() {
      try {
        return { waiting: await link.call((connection) => waitingIn(connection, names)), redelivered }
      } catch (error) {
        throw new Error(requestReason(error))
      }
    },
  }
}

async function waitingIn(connection: NatsConnection, names: Names): Promise<Map<string, number>> {
  const manager = await jetstreamManager(connection, { timeout: REQUEST_TIMEOUT_MS, checkAPI: false })
  const waiting = new Map<string, number>()
  for await (const { config, num_pending } of manager.consumers.list(names.work)) {
    if (config.description !== undefined) waiting.set(config.description, num_pending)
  }
  return waiting
}

/** The proofs of items that have not come back, by id. */
function createProofs() {
  const known = new Map<string, { readonly proof: string; readonly untilMs: number }>()
  return {
    make({ id, goodForMs }: WorkItem): string {
      const nowMs = performance.now()
      // In the order of sending, which is about that of running out.
      for (const [old, { untilMs }] of known) {
        if (untilMs > nowMs) break
        known.delete(old)
      }
      // Sent twice, the engine keeps the first one.
      const proof = known.get(id)?.proof ?? randomBytes(12).toString('base64url')
      known.set(id, { proof, untilMs: nowMs + goodForMs + LATE_MS })
      return proof
    },
    /** Whether a result may count. One that is not waited for, as another leader has sent the item, is judged by its epoch. */
    settle(id: string, proof: string): boolean {
      if ((known.get(id)?.proof ?? proof) !== proof) return false
      known.delete(id)
      return true
    },
  }
}
