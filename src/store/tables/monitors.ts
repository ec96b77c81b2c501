import type { Database } from 'bun:sqlite'
import type { Snapshot } from '../../core/model/ports.ts'
import { isPass, PENDING } from '../../core/model/state.ts'
import type { MonitorState, Outcome } from '../../core/model/types.ts'
import { type CountedTime, countCheck, countTime, type RollUp, splitIntoBuckets } from '../../core/past/roll-up.ts'
import { type CountedCheck, readUnsummed, toOutcome } from './checks.ts'
import type { MeasuredRows } from './measured.ts'
import { type CountedMonitor, createRollUpRows, type RollUpKey, SPANS, type Span } from './roll-ups.ts'

/** What a file knows of a monitor. Times are Unix epoch milliseconds. */
export interface KnownMonitor extends CountedMonitor {
  /**
   * Null once the monitor was paused or removed; then `countedToMs` says when that was. Passes after passes it follows
   * only now and then: the last check and success may have been later, as `checks` says.
   */
  readonly state: MonitorState | null
  /** See `Change.slotAtMs`; it lags behind as the state does. */
  readonly slotAtMs: number | null
}

/** A monitor's row and its roll-ups, while one transaction changes them. Times are Unix epoch milliseconds. */
export interface MonitorRow {
  readonly id: number
  state: MonitorState | null
  slotAtMs: number | null
  /** Time up to here is in the sums; what follows counts as `countedAs`. */
  countedToMs: number | null
  countedAs: CountedTime['countedAs']
  planned: CountedTime['planned']
  /** Start of the newest check in the sums. */
  summedToMs: number
  readonly rollUps: Map<string, { readonly key: RollUpKey; readonly sums: RollUp }>
}

/** The rows that a transaction touches: each is read once, however many of its checks are added, and written once. */
export interface MonitorRows {
  /** Summed up to its last check. */
  of(monitor: string): MonitorRow
  /** Names of the monitors that are watched. */
  watched(): string[]
  /**
   * Counts the time until `toMs` as what it was, and what follows as `as`, in which `planned` trouble is no downtime. No
   * time is counted again: a check that began before a time that nobody watched says nothing of that time.
   */
  countTime(row: MonitorRow, toMs: number, as: MonitorRow['countedAs'], planned?: MonitorRow['planned']): void
  countCheck(row: MonitorRow, check: CountedCheck): void
  isTouched(monitor: string): boolean
  /** Names of the monitors with checks that are not summed up. */
  lagging(): string[]
  /** Writes all that was touched, and forgets it; returns it by the monitors' names. */
  flush(): ReadonlyMap<string, MonitorRow>
  forget(): void
}

const COLUMNS = `id, name, state, slot_at_ms AS slotAtMs, counted_to_ms AS countedToMs, counted_as AS countedAs,
  planned, summed_to_ms AS summedToMs`

interface StoredMonitor extends Omit<MonitorRow, 'state' | 'planned' | 'rollUps'> {
  readonly name: string
  readonly state: string | null
  readonly planned: string | null
}

