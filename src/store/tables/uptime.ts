import type { Database } from 'bun:sqlite'
import { WINDOWS, type WindowName } from '../../core/past/kept.ts'
import { countTime } from '../../core/past/roll-up.ts'
import type { KnownMonitor } from './monitors.ts'
import { SPANS, type Span } from './roll-ups.ts'

/** How long a monitor was up and down. The rest of the window was not watched, or was planned trouble. */
export interface WatchedTime {
  readonly upMs: number
  readonly downMs: number
}

export interface UptimeQuery<Name extends WindowName> {
  readonly monitors: readonly KnownMonitor[]
  readonly windows: readonly Name[]
  readonly nowMs: number
  /** Until when the daemon has certainly watched: up to then, the time since the last check counts as its result. */
  readonly watchedToMs: number
}

/** Where a window begins: at a full hour or day (UTC), as its roll-ups do. Pure. */
export function windowStart(name: WindowName, nowMs: number): number {
  const { lengthMs, span } = WINDOWS[name]
  return Math.floor((nowMs - lengthMs) / SPANS[span]) * SPANS[span]
}

/** The watched time of each monitor, by its id and the window. Each roll-up is read once, however many windows it is in. */
export function readUptime<Name extends WindowName>(
  database: Database,
  { monitors, windows, nowMs, watchedToMs }: UptimeQuery<Name>,
): Map<number, Record<Name, WatchedTime>> {
  const ids = JSON.stringify(monitors.map(({ id }) => id))
  const sums = new Map(windows.map((name) => [name, new Map<number, Sums>()]))
  for (const span of ['hour', 'day'] as const) {
    const shortestFirst = windows
      .filter((name) => WINDOWS[name].span === span)
      .toSorted((one, other) => WINDOWS[one].lengthMs - WINDOWS[other].lengthMs)
    let toMs = nowMs + 1
    for (const [index, name] of shortestFirst.entries()) {
      const fromMs = windowStart(name, nowMs)
      const longer = shortestFirst.slice(index).flatMap((one) => sums.get(one) ?? [])
      for (const [id, upMs, downMs] of readStretch(database, { ids, span, fromMs, toMs })) {
        for (const sumsOf of longer) addTo(sumsOf, id, { upMs, downMs })
      }
      toMs = fromMs
    }
  }
  const uptimeOf = (monitor: KnownMonitor, name: Name): WatchedTime => {
    const times = { ...(sums.get(name)?.get(monitor.id) ?? NOTHING), plannedMs: 0 }
    const tailFromMs = Math.max(monitor.countedToMs ?? watchedToMs, windowStart(name, nowMs))
    countTime(times, { fromMs: tailFromMs, toMs: watchedToMs }, monitor)
    return { upMs: times.upMs, downMs: times.downMs }
  }
  return new Map(
    monitors.map((monitor) => {
      const times = windows.map((name) => [name, uptimeOf(monitor, name)] as const)
      return [monitor.id, Object.fromEntries(times) as Record<Name, WatchedTime>]
    }),
  )
}

type Sums = { upMs: number; downMs: number }

const NOTHING: WatchedTime = { upMs: 0, downMs: 0 }

function addTo(sums: Map<number, Sums>, id: number, { upMs, downMs }: WatchedTime): void {
  const sum = sums.get(id)
  if (sum === undefined) sums.set(id, { upMs, downMs })
  else {
    sum.upMs += upMs
    sum.downMs += downMs
  }
}

interface Stretch {
  readonly ids: string
  readonly span: Span
  readonly fromMs: number
  /** Exclusive. */
  readonly toMs: number
}

/** Milliseconds up and down in the roll-ups that begin in a stretch, by the monitor's id. */
function readStretch(
  database: Database,
  { ids, span, fromMs, toMs }: Stretch,
): [id: number, up: number, down: number][] {
  // The order of the tables is that of the groups: SQLite need not sort, and seeks once for each monitor.
  const statement = database.query<unknown, (string | number)[]>(
    `SELECT m.id, sum(r.up_ms), sum(r.down_ms) FROM monitors m CROSS JOIN roll_ups r
     WHERE m.id IN (SELECT value FROM json_each(?1)) AND r.monitor_id = m.id AND r.span = ?2
       AND r.start_ms >= ?3 AND r.start_ms < ?4
     GROUP BY m.id`,
  )
  return statement.values(ids, span, fromMs, toMs) as [number, number, number][]
}

