import type { Database } from 'bun:sqlite'
import type { Change, Departure, Unwatched } from '../core/ports.ts'
import { countCheck, countedAs } from '../core/roll-up.ts'
import type { DeliveryRows } from './delivery-rows.ts'
import { createIncidentRows } from './incident-rows.ts'
import { createMonitorRows } from './monitor-rows.ts'
import { keepMuteChange } from './mutes.ts'
import { outcomeCode } from './outcome-code.ts'
import { createPingRows } from './ping-rows.ts'
import type { Write } from './write.ts'

/** Makes the function that keeps writes in one transaction, in their order: all of them or, if it throws, none. */
export function createApplyWrites(
  database: Database,
  deliveries: DeliveryRows,
): (writes: readonly Write[], nowMs: number) => void {
  const monitors = createMonitorRows(database)
  const incidents = createIncidentRows(database)
  const addPing = createPingRows(database)
  const addCheck = database.query(
    `INSERT OR REPLACE INTO checks
       (monitor_id, started_at_ms, outcome, exit_code, duration_us, reason, output, quiet)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const addUnwatched = database.query('INSERT OR REPLACE INTO unwatched (from_ms, monitor_id, to_ms) VALUES (?, ?, ?)')
  const all = database.query<{ name: string }, []>('SELECT name FROM monitors')
  const setAlive = database.query("INSERT OR REPLACE INTO facts (name, value) VALUES ('alive_at_ms', ?)")

  const keepCheck = (
    { check, ping, state, slotAtMs, quiet, keepsOutput, isRoutine, ...told }: Change,
    nowMs: number,
  ) => {
    const row = monitors.of(check.monitor)
    const startedAtMs = Math.round(check.startedAtMs)
    const isPlain = check.outcome === 'passed'
    addCheck.run(
      row.id,
      startedAtMs,
      outcomeCode(check.outcome),
      isPlain ? null : check.exitCode,
      Math.round(check.durationMs * 1000),
      isPlain ? null : check.reason,
      keepsOutput ? check.output : null,
      quiet === '' ? null : quiet,
    )
    if (ping !== null) addPing(row.id, ping)
    monitors.countTime(row, startedAtMs, countedAs(check.outcome, state.status))
    for (const sums of monitors.rollUpsAt(row, startedAtMs)) countCheck(sums, check)
    row.state = state
    row.slotAtMs = finite(slotAtMs)
    if (!isRoutine) incidents.follow(row.id, state, check)
    for (const notification of told.notifications) deliveries.addNotification(notification)
    for (const delivery of told.deliveries) deliveries.put(delivery, nowMs)
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
        monitors.flush()
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

  return (writes, nowMs) => {
    database.run('BEGIN IMMEDIATE')
    try {
      for (const write of writes) keep(write, nowMs)
      monitors.flush()
      setAlive.run(nowMs)
      database.run('COMMIT')
    } catch (error) {
      monitors.forget()
      if (database.inTransaction) database.run('ROLLBACK')
      throw error
    }
  }
}

/** A monitor that was never in its schedule has no slot. */
function finite(slotAtMs: number | null): number | null {
  return slotAtMs !== null && Number.isFinite(slotAtMs) ? Math.round(slotAtMs) : null
}
