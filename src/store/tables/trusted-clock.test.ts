import { afterAll, describe, expect, test } from 'bun:test'
import { createScratch, openFile, rowsOf } from '../../../test/support/database.ts'
import { aChange } from '../../../test/support/samples.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../../test/support/time.ts'
import { type ClockTrust, trustClock } from './trusted-clock.ts'

const scratch = createScratch()
afterAll(scratch.remove)

const T0 = Date.UTC(2026, 5, 1)
const YEAR = 365 * DAY
const RETENTION = { checksMs: 7 * DAY, hourlyMs: 90 * DAY, dailyMs: 1825 * DAY }

describe('trustClock', () => {
  const trusted: ClockTrust = { trustedAtMs: T0, doubt: null }
  const doubt = (atMs: number, ranMs: number): ClockTrust => ({ trustedAtMs: T0, doubt: { atMs, ranMs } })
  const ahead = T0 + 6 * YEAR
  test.each([
    { name: 'trusts one that goes on', before: trusted, at: T0 + MINUTE, ran: MINUTE, after: 'trusted' },
    { name: 'trusts one after a night without Minitor', before: trusted, at: T0 + 14 * HOUR, ran: 0, after: 'trusted' },
    { name: 'trusts one that was set back', before: trusted, at: T0 - YEAR, ran: MINUTE, after: 'trusted' },
    { name: 'doubts one that is far ahead', before: trusted, at: ahead, ran: MINUTE, after: 0 },
    { name: 'doubts it on', before: doubt(ahead, 0), at: ahead + HOUR, ran: HOUR, after: HOUR },
    { name: 'counts only what was run', before: doubt(ahead, HOUR), at: ahead + 9 * HOUR, ran: 0, after: HOUR },
    { name: 'trusts it after a day', before: doubt(ahead, 23 * HOUR), at: ahead + HOUR, ran: HOUR, after: 'trusted' },
    { name: 'begins anew with another', before: doubt(ahead, HOUR), at: ahead + YEAR, ran: HOUR, after: 0 },
    { name: 'trusts one that was corrected', before: doubt(ahead, HOUR), at: T0 + HOUR, ran: HOUR, after: 'trusted' },
  ] as const)('$name', ({ before, at, ran, after }) => {
    const next = trustClock(before, at, ran)
    expect(next.doubt?.ranMs ?? 'trusted').toBe(after)
    expect(next.trustedAtMs).toBe(after === 'trusted' ? at : T0)
  })
})

describe('J6: what a wrong clock makes old', () => {
  /** A file with a check at T0, whose daemon was last known to watch then. */
  const start = () => {
    const path = scratch.newPath()
    const file = openFile(path, T0)
    file.apply([{ kind: 'check', change: aChange('web', T0) }], T0)
    file.close()
    const count = () => rowsOf(path, 'SELECT 1 FROM checks').length
    return { path, count }
  }
  /** Runs a daemon for so long by a clock that says `fromMs` at its start. */
  const live = (path: string, fromMs: number, forMs: number) => {
    const file = openFile(path, fromMs)
    for (let ms = 10 * SECOND; ms <= forMs; ms += 5 * MINUTE) while (file.retain(RETENTION, fromMs + ms, 7 + ms));
    file.close()
  }

  test('stays until Minitor has run by it for a day', () => {
    const { path, count } = start()
    live(path, T0 + 3 * YEAR, 23 * HOUR)
    expect(count()).toBe(1)
    live(path, T0 + 3 * YEAR + 24 * HOUR, 2 * HOUR)
    expect(count()).toBe(0)
  })

  test('stays over restarts, each a minute long', () => {
    const { path, count } = start()
    for (let start = 0; start < 5; start++) live(path, T0 + 8 * DAY + start * HOUR, MINUTE)
    expect(count()).toBe(1)
  })

  test('stays if the clock is corrected, and is removed when it is really old', () => {
    const { path, count } = start()
    live(path, T0 + 3 * YEAR, HOUR)
    live(path, T0 + HOUR, HOUR)
    expect(count()).toBe(1)
    for (let day = 0; day < 9; day++) live(path, T0 + day * DAY, 23 * HOUR)
    expect(count()).toBe(0)
  })

  test('stays if the clock jumps while Minitor runs', () => {
    const { path, count } = start()
    const file = openFile(path, T0)
    file.retain(RETENTION, T0 + MINUTE, MINUTE)
    file.retain(RETENTION, T0 + 6 * YEAR, 2 * MINUTE)
    file.retain(RETENTION, T0 + 6 * YEAR + 23 * HOUR, 23 * HOUR)
    file.close()
    expect(count()).toBe(1)
  })
})
