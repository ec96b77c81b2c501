import { Database } from 'bun:sqlite'
import type { Change } from '../../src/core/ports.ts'
import type { Delivery, MonitorState } from '../../src/core/types.ts'
import type { Write } from '../../src/store/write.ts'
import { createTimeTotals } from './time-totals.ts'
import type { Scene, Witness } from './witness.ts'

/** What the file must have, as the writes say that were kept. */
export interface Kept {
  readonly states: ReadonlyMap<string, { readonly state: MonitorState; readonly slotAtMs: number | null }>
  readonly deliveries: ReadonlyMap<string, Delivery>
}

export interface FileWitness extends Witness {
  readonly kept: Kept
  /** Looks at everything in the file. */
  compareAll(): void
  close(): void
}

interface DeliveryRow {
  readonly id: string
  readonly status: string
  readonly attempt_count: number
}

/** Looks into the file after each transaction: whole or not at all, and all of it there for the next process. */
export function createFileWitness({ accuse }: Pick<Scene, 'accuse'>): FileWitness {
  const states = new Map<string, { state: MonitorState; slotAtMs: number | null }>()
  const deliveries = new Map<string, Delivery>()
  const totals = createTimeTotals()
  /** Incidents of which earlier notifications were in a file that is lost. */
  const halfKnown = new Set<string>()
  let reader: Database | null = null

  const close = () => {
    reader?.close()
    reader = null
  }

  const note = (write: Write) => {
    totals.note(write)
    switch (write.kind) {
      case 'check': {
        const { check, state, slotAtMs } = write.change
        states.set(check.monitor, { state, slotAtMs })
        for (const one of write.change.deliveries) deliveries.set(one.id, one)
        break
      }
      case 'state':
        states.set(write.monitor, { state: write.state, slotAtMs: write.slotAtMs })
        break
      case 'departure':
        states.delete(write.departure.monitor)
        break
      case 'delivery':
        for (const one of [write.delivery, ...write.following]) deliveries.set(one.id, one)
        break
      case 'pending':
        for (const one of deliveries.values()) {
          const isSettled = one.status === 'pending' && write.deliveries.every(({ id }) => id !== one.id)
          if (isSettled) deliveries.set(one.id, { ...one, status: 'delivered' })
        }
        for (const one of write.deliveries) deliveries.set(one.id, one)
    }
  }

  const compareState = (monitor: string) => {
    const row = reader
      ?.query<{ state: string | null }, [string]>('SELECT state FROM monitors WHERE name = ?')
      .get(monitor)
    const expected = states.get(monitor)?.state ?? null
    if ((row?.state ?? null) !== (expected === null ? null : JSON.stringify(expected))) {
      accuse('the file has the last state', `${monitor}: ${row?.state}`)
    }
  }

  const compareDelivery = (id: string) => {
    const row = reader
      ?.query<DeliveryRow, [string]>('SELECT id, status, attempt_count FROM deliveries WHERE id = ?')
      .get(id)
    const expected = deliveries.get(id)
    if (row?.status !== expected?.status || row?.attempt_count !== expected?.attemptCount) {
      accuse('the file has the last form of a delivery', `${id}: ${row?.status}, not ${expected?.status}`)
    }
  }

  const compareCounts = ({ state, notifications }: Change) => {
    for (const { incidentId, id, alerts } of notifications) {
      for (const alert of alerts) compareDelivery(`${id}/${alert}`)
      if (incidentId === null || halfKnown.has(incidentId)) continue
      const count = reader
        ?.query<{ count: number }, [string]>('SELECT count(*) AS count FROM notifications WHERE incident_id = ?')
        .get(incidentId)?.count
      const counted = state.incidentId === incidentId ? state.notificationCount : state.flapping?.notificationCount
      if (counted !== undefined && state.flapping?.incidentId === incidentId && counted !== count) {
        accuse('state and notifications are kept together', `${incidentId}: ${counted} counted, ${count} in the file`)
      }
      if (state.incidentId === incidentId && counted !== count) {
        accuse('state and notifications are kept together', `${incidentId}: ${counted} counted, ${count} in the file`)
      }
    }
  }

  const compareAll = () => {
    for (const monitor of states.keys()) compareState(monitor)
    for (const id of deliveries.keys()) compareDelivery(id)
    for (const difference of reader === null ? [] : totals.differences(reader)) accuse('roll-ups add up', difference)
  }

  return {
    kept: { states, deliveries },
    compareAll,
    close,
    opened(_, path) {
      close()
      reader = new Database(path, { readonly: true })
    },
    lostFile() {
      for (const { state } of states.values()) {
        for (const id of [state.incidentId, state.flapping?.incidentId]) if (id != null) halfKnown.add(id)
      }
      for (const { notification } of deliveries.values()) {
        if (notification.incidentId !== null) halfKnown.add(notification.incidentId)
      }
      states.clear()
      deliveries.clear()
      totals.clear()
    },
    began({ snapshot }) {
      const inFile = [...snapshot.monitors].map(([name, one]) => [name, JSON.stringify(one.state), one.slotAtMs])
      const expected = [...states].map(([name, { state, slotAtMs }]) => [name, JSON.stringify(state), finite(slotAtMs)])
      if (JSON.stringify(inFile.sort()) !== JSON.stringify(expected.sort())) {
        accuse('a restart finds every state', `${JSON.stringify(inFile)} instead of ${JSON.stringify(expected)}`)
      }
      const pending = (from: Iterable<Delivery>) =>
        [...from].filter(({ status }) => status === 'pending').map(({ id, attemptCount }) => `${id} ${attemptCount}`)
      const [found, owed] = [pending(snapshot.deliveries).join(), pending(deliveries.values()).join()]
      if (found !== owed) accuse('a restart finds what is pending', `${found} instead of ${owed}`)
      const ids = new Set(snapshot.deliveries.map(({ id }) => id))
      const open = new Set([...states.values()].flatMap(({ state }) => [state.incidentId, state.flapping?.incidentId]))
      for (const { id, notification } of deliveries.values()) {
        const isNeeded = notification.incidentId !== null && open.has(notification.incidentId)
        if (isNeeded && !ids.has(id)) accuse('a restart finds what was told of open incidents', id)
      }
      compareAll()
    },
    ended: () => close(),
    applied(writes) {
      for (const write of writes) note(write)
      for (const write of writes) {
        if (write.kind === 'check' && !write.change.isRoutine) {
          compareState(write.change.check.monitor)
          if (write === lastOf(writes, write.change)) compareCounts(write.change)
        }
        if (write.kind === 'delivery') compareDelivery(write.delivery.id)
      }
    },
  }
}

/** The last of those that are about the same incident: only its count is still in the state. */
function lastOf(writes: readonly Write[], { check }: Change): Write | undefined {
  return writes.findLast((one) => one.kind === 'check' && one.change.check.monitor === check.monitor)
}

function finite(slotAtMs: number | null): number | null {
  return slotAtMs !== null && Number.isFinite(slotAtMs) ? Math.round(slotAtMs) : null
}
