import type { Clock, Store } from '../core/model/ports.ts'
import type { Delivery } from '../core/model/types.ts'
import { carryOn, type ToldAlone } from '../core/tell/told-alone.ts'
import type { Checks } from './checks/open.ts'
import type { DeliveryLoop } from './delivery/loop.ts'

/** What another server has told by itself is carried on by the one that leads. */
export interface CarryOn {
  /** These are told by this server now. */
  note(deliveries: readonly Delivery[]): void
  /**
   * Carries on what another has told; resolves when that is saved, and rejects if it cannot be for now: the other may send it
   * again. `sentAtMs` is by the other's clock.
   */
  adopt(told: ToldAlone, sentAtMs: number): Promise<void>
}

interface Options {
  readonly clock: Clock
  readonly store: Pick<Store, 'settle'>
  readonly checks: Pick<Checks, 'look' | 'setState'>
  /** See `DeliveryLoop.adopt`. */
  readonly deliver: (...of: Parameters<DeliveryLoop['adopt']>) => void
  readonly hostname: string
}

/** How many incidents are remembered whose end this server has told. */
const REMEMBERED = 10_000

export function createCarryOn({ clock, store, checks, deliver, hostname }: Options): CarryOn {
  /** When this server began to tell the end of incidents, in monotonic milliseconds; the oldest first. */
  const endedMs = new Map<string, number>()

  const note = (made: readonly Delivery[]) => {
    for (const { status, notification } of made) {
      if (notification.kind !== 'up' || status !== 'pending' || notification.incidentId === null) continue
      endedMs.delete(notification.incidentId)
      endedMs.set(notification.incidentId, clock.monotonicMs())
    }
    for (const oldest of endedMs.keys()) {
      if (endedMs.size <= REMEMBERED) return
      endedMs.delete(oldest)
    }
  }

  return {
    note,
    async adopt({ monitors }, sentAtMs) {
      const earlier: Delivery[] = []
      const begun: Delivery[] = []
      for (const told of monitors) {
        const seen = checks.look(told.monitor)
        // A monitor that is switched off never gets an end.
        if (seen === undefined || !seen.monitor.isEnabled) continue
        const toldMs = clock.monotonicMs() - Math.max(0, sentAtMs - told.toldAtMs)
        const carried = carryOn(told, {
          ...seen,
          isEnded: (id) => (endedMs.get(id) ?? Number.NEGATIVE_INFINITY) > toldMs,
          nowMs: clock.wallMs(),
          hostname,
        })
        if (carried.state !== null) checks.setState(told.monitor, carried.state)
        earlier.push(...carried.earlier)
        begun.push(...carried.begun)
      }
      const adopted = [...earlier, ...begun]
      const [first, ...others] = adopted
      if (first === undefined) return
      note(adopted)
      try {
        await store.settle(first, others)
      } finally {
        // What cannot be saved for now is saved later, and told now.
        deliver(earlier, begun)
      }
    },
  }
}
