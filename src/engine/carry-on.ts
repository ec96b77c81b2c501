import { nextFineSinceMs } from '../core/decide/transition.ts'
import type { Clock, Store } from '../core/model/ports.ts'
import type { Delivery, Monitor, MonitorState, Notification } from '../core/model/types.ts'
import { deliveriesFor } from '../core/tell/notification.ts'
import { endOfToldAlone, isNextIncident, type ToldAlone, toldAlone } from '../core/tell/told-alone.ts'
import { incidentId } from '../core/text/identity.ts'
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

  /** An incident that is over elsewhere, and was not seen here, gives no other one its name: its end is told. */
  const leaveName = ({ monitor, incidentId: named }: Notification) => {
    const seen = checks.look(monitor)
    if (seen === undefined || seen.state.incidentId !== null || seen.state.fineSinceMs === null) return
    const { fineSinceMs } = seen.state
    if (named !== incidentId(monitor, fineSinceMs)) return
    checks.setState(monitor, { ...seen.state, fineSinceMs: nextFineSinceMs(fineSinceMs, clock.wallMs()) })
  }

  return {
    note,
    told: (sinceMs) => toldAlone(node, monitors(), { deliveries: deliveries(), sinceMs }),
    async adopt(told) {
      const isOwn = (id: string | null) => id === null || own.has(id)
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
      const isOver = ({ notification: { incidentId: id } }: Delivery) =>
        ended.has(id) || begun.has(id ?? '') || !told.open.some((incident) => incident.incidentId === id)
      const earlier = told.deliveries.filter((one) => !isOwn(one.notification.incidentId) && isOver(one))
      for (const { notification } of earlier) {
        if (!begun.has(notification.incidentId ?? '')) leaveName(notification)
      }
      const adopted = [...earlier, ...ends]
      const [first, ...others] = adopted
      if (first === undefined) return
      note(adopted)
      await store.settle(first, others)
      deliver(adopted)
    },
  }
}
