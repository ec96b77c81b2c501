import { Database } from 'bun:sqlite'
import { encodeSketch, quantile } from '../../src/core/past/duration-sketch.ts'
import { SPANS, type Span } from '../../src/store/tables/roll-ups.ts'
import { coveredMs, type Period } from './periods.ts'
import type { Service } from './service.ts'

interface Sums {
  readonly path: string
  readonly services: readonly Service[]
  readonly intervalMs: number
  readonly unwatched: readonly Period[]
}

/** Writes the roll-ups of a period whose checks are gone, in the order in which they would have come. */
export function writeSums({ path, services, intervalMs, unwatched }: Sums, span: Span, { fromMs, toMs }: Period): void {
  const database = new Database(path, { readwrite: true })
  const ids = new Map(
    database
      .query<{ id: number; name: string }, []>('SELECT id, name FROM monitors')
      .all()
      .map(({ id, name }) => [name, id]),
  )
  const add = database.query(
    `INSERT OR REPLACE INTO roll_ups
       (monitor_id, span, start_ms, passed_count, failed_count, void_count, up_ms, down_ms, longest_ms, durations)
     VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?)`,
  )
  const addBucket = (service: Service, startMs: number) => {
    const bucket = { fromMs: startMs, toMs: startMs + SPANS[span] }
    const watchedMs = SPANS[span] - coveredMs(unwatched, bucket)
    const downMs = Math.round(Math.min(coveredMs(service.outages, bucket), watchedMs))
    const failedCount = Math.round(downMs / intervalMs)
    const passedCount = Math.max(0, Math.round(watchedMs / intervalMs) - failedCount)
    const sketch = service.sketch(passedCount, failedCount)
    const id = ids.get(service.monitor.name) ?? 0
    const upMs = Math.round(watchedMs) - downMs
    const longestMs = quantile(sketch, 1) ?? 0
    add.run(id, span, startMs, passedCount, failedCount, upMs, downMs, longestMs, encodeSketch(sketch))
  }
  database.run('BEGIN')
  for (let startMs = fromMs; startMs < toMs; startMs += SPANS[span]) {
    for (const service of services) addBucket(service, startMs)
  }
  database.run('COMMIT')
  database.close()
}
