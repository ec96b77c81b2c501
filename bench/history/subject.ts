import { Database } from 'bun:sqlite'
import type { Bench } from '../measurement.ts'
import type { Ground } from '../scratch.ts'

/** The history under measurement, and where. */
export interface Subject extends Ground {
  readonly bench: Bench
  /** Lies beside the configuration, which each figure that needs a daemon writes anew. */
  readonly database: string
}

/**
 * How far the removal of checks from before that time is. The retention takes the monitors in their order: it has begun
 * when the first one's are gone, and is done when everybody's are.
 */
export function isRemovedBefore(path: string, limitMs: number): { readonly begun: boolean; readonly done: boolean } {
  const database = new Database(path, { readonly: true })
  try {
    const oldest = database.query<{ at: number | null }, []>(
      `SELECT (SELECT min(started_at_ms) FROM checks WHERE monitor_id = id) AS at FROM monitors
       WHERE name LIKE 'service-%' ORDER BY id`,
    )
    const times = oldest.all().map(({ at }) => at ?? Number.POSITIVE_INFINITY)
    return { begun: (times[0] ?? 0) >= limitMs, done: times.every((at) => at >= limitMs) }
  } finally {
    database.close()
  }
}
