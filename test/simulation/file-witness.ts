import { Database } from 'bun:sqlite'
import type { Mutes } from '../../src/core/model/mute.ts'
import type { Change } from '../../src/core/model/ports.ts'
import type { Delivery, MonitorState } from '../../src/core/model/types.ts'
import type { Write } from '../../src/store/tables/apply-writes.ts'
import { createSeenTime } from './seen-time.ts'
import { createTimeTotals } from './time-totals.ts'
import { createWatchedTime } from './watched-time.ts'
import type { Scene, Witness } from './witness.ts'

/** What the file must contain, by the writes that were committed. */
export interface Kept {
  readonly states: ReadonlyMap<string, { readonly state: MonitorState; readonly slotAtMs: number | null }>
  readonly deliveries: ReadonlyMap<string, Delivery>
}

export interface FileWitness extends Witness {
  readonly kept: Kept
  /** Compares everything in the file. */
  compareAll(): void
  close(): void
}

interface DeliveryRow {
  readonly id: string
  readonly status: string
  readonly attempt_count: number
}

interface StateRow {
  readonly state: string | null
  /** The last pass that is not part of the state. */
  readonly passed_at_ms: number | null
}

const STATE = `SELECT state, (
    SELECT max(started_at_ms) FROM checks WHERE monitor_id = id AND started_at_ms > summed_to_ms AND outcome IN (0, 1)
  ) AS passed_at_ms FROM monitors WHERE name = ?`

function followed(state: string, passedAtMs: number): string {
  return JSON.stringify({ ...JSON.parse(state), lastSuccessAtMs: passedAtMs, lastCheckAtMs: passedAtMs })
}

/** After a kill the last slot follows from the start of the last check. */
const SLOT_SLACK_MS = 1000

