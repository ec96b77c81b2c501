import { excerpt } from '../core/excerpt.ts'
import { compactLane, isPending, withDelivery } from '../core/outbox.ts'
import type { Change, Clock, Log, Store } from '../core/ports.ts'
import type { Delivery } from '../core/types.ts'
import type { DatabaseAccess } from './database-access.ts'
import type { Refusal } from './file-check.ts'
import type { Write } from './write.ts'
import { createWriteQueue } from './write-queue.ts'

/** Of the output of a check so many characters are kept, half of them from its end. */
const OUTPUT_LIMIT = 4096

interface Options {
  readonly access: DatabaseAccess
  readonly clock: Clock
  readonly log: Log
}

/** A Store on a database file. What is known now is also in memory, so that no fault of the file can take it away. */
export async function openDurableStore({ access, clock, log }: Options): Promise<Store | Refusal> {
  const opening = await access.open()
  if (opening.kind === 'refused') return opening
  if (opening.setAside !== null) {
    log.write('error', `the database is damaged and was set aside as ${opening.setAside}; Minitor begins anew`)
  }
  const { snapshot } = opening
  const monitors = new Map(snapshot.monitors)
  /** By monitor: what is pending, and what was told of incidents that may yet have a recovery. */
  const lanes = new Map<string, readonly Delivery[]>()

  const keepLane = (monitor: string, lane: readonly Delivery[]) => {
    if (lane.length > 0) lanes.set(monitor, lane)
    else lanes.delete(monitor)
  }
  const remember = (deliveries: readonly Delivery[]) => {
    for (const delivery of deliveries) {
      const { monitor } = delivery.notification
      const lane = lanes.get(monitor) ?? []
      const index = lane.findIndex(({ id }) => id === delivery.id)
      keepLane(monitor, compactLane(index < 0 ? withDelivery(lane, delivery) : lane.with(index, delivery)))
    }
  }
  remember(snapshot.deliveries)

  const seed = async (): Promise<readonly Write[]> => {
    const states = [...monitors].map(([monitor, known]) => ({ kind: 'state', monitor, ...known }) as const)
    return [...states, { kind: 'pending', deliveries: [...lanes.values()].flat() }]
  }
  const queue = createWriteQueue({ access, clock, log, seed })
  access.onDamage((reason) => queue.replaceFile(reason))

  return {
    load: async () => snapshot,
    commit(change) {
      monitors.set(change.check.monitor, { state: change.state, slotAtMs: change.slotAtMs })
      remember(change.deliveries)
      const write: Write = { kind: 'check', change: withinLimit(change) }
      if (!change.isRoutine) return queue.add(write)
      queue.addRoutine(write)
      return KEPT_SOON
    },
    settle(delivery, following) {
      remember([delivery, ...following])
      return queue.add({ kind: 'delivery', delivery, following })
    },
    noteUnwatched: (unwatched) => queue.addRoutine({ kind: 'unwatched', unwatched }),
    noteDeparture(departure) {
      const { monitor } = departure
      monitors.delete(monitor)
      keepLane(monitor, (lanes.get(monitor) ?? []).filter(isPending))
      queue.addRoutine({ kind: 'departure', departure })
    },
    onMutes: (listener) => access.onMutes(listener),
    setRetention: (retention) => access.setRetention(retention),
    troubles: () => queue.troubles(),
    async close() {
      await queue.close()
      await access.close()
    },
  }
}

/** Cut before it waits to be written: what commands print must not decide how much memory that takes. */
function withinLimit(change: Change): Change {
  const { check } = change
  const output = change.keepsOutput ? excerpt(check.output, OUTPUT_LIMIT) : ''
  return { ...change, check: { ...check, output } }
}

const KEPT_SOON = Promise.resolve()
