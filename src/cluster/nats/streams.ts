import {
  AckPolicy,
  DiscardPolicy,
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream'
import { jserrors } from '@nats-io/jetstream/internal'
import { type NatsConnection, nanos } from '@nats-io/transport-node'
import type { Place } from '../../core/model/cluster-config.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../core/text/time.ts'
import { REQUEST_TIMEOUT_MS } from './link.ts'
import { consumerOf, type Names, placeText } from './names.ts'
import { isFull, isTooFewServers, Refusal } from './reason.ts'

/** What the journal keeps: more than enough for a server that was away for a night, and then there is the base copy. */
const JOURNAL_RECORDS = 200_000
const JOURNAL_AGE_MS = 7 * DAY_MS
/** The engine sets as much of its disk aside; of a small one, less is asked for. */
const JOURNAL_BYTES = [1 << 30, 1 << 28, 1 << 26, 1 << 24] as const
/** How long a record or an item is known by its id: for longer, the journal is asked for the id of its record. */
const DUPLICATES_MS = 2 * MINUTE_MS

/** No item is good for longer. */
const WORK_AGE_MS = HOUR_MS
/** A place whose nodes are gone for a moment keeps what is sent meanwhile, the newest if it is more. */
const ITEMS_A_PLACE = 100_000
const WORK_BYTES = [1 << 28, 1 << 26, 1 << 24, 1 << 22] as const
/** A node that has said nothing for so long does not run what it took. */
const ACK_WAIT_MS = 10 * SECOND_MS
/** An item that ends every node that takes it is not to end them all. */
const MOST_DELIVERIES = 20

/** A card is a few hundred bytes: nobody fills the engine with it. */
const LONGEST_CARD_BYTES = 64 * 1024

const MOST_REPLICAS = 3
/** A cluster that starts may not know all its servers yet: so often they are waited for. */
const TRIES_FOR_REPLICAS = 20

/** Makes what is missing in the engine, and brings what is there up to date. Only servers may. */
export function createStreams(
  names: Names,
  takeoverMs: number,
): { prepare(connection: NatsConnection): Promise<void> } {
  let tries = 0
  return {
    async prepare(connection) {
      const manager = await managerOf(connection)
      const isCluster = connection.info?.cluster !== undefined
      const replicas = isCluster && tries < TRIES_FOR_REPLICAS ? MOST_REPLICAS : 1
      try {
        for (const configs of streamConfigs(names, takeoverMs)) await ensure(manager, { configs, replicas })
      } catch (error) {
        if (isTooFewServers(error)) tries++
        throw error
      }
    },
  }
}

/** Rejects with a `Refusal` if the engine is well, but without JetStream. */
async function managerOf(connection: NatsConnection): Promise<JetStreamManager> {
  try {
    return await jetstreamManager(connection, { timeout: REQUEST_TIMEOUT_MS })
  } catch (error) {
    if (!(error instanceof jserrors.JetStreamNotEnabled)) throw error
    const hint = 'add jetstream {} to its configuration, and to the account of this login'
    throw new Refusal('NATS has JetStream disabled', hint)
  }
}

type Wanted = Partial<StreamConfig> & { readonly name: string }

/** Of each stream its settings, then those that need less of the disk. */
function streamConfigs(names: Names, takeoverMs: number): (readonly Wanted[])[] {
  const bucket = (name: string, more: Partial<StreamConfig>): Wanted => ({
    name: `KV_${name}`,
    subjects: [`$KV.${name}.>`],
    max_msgs_per_subject: 1,
    allow_rollup_hdrs: true,
    discard: DiscardPolicy.New,
    storage: StorageType.File,
    ...more,
  })
  return [
    JOURNAL_BYTES.map((maxBytes) => ({
      name: names.journal,
      subjects: [names.journalSubject],
      storage: StorageType.File,
      discard: DiscardPolicy.Old,
      max_msgs: JOURNAL_RECORDS,
      max_bytes: maxBytes,
      max_age: nanos(JOURNAL_AGE_MS),
      duplicate_window: nanos(DUPLICATES_MS),
    })),
    // Read where it is written: a follower of the stream may not know yet who leads.
    [
      bucket(names.lease, {
        max_age: nanos(takeoverMs),
        duplicate_window: nanos(Math.min(takeoverMs, DUPLICATES_MS)),
        allow_direct: false,
      }),
    ],
    [bucket(names.nodes, { max_msg_size: LONGEST_CARD_BYTES, allow_direct: true })],
    [
      {
        name: `OBJ_${names.base}`,
        subjects: [`$O.${names.base}.C.>`, `$O.${names.base}.M.>`],
        storage: StorageType.File,
        discard: DiscardPolicy.New,
        allow_rollup_hdrs: true,
        allow_direct: false,
      },
    ],
    // Last, as it is read by nobody at once: 2.9 breaks if a message is asked for while another server makes its stream.
    WORK_BYTES.map((maxBytes) => ({
      name: names.work,
      subjects: [names.workSubject('*')],
      retention: RetentionPolicy.Workqueue,
      storage: StorageType.File,
      discard: DiscardPolicy.Old,
      max_msgs_per_subject: ITEMS_A_PLACE,
      max_bytes: maxBytes,
      max_age: nanos(WORK_AGE_MS),
      duplicate_window: nanos(DUPLICATES_MS),
    })),
  ]
}

/** Settings that may change from one version or configuration of Minitor to the next. */
const CHANGEABLE = ['max_age', 'duplicate_window', 'max_msgs', 'max_msgs_per_subject', 'max_msg_size'] as const

async function ensure(
  manager: JetStreamManager,
  { configs, replicas }: { readonly configs: readonly Wanted[]; readonly replicas: number },
): Promise<void> {
  const [config, ...smaller] = configs
  if (config === undefined) return
  try {
    const { config: there } = await manager.streams.info(config.name)
    const isCurrent = CHANGEABLE.every((key) => config[key] === undefined || config[key] === there[key])
    if (!isCurrent) await manager.streams.update(config.name, { ...there, ...pick(config, CHANGEABLE) })
    // Fewer than there could be are better than none.
    if (there.num_replicas < replicas)
      await manager.streams.update(config.name, { num_replicas: replicas }).catch(() => {})
    return
  } catch (error) {
    if (!(error instanceof jserrors.StreamNotFoundError)) throw error
  }
  try {
    await manager.streams.add({ ...config, num_replicas: replicas })
  } catch (error) {
    if (!isFull(error) || smaller.length === 0) throw error
    await ensure(manager, { configs: smaller, replicas })
  }
}

function pick(config: Wanted, keys: readonly (keyof StreamConfig)[]): Partial<StreamConfig> {
  return Object.fromEntries(keys.filter((key) => config[key] !== undefined).map((key) => [key, config[key]]))
}

/** Makes the queue of a place, unless it is there. Agents only take from it. */
export async function ensurePlace(connection: NatsConnection, names: Names, place: Place): Promise<void> {
  const manager = await jetstreamManager(connection, { timeout: REQUEST_TIMEOUT_MS, checkAPI: false })
  const consumer = consumerOf(place)
  await manager.consumers.add(names.work, {
    durable_name: consumer,
    description: placeText(place),
    filter_subject: names.workSubject(consumer),
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ACK_WAIT_MS),
    max_deliver: MOST_DELIVERIES,
    // The engine's own limits are meant for one program; here it is a fleet of nodes.
    max_ack_pending: 100_000,
    max_waiting: 10_000,
  })
}
