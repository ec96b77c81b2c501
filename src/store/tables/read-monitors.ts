import type { Database } from 'bun:sqlite'
import type { MonitorState } from '../../core/model/types.ts'
import { parseState } from './stored-state.ts'

/** What a file knows of a monitor. Times are Unix epoch milliseconds. */
export interface KnownMonitor {
  readonly id: number
  /**
   * Null once the monitor was paused or removed; then `countedToMs` says when that was. Passes after passes it follows
   * only now and then: its last check and success may have been later, as `checks` says.
   */
  readonly state: MonitorState | null
  /** Until here the roll-ups count; what follows counts as `countedAs`. */
  readonly countedToMs: number | null
  readonly countedAs: 'up' | 'down' | null
}

interface StoredMonitor extends Omit<KnownMonitor, 'state'> {
  readonly name: string
  readonly state: string | null
}

const MONITORS = 'SELECT id, name, state, counted_to_ms AS countedToMs, counted_as AS countedAs FROM monitors'

/** All monitors of which anything is left, by their names. */
export function readMonitors(database: Database): Map<string, KnownMonitor> {
  return byName(database.query<StoredMonitor, []>(`${MONITORS} ORDER BY id`).all())
}

/** Those of them that have one of these names. */
export function readMonitorsNamed(database: Database, names: readonly string[]): Map<string, KnownMonitor> {
  const named = `${MONITORS} WHERE name IN (SELECT value FROM json_each(?))`
  return byName(database.query<StoredMonitor, [string]>(named).all(JSON.stringify(names)))
}

function byName(stored: readonly StoredMonitor[]): Map<string, KnownMonitor> {
  return new Map(
    stored.map(({ name, state, ...rest }) => [name, { ...rest, state: state === null ? null : parseState(state) }]),
  )
}