/** Older failures are not searched for: that would take too long. */
const LOOK_BACK_MS = 90 * SPANS.day

interface Stored {
  readonly id: number
  readonly passed_ms: number | null
  readonly recovered_ms: number | null
  readonly down_hour_ms: number | null
  readonly down_day_ms: number | null
  readonly first_day_ms: number | null
  readonly first_check_ms: number | null
}

// From the last day with a failure to its last hour, to the last failing check in it, to the pass that followed. With
// their checks removed by retention, older failures are known to the hour or the day only.
const SINCE = `
  WITH of_day AS (
    SELECT m.id, (
      SELECT max(start_ms) FROM roll_ups
      WHERE monitor_id = m.id AND span = 'day' AND start_ms >= $fromMs AND down_ms > 0
    ) AS down_day_ms
    FROM monitors m WHERE m.id IN (SELECT value FROM json_each($ids))
  ), of_hour AS (
    SELECT *, (
      SELECT max(start_ms) FROM roll_ups
      WHERE monitor_id = id AND span = 'hour' AND down_ms > 0
        AND start_ms >= down_day_ms AND start_ms < down_day_ms + ${SPANS.day}
    ) AS down_hour_ms
    FROM of_day
  ), of_check AS (
    SELECT *, (
      SELECT max(started_at_ms) FROM checks
      WHERE monitor_id = id AND started_at_ms < down_hour_ms + ${SPANS.hour} AND outcome IN (2, 3, 4)
    ) AS failed_ms
    FROM of_hour
  )
  SELECT id, down_hour_ms, down_day_ms,
    (SELECT max(ended_at_ms) FROM incidents WHERE monitor_id = id AND ending = 'recovered') AS recovered_ms,
    (SELECT min(started_at_ms) FROM checks
     WHERE monitor_id = id AND started_at_ms > failed_ms AND outcome IN (0, 1)) AS passed_ms,
    (SELECT min(start_ms) FROM roll_ups WHERE monitor_id = id AND span = 'day') AS first_day_ms,
    (SELECT min(started_at_ms) FROM checks WHERE monitor_id = id) AS first_check_ms
  FROM of_check`

/**
 * Since when monitors that are up have been so, by their ids: since the pass with which they recovered from their last
 * failure, or since they were first seen. One that has been up for more than 90 days is not among them.
 */
export function readUpSince(database: Database, monitorIds: readonly number[], nowMs: number): Map<number, number> {
  const fromMs = Math.floor((nowMs - LOOK_BACK_MS) / SPANS.day) * SPANS.day
  const rows = database
    .query<Stored, { $fromMs: number; $ids: string }>(SINCE)
    .all({ $fromMs: fromMs, $ids: JSON.stringify(monitorIds) })
  const since = rows.map((row) => [row.id, recovered(row) ?? firstSeen(row, fromMs)] as const)
  // What a wrong clock has timed in the future has happened by now.
  return new Map(since.flatMap(([id, atMs]) => (atMs === null ? [] : [[id, Math.min(atMs, nowMs)]])))
}

function recovered({ passed_ms, recovered_ms, down_hour_ms, down_day_ms }: Stored): number | null {
  // With recover_after, a pass is not yet the recovery.
  if (passed_ms !== null) return Math.max(passed_ms, recovered_ms ?? 0)
  if (down_hour_ms !== null) return down_hour_ms + SPANS.hour
  return down_day_ms === null ? null : down_day_ms + SPANS.day
}

function firstSeen({ first_day_ms, first_check_ms }: Stored, fromMs: number): number | null {
  if (first_day_ms === null || first_day_ms < fromMs) return null
  return first_check_ms !== null && first_check_ms < first_day_ms + SPANS.day ? first_check_ms : first_day_ms
}
