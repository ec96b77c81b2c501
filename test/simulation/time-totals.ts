import type { Database } from 'bun:sqlite'
import type { Change } from '../../src/core/model/ports.ts'
import type { Write } from '../../src/store/tables/apply-writes.ts'

interface Total {
  countedToMs: number
  as: 'up' | 'down' | null
  /** What was planned at the check that said so. */
  planned: Change['planned']
  upMs: number
  downMs: number
  plannedMs: number
  passed: number
  failed: number
  voids: number
}

/** The sums over all hours of a file, added up a second time from the writes. */
export function createTimeTotals() {
  const totals = new Map<string, Total>()
  /** From when a new monitor counts: its first check may have begun before somebody watched. */
  let newCountsFromMs = -Infinity

  const newTotal = (): Total => ({
    countedToMs: newCountsFromMs,
    as: null,
    planned: [],
    upMs: 0,
    downMs: 0,
    plannedMs: 0,
    passed: 0,
    failed: 0,
    voids: 0,
  })

  const count = (monitor: string, toMs: number, as: Total['as'], planned: Total['planned'] = []) => {
    const total = totals.get(monitor) ?? newTotal()
    totals.set(monitor, total)
    const lastedMs = Math.max(0, toMs - total.countedToMs)
    if (total.as === 'up') total.upMs += lastedMs
    if (total.as === 'down' && lastedMs > 0) {
      const excusedMs = coveredMs(total.planned, total.countedToMs, toMs)
      total.plannedMs += excusedMs
      total.downMs += lastedMs - excusedMs
    }
    return Object.assign(total, { countedToMs: Math.max(toMs, total.countedToMs), as, planned })
  }

  return {
    note(write: Write) {
      if (write.kind === 'check') {
        const { check, state, planned } = write.change
        const isKnown = check.outcome !== 'void' && state.status !== 'pending'
        const as = isKnown ? countsAs(state.status) : null
        const total = count(check.monitor, Math.round(check.startedAtMs), as, planned)
        if (check.outcome === 'void') total.voids++
        else if (check.outcome === 'passed' || check.outcome === 'warned') total.passed++
        else total.failed++
      }
      if (write.kind === 'unwatched') {
        const fromMs = Math.round(write.unwatched.fromMs)
        const toMs = Math.round(write.unwatched.toMs)
        const isSetBack = toMs < fromMs
        // What was watched by the clock of before is counted, and counting goes on by the clock of now.
        for (const [name, total] of totals) {
          const { as, planned, countedToMs } = total
          if (isSetBack && as === null) total.countedToMs = Math.min(countedToMs, fromMs) - fromMs + toMs
          else Object.assign(count(name, fromMs, isSetBack ? as : null, planned), { countedToMs: toMs })
        }
        newCountsFromMs = isSetBack ? Math.min(newCountsFromMs, fromMs) - fromMs + toMs : toMs
      }
      if (write.kind === 'departure') count(write.departure.monitor, Math.round(write.departure.atMs), null)
    },
    clear() {
      totals.clear()
      newCountsFromMs = -Infinity
    },
    /** What the time after the last check of a monitor counts as. */
    asOf: (monitor: string) => totals.get(monitor)?.as ?? null,
    /** Monitors with less time up and down than was certainly seen. */
    lost: (leastMs: (monitor: string) => number): string[] =>
      [...totals]
        .map(([name, { upMs, downMs, plannedMs }]) => ({ name, ms: upMs + downMs + plannedMs }))
        .filter(({ name, ms }) => ms < leastMs(name))
        .map(({ name, ms }) => `${name} was watched for ${ms} of at least ${leastMs(name)} ms`),
    /** Monitors with more time up and down than they can have been watched, and hours that are too long. */
    excesses(database: Database, { mostMs, setBackMs }: { mostMs: number; setBackMs: number }): string[] {
      const longer = [...totals].filter(([, { upMs, downMs, plannedMs }]) => upMs + downMs + plannedMs > mostMs)
      const spans = database
        .query<{ span: string; ms: number }, [number]>(
          `SELECT span, up_ms + down_ms + planned_ms AS ms FROM roll_ups
           WHERE up_ms + down_ms + planned_ms > CASE span WHEN 'hour' THEN 3600000 ELSE 86400000 END + ?`,
        )
        .all(setBackMs)
      return [
        ...longer.map(([name, { upMs, downMs }]) => `${name} was watched for ${upMs + downMs} of ${mostMs} ms`),
        ...spans.map(({ span, ms }) => `${span} of ${ms} ms`),
      ]
    },
    /** Differences to the hours and days in the file, plus the checks that are not summed up yet. */
    differences(database: Database): string[] {
      return (['hour', 'day'] as const).flatMap((span) =>
        database
          .query<{ name: string; sums: string }, [string]>(SUMS)
          .all(span)
          .filter(({ name, sums }) => sums !== textOf(totals.get(name)))
          .map(({ name, sums }) => `${name}, ${span}s: ${sums} instead of ${textOf(totals.get(name))}`),
      )
    },
  }
}

/** A series of passes waits to be summed up: that time was up. */
const SUMS = `
  WITH unsummed AS (
    SELECT monitor_id, min(started_at_ms) AS first_ms, max(started_at_ms) AS last_ms,
      sum(outcome IN (0, 1)) AS passed, sum(outcome IN (2, 3, 4)) AS failed, sum(outcome = 5) AS voids
    FROM checks JOIN monitors ON id = monitor_id WHERE started_at_ms > summed_to_ms GROUP BY monitor_id
  ), summed AS (
    SELECT monitor_id, sum(up_ms) AS up, sum(down_ms) AS down, sum(planned_ms) AS planned, sum(passed_count) AS passed,
      sum(failed_count) AS failed, sum(void_count) AS voids
    FROM roll_ups WHERE span = ? GROUP BY monitor_id
  )
  SELECT m.name, concat_ws(' ',
    s.up + CASE m.counted_as WHEN 'up' THEN ifnull(u.last_ms - min(u.first_ms, m.counted_to_ms), 0) ELSE 0 END,
    s.down, s.planned, s.passed + ifnull(u.passed, 0), s.failed + ifnull(u.failed, 0), s.voids + ifnull(u.voids, 0)) AS sums
  FROM monitors m JOIN summed s ON s.monitor_id = m.id LEFT JOIN unsummed u ON u.monitor_id = m.id`

/** How much of a span lies in these times: what is left of it without them is cut off piece by piece. */
function coveredMs(times: Total['planned'], fromMs: number, toMs: number): number {
  let rest = [{ fromMs, toMs }]
  for (const time of times) {
    rest = rest
      .flatMap((one) => [
        { fromMs: one.fromMs, toMs: Math.min(one.toMs, time.fromMs) },
        { fromMs: Math.max(one.fromMs, time.untilMs), toMs: one.toMs },
      ])
      .filter((one) => one.toMs > one.fromMs)
  }
  return toMs - fromMs - rest.reduce((sum, one) => sum + one.toMs - one.fromMs, 0)
}

function countsAs(status: string): Total['as'] {
  if (status === 'up') return 'up'
  return status === 'failing' || status === 'down' ? 'down' : null
}

function textOf(total: Total | undefined): string {
  if (total === undefined) return ''
  return [total.upMs, total.downMs, total.plannedMs, total.passed, total.failed, total.voids].join(' ')
}
