import type { Database } from 'bun:sqlite'
import type { Retention } from '../../core/model/config.ts'
import { MAYBE_NEEDED } from './deliveries.ts'

/** How many rows of one kind are removed at once: that takes a few milliseconds. */
const SLICE_ROWS = 500
/** How many monitors a slice checks at most: if there is little to remove, they share one wait for the disk. */
const SLICE_MONITORS = 100

/** Tables whose rows belong to a monitor by its id. */
const OF_MONITOR = ['checks', 'roll_ups', 'unwatched', 'pings', 'series', 'incidents']

interface Monitor {
  readonly id: number
  readonly summedToMs: number
}

/**
 * Makes the function that removes a slice of what is older than `retention` says, in one transaction; it is to be called
 * again at once while it returns true. Monitors take turns, so that none waits for another's past.
 */
export function createRetain(database: Database): (retention: Retention, nowMs: number) => boolean {
  const nextMonitors = database.query<Monitor, [number]>(
    `SELECT id, summed_to_ms AS summedToMs FROM monitors WHERE id > ? ORDER BY id LIMIT ${SLICE_MONITORS}`,
  )
  const checks = database.query(`DELETE FROM checks WHERE monitor_id = ? AND started_at_ms < ? LIMIT ${SLICE_ROWS}`)
  const rollUps = database.query(
    `DELETE FROM roll_ups WHERE monitor_id = ? AND span = ? AND start_ms < ? LIMIT ${SLICE_ROWS}`,
  )
  const measuredHours = database.query(
    `DELETE FROM measured_hours WHERE series_id IN (SELECT id FROM series WHERE monitor_id = ?)
       AND start_ms < ? LIMIT ${SLICE_ROWS}`,
  )
  // A series without sums is removed, to make room for another.
  const series = database.query(
    `DELETE FROM series WHERE monitor_id = ? AND began_ms < ?
       AND NOT EXISTS (SELECT 1 FROM measured_hours WHERE series_id = id)`,
  )
  // The last pings of a monitor that is watched stay, however old they are.
  const pings = database.query(
    `DELETE FROM pings WHERE monitor_id = ?1 AND at_ms < ?2 AND (SELECT state FROM monitors WHERE id = ?1) IS NULL`,
  )
  // Ids are used again, so nothing may be left that has this one. A paused monitor is shown with its end, until that is old.
  const goneMonitor = database.query(
    `DELETE FROM monitors WHERE id = ?1 AND state IS NULL AND coalesce(counted_to_ms, 0) < ?2
       AND ${OF_MONITOR.map((table) => `NOT EXISTS (SELECT 1 FROM ${table} WHERE monitor_id = ?1)`).join(' AND ')}
       AND NOT EXISTS (SELECT 1 FROM notifications WHERE monitor = name)`,
  )
  const rest = [
    {
      query: database.query(
        `DELETE FROM deliveries WHERE status <> 'pending' AND settled_at_ms < ?
           AND notification_id NOT IN (${MAYBE_NEEDED}) LIMIT ${SLICE_ROWS}`,
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
      query: database.query(`DELETE FROM actions WHERE at_ms < ? LIMIT ${SLICE_ROWS}`),
      keptMs: ({ hourlyMs }: Retention) => hourlyMs,
    },
    {
      query: database.query(`DELETE FROM silences WHERE until_ms < ? LIMIT ${SLICE_ROWS}`),
      keptMs: ({ hourlyMs }: Retention) => hourlyMs,
    },
  ]

  const removeOf = ({ id, summedToMs }: Monitor, retention: Retention, nowMs: number): number[] => [
    // Checks that are not in the roll-ups yet are still needed.
    checks.run(id, Math.min(nowMs - retention.checksMs, summedToMs + 1)).changes,
    rollUps.run(id, 'hour', nowMs - retention.hourlyMs).changes,
    rollUps.run(id, 'day', nowMs - retention.dailyMs).changes,
    measuredHours.run(id, nowMs - retention.hourlyMs).changes,
    series.run(id, nowMs - retention.hourlyMs).changes,
    pings.run(id, nowMs - retention.checksMs).changes,
    goneMonitor.run(id, nowMs - retention.dailyMs).changes,
  ]

  /** Goes on behind the monitor `turn`, and says with which it ended: null behind the last, when the rest was looked at. */
  const removeSlice = database.transaction((retention: Retention, nowMs: number, turn: number) => {
    const monitors = nextMonitors.all(turn)
    if (monitors.length === 0) {
      return { turn: null, counts: rest.map(({ query, keptMs }) => query.run(nowMs - keptMs(retention)).changes) }
    }
    const counts: number[] = []
    let removed = 0
    for (const monitor of monitors) {
      const ofMonitor = removeOf(monitor, retention, nowMs)
      counts.push(...ofMonitor)
      removed += ofMonitor.reduce((sum, count) => sum + count)
      if (removed >= SLICE_ROWS) return { turn: monitor.id, counts }
    }
    return { turn: monitors.at(-1)?.id ?? turn, counts }
  })

  let turn = 0
  /** Whether this round has left something behind. */
  let isMore = false

  return (retention, nowMs) => {
    const slice = removeSlice.immediate(retention, nowMs, turn)
    isMore ||= slice.counts.some((count) => count >= SLICE_ROWS)
    turn = slice.turn ?? 0
    if (slice.turn !== null) return true
    const isAnotherRound = isMore
    isMore = false
    return isAnotherRound
  }
}
