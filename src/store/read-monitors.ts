import type { Database } from 'bun:sqlite'
import { PENDING } from '../core/state.ts'
import type { MonitorState } from '../core/types.ts'

/** What a file knows of a monitor. Times are Unix epoch milliseconds. */
export interface KnownMonitor {
  readonly id: number
  /** Null once the monitor was paused or removed; then `countedToMs` says when that was. */
  readonly state: MonitorState | null
  /** Until here the roll-ups count; what follows counts as `countedAs`. */
  readonly countedToMs: number | null
  readonly countedAs: 'up' | 'down' | null
}

interface StoredMonitor extends Omit<KnownMonitor, 'state'> {
  readonly name: string
  readonly state: string | null
}

/** All monitors that there ever were, by their names. */
export function readMonitors(database: Database): Map<string, KnownMonitor> {
  const stored = database
    .query<StoredMonitor, []>(
      'SELECT id, name, state, counted_to_ms AS countedToMs, counted_as AS countedAs FROM monitors ORDER BY id',
    )
    .all()
  return new Map(stored.map(({ name, ...rest }) => [name, { ...rest, state: toState(rest.state) }]))
}

/** Written by an older Minitor it may lack what has come since. */
function toState(json: string | null): MonitorState | null {
  return json === null ? null : { ...PENDING, ...(JSON.parse(json) as MonitorState) }
}
