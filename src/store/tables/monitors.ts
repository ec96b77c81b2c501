import type { Database } from 'bun:sqlite'
import { isPass, PENDING } from '../../core/model/state.ts'
import type { MonitorState, Outcome } from '../../core/model/types.ts'
import { countCheck, type RollUp, splitIntoBuckets } from '../../core/past/roll-up.ts'
import { readUnsummed, type UnsummedCheck } from './checks.ts'
import type { MeasuredRows } from './measured.ts'
import { type CountedMonitor, createRollUpRows, type RollUpKey, SPANS, type Span } from './roll-ups.ts'

/** A monitor's row and its roll-ups, while one transaction changes them. Times are Unix epoch milliseconds. */
export interface MonitorRow {
  readonly id: number
  state: MonitorState | null
  slotAtMs: number | null
  /** Until here time is in the sums; what follows counts as `countedAs`. */
  countedToMs: number | null
  countedAs: string | null
  /** Start of the newest check that there ever was: all until it are in the sums. */
  summedToMs: number
  readonly rollUps: Map<string, { readonly key: RollUpKey; readonly sums: RollUp }>
}

/** The rows that a transaction touches: each is read once, however many of its checks are kept, and written once. */
export interface MonitorRows {
  /** Summed up to its last check. */
  of(monitor: string): MonitorRow
  /**
   * Counts the time until `toMs` as what it was, and what follows as `as`. What was counted as neither up nor down stays
   * so: a check that began before a time that nobody watched says nothing of that time.
   */
  countTime(row: MonitorRow, toMs: number, as: string | null): void
  /** `measured` is what stands in its row. */
  countCheck(row: MonitorRow, startedAtMs: number, check: Omit<UnsummedCheck, 'startedAtMs'>): void
  isTouched(monitor: string): boolean
  /** Names of those of which not all checks are summed up. */
  lagging(): string[]
  /** Writes all that was touched, and forgets it; returns it by the monitors' names. */
  flush(): ReadonlyMap<string, MonitorRow>
  forget(): void
}

interface StoredMonitor {
  readonly id: number
  readonly state: string | null
  readonly slot_at_ms: number | null
  readonly counted_to_ms: number | null
  readonly counted_as: string | null
  readonly summed_to_ms: number
}

export function createMonitorRows(database: Database, measured: MeasuredRows): MonitorRows {
  const columns = 'id, state, slot_at_ms, counted_to_ms, counted_as, summed_to_ms'
  // The first check of a monitor may have begun before a time that nobody watched, too.
  const add = database.query<StoredMonitor, [string]>(
    `INSERT INTO monitors (name, counted_to_ms) VALUES (?, (SELECT max(to_ms) FROM unwatched WHERE monitor_id = 0))
     RETURNING ${columns}`,
  )
  const read = database.query<StoredMonitor, [string]>(`SELECT ${columns} FROM monitors WHERE name = ?`)
  const write = database.query(
    'UPDATE monitors SET state = ?, slot_at_ms = ?, counted_to_ms = ?, counted_as = ?, summed_to_ms = ? WHERE id = ?',
  )
  const lagging = database.query<{ name: string }, []>(
    `SELECT name FROM monitors
     WHERE EXISTS (SELECT 1 FROM checks WHERE monitor_id = id AND started_at_ms > summed_to_ms)`,
  )
  const rollUpRows = createRollUpRows(database)
  let touched = new Map<string, MonitorRow>()

  const rollUpOf = (row: MonitorRow, span: Span, startMs: number): RollUp => {
    const name = `${span} ${startMs}`
    const known = row.rollUps.get(name)
    if (known !== undefined) return known.sums
    const key = { monitorId: row.id, span, startMs }
    const sums = rollUpRows.read(key)
    row.rollUps.set(name, { key, sums })
    return sums
  }

  const sumUp = (row: MonitorRow) => {
    for (const { startedAtMs, ...check } of readUnsummed(database, row.id, row.summedToMs)) {
      rows.countTime(row, startedAtMs, row.countedAs)
      if (row.slotAtMs !== null) row.slotAtMs += startedAtMs - row.summedToMs
      if (row.state !== null) row.state = stateAfter(row.state, check.outcome, startedAtMs)
      rows.countCheck(row, startedAtMs, check)
    }
  }

  const rows: MonitorRows = {
    of(monitor) {
      const known = touched.get(monitor)
      if (known !== undefined) return known
      const row = toRow((read.get(monitor) ?? add.get(monitor)) as StoredMonitor)
      touched.set(monitor, row)
      sumUp(row)
      return row
    },
    countTime(row, toMs, as) {
      if (row.countedToMs !== null && (row.countedAs === 'up' || row.countedAs === 'down')) {
        for (const span of ['hour', 'day'] as const) {
          for (const { startMs, ms } of splitIntoBuckets(row.countedToMs, toMs, SPANS[span])) {
            const sums = rollUpOf(row, span, startMs)
            if (row.countedAs === 'up') sums.upMs += ms
            else sums.downMs += ms
          }
        }
      }
      row.countedToMs = row.countedAs === null ? Math.max(toMs, row.countedToMs ?? toMs) : toMs
      row.countedAs = as
    },
    countCheck(row, startedAtMs, check) {
      for (const span of ['hour', 'day'] as const) {
        countCheck(rollUpOf(row, span, Math.floor(startedAtMs / SPANS[span]) * SPANS[span]), check)
      }
      measured.count(check.measured, startedAtMs)
      row.summedToMs = Math.max(row.summedToMs, startedAtMs)
    },
    isTouched: (monitor) => touched.has(monitor),
    lagging: () => lagging.all().map(({ name }) => name),
    flush() {
      const written = touched
      touched = new Map()
      for (const row of written.values()) {
        const state = row.state === null ? null : JSON.stringify(row.state)
        write.run(state, row.slotAtMs, row.countedToMs, row.countedAs, row.summedToMs, row.id)
        for (const { key, sums } of row.rollUps.values()) rollUpRows.write(key, sums)
      }
      measured.flush()
      return written
    },
    forget() {
      touched.clear()
      measured.forget()
    },
  }
  return rows
}

