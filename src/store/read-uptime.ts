import type { Database } from 'bun:sqlite'
import { WINDOWS, type WindowName } from '../core/kept.ts'
import type { KnownMonitor } from './read-monitors.ts'
import { SPANS, type Span } from './roll-up-rows.ts'

/** How long a monitor was up and down. What is left of the window was not watched. */
export interface WatchedTime {
  readonly upMs: number
  readonly downMs: number
}

export interface UptimeQuery<Name extends WindowName> {
  readonly monitors: readonly KnownMonitor[]
  readonly windows: readonly Name[]
  readonly nowMs: number
  /** Until when somebody has certainly watched: so far the time since the last check counts as what that check said. */
  readonly watchedToMs: number
}

/** Where a window begins: at a full hour or day (UTC), as its roll-ups do. Pure. */
export function windowStart(name: WindowName, nowMs: number): number {
  const { lengthMs, span } = WINDOWS[name]
  return Math.floor((nowMs - lengthMs) / SPANS[span]) * SPANS[span]
}

/** The watched time of each monitor, by its id and the window. One statement for hours and one for days. */
export function readUptime<Name extends WindowName>(
  database: Database,
  { monitors, windows, nowMs, watchedToMs }: UptimeQuery<Name>,
): Map<number, Record<Name, WatchedTime>> {
  const starts = windows.map((name) => ({ name, startMs: windowStart(name, nowMs) }))
  const ids = JSON.stringify(monitors.map(({ id }) => id))
  const sums = (['hour', 'day'] as const).flatMap((span) => {
    const ofSpan = starts.filter(({ name }) => WINDOWS[name].span === span)
    return ofSpan.length === 0 ? [] : [{ windows: ofSpan, rows: sumRows(database, { span, ids, ofSpan, nowMs }) }]
  })
  const uptime = new Map<number, Record<Name, WatchedTime>>()
  for (const { id, countedToMs, countedAs } of monitors) {
    const tail = (startMs: number) => Math.max(0, watchedToMs - Math.max(countedToMs ?? watchedToMs, startMs))
    const times = sums.flatMap(({ windows: ofSpan, rows }) =>
      ofSpan.map(({ name, startMs }, index) => {
        const [upMs = 0, downMs = 0] = (rows.get(id) ?? []).slice(2 * index)
        const time: WatchedTime = {
          upMs: upMs + (countedAs === 'up' ? tail(startMs) : 0),
          downMs: downMs + (countedAs === 'down' ? tail(startMs) : 0),
        }
        return [name, time] as const
      }),
    )
    uptime.set(id, Object.fromEntries(times) as Record<Name, WatchedTime>)
  }
  return uptime
}

interface SumQuery {
  readonly span: Span
  readonly ids: string
  readonly ofSpan: readonly { readonly startMs: number }[]
  readonly nowMs: number
}

/** Milliseconds up and down of each window in turn, by the monitor's id. */
function sumRows(database: Database, { span, ids, ofSpan, nowMs }: SumQuery): Map<number, number[]> {
  const sums = ofSpan.flatMap((_, index) =>
    ['up_ms', 'down_ms'].map((column) => `sum(iif(r.start_ms >= ?${index + 5}, r.${column}, 0))`),
  )
  // The order of the tables is that of the groups: SQLite need not sort, and seeks once for each monitor.
  const statement = database.query<unknown, (string | number)[]>(
    `SELECT m.id, ${sums.join(', ')} FROM monitors m CROSS JOIN roll_ups r
     WHERE m.id IN (SELECT value FROM json_each(?1)) AND r.monitor_id = m.id AND r.span = ?2
       AND r.start_ms BETWEEN ?3 AND ?4
     GROUP BY m.id`,
  )
  const starts = ofSpan.map(({ startMs }) => startMs)
  const rows = statement.values(ids, span, Math.min(...starts), nowMs, ...starts) as number[][]
  return new Map(rows.map(([id = 0, ...milliseconds]) => [id, milliseconds]))
}
