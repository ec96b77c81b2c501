import type { Msg, NatsConnection } from '@nats-io/transport-node'
import type { TakenWork, WorkResult, WorkTaker } from '../../core/model/cluster.ts'
import type { Place } from '../../core/model/cluster-config.ts'
import { nobodyWatches } from '../../core/model/place-words.ts'
import type { Log } from '../../core/model/ports.ts'
import type { Run } from '../../core/model/types.ts'
import { SECOND_MS } from '../../core/text/time.ts'
import type { EngineClock } from './engine-clock.ts'
import type { Link } from './link.ts'
import { consumerOf, type Names, tokenOf } from './names.ts'
import { createPull, type Pull } from './pull.ts'
import type { SentItem, SentResult } from './wire.ts'
import type { PlaceQueues } from './work-sender.ts'

/** An item that came when the last slot was taken waits so long; then another node may have it. */
const HOLD_MS = 3 * SECOND_MS
/** How long the leader may take to say that it has a result, and how long a new one may take to come forward. */
const RESULT_TIMEOUT_MS = 3 * SECOND_MS
const RESULT_GOOD_FOR_MS = 30 * SECOND_MS
const RESULT_AGAIN_MS = 500
/** Once its own time and that of its command are over, the leader no longer waits to hear that an item came too late. */
const WAITED_FOR_MS = 10 * SECOND_MS
/** After a pull that brought nothing but trouble, as from a queue that is not made yet. */
const PULL_AGAIN_MS = 500
/** So many results are remembered: an item that comes back, as its acknowledgement was lost, is not run again. */
const REMEMBERED = 1_000

const [ACK, NAK, WORKING, TERM] = ['+ACK', '-NAK', '+WPI', '+TERM'] as const

interface Options {
  readonly link: Link
  readonly names: Names
  readonly clock: EngineClock
  /** The name of this one. */
  readonly node: string
  /** Null for an agent: it waits until a server has made the queues of its places. */
  readonly queues: PlaceQueues | null
  readonly log: Log | undefined
}

/** An item as it came: what the engine says of it is in the address of its acknowledgement. */
interface Delivered extends SentItem {
  readonly place: Place
  readonly atMs: number
  readonly deliveries: number
  acknowledge(how: typeof ACK | typeof NAK | typeof WORKING | typeof TERM): void
}

export function createWorkTaker(options: Options): WorkTaker {
  return { take: (places, slots, run) => takeFrom(options, { places, slots, run }) }
}

interface Taking {
  readonly places: readonly Place[]
  readonly slots: number
  readonly run: (work: TakenWork) => Promise<void>
}

/**
 * Every place is asked for its share of the free slots, and for one item at least: when few slots are left, more may come
 * than there are, and what is too much is held for a moment.
 */
