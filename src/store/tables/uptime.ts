import type { Database } from 'bun:sqlite'
import { WINDOWS, type WindowName } from '../../core/past/kept.ts'
import type { KnownMonitor } from './read-monitors.ts'
import { SPANS, type Span } from './roll-ups.ts'

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
  const uptimeOf = ({ id, countedToMs, countedAs }: KnownMonitor, name: Name): WatchedTime => {
    const { upMs, downMs } = sums.get(name)?.get(id) ?? NOTHING
    const tailFromMs = Math.max(countedToMs ?? watchedToMs, windowStart(name, nowMs))
    const tailMs = Math.max(0, watchedToMs - tailFromMs)
    return { upMs: upMs + (countedAs === 'up' ? tailMs : 0), downMs: downMs + (countedAs === 'down' ? tailMs : 0) }
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

/** Milliseconds up and down of the roll-ups that begin in a stretch, by the monitor's id. */
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
