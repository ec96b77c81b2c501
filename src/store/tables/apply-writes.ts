import type { Database } from 'bun:sqlite'
import type { Action } from '../../core/model/action.ts'
import type { NewLeader } from '../../core/model/cluster.ts'
import type { MuteChange } from '../../core/model/mute.ts'
import type { AlertTrial, Change, Departure, EndedSession, Ping, Unwatched } from '../../core/model/ports.ts'
import type { Delivery, MonitorState } from '../../core/model/types.ts'
import { countedAs } from '../../core/past/roll-up.ts'
import { addAction } from './actions.ts'
import { type CountedCheck, createCheckRows } from './checks.ts'
import type { DeliveryRows } from './deliveries.ts'
import { createAliveFact, writeEndedSessions, writeSecret, writeTrial } from './facts.ts'
import { createIncidentRows } from './incidents.ts'
import { createJournaledRows, type JournalPosition, type UnpublishedRecord } from './journaled.ts'
import { createMeasuredRows } from './measured.ts'
import { createMonitorRows, type MonitorRow } from './monitors.ts'
import { applyMuteChange, writeMuteChange } from './mutes.ts'
import { createPingRows } from './pings.ts'
import { createRoutineChecks } from './routine-checks.ts'
import { createUnwatchedRows } from './unwatched.ts'

/** One thing to be written, whole or not at all. Times are Unix epoch milliseconds. */
export type Write =
  | { readonly kind: 'check'; readonly change: Change }
  | { readonly kind: 'ping'; readonly ping: Ping }
  | { readonly kind: 'delivery'; readonly delivery: Delivery; readonly following: readonly Delivery[] }
  | { readonly kind: 'unwatched'; readonly unwatched: Unwatched }
  | { readonly kind: 'mutes'; readonly change: MuteChange }
  /** One that was made before: who did it is told already. */
  | { readonly kind: 'mutes_anew'; readonly change: MuteChange }
  /** What people did that changed nothing else in the file. */
  | { readonly kind: 'actions'; readonly actions: readonly Action[] }
  | { readonly kind: 'departure'; readonly departure: Departure }
  | { readonly kind: 'ended_sessions'; readonly sessions: readonly EndedSession[] }
  | { readonly kind: 'trial'; readonly trial: AlertTrial }
  /** What a monitor's state is now, where no check says so or the checks that led to it were lost. */
  | { readonly kind: 'state'; readonly monitor: string; readonly state: MonitorState; readonly slotAtMs: number | null }
  /** All that is pending now: what else the file has as pending was settled meanwhile. */
  | { readonly kind: 'pending'; readonly deliveries: readonly Delivery[] }
  /** What signs sessions from now on; all sessions before have ended. */
  | { readonly kind: 'secret'; readonly secret: string }
  | { readonly kind: 'leader'; readonly leader: NewLeader }
  /** The file's own, in no journal: how far it has that, and what is to be published or was. */
  | { readonly kind: 'position'; readonly position: JournalPosition }
  | { readonly kind: 'unpublished'; readonly record: UnpublishedRecord }
  | { readonly kind: 'published'; readonly number: number }
  /** The file is that of a single machine from now on. */
  | { readonly kind: 'journal_left' }

/** Everything that the daemon changes in a database, one transaction a call. */
export interface ApplyWrites {
  /** Writes all in their order or, if it throws, none. */
  apply(writes: readonly Write[], nowMs: number): void
  /** Brings roll-ups and states up to the last check. */
  sumUp(): void
}