export function createMonitorRows(database: Database, measured: MeasuredRows): MonitorRows {
  const add = database.query<StoredMonitor, [string]>(`INSERT INTO monitors (name) VALUES (?) RETURNING ${COLUMNS}`)
  const read = database.query<StoredMonitor, [string]>(`SELECT ${COLUMNS} FROM monitors WHERE name = ?`)
  const write = database.query(
    `UPDATE monitors SET state = ?, slot_at_ms = ?, counted_to_ms = ?, counted_as = ?, planned = ?, summed_to_ms = ?
     WHERE id = ?`,
  )
  const watched = database.query<{ name: string }, []>('SELECT name FROM monitors WHERE state IS NOT NULL')
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
    for (const check of readUnsummed(database, row.id, row.summedToMs)) {
      const { outcome, startedAtMs } = check
      rows.countTime(row, startedAtMs, row.countedAs, row.planned)
      if (row.slotAtMs !== null) row.slotAtMs += startedAtMs - row.summedToMs
      if (row.state !== null) row.state = stateAfter(row.state, outcome, startedAtMs)
      rows.countCheck(row, check)
    }
  }

  const rows: MonitorRows = {
    of(monitor) {
      const known = touched.get(monitor)
      if (known !== undefined) return known
      const { name: _, ...stored } = (read.get(monitor) ?? add.get(monitor)) as StoredMonitor
      const row = { ...stored, ...parsed(stored), rollUps: new Map() }
      touched.set(monitor, row)
      sumUp(row)
      return row
    },
    watched: () => watched.all().map(({ name }) => name),
    countTime(row, toMs, as, planned = []) {
      if (row.countedToMs !== null && row.countedAs !== null) {
        for (const span of ['hour', 'day'] as const) {
          for (const bucket of splitIntoBuckets(row.countedToMs, toMs, SPANS[span])) {
            countTime(rollUpOf(row, span, bucket.startMs), bucket, row)
          }
        }
      }
      row.countedToMs = Math.max(toMs, row.countedToMs ?? toMs)
      row.countedAs = as
      row.planned = planned
    },
    countCheck(row, check) {
      const { startedAtMs } = check
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
        const planned = row.planned.length === 0 ? null : JSON.stringify(row.planned)
        write.run(state, row.slotAtMs, row.countedToMs, row.countedAs, planned, row.summedToMs, row.id)
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

/** The state after a routine check, which follows from the one before: see RoutineChecks. Pure. */
export function stateAfter(state: MonitorState, outcome: Outcome, startedAtMs: number): MonitorState {
  return isPass({ outcome }) ? { ...state, lastSuccessAtMs: startedAtMs, lastCheckAtMs: startedAtMs } : state
}

/** All monitors of which anything is left, by their names. */
export function readMonitors(database: Database): Map<string, KnownMonitor> {
  return byName(database.query<StoredMonitor, []>(`SELECT ${COLUMNS} FROM monitors ORDER BY id`).all())
}

/** Those of them that have one of these names. */
export function readMonitorsNamed(database: Database, names: readonly string[]): Map<string, KnownMonitor> {
  const named = `SELECT ${COLUMNS} FROM monitors WHERE name IN (SELECT value FROM json_each(?))`
  return byName(database.query<StoredMonitor, [string]>(named).all(JSON.stringify(names)))
}

/** Null where there is none of this name. */
export function readMonitorId(database: Database, monitor: string): number | null {
  return database.query<{ id: number }, [string]>('SELECT id FROM monitors WHERE name = ?').get(monitor)?.id ?? null
}

/** See Snapshot.monitors: up to the last check, also where that is not summed up yet. */
export function readStates(database: Database): Snapshot['monitors'] {
  const stored = new Map<string, { state: MonitorState; slotAtMs: number | null }>()
  for (const row of database.query<StoredMonitor, []>(`SELECT ${COLUMNS} FROM monitors`).all()) {
    const state = parseState(row.state)
    if (state !== null) stored.set(row.name, { state, slotAtMs: row.slotAtMs })
  }
  try {
    return followChecks(database, stored)
  } catch {
    // A damaged history must not keep a daemon from what else is known.
    return stored
  }
}

interface Following {
  readonly name: string
  readonly startedAtMs: number
  readonly outcome: number
  /** How long after the last check that is summed up. */
  readonly laterMs: number
}

function followChecks(database: Database, stored: Snapshot['monitors']): Snapshot['monitors'] {
  const followed = new Map(stored)
  const checks = database
    .query<Following, []>(
      `SELECT name, started_at_ms AS startedAtMs, outcome, started_at_ms - summed_to_ms AS laterMs
       FROM monitors JOIN checks ON monitor_id = id AND started_at_ms > summed_to_ms
       WHERE state IS NOT NULL ORDER BY id, started_at_ms`,
    )
    .all()
  for (const { name, startedAtMs, outcome, laterMs } of checks) {
    const [first, before] = [stored.get(name), followed.get(name)]
    if (first === undefined || before === undefined) continue
    const slotAtMs = first.slotAtMs === null ? null : first.slotAtMs + laterMs
    followed.set(name, { state: stateAfter(before.state, toOutcome(outcome), startedAtMs), slotAtMs })
  }
  return followed
}

function byName(stored: readonly StoredMonitor[]): Map<string, KnownMonitor> {
  return new Map(
    stored.map(({ name, id, state, planned, slotAtMs, countedToMs, countedAs }) => [
      name,
      { id, ...parsed({ state, planned }), slotAtMs, countedToMs, countedAs },
    ]),
  )
}

function parsed({ state, planned }: Pick<StoredMonitor, 'state' | 'planned'>): Pick<MonitorRow, 'state' | 'planned'> {
  return { state: parseState(state), planned: planned === null ? [] : (JSON.parse(planned) as MonitorRow['planned']) }
}

/** A state as its column has it. Written by an older Minitor, it may lack what has been added since. */
function parseState(json: string | null): MonitorState | null {
  return json === null ? null : { ...PENDING, ...(JSON.parse(json) as MonitorState) }
}
