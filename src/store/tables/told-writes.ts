import type { Delivery, MonitorState } from '../../core/model/types.ts'
import type { ToldOf } from '../../core/tell/told-alone.ts'
import { excerpt } from '../../core/text/cut.ts'
import type { Write } from './apply-writes.ts'

/** The leader carries it on, and knows what the commands print: it watches the same. */
const OUTPUT_LIMIT = 500

/** Finds what was told in writes that no other server has. */
export interface ToldWrites {
  /** In the order of writing; `atMs` is when that was, in Unix epoch milliseconds. */
  add(writes: readonly Write[], atMs: number): void
  read(): readonly ToldOf[]
}

export function createToldWrites(): ToldWrites {
  const states = new Map<string, MonitorState>()
  const deliveries = new Map<string, Delivery>()
  const toldAtMs = new Map<string, number>()

  const put = (all: readonly Delivery[], atMs: number) => {
    for (const delivery of all) {
      const { notification, status } = delivery
      deliveries.set(delivery.id, delivery)
      if (status === 'delivered') toldAtMs.set(notification.monitor, atMs)
    }
  }

  return {
    add(writes, atMs) {
      for (const write of writes) {
        if (write.kind === 'check') {
          states.set(write.change.check.monitor, write.change.state)
          put(write.change.deliveries, atMs)
        } else if (write.kind === 'state') states.set(write.monitor, write.state)
        else if (write.kind === 'delivery') put([write.delivery, ...write.following], atMs)
        else if (write.kind === 'pending') put(write.deliveries, atMs)
      }
    },
    read() {
      const isHeard = new Set<string | null>()
      for (const { status, notification } of deliveries.values()) {
        if (status === 'delivered') isHeard.add(notification.incidentId)
      }
      isHeard.delete(null)
      const told = [...deliveries.values()].filter(({ notification }) => isHeard.has(notification.incidentId)).map(cut)
      return [...Map.groupBy(told, ({ notification }) => notification.monitor)].map(([monitor, deliveries]) => ({
        monitor,
        state: states.get(monitor) ?? null,
        deliveries: inOrder(deliveries),
        toldAtMs: toldAtMs.get(monitor) ?? 0,
      }))
    },
  }
}

/** An end that waits may have been made before that was written which it ends. */
function inOrder(deliveries: readonly Delivery[]): readonly Delivery[] {
  const isUp = ({ notification }: Delivery) => notification.kind === 'up'
  return [...Map.groupBy(deliveries, ({ notification }) => notification.incidentId).values()].flatMap((ofIncident) => [
    ...ofIncident.filter((one) => !isUp(one)),
    ...ofIncident.filter(isUp),
  ])
}

function cut(delivery: Delivery): Delivery {
  const { notification } = delivery
  return { ...delivery, notification: { ...notification, output: excerpt(notification.output, OUTPUT_LIMIT) } }
}