function takeFrom(
  { link, names, clock, node, queues, log }: Options,
  { places, slots, run }: Taking,
): ReturnType<WorkTaker['take']> {
  const held: { readonly delivered: Delivered; readonly timer: Timer }[] = []
  const finished = new Set<string>()
  const pulls = new Map<Place, Set<Pull>>(places.map((place) => [place, new Set()]))
  let running = 0
  let isClosed = false
  let connection: NatsConnection | null = null
  let idle = () => {}

  const refill = () => {
    const free = slots - running - held.length
    if (isClosed || connection === null || connection.isClosed() || free <= 0 || clock.nowMs() === null) return
    const share = Math.max(1, Math.floor(free / places.length))
    for (const [place, open] of pulls) {
      const asked = [...open].reduce((sum, pull) => sum + pull.open(), 0)
      if (asked <= Math.floor(share / 2)) pullFrom(place, open, { connection, count: share - asked })
    }
  }

  const pullFrom = (
    place: Place,
    open: Set<Pull>,
    { connection: current, count }: { readonly connection: NatsConnection; readonly count: number },
  ) => {
    const pull = createPull(current, {
      inboxPrefix: link.inboxPrefix,
      stream: names.work,
      consumer: consumerOf(place),
      count,
      take: (message) => accept(place, message),
      onEnd: (isFutile) => {
        open.delete(pull)
        if (!isFutile) return refill()
        void queues?.ensure(place).catch(() => {})
        setTimeout(refill, PULL_AGAIN_MS)
      },
    })
    open.add(pull)
  }

  const accept = (place: Place, message: Msg) => {
    const delivered = readDelivered(place, message)
    if (delivered === null) return
    const { item } = delivered
    if (finished.has(item.id)) return delivered.acknowledge(ACK)
    if (ageOf(delivered) > item.goodForMs) return drop(delivered)
    if (running < slots) return begin(delivered)
    hold(delivered)
  }

  /** Tells the leader at once that this item will not run: it waits until then, and the monitor runs nowhere meanwhile. */
  const drop = (delivered: Delivered) => {
    const { id, epoch, goodForMs, run } = delivered.item
    delivered.acknowledge(TERM)
    if (ageOf(delivered) > goodForMs + run.timeoutMs + WAITED_FOR_MS) return
    void sendResult(link, names, { result: { id, epoch, node, run: TOO_LATE }, delivered })
  }

  const ageOf = ({ atMs }: Delivered) => Math.max(0, (clock.nowMs() ?? atMs) - atMs)

  const hold = (delivered: Delivered) => {
    const timer = setTimeout(() => {
      const index = held.findIndex((one) => one.delivered === delivered)
      if (index < 0) return
      held.splice(index, 1)
      if (delivered.place.kind === 'tag') return delivered.acknowledge(NAK)
      // Nobody else has this place.
      delivered.acknowledge(WORKING)
      hold(delivered)
    }, HOLD_MS)
    held.push({ delivered, timer })
  }

  const begin = (delivered: Delivered) => {
    running++
    void run(workOf(delivered))
      .catch((error: unknown) => log?.write('error', `work for node failed: ${String(error)}`))
      .finally(() => {
        running--
        const next = held.shift()
        if (next !== undefined) {
          clearTimeout(next.timer)
          if (ageOf(next.delivered) > next.delivered.item.goodForMs) drop(next.delivered)
          else begin(next.delivered)
        }
        if (running === 0) idle()
        refill()
      })
  }

  const workOf = (delivered: Delivered): TakenWork => ({
    item: delivered.item,
    ageMs: ageOf(delivered),
    working: () => delivered.acknowledge(WORKING),
    drop: () => drop(delivered),
    async finish(result) {
      finished.add(result.id)
      for (const id of finished) {
        if (finished.size <= REMEMBERED) break
        finished.delete(id)
      }
      await sendResult(link, names, { result, delivered })
      delivered.acknowledge(ACK)
    },
  })

  const begun = link.onConnection((next) => {
    connection = next
    refill()
  })
  const endPulls = () => {
    for (const open of pulls.values()) for (const pull of [...open]) pull.end()
  }
  // The engine forgets what was asked of it over a connection that is lost.
  const again = link.onUsable(() => {
    endPulls()
    refill()
  })
  const waited = clock.onKnown(refill)

  return {
    async close() {
      isClosed = true
      begun()
      again()
      waited()
      endPulls()
      for (const { delivered, timer } of held.splice(0)) {
        clearTimeout(timer)
        delivered.acknowledge(NAK)
      }
      if (running > 0) await new Promise<void>((resolve) => (idle = resolve))
    },
  }
}

/** Until somebody has it, or nobody can want it any more: a new leader takes no results of the old one's epoch. */
async function sendResult(
  link: Link,
  names: Names,
  { result, delivered }: { readonly result: WorkResult; readonly delivered: Delivered },
): Promise<void> {
  const { proof, deliveries } = delivered
  const data = JSON.stringify({ result, proof, deliveries } satisfies SentResult)
  const subject = names.resultSubject(tokenOf(result.node))
  const endMs = performance.now() + RESULT_GOOD_FOR_MS
  while (performance.now() < endMs && !link.ending.aborted) {
    // Nobody to take it is no fault of the engine: then nobody leads now.
    const isTaken = await link
      .call((connection) => connection.request(subject, data, { timeout: RESULT_TIMEOUT_MS }).then(YES, NO))
      .catch(NO)
    if (isTaken) return
    delivered.acknowledge(WORKING)
    await new Promise((resolve) => setTimeout(resolve, RESULT_AGAIN_MS))
  }
}

const TOO_LATE: Run = {
  ending: { kind: 'void', reason: nobodyWatches('the check came too late'), isExhausted: false },
  output: '',
  durationMs: 0,
  escapeeCount: 0,
  isUnkillable: false,
}

const YES = () => true
const NO = () => false

/** Null for what no server of this version has sent. */
function readDelivered(place: Place, message: Msg): Delivered | null {
  // `$JS.ACK`, stream, consumer, deliveries, two sequences, nanoseconds, pending; newer servers put domain and account before.
  const tokens = (message.reply ?? '').split('.')
  const [deliveries, , , nanoseconds] = tokens.slice(tokens.length <= 9 ? 4 : 6)
  const acknowledge: Delivered['acknowledge'] = (how) => {
    message.respond(how)
  }
  try {
    const { item, proof } = message.json<SentItem>()
    return { item, proof, place, deliveries: Number(deliveries), atMs: Number(nanoseconds) / 1e6, acknowledge }
  } catch {
    acknowledge(TERM)
    return null
  }
}
