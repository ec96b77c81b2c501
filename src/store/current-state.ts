import type { Snapshot } from '../core/model/ports.ts'
import type { Delivery, MonitorState } from '../core/model/types.ts'
import { neededOf, withDelivery } from '../core/tell/outbox.ts'

interface KnownState {
  readonly state: MonitorState
  readonly slotAtMs: number | null
}

/**
 * What is known now, in memory: the states of monitors, and the deliveries from which something may yet follow. It grows
 * with what is open, not with time.
 */
export interface CurrentState {
  read(): Pick<Snapshot, 'monitors' | 'deliveries'>
  /** Adds deliveries, or replaces them by their new form. */
  put(deliveries: readonly Delivery[]): void
  /** Null: the monitor has left. */
  setState(monitor: string, known: KnownState | null): void
}

export function createCurrentState(begin?: Pick<Snapshot, 'monitors' | 'deliveries'>): CurrentState {
  const monitors = new Map<string, KnownState>(begin?.monitors)
  /** Deliveries by their monitors, in the order of telling. */
  const lanes = new Map<string, readonly Delivery[]>()

  const forgetNeedless = (monitor: string) => {
    const lane = lanes.get(monitor)
    if (lane === undefined) return
    const state = monitors.get(monitor)?.state
    const needed = neededOf(lane, (id) => id === state?.incidentId || id === state?.flapping?.incidentId)
    if (needed.length === 0) lanes.delete(monitor)
    else lanes.set(monitor, needed)
  }

  const current: CurrentState = {
    read: () => ({ monitors: new Map(monitors), deliveries: [...lanes.values()].flat() }),
    put(all) {
      const changed = new Set<string>()
      for (const delivery of all) {
        const { monitor } = delivery.notification
        lanes.set(monitor, withForm(lanes.get(monitor) ?? [], delivery))
        changed.add(monitor)
      }
      for (const monitor of changed) forgetNeedless(monitor)
    },
    setState(monitor, known) {
      if (known === null) monitors.delete(monitor)
      else monitors.set(monitor, known)
      forgetNeedless(monitor)
    },
  }
  current.put(begin?.deliveries ?? [])
  return current
}

function withForm(lane: readonly Delivery[], delivery: Delivery): readonly Delivery[] {
  const isKnown = lane.some(({ id }) => id === delivery.id)
  return isKnown ? lane.map((one) => (one.id === delivery.id ? delivery : one)) : withDelivery(lane, delivery)
}
