import type { Database } from 'bun:sqlite'
import type { Write } from '../../src/store/write.ts'

interface Total {
  countedToMs: number
  as: 'up' | 'down' | null
  upMs: number
  downMs: number
  passed: number
  failed: number
  voids: number
}

/** The sums over all hours of a file, added up a second time as the writes go by. */
export function createTimeTotals() {
  const totals = new Map<string, Total>()
  let unwatchedToMs = Number.NEGATIVE_INFINITY

  const newTotal = (): Total => ({
    countedToMs: unwatchedToMs,
    as: null,
    upMs: 0,
    downMs: 0,
    passed: 0,
    failed: 0,
    voids: 0,
  })

  const count = (monitor: string, toMs: number, as: Total['as']) => {
    const total = totals.get(monitor) ?? newTotal()
    totals.set(monitor, total)
    const lastedMs = Math.max(0, toMs - total.countedToMs)
    if (total.as === 'up') total.upMs += lastedMs
    if (total.as === 'down') total.downMs += lastedMs
    // What was counted as neither stays so, whatever began before its end.
    const countedToMs = total.as === null ? Math.max(toMs, total.countedToMs) : toMs
    return Object.assign(total, { countedToMs, as })
  }

  return {
    note(write: Write) {
      if (write.kind === 'check') {
        const { check, state } = write.change
        const isKnown = check.outcome !== 'void' && state.status !== 'pending'
        const total = count(check.monitor, Math.round(check.startedAtMs), isKnown ? asOf(state.status) : null)
        if (check.outcome === 'void') total.voids++
        else if (check.outcome === 'passed' || check.outcome === 'warned') total.passed++
        else total.failed++
      }
      if (write.kind === 'unwatched') {
        const fromMs = Math.round(write.unwatched.fromMs)
        const toMs = Math.round(write.unwatched.toMs)
        for (const [name, { countedToMs }] of totals) {
          count(name, Math.max(fromMs, countedToMs), null)
          count(name, toMs, null)
        }
        unwatchedToMs = Math.max(unwatchedToMs, toMs)
      }
      if (write.kind === 'departure') count(write.departure.monitor, Math.round(write.departure.atMs), null)
    },
    clear() {
      totals.clear()
      unwatchedToMs = Number.NEGATIVE_INFINITY
    },
    /** Monitors that were up and down for longer than they can have been watched, and hours that were too long. */
    excesses(database: Database, { mostMs, setBackMs }: { mostMs: number; setBackMs: number }): string[] {
      const longer = [...totals].filter(([, { upMs, downMs }]) => upMs + downMs > mostMs)
      const spans = database
        .query<{ span: string; ms: number }, [number]>(
          `SELECT span, up_ms + down_ms AS ms FROM roll_ups
           WHERE up_ms + down_ms > CASE span WHEN 'hour' THEN 3600000 ELSE 86400000 END + ?`,
        )
        .all(setBackMs)
      return [
        ...longer.map(([name, { upMs, downMs }]) => `${name} was watched for ${upMs + downMs} of ${mostMs} ms`),
        ...spans.map(({ span, ms }) => `${span} of ${ms} ms`),
      ]
    },
    /** What the hours and the days in the file say otherwise. */
    differences(database: Database): string[] {
      return (['hour', 'day'] as const).flatMap((span) =>
        database
          .query<{ name: string; sums: string }, [string]>(
            `SELECT m.name, group_concat(s.up || ' ' || s.down || ' ' || s.passed || ' ' || s.failed || ' ' || s.voids) AS sums
             FROM monitors m JOIN (
               SELECT monitor_id, sum(up_ms) AS up, sum(down_ms) AS down, sum(passed_count) AS passed,
                 sum(failed_count) AS failed, sum(void_count) AS voids
               FROM roll_ups WHERE span = ? GROUP BY monitor_id
             ) s ON s.monitor_id = m.id GROUP BY m.name`,
          )
          .all(span)
          .filter(({ name, sums }) => sums !== textOf(totals.get(name)))
          .map(({ name, sums }) => `${name}, ${span}s: ${sums} instead of ${textOf(totals.get(name))}`),
      )
    },
  }
}

function asOf(status: string): Total['as'] {
  if (status === 'up') return 'up'
  return status === 'failing' || status === 'down' ? 'down' : null
}

function textOf(total: Total | undefined): string {
  if (total === undefined) return ''
  return [total.upMs, total.downMs, total.passed, total.failed, total.voids].join(' ')
}