/** Reads the file after each transaction: it is there whole or not at all, and so the next process finds it. */
export function createFileWitness({ accuse, timeline }: Scene): FileWitness {
  const states = new Map<string, { state: MonitorState; slotAtMs: number | null }>()
  const deliveries = new Map<string, Delivery>()
  const totals = createTimeTotals()
  const watched = createWatchedTime(timeline)
  const seen = createSeenTime(timeline)
  let setBackMs = 0
  /** Incidents with notifications that are missing from the file: they were in a lost file, or on their way to it. */
  const halfKnown = new Set<string>()
  let reader: Database | null = null

  const close = () => {
    reader?.close()
    reader = null
  }

  const knowHalf = ({ incidentId, flapping }: MonitorState) => {
    for (const id of [incidentId, flapping?.incidentId]) if (id != null) halfKnown.add(id)
  }

  const note = (write: Write) => {
    totals.note(write)
    if (write.kind === 'check') seen.note(write, totals.asOf(write.change.check.monitor))
    else seen.note(write, null)
    switch (write.kind) {
      case 'check': {
        const { check, state, slotAtMs } = write.change
        states.set(check.monitor, { state, slotAtMs })
        for (const one of write.change.deliveries) deliveries.set(one.id, one)
        break
      }
      case 'state':
        states.set(write.monitor, { state: write.state, slotAtMs: write.slotAtMs })
        // It may be newer than its check, which is still to be written; a crash may prevent that.
        knowHalf(write.state)
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
        // In order: the file may have received newer ones first.
        for (const one of write.deliveries) {
          deliveries.delete(one.id)
          deliveries.set(one.id, one)
        }
    }
  }

  const compareState = (monitor: string) => {
    if (reader === null) return
    const row = reader.query<StateRow, [string]>(STATE).get(monitor)
    const expected = states.get(monitor)?.state ?? null
    // After a series of passes, the state follows from the checks.
    const state = row?.state != null && row.passed_at_ms !== null ? followed(row.state, row.passed_at_ms) : row?.state
    if ((state ?? null) !== (expected === null ? null : JSON.stringify(expected))) {
      accuse('the file has the last state', `${monitor}: ${state}`)
    }
  }

  const compareDelivery = (id: string) => {
    if (reader === null) return
    const row = reader
      .query<DeliveryRow, [string]>('SELECT id, status, attempt_count FROM deliveries WHERE id = ?')
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
    if (reader === null) return
    for (const difference of totals.differences(reader)) accuse('roll-ups add up', difference)
    for (const loss of totals.lost(seen.leastMs)) accuse('all that was watched is counted', loss)
    const most = { mostMs: watched.mostMs, setBackMs }
    for (const excess of totals.excesses(reader, most)) accuse('only what was watched is counted', excess)
  }

  /** What people have set is in the file, for every process to read. */
  const compareMutes = ({ silences, acknowledgements }: Mutes) => {
    const acknowledged = reader
      ?.query<{ id: string }, []>('SELECT id FROM incidents WHERE acknowledgement IS NOT NULL AND ended_at_ms IS NULL')
      .all()
    const silenced = reader
      ?.query<{ count: number }, [number]>('SELECT count(*) AS count FROM silences WHERE until_ms > ?')
      .get(timeline.wallMs())
    const heard = acknowledgements.map(({ incidentId }) => incidentId)
    const isAll = acknowledged?.every(({ id }) => heard.includes(id)) ?? true
    if (!isAll || silences.length !== (silenced?.count ?? silences.length)) {
      accuse('Minitor hears of all mutes', `${silences.length} silences, ${heard}`)
    }
  }

  return {
    kept: { states, deliveries },
    compareAll,
    close,
    opened(file, path) {
      close()
      reader = new Database(path, { readonly: true })
      if (states.size > 0) compareMutes(file.snapshot.mutes)
    },
    spoiled: close,
    lostFile() {
      for (const { state } of states.values()) knowHalf(state)
      for (const { notification } of deliveries.values()) {
        if (notification.incidentId !== null) halfKnown.add(notification.incidentId)
      }
      states.clear()
      deliveries.clear()
      totals.clear()
      watched.lostFile()
      seen.lostFile()
    },
    began({ snapshot }) {
      const inFile = [...snapshot.monitors].map(([name, { state }]) => [name, JSON.stringify(state)])
      const expected = [...states].map(([name, { state }]) => [name, JSON.stringify(state)])
      for (const [name, { slotAtMs }] of snapshot.monitors) {
        const expectedAtMs = finite(states.get(name)?.slotAtMs ?? null)
        const isFound = (slotAtMs === null) === (expectedAtMs === null)
        if (!isFound || Math.abs((slotAtMs ?? 0) - (expectedAtMs ?? 0)) > SLOT_SLACK_MS) {
          accuse('a restart finds every slot', `${name}: ${slotAtMs} instead of ${expectedAtMs}`)
        }
      }
      if (JSON.stringify(inFile.sort()) !== JSON.stringify(expected.sort())) {
        accuse('a restart finds every state', `${JSON.stringify(inFile)} instead of ${JSON.stringify(expected)}`)
      }
      const pending = (from: Iterable<Delivery>) =>
        [...from].filter(({ status }) => status === 'pending').map(({ id, attemptCount }) => `${id} ${attemptCount}`)
      // In the order of notifications, although a fallback may have taken over an older one later.
      const inOrder = [...Map.groupBy(deliveries.values(), ({ notification }) => notification.id).values()].flat()
      const [found, owed] = [pending(snapshot.deliveries).join(), pending(inOrder).join()]
      if (found !== owed) accuse('a restart finds what is pending', `${found} instead of ${owed}`)
      const open = new Set([...states.values()].flatMap(({ state }) => [state.incidentId, state.flapping?.incidentId]))
      const known = toldIn(snapshot.deliveries)
      for (const [about, status] of toldIn(deliveries.values())) {
        const isOpen = open.has(about.split(' ')[0] ?? '')
        if (isOpen && known.get(about) !== status) accuse('a restart finds what was told of open incidents', about)
      }
      compareAll()
      watched.began()
      seen.began()
    },
    ended() {
      close()
      watched.ended()
    },
    checkStarted: seen.checkStarted,
    committed: seen.committed,
    frozen(ms) {
      watched.frozen(ms)
      seen.frozen(ms)
    },
    mutesHeard: compareMutes,
    clockSet(byMs) {
      seen.clockSet(byMs)
      // The file has whole milliseconds.
      setBackMs += Math.max(0, -byMs) + 1
    },
    applied(writes) {
      for (const write of writes) note(write)
      for (const write of writes) {
        if (write.kind === 'check' && !write.change.isRoutine) {
          compareState(write.change.check.monitor)
          // The first rows of a new file are later than the checks that wait for it.
          const isPresent = writes.every(({ kind }) => kind !== 'pending')
          if (isPresent && write === lastOf(writes, write.change)) compareCounts(write.change)
        }
        if (write.kind === 'delivery') compareDelivery(write.delivery.id)
      }
    },
  }
}

/** The last one about each incident: the state has only its count. */
function lastOf(writes: readonly Write[], { check }: Change): Write | undefined {
  return writes.findLast((one) => one.kind === 'check' && one.change.check.monitor === check.monitor)
}

function finite(slotAtMs: number | null): number | null {
  return slotAtMs !== null && Number.isFinite(slotAtMs) ? Math.round(slotAtMs) : null
}

/** The result of each delivery, by `incident alert`: delivered, or handed over to a fallback. */
function toldIn(deliveries: Iterable<Delivery>): Map<string, Delivery['status']> {
  const told = new Map<string, Delivery['status']>()
  for (const { alert, status, notification } of deliveries) {
    const about = `${notification.incidentId} ${alert}`
    const says = status === 'delivered' || (status === 'handed_over' && told.get(about) !== 'delivered')
    if (notification.incidentId !== null && notification.kind !== 'up' && says) told.set(about, status)
  }
  return told
}
