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

  const count = (monitor: string, toMs: number, as: Total['as']) => {
    const total = totals.get(monitor) ?? { countedToMs: toMs, as, upMs: 0, downMs: 0, passed: 0, failed: 0, voids: 0 }
    totals.set(monitor, total)
    const lastedMs = Math.max(0, toMs - total.countedToMs)
    if (total.as === 'up') total.upMs += lastedMs
    if (total.as === 'down') total.downMs += lastedMs
    return Object.assign(total, { countedToMs: toMs, as })
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
        const { fromMs, monitor } = write.unwatched
        for (const [name, { countedToMs, as }] of totals) {
          if (monitor === null ? as !== null : monitor === name) {
            count(name, Math.max(Math.round(fromMs), countedToMs), null)
          }
        }
      }
      if (write.kind === 'departure') count(write.departure.monitor, Math.round(write.departure.atMs), null)
    },
    clear: () => totals.clear(),
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
