import type { Clock, Log, Store } from '../../core/model/ports.ts'
import type { Alert, Delivery } from '../../core/model/types.ts'
import { compactLane, isPending, isToldBy, owedRecovery, takerOf, withDelivery } from '../../core/tell/outbox.ts'
import { named } from '../../core/text/printable.ts'

/** A monitor's queue: the deliveries that are pending, or that decide about later ones; oldest notification first. */
export interface Lane {
  readonly monitor: string
  deliveries: readonly Delivery[]
  /** Names of the alerts that run now. */
  readonly underway: Set<string>
}

/** A delivery, and where it is. */
export interface Member {
  readonly lane: Lane
  readonly delivery: Delivery
}

/** What a failed attempt, or the lack of one, changes in a delivery. */
type Tried = Partial<Pick<Delivery, 'attemptCount'>> & Pick<Delivery, 'reason'>

export interface Lanes {
  /** Adds a committed delivery, pending or long settled, and returns its lane. */
  insert(delivery: Delivery): Lane
  /**
   * The same for deliveries of earlier incidents, in their order: they go before all others, but after what the lane has of
   * the same incident, and before its end. Returns their lanes.
   */
  insertEarlier(deliveries: readonly Delivery[]): ReadonlySet<Lane>
  /** Saves a delivery's new form. */
  settle(lane: Lane, delivery: Delivery, changes: Partial<Delivery>): void
  /** No more attempts: the fallback takes over, or it has failed. */
  giveUp(lane: Lane, delivery: Delivery, tried: Tried): void
  /** Drops what is not needed any more. */
  compact(lane: Lane): void
  all(): Iterable<Lane>
  /** By their ids. */
  readonly pending: ReadonlyMap<string, Delivery>
  /** How long a pending delivery has been waiting, whatever became of the clock meanwhile. */
  ageMs(delivery: Delivery): number
  /** Since the start. */
  readonly failedCount: number
}

interface Options {
  readonly clock: Clock
  readonly store: Pick<Store, 'settle'>
  readonly log: Log
  readonly alerts: () => ReadonlyMap<string, Alert>
}

/** Holds the deliveries of each monitor in the order in which they must be sent, and saves what becomes of them. */
export function createLanes({ clock, store, log, alerts }: Options): Lanes {
  const lanes = new Map<string, Lane>()
  const pending = new Map<string, Delivery>()
  /** When those were made, in monotonic milliseconds. */
  const madeMs = new Map<string, number>()
  let failedCount = 0

  const note = (delivery: Delivery) => {
    const { id, createdAtMs } = delivery
    if (isPending(delivery)) {
      pending.set(id, delivery)
      // In the future, it was made by a wrong clock: it counts as new.
      if (!madeMs.has(id)) madeMs.set(id, clock.monotonicMs() - Math.max(0, clock.wallMs() - createdAtMs))
    } else {
      pending.delete(id)
      madeMs.delete(id)
    }
  }

  const replace = (lane: Lane, old: Delivery, settled: Delivery, following: readonly Delivery[] = []) => {
    const added = following.filter(({ id }) => !lane.deliveries.some((one) => one.id === id))
    lane.deliveries = lane.deliveries
      .map((one) => following.find(({ id }) => id === one.id) ?? one)
      .toSpliced(lane.deliveries.indexOf(old), 1, settled, ...added)
    for (const one of [settled, ...following]) note(one)
    store.settle(settled, following).catch((error: Error) => {
      // The store itself reports its trouble, once for all.
      log.write('debug', `a delivery is not saved yet, going on from memory: ${error.message}`, { delivery: old.id })
    })
  }

  const settle = (lane: Lane, old: Delivery, changes: Partial<Delivery>) => {
    const settled = { ...old, ...changes }
    replace(lane, old, settled)
    const { alert, reason, status, notification } = settled
    const { monitor, kind } = notification
    const facts = { monitor, alert, kind, notification: notification.id, reason }
    if (status === 'dropped')
      log.write('info', `alert ${alert} for ${named(monitor)} (${kind}) is not sent: ${reason}`, facts)
    if (status === 'failed') {
      failedCount++
      log.write('error', `alert ${alert} for ${named(monitor)} (${kind}) failed for good: ${reason}`, facts)
    }
  }

  const handOver = (lane: Lane, delivery: Delivery, tried: Tried, taker: string) => {
    const { notification, alert } = delivery
    const nowMs = clock.wallMs()
    const next: Delivery = {
      id: `${notification.id}/${taker}`,
      notification,
      alert: taker,
      status: 'pending',
      createdAtMs: nowMs,
      attemptCount: 0,
      nextAttemptAtMs: nowMs,
      reason: `handed over by ${alert}: ${tried.reason}`,
    }
    const owed = owedRecovery(taker, delivery, { lane: lane.deliveries, nowMs })
    const following = isToldBy(taker, delivery, lane.deliveries) ? [] : owed === null ? [next] : [next, owed]
    replace(lane, delivery, { ...delivery, ...tried, status: 'handed_over' }, following)
    log.write('warn', `${named(notification.monitor)}: ${taker} takes over from ${alert}: ${tried.reason}`)
  }

  const laneOf = ({ notification: { monitor } }: Delivery): Lane => {
    const lane = lanes.get(monitor) ?? { monitor, deliveries: [], underway: new Set() }
    lanes.set(monitor, lane)
    return lane
  }

  return {
    insertEarlier(deliveries) {
      const incidents = [...Map.groupBy(deliveries, ({ notification }) => notification.incidentId).entries()]
      for (const [incident, ofIncident] of incidents.toReversed()) {
        for (const delivery of ofIncident) {
          // What is pending here is told anyway.
          if (pending.has(delivery.id)) continue
          const lane = laneOf(delivery)
          const others = lane.deliveries.filter(({ id }) => id !== delivery.id)
          const isEnd = delivery.notification.kind === 'up'
          const last = others.findLastIndex(
            ({ notification: { incidentId, kind } }) => incidentId === incident && (isEnd || kind !== 'up'),
          )
          lane.deliveries = others.toSpliced(last + 1, 0, delivery)
          note(delivery)
        }
      }
      return new Set(deliveries.map(laneOf))
    },
    insert(delivery) {
      const lane = laneOf(delivery)
      if (lane.deliveries.some((one) => one.id === delivery.id)) return lane
      lane.deliveries = withDelivery(lane.deliveries, delivery)
      note(delivery)
      return lane
    },
    settle,
    giveUp(lane, delivery, tried) {
      const taker = takerOf(delivery, lane.deliveries, alerts())
      if (taker === null) settle(lane, delivery, { ...tried, status: 'failed' })
      else handOver(lane, delivery, tried, taker)
    },
    compact(lane) {
      lane.deliveries = compactLane(lane.deliveries)
      if (lane.deliveries.length === 0 && lanes.get(lane.monitor) === lane) lanes.delete(lane.monitor)
    },
    all: () => lanes.values(),
    pending,
    ageMs({ id }) {
      const nowMs = clock.monotonicMs()
      return nowMs - (madeMs.get(id) ?? nowMs)
    },
    get failedCount() {
      return failedCount
    },
  }
}
