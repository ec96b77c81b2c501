import { type Mutes, withMuteChange } from '../core/model/mute.ts'
import type { Snapshot, Store } from '../core/model/ports.ts'
import type { Delivery, MonitorState } from '../core/model/types.ts'
import { CHART_STEPS_MS, chartStarts, NO_CHECKS, NO_HISTORY, NO_PAST, type Past } from '../core/past/past.ts'
import { newSecret } from './file/secret.ts'

/**
 * Keeps everything for as long as the process lives: the Store of `--database :memory:`. Deliveries are forgotten once
 * nothing can follow from them any more, so it grows with what is open, not with time. `begin` is what it knows at first.
 */
export function createMemoryStore(begin?: Pick<Snapshot, 'monitors' | 'deliveries'>): Store {
  const monitors = new Map<string, { state: MonitorState; slotAtMs: number | null }>(begin?.monitors)
  const deliveries = new Map<string, Delivery>()
  let mutes: Mutes = { silences: [], acknowledgements: [] }
  /** Ids of an incident's deliveries, for incidents that are open or have something pending. */
  const byIncident = new Map<string, Set<string>>()

  const keep = (delivery: Delivery) => {
    const { incidentId } = delivery.notification
    if (delivery.status !== 'pending') forgetOlder(delivery)
    if (incidentId === null && delivery.status !== 'pending') deliveries.delete(delivery.id)
    else deliveries.set(delivery.id, delivery)
    if (incidentId !== null) byIncident.set(incidentId, (byIncident.get(incidentId) ?? new Set()).add(delivery.id))
  }

  /** Of what one alert was told of an outage, one delivery says all: the last that reached somebody. */
  const forgetOlder = ({ id, alert, status, notification }: Delivery) => {
    if (notification.kind === 'up') return
    const ids = byIncident.get(notification.incidentId ?? '') ?? new Set()
    for (const other of ids) {
      const one = deliveries.get(other)
      if (one === undefined || other === id || one.alert !== alert || one.status === 'pending') continue
      if (one.notification.kind === 'up') continue
      if (one.status === 'delivered' && status !== 'delivered') continue
      ids.delete(other)
      deliveries.delete(other)
    }
  }

  const forgetIfOver = (incidentId: string | null | undefined, state: MonitorState | null) => {
    if (incidentId == null || incidentsOf(state).includes(incidentId)) return
    const ids = [...(byIncident.get(incidentId) ?? [])]
    if (ids.some((id) => deliveries.get(id)?.status === 'pending')) return
    for (const id of ids) deliveries.delete(id)
    byIncident.delete(incidentId)
  }

  const settle = (all: readonly Delivery[]) => {
    for (const one of all) keep(one)
    for (const { notification } of all) {
      forgetIfOver(notification.incidentId, monitors.get(notification.monitor)?.state ?? null)
    }
  }

  const changeState = (monitor: string, known: { state: MonitorState; slotAtMs: number | null } | null) => {
    const before = monitors.get(monitor)?.state ?? null
    if (known === null) monitors.delete(monitor)
    else monitors.set(monitor, known)
    for (const incidentId of incidentsOf(before)) forgetIfOver(incidentId, known?.state ?? null)
  }

  for (const delivery of begin?.deliveries ?? []) keep(delivery)
  return {
    load: async (): Promise<Snapshot> => ({
      monitors: new Map(monitors),
      deliveries: [...deliveries.values()],
      mutes,
      lastAliveAtMs: null,
      runPrefixes: [],
      secret: newSecret(),
    }),
    async commit({ check, state, slotAtMs, deliveries: made }) {
      for (const delivery of made) keep(delivery)
      changeState(check.monitor, { state, slotAtMs })
    },
    keepPing: async () => {},
    settle: async (delivery, following) => settle([delivery, ...following]),
    noteUnwatched() {},
    noteDeparture: ({ monitor }) => changeState(monitor, null),
    async changeMutes(change) {
      mutes = withMuteChange(mutes, change)
    },
    noteState: changeState,
    onMutes() {},
    setRetention() {},
    troubles: () => [],
    close: async () => {},
  }
}

/** The incidents under which a recovery may yet be told. */
function incidentsOf(state: MonitorState | null): (string | null | undefined)[] {
  return [state?.incidentId, state?.flapping?.incidentId]
}

/** The Past of `--database :memory:`, of which nothing is kept. */
export function createMemoryPast(): Past {
  return {
    overview: async (monitors) => new Map(monitors.map((name) => [name, NO_PAST])),
    history: async () => NO_HISTORY,
    durations: async (_, window, nowMs) => ({
      stepMs: CHART_STEPS_MS[window],
      points: chartStarts(window, nowMs).map((atMs) => ({ atMs, ...NO_CHECKS })),
    }),
    measured: async () => [],
    incidents: async () => [],
    incident: async () => null,
    close: async () => {},
  }
}
