import type { Database } from 'bun:sqlite'
import { factOf } from './load-snapshot.ts'

/** What a file says of the daemon that wrote it last. */
export interface Facts {
  /** When that daemon was last known to watch, in Unix epoch milliseconds; null where it has kept nothing yet. */
  readonly aliveAtMs: number | null
  /** Null where there never was a daemon, as in a copy. */
  readonly holder: { readonly pid: number; readonly startTicks: string } | null
}

export function readFacts(database: Database): Facts {
  const pid = factOf<number>(database, 'holder_pid')
  return {
    aliveAtMs: factOf<number>(database, 'alive_at_ms'),
    holder: pid === null ? null : { pid, startTicks: factOf<string>(database, 'holder_start_ticks') ?? '' },
  }
}
