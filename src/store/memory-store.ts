import type { Snapshot, Store } from '../core/ports.ts'
import type { Delivery, MonitorState } from '../core/types.ts'

/**
 * Keeps everything for as long as the process lives: the Store of `--database :memory:`. Deliveries that are settled
 * are forgotten, so it grows with what is open, not with time. `begin` is what it knows at first.
 */
export function createMemoryStore(begin?: Pick<Snapshot, 'monitors' | 'deliveries'>): Store {
  const monitors = new Map<string, { state: MonitorState; slotAtMs: number | null }>(begin?.monitors)
  const deliveries = new Map<string, Delivery>()

  const keep = (delivery: Delivery) => {
    if (delivery.status === 'pending') deliveries.set(delivery.id, delivery)
    else deliveries.delete(delivery.id)
  }

  for (const delivery of begin?.deliveries ?? []) keep(delivery)
  return {
    load: async (): Promise<Snapshot> => ({
      monitors: new Map(monitors),
      deliveries: [...deliveries.values()],
      mutes: { silences: [], acknowledgements: [] },
      lastAliveAtMs: null,
      lastRunPrefix: null,
    }),
    async commit({ check, state, slotAtMs, deliveries: made }) {
      monitors.set(check.monitor, { state, slotAtMs })
      for (const delivery of made) keep(delivery)
    },
    async settle(delivery, following) {
      for (const one of [delivery, ...following]) keep(one)
    },
    noteUnwatched() {},
    noteDeparture({ monitor }) {
      monitors.delete(monitor)
    },
    onMutes() {},
    setRetention() {},
    troubles: () => [],
    close: async () => {},
  }
}
