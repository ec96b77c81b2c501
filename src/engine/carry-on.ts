import type { Clock, Store } from '../core/model/ports.ts'
import type { Delivery, Monitor, MonitorState } from '../core/model/types.ts'
import { deliveriesFor } from '../core/tell/notification.ts'
import { endOfToldAlone, isNextIncident, type ToldAlone, toldAlone } from '../core/tell/told-alone.ts'
import type { Checks } from './checks/open.ts'
import type { DeliveryLoop } from './delivery/loop.ts'

/** What is told of incidents goes from a server that was on its own to the one that leads. */
export interface CarryOn {
  /** These were made by this server, or by one before it. */
  note(deliveries: readonly Delivery[]): void
  /** What this server has told of outages since then (Unix epoch milliseconds) of which the end is not told. */
  told(sinceMs: number): ToldAlone
  /** Carries on what another has told; resolves when that is saved. */
  adopt(told: ToldAlone): Promise<void>
}

interface Options {
  readonly clock: Clock
  readonly store: Pick<Store, 'settle'>
  readonly checks: Pick<Checks, 'look' | 'setState'>
  readonly monitors: () => Iterable<{ readonly monitor: Monitor; readonly state: MonitorState }>
  readonly deliveries: DeliveryLoop['deliveries']
  /** See `DeliveryLoop.adopt`. */
  readonly deliver: (deliveries: readonly Delivery[]) => void
  readonly node: string
  readonly hostname: string
}

/** So many incidents are remembered of which this server has told something itself. */
const REMEMBERED = 10_000

export function createCarryOn(options: Options): CarryOn {
  const { clock, store, checks, monitors, deliveries, deliver, node, hostname } = options
  const own = new Set<string>()

  const note = (made: readonly Delivery[]) => {
    for (const { notification } of made) if (notification.incidentId !== null) own.add(notification.incidentId)
    for (const oldest of own) {
      if (own.size <= REMEMBERED) return
      own.delete(oldest)
    }
  }

  return {
    note,
    told: (sinceMs) => toldAlone(node, monitors(), { deliveries: deliveries(), sinceMs }),
    async adopt(told) {
      const isOwn = (incidentId: string | null) => incidentId === null || own.has(incidentId)
      const begun = new Set<string>()
      const ends = told.open.flatMap((incident) => {
        const seen = checks.look(incident.monitor)
        if (seen === undefined || isOwn(incident.incidentId)) return []
        if (isNextIncident(incident, seen)) {
          checks.setState(incident.monitor, incident.state)
          begun.add(incident.incidentId)
          return []
        }
        const end = endOfToldAlone(incident, { ...seen, node: told.node, atMs: clock.wallMs(), hostname })
        return end === null ? [] : deliveriesFor(end)
      })
      const ended = new Set(ends.map(({ notification }) => notification.incidentId))
      const isOver = ({ notification: { incidentId } }: Delivery) =>
        ended.has(incidentId) ||
        begun.has(incidentId ?? '') ||
        !told.open.some((incident) => incident.incidentId === incidentId)
      const earlier = told.deliveries.filter((one) => !isOwn(one.notification.incidentId) && isOver(one))
      const adopted = [...earlier, ...ends]
      const [first, ...others] = adopted
      if (first === undefined) return
      note(adopted)
      await store.settle(first, others)
      deliver(adopted)
    },
  }
}