export function createApplyWrites(database: Database, deliveries: DeliveryRows): ApplyWrites {
  const measured = createMeasuredRows(database)
  const monitors = createMonitorRows(database, measured)
  const routine = createRoutineChecks(monitors)
  const incidents = createIncidentRows(database)
  const addPing = createPingRows(database)
  const addCheck = createCheckRows(database)
  const unwatched = createUnwatchedRows(database)
  const noteAlive = createAliveFact(database)
  const journaled = createJournaledRows(database)

  const writeCheck = (change: Change, nowMs: number) => {
    const { monitor } = change.check
    const deferredId = routine.defer(change, nowMs)
    const id = deferredId ?? monitors.of(monitor).id
    const counted = addCheck(id, change, measured.toColumn(id, change.measured, nowMs))
    if (change.ping !== null) addPing(id, change.ping)
    if (deferredId === null) follow(monitors.of(monitor), change, counted)
    for (const notification of change.notifications) deliveries.addNotification(notification)
    for (const delivery of change.deliveries) deliveries.put(delivery, nowMs)
  }

  /** The first check of a monitor may have begun before a time that nobody watched. */
  const begin = (row: MonitorRow) => {
    if (row.state === null) row.countedToMs = unwatched.newCountsFromMs()
  }

  const follow = (row: MonitorRow, change: Change, counted: CountedCheck) => {
    const { check, state, slotAtMs, planned, isRoutine } = change
    begin(row)
    monitors.countTime(row, counted.startedAtMs, countedAs(check.outcome, state.status), planned)
    monitors.countCheck(row, counted)
    row.state = state
    row.slotAtMs = toSlot(slotAtMs)
    if (!isRoutine) incidents.follow(row.id, state, change)
  }

  const writeUnwatched = (time: Unwatched) => {
    const [fromMs, toMs] = [Math.round(time.fromMs), Math.round(time.toMs)]
    unwatched.add({ fromMs, toMs })
    for (const name of monitors.watched()) {
      const row = monitors.of(name)
      if (fromMs <= toMs) {
        monitors.countTime(row, fromMs, null)
        row.countedToMs = toMs
      } else if (row.countedToMs !== null) {
        // The clock was set back: what was, goes on.
        if (row.countedAs !== null) monitors.countTime(row, fromMs, row.countedAs, row.planned)
        row.countedToMs = Math.min(row.countedToMs, fromMs) + toMs - fromMs
      }
    }
  }

  const writeDeparture = ({ monitor, atMs, ending }: Departure) => {
    const row = monitors.of(monitor)
    monitors.countTime(row, Math.round(atMs), null)
    row.state = null
    row.slotAtMs = null
    incidents.end(row.id, atMs, ending)
  }

  const writeState = ({ monitor, state, slotAtMs }: Extract<Write, { kind: 'state' }>) => {
    const row = monitors.of(monitor)
    begin(row)
    row.state = state
    row.slotAtMs = toSlot(slotAtMs)
    incidents.follow(row.id, state, null)
  }

  const write = (one: Write, nowMs: number) => {
    switch (one.kind) {
      case 'check':
        return writeCheck(one.change, nowMs)
      case 'ping':
        return addPing(monitors.of(one.ping.monitor).id, one.ping)
      case 'delivery':
        return deliveries.settle(one.delivery, one.following, nowMs)
      case 'unwatched':
        // The rows must say which monitors there are.
        routine.flush()
        return writeUnwatched(one.unwatched)
      case 'mutes':
        return writeMuteChange(database, one.change)
      case 'mutes_anew':
        return void applyMuteChange(database, one.change)
      case 'actions':
        for (const action of one.actions) addAction(database, action)
        return
      case 'ended_sessions':
        return writeEndedSessions(database, one.sessions)
      case 'trial':
        return writeTrial(database, one.trial)
      case 'departure':
        return writeDeparture(one.departure)
      case 'state':
        return writeState(one)
      case 'pending':
        return deliveries.putAnew(one.deliveries, nowMs)
      case 'secret':
        return writeSecret(database, one.secret)
      case 'leader':
        return journaled.noteLeader(one.leader)
      case 'position':
        return journaled.follow(one.position)
      case 'unpublished':
        return journaled.keep(one.record)
      case 'published':
        return journaled.forgetTo(one.number)
      case 'journal_left':
        journaled.leave()
    }
  }

  const transact = (work: () => void) => {
    database.run('BEGIN IMMEDIATE')
    try {
      work()
      database.run('COMMIT')
      routine.committed()
    } catch (error) {
      monitors.forget()
      routine.rolledBack()
      if (database.inTransaction) database.run('ROLLBACK')
      throw error
    }
  }

  return {
    apply: (writes, nowMs) =>
      transact(() => {
        for (const one of writes) write(one, nowMs)
        routine.sumUpDue(nowMs)
        routine.flush()
        if (!writes.some(isOfCluster)) noteAlive(nowMs)
      }),
    sumUp: () => transact(() => routine.sumUpAll()),
  }
}

/** Says nothing of whether monitors are watched. */
function isOfCluster({ kind }: Write): boolean {
  return kind === 'leader' || kind === 'published' || kind === 'journal_left'
}

/** A monitor that was never in its schedule has no slot. */
function toSlot(slotAtMs: number | null): number | null {
  return slotAtMs !== null && Number.isFinite(slotAtMs) ? Math.round(slotAtMs) : null
}
