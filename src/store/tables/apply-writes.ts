import type { Database } from 'bun:sqlite'
import type { MuteChange } from '../../core/model/mute.ts'
import type { Change, Departure, Ping, Unwatched } from '../../core/model/ports.ts'
import type { Delivery, MonitorState } from '../../core/model/types.ts'
import { countedAs } from '../../core/past/roll-up.ts'
import { outcomeCode, quietColumn, type UnsummedCheck } from './checks.ts'
import type { DeliveryRows } from './deliveries.ts'
import { createIncidentRows } from './incidents.ts'
import { createMeasuredRows } from './measured.ts'
import { createMonitorRows, type MonitorRow } from './monitors.ts'
import { keepMuteChange } from './mutes.ts'
import { createPingRows } from './pings.ts'
import { createRoutineChecks } from './routine-checks.ts'

/** What may change a database, one transaction a call. */
export interface ApplyWrites {
  /** Keeps writes in their order: all of them or, if it throws, none. */
  apply(writes: readonly Write[], nowMs: number): void
  /** Brings roll-ups and states up to the last check. */
  sumUp(): void
}

export function createApplyWrites(database: Database, deliveries: DeliveryRows): ApplyWrites {
  const measuredRows = createMeasuredRows(database)
  const monitors = createMonitorRows(database, measuredRows)
  const routine = createRoutineChecks(monitors)
  const incidents = createIncidentRows(database)
  const addPing = createPingRows(database)
  const addCheck = database.query(
    `INSERT OR REPLACE INTO checks
       (monitor_id, started_at_ms, outcome, exit_code, duration_us, reason, output, quiet, measured)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const addUnwatched = database.query('INSERT OR REPLACE INTO unwatched (from_ms, monitor_id, to_ms) VALUES (?, ?, ?)')
  const all = database.query<{ name: string }, []>('SELECT name FROM monitors')
  const setAlive = database.query("INSERT OR REPLACE INTO facts (name, value) VALUES ('alive_at_ms', ?)")

  const keepCheck = (change: Change, nowMs: number) => {
    const { check, quiet, keepsOutput } = change
    const startedAtMs = Math.round(check.startedAtMs)
    const durationUs = Math.round(check.durationMs * 1000)
    const isPlain = check.outcome === 'passed'
    const deferredId = routine.defer(change, nowMs)
    const id = deferredId ?? monitors.of(check.monitor).id
    const measured = measuredRows.toColumn(id, change.measured, nowMs)
    addCheck.run(
      id,
      startedAtMs,
      outcomeCode(check.outcome),
      isPlain ? null : check.exitCode,
      durationUs,
      isPlain ? null : check.reason,
      keepsOutput ? check.output : null,
      quietColumn(quiet),
      measured,
    )
    if (change.ping !== null) addPing(id, change.ping)
    if (deferredId === null) {
      follow(monitors.of(check.monitor), change, { startedAtMs, durationMs: durationUs / 1000, measured })
    }
    for (const notification of change.notifications) deliveries.addNotification(notification)
    for (const delivery of change.deliveries) deliveries.put(delivery, nowMs)
  }

  const follow = (row: MonitorRow, { check, state, slotAtMs, isRoutine }: Change, kept: Kept) => {
    monitors.countTime(row, kept.startedAtMs, countedAs(check.outcome, state.status))
    monitors.countCheck(row, kept.startedAtMs, { outcome: check.outcome, ...kept })
    row.state = state
    row.slotAtMs = finite(slotAtMs)
    if (!isRoutine) incidents.follow(row.id, state, check)
  }

  const keepUnwatched = ({ fromMs, toMs, monitor }: Unwatched) => {
    const id = monitor === null ? 0 : monitors.of(monitor).id
    addUnwatched.run(Math.round(fromMs), id, Math.round(toMs))
    for (const name of monitor === null ? all.all().map((one) => one.name) : [monitor]) {
      const row = monitors.of(name)
      monitors.countTime(row, Math.max(Math.round(fromMs), row.countedToMs ?? 0), null)
      monitors.countTime(row, Math.round(toMs), null)
    }
  }

  const keepDeparture = ({ monitor, atMs, ending }: Departure) => {
    const row = monitors.of(monitor)
    monitors.countTime(row, Math.round(atMs), null)
    row.state = null
    row.slotAtMs = null
    incidents.end(row.id, atMs, ending)
  }

  const keep = (write: Write, nowMs: number) => {
    switch (write.kind) {
      case 'check':
        return keepCheck(write.change, nowMs)
      case 'ping':
        return addPing(monitors.of(write.ping.monitor).id, write.ping)
      case 'delivery':
        for (const delivery of [write.delivery, ...write.following]) deliveries.put(delivery, nowMs)
        return
      case 'unwatched':
        // Which monitors there are, the rows must say.
        routine.flush()
        return keepUnwatched(write.unwatched)
      case 'mutes':
        return keepMuteChange(database, write.change)
      case 'departure':
        return keepDeparture(write.departure)
      case 'state': {
        const row = monitors.of(write.monitor)
        row.state = write.state
        row.slotAtMs = finite(write.slotAtMs)
        return incidents.follow(row.id, write.state, null)
      }
      case 'pending':
        deliveries.putAnew(write.deliveries, nowMs)
    }
  }

  const transact = (work: () => void) => {
    database.run('BEGIN IMMEDIATE')
    try {
      work()
      database.run('COMMIT')
      routine.kept()
    } catch (error) {
      monitors.forget()
      routine.forget()
      if (database.inTransaction) database.run('ROLLBACK')
      throw error
    }
  }

  return {
    apply: (writes, nowMs) =>
      transact(() => {
        for (const write of writes) keep(write, nowMs)
        routine.sumUpDue(nowMs)
        routine.flush()
        setAlive.run(nowMs)
      }),
    sumUp: () => transact(() => routine.sumUpAll()),
  }
}

/** Of a check, as the file has them: sums must not depend on when they are made. */
type Kept = Omit<UnsummedCheck, 'outcome'>

/** A monitor that was never in its schedule has no slot. */
function finite(slotAtMs: number | null): number | null {
  return slotAtMs !== null && Number.isFinite(slotAtMs) ? Math.round(slotAtMs) : null
}

/** One thing to be kept, whole or not at all. Times are Unix epoch milliseconds. */
export type Write =
  | { readonly kind: 'check'; readonly change: Change }
  | { readonly kind: 'ping'; readonly ping: Ping }
  | { readonly kind: 'delivery'; readonly delivery: Delivery; readonly following: readonly Delivery[] }
  | { readonly kind: 'unwatched'; readonly unwatched: Unwatched }
  | { readonly kind: 'mutes'; readonly change: MuteChange }
  | { readonly kind: 'departure'; readonly departure: Departure }
  /** What a monitor's state is now, where no check says so or the checks that led to it were lost. */
  | { readonly kind: 'state'; readonly monitor: string; readonly state: MonitorState; readonly slotAtMs: number | null }
  /** All that is pending now: what else the file has as pending was settled meanwhile. */
  | { readonly kind: 'pending'; readonly deliveries: readonly Delivery[] }
