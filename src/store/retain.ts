import type { Database } from 'bun:sqlite'
import type { Retention } from '../core/config.ts'

/** So many rows of one monitor and kind go at once: a few milliseconds. */
const SLICE_ROWS = 500

/**
 * Makes the function that removes a slice of what is older than `retention` says; it is to be called again at once while
 * it returns true. Monitors take turns, so that none waits for another's past.
 */
export function createRetain(database: Database): (retention: Retention, nowMs: number) => boolean {
  const nextMonitor = database.query<{ id: number }, [number]>(
    'SELECT id FROM monitors WHERE id > ? ORDER BY id LIMIT 1',
  )
  const checks = database.query(`DELETE FROM checks WHERE monitor_id = ? AND started_at_ms < ? LIMIT ${SLICE_ROWS}`)
  const rollUps = database.query(
    `DELETE FROM roll_ups WHERE monitor_id = ? AND span = ? AND start_ms < ? LIMIT ${SLICE_ROWS}`,
  )
  const rest = [
    {
      query: database.query(
        `DELETE FROM deliveries WHERE status <> 'pending' AND settled_at_ms < ? AND notification_id NOT IN (
           SELECT id FROM notifications WHERE incident_id IN (SELECT id FROM incidents WHERE ended_at_ms IS NULL)
         ) LIMIT ${SLICE_ROWS}`,
      ),
      keptMs: ({ hourlyMs }: Retention) => hourlyMs,
    },
    {
      query: database.query(
        `DELETE FROM notifications WHERE at_ms < ?
           AND NOT EXISTS (SELECT 1 FROM deliveries WHERE notification_id = notifications.id) LIMIT ${SLICE_ROWS}`,
      ),
      keptMs: ({ hourlyMs }: Retention) => hourlyMs,
    },
    {
      query: database.query(`DELETE FROM incidents WHERE ended_at_ms < ? LIMIT ${SLICE_ROWS}`),
      keptMs: ({ dailyMs }: Retention) => dailyMs,
    },
    {
      query: database.query(`DELETE FROM unwatched WHERE to_ms < ? LIMIT ${SLICE_ROWS}`),
      keptMs: ({ dailyMs }: Retention) => dailyMs,
    },
    {
      query: database.query(`DELETE FROM silences WHERE until_ms < ? LIMIT ${SLICE_ROWS}`),
      keptMs: ({ hourlyMs }: Retention) => hourlyMs,
    },
  ]
  let turn = 0

  return (retention, nowMs) => {
    const monitor = nextMonitor.get(turn)
    if (monitor === null) {
      turn = 0
      const removed = rest.map(({ query, keptMs }) => query.run(nowMs - keptMs(retention)).changes)
      return removed.some((count) => count >= SLICE_ROWS)
    }
    const removed = [
      checks.run(monitor.id, nowMs - retention.checksMs).changes,
      rollUps.run(monitor.id, 'hour', nowMs - retention.hourlyMs).changes,
      rollUps.run(monitor.id, 'day', nowMs - retention.dailyMs).changes,
    ]
    if (removed.every((count) => count < SLICE_ROWS)) turn = monitor.id
    return true
  }
}
