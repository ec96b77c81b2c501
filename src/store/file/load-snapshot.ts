import { Database } from 'bun:sqlite'
import type { Snapshot } from '../../core/model/ports.ts'
import type { MonitorState } from '../../core/model/types.ts'
import { OUTCOMES } from '../tables/checks.ts'
import { createDeliveryRows } from '../tables/deliveries.ts'
import { parseState, stateAfter } from '../tables/monitors.ts'
import { readMutes } from '../tables/mutes.ts'
import { readAsWritten } from './open-database.ts'
import { newSecret } from './secret.ts'

/** What a daemon begins with. Throws `Damaged` where the file does not say what Minitor would have written. */
export function loadSnapshot(database: Database, nowMs: number): Snapshot {
  return readAsWritten(() => ({
    monitors: followChecks(database, readStates(database)),
    deliveries: createDeliveryRows(database).load(),
    mutes: readMutes(database, nowMs),
    lastAliveAtMs: factOf<number>(database, 'alive_at_ms'),
    runPrefixes: runPrefixesIn(database),
    secret: factOf<string>(database, 'secret') ?? newSecret(),
  }))
}

interface Known {
  readonly state: MonitorState
  readonly slotAtMs: number | null
}

function readStates(database: Database): Map<string, Known> {
  const stored = database
    .query<{ name: string; state: string; slot_at_ms: number | null }, []>(
      'SELECT name, state, slot_at_ms FROM monitors WHERE state IS NOT NULL',
    )
    .all()
  return new Map(stored.map(({ name, state, slot_at_ms: slotAtMs }) => [name, { state: parseState(state), slotAtMs }]))
}

interface UnsummedCheck {
  readonly name: string
  readonly summedToMs: number
  readonly startedAtMs: number
  readonly outcome: number
}

/** What follows from the checks that are not summed up yet. A damaged history keeps nobody from what else is known. */
function followChecks(database: Database, known: Map<string, Known>): Map<string, Known> {
  try {
    const unsummed = database
      .query<UnsummedCheck, []>(
        `SELECT name, summed_to_ms AS summedToMs, started_at_ms AS startedAtMs, outcome
         FROM monitors JOIN checks ON monitor_id = id AND started_at_ms > summed_to_ms
         WHERE state IS NOT NULL ORDER BY id, started_at_ms`,
      )
      .all()
    const followed = new Map(known)
    for (const { name, summedToMs, startedAtMs, outcome } of unsummed) {
      const [atFirst, before] = [known.get(name), followed.get(name)]
      if (atFirst === undefined || before === undefined) continue
      const slotAtMs = atFirst.slotAtMs === null ? null : atFirst.slotAtMs + startedAtMs - summedToMs
      followed.set(name, { state: stateAfter(before.state, OUTCOMES[outcome] ?? 'void', startedAtMs), slotAtMs })
    }
    return followed
  } catch {
    return known
  }
}

/** Of the daemons that had this database, oldest first. */
export function runPrefixesIn(database: Database): readonly string[] {
  return JSON.parse(factOf<string>(database, 'run_prefixes') ?? '[]') as string[]
}

export function factOf<Value extends string | number>(database: Database, name: string): Value | null {
  return database.query<{ value: Value }, [string]>('SELECT value FROM facts WHERE name = ?').get(name)?.value ?? null
}

/** A fact of a file that another process has open; null where that cannot be read. */
export function readFact(path: string, name: string): string | number | null {
  try {
    const database = new Database(path, { readonly: true })
    try {
      return factOf(database, name)
    } finally {
      database.close()
    }
  } catch {
    return null
  }
}