/** The state after a routine check, as it follows from that before: see RoutineChecks. Pure. */
export function stateAfter(state: MonitorState, outcome: Outcome, startedAtMs: number): MonitorState {
  return isPass({ outcome }) ? { ...state, lastSuccessAtMs: startedAtMs, lastCheckAtMs: startedAtMs } : state
}

function toRow(stored: StoredMonitor): MonitorRow {
  return {
    id: stored.id,
    state: stored.state === null ? null : parseState(stored.state),
    slotAtMs: stored.slot_at_ms,
    countedToMs: stored.counted_to_ms,
    countedAs: stored.counted_as,
    summedToMs: stored.summed_to_ms,
    rollUps: new Map(),
  }
}

/** What a file knows of a monitor. Times are Unix epoch milliseconds. */
export interface KnownMonitor extends CountedMonitor {
  /**
   * Null once the monitor was paused or removed; then `countedToMs` says when that was. Passes after passes it follows
   * only now and then: its last check and success may have been later, as `checks` says.
   */
  readonly state: MonitorState | null
}

interface NamedMonitorRow extends Omit<KnownMonitor, 'state'> {
  readonly name: string
  readonly state: string | null
}

const MONITORS = 'SELECT id, name, state, counted_to_ms AS countedToMs, counted_as AS countedAs FROM monitors'

/** All monitors of which anything is left, by their names. */
export function readMonitors(database: Database): Map<string, KnownMonitor> {
  return byName(database.query<NamedMonitorRow, []>(`${MONITORS} ORDER BY id`).all())
}

/** Those of them that have one of these names. */
export function readMonitorsNamed(database: Database, names: readonly string[]): Map<string, KnownMonitor> {
  const named = `${MONITORS} WHERE name IN (SELECT value FROM json_each(?))`
  return byName(database.query<NamedMonitorRow, [string]>(named).all(JSON.stringify(names)))
}

function byName(stored: readonly NamedMonitorRow[]): Map<string, KnownMonitor> {
  return new Map(
    stored.map(({ name, state, ...rest }) => [name, { ...rest, state: state === null ? null : parseState(state) }]),
  )
}

/** A state as the column `state` of a monitor has it. Written by an older Minitor it may lack what has come since. */
export function parseState(json: string): MonitorState {
  return { ...PENDING, ...(JSON.parse(json) as MonitorState) }
}
