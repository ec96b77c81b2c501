import type { Clock, Store } from '../core/model/ports.ts'
import type { Delivery, Monitor, MonitorState } from '../core/model/types.ts'
import { deliveriesFor } from '../core/tell/notification.ts'
import { endOfToldAlone, type ToldAlone, toldAlone } from '../core/tell/told-alone.ts'
import type { Checks } from './checks/open.ts'
import type { DeliveryLoop } from './delivery/loop.ts'

/** What is told of incidents goes from a server that was on its own to the one that leads. */
export interface CarryOn {
  /** What this server has told of outages since then (Unix epoch milliseconds) of which the end is not told. */
  told(sinceMs: number): ToldAlone
  /** Carries on what another has told; resolves when that is saved. */
  adopt(told: ToldAlone): Promise<void>
}

interface Options {
  readonly clock: Clock
  readonly store: Pick<Store, 'settle'>
  readonly checks: Pick<Checks, 'look'>
  readonly monitors: () => Iterable<{ readonly monitor: Monitor; readonly state: MonitorState }>
  readonly deliveries: DeliveryLoop['deliveries']
  readonly deliver: (deliveries: readonly Delivery[]) => void
  readonly node: string
  readonly hostname: string
}

export function createCarryOn({
  clock,
  store,
  checks,
  monitors,
  deliveries,
  deliver,
  node,
  hostname,
}: Options): CarryOn {
  return {
    told: (sinceMs) => toldAlone(node, monitors(), { deliveries: deliveries(), sinceMs }),
    async adopt(told) {
      const ends = told.open.flatMap((incident) => {
        const seen = checks.look(incident.monitor)
        if (seen === undefined) return []
        const end = endOfToldAlone(incident, { ...seen, node: told.node, atMs: clock.wallMs(), hostname })
        return end === null ? [] : deliveriesFor(end)
      })
      const known = new Set(deliveries().map(({ id }) => id))
      const adopted = [...told.deliveries, ...ends].filter(({ id }) => !known.has(id))
      const [first, ...others] = adopted
      if (first === undefined) return
      await store.settle(first, others)
      deliver(adopted)
    },
  }
}
