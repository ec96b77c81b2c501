import { randomBytes } from 'node:crypto'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { type KV, Kvm } from '@nats-io/kv'
import type { NatsConnection } from '@nats-io/transport-node'
import type { KnownNode, NodeCard, NodeKind, Presence } from '../../core/model/cluster.ts'
import type { Place } from '../../core/model/cluster-config.ts'
import type { EngineClock } from './engine-clock.ts'
import { type Link, REQUEST_TIMEOUT_MS } from './link.ts'
import { type Names, tokenOf } from './names.ts'
import { requestReason } from './reason.ts'
import { readCard, type WrittenCard } from './wire.ts'

/** No node is called so: what a token begins with `_` goes on with two digits. A server writes it to know the time. */
const CLOCK_KEY = '_clock'
/** What a follower of the engine's leader lags behind is far less than all of these. */
const READ_TRIES = 20
const READ_AGAIN_MS = 50

export interface PresenceOptions {
  readonly link: Link
  readonly names: Names
  readonly kind: NodeKind
  readonly cardGoodForMs: number
  readonly clock: EngineClock
  /** Makes the queues of these places. */
  readonly ensurePlaces: (places: readonly Place[]) => void
}

/** Cards in a bucket that keeps the last one of each node; whether it is still good is told from when it was written. */
export function createPresence({ link, names, kind, cardGoodForMs, clock, ensurePlaces }: PresenceOptions): Presence {
  const withBucket = async <Answer>(
    ask: (bucket: KV, connection: NatsConnection) => Promise<Answer>,
  ): Promise<Answer> => {
    try {
      return await link.call(async (connection) => ask(await open(connection, names), connection))
    } catch (error) {
      throw new Error(requestReason(error))
    }
  }

  /** What is written has the time of the engine; reading it back tells what that is. Resolves to its revision. */
  const put = async (bucket: KV, key: string, value: string): Promise<number> => {
    const sentMs = performance.now()
    const revision = await bucket.put(key, value)
    const ackedMs = performance.now()
    // Any server answers, also one that does not have it yet.
    for (let tries = 0; tries < READ_TRIES; tries++) {
      const entry = await bucket.get(key)
      if (entry?.revision === revision) clock.learn(entry.created.getTime(), { sentMs, ackedMs })
      if (entry !== null && entry.revision >= revision) break
      await new Promise((resolve) => setTimeout(resolve, READ_AGAIN_MS))
    }
    return revision
  }

  const life = randomBytes(8).toString('base64url')

  /** The last revision of what was said here, by key. */
  const said = new Map<string, number>()

  /** What was said under the name of this node after it has said something, by somebody else. */
  const namesakeOf = async (bucket: KV, key: string): Promise<NodeCard | null> => {
    const before = said.get(key)
    const entry = before === undefined ? null : await bucket.get(key)
    // One from before is of an earlier life of this node.
    const written = entry && before !== undefined && entry.revision > before ? cardIn(entry.string(), key) : null
    // Its own may be newer, where it did not hear that it was kept.
    return written === null || written.life === life ? null : written.card
  }

  return {
    say: (card) =>
      withBucket(async (bucket) => {
        const key = tokenOf(card.name)
        const namesake = await namesakeOf(bucket, key)
        const written: WrittenCard = { card, goodForMs: cardGoodForMs, life }
        said.set(key, await put(bucket, key, JSON.stringify(written)))
        return namesake
      }),
    leave: (node) => withBucket((bucket) => bucket.delete(tokenOf(node))),
    async nodes() {
      const cards = await withBucket(async (bucket, connection) => {
        const cards = await readCards(connection, names)
        if (clock.isStale()) await put(bucket, CLOCK_KEY, '')
        return cards
      })
      const nowMs = clock.nowMs() ?? Date.now()
      const nodes = cards.map(
        ({ card, goodForMs, seenAtMs }): KnownNode => ({
          ...card,
          seenAtMs,
          isThere: nowMs - seenAtMs < goodForMs,
        }),
      )
      if (kind === 'server') ensurePlaces(nodes.flatMap(placesOf))
      return nodes
    },
  }
}

function placesOf({ name, tags }: NodeCard): Place[] {
  return [{ kind: 'node', node: name }, ...tags.map((tag): Place => ({ kind: 'tag', tag }))]
}

async function open(connection: NatsConnection, names: Names): Promise<KV> {
  const client = jetstream(connection, { timeout: REQUEST_TIMEOUT_MS })
  return await new Kvm(client).open(names.nodes, { allow_direct: true })
}

/**
 * The engine tells the keys; asking for each is quicker than a consumer, and ends when it should. The server that leads the
 * stream is asked: another one may lack cards, after a partition even for good.
 */
async function readCards(
  connection: NatsConnection,
  names: Names,
): Promise<(WrittenCard & { readonly seenAtMs: number })[]> {
  const { streams } = await jetstreamManager(connection, { timeout: REQUEST_TIMEOUT_MS, checkAPI: false })
  const [stream, prefix] = [`KV_${names.nodes}`, `$KV.${names.nodes}.`]
  const { state } = await streams.info(stream, { subjects_filter: `${prefix}>` })
  const subjects = Object.keys(state.subjects ?? {})
  const messages = await Promise.all(subjects.map((subject) => streams.getMessage(stream, { last_by_subj: subject })))
  return messages.flatMap((message) => {
    const written = message && cardIn(message.string(), message.subject.slice(prefix.length))
    return written ? [{ ...written, seenAtMs: message.time.getTime() }] : []
  })
}

/** Null for what no node can have written: a name is in its own place only. */
function cardIn(text: string, key: string): WrittenCard | null {
  // A node that has left is an empty text.
  const written = readCard(text)
  return written !== null && tokenOf(written.card.name) === key ? written : null
}
