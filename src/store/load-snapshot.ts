import { Database } from 'bun:sqlite'
import type { Snapshot } from '../core/ports.ts'
import { PENDING } from '../core/state.ts'
import type { Delivery, MonitorState } from '../core/types.ts'
import { readMutes } from './mutes.ts'
import { newSecret } from './secret.ts'

/** What a daemon begins with. */
export function loadSnapshot(database: Database, deliveries: readonly Delivery[], nowMs: number): Snapshot {
  const monitors = new Map<string, { state: MonitorState; slotAtMs: number | null }>()
  const stored = database
    .query<{ name: string; state: string; slot_at_ms: number | null }, []>(
      'SELECT name, state, slot_at_ms FROM monitors WHERE state IS NOT NULL',
    )
    .all()
  for (const { name, state, slot_at_ms: slotAtMs } of stored) {
    // Written by an older Minitor it may lack what has come since.
    const known = { ...PENDING, ...(JSON.parse(state) as MonitorState) }
    monitors.set(name, { state: known, slotAtMs })
  }
  return {
    monitors,
    deliveries,
    mutes: readMutes(database, nowMs),
    lastAliveAtMs: factOf<number>(database, 'alive_at_ms'),
    runPrefixes: runPrefixesIn(database),
    secret: factOf<string>(database, 'secret') ?? newSecret(),
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
