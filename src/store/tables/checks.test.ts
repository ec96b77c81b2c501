import { afterAll, describe, expect, test } from 'bun:test'
import { createScratch, opened } from '../../../test/support/database.ts'
import { failed, keepHistory, passed } from '../../../test/support/history-file.ts'
import { HOUR } from '../../../test/support/time.ts'
import type { Mute } from '../../core/model/types.ts'
import { quantile } from '../../core/past/duration-sketch.ts'
import { readDatabase } from '../file/open-for-reading.ts'
import { readChecks, readLastChecks } from './checks.ts'
import { readFacts } from './facts.ts'
import { readMonitors } from './monitors.ts'
import { readHours } from './roll-ups.ts'
import { readUnwatched } from './unwatched.ts'

const scratch = createScratch()
afterAll(scratch.remove)

const WARNED = { outcome: 'warned', exitCode: 1, reason: 'exit code 1', output: 'disk 91 %\n', durationMs: 20 } as const

const path = scratch.newPath()
keepHistory(
  path,
  [
    passed('web', HOUR, { check: { durationMs: 10 } }),
    failed('api', HOUR + 1000, { quiet: 'not yet past alert_after' }),
    passed('web', HOUR + 2000, { check: WARNED }),
    { kind: 'unwatched', unwatched: { fromMs: HOUR + 3000, toMs: HOUR + 5000 } },
    { kind: 'unwatched', unwatched: { fromMs: HOUR + 5500, toMs: HOUR + 6000 } },
    passed('web', 2 * HOUR, { check: { durationMs: 30 } }),
    { kind: 'departure', departure: { monitor: 'api', atMs: 2 * HOUR, ending: 'paused' } },
  ],
  { aliveAtMs: 2 * HOUR },
)
const read = <Result>(work: Parameters<typeof readDatabase<Result>>[1]) => opened(readDatabase(path, work)).result

const PASS = { outcome: 'passed', exitCode: 0, reason: '', output: '', quiet: '' } as const
/** What a pass has said is stored until the next check. */
const LAST_PASS = { ...PASS, output: 'fine\n' } as const

describe('why a check notified nobody', () => {
  const MUTES: readonly Mute[] = [
    { by: 'silence', untilMs: 5000, reason: '{moving}' },
    { by: 'maintenance', untilMs: 5000 },
    { by: 'acknowledgement', atMs: 5000, reason: '' },
    { by: 'dependency', parent: 'router', status: 'failing' },
    { by: 'flapping' },
  ]
  // Files of schema 5 and before have mutes in words, too.
  const WORDS = ['', 'between reminders', 'silenced until 2026-01-01T00:00:00.000Z: moving', 'flapping']

  test.each([...MUTES, ...WORDS])('%j', (quiet) => {
    const file = scratch.newPath()
    keepHistory(file, [failed('web', 1000, { quiet })], { aliveAtMs: 1000 })
    const [check] = opened(readDatabase(file, (database) => [...readChecks(database, 1, 0)])).result
    expect(check?.quiet).toEqual(quiet)
  })
})

describe('checks', () => {
  test('of a monitor since a time, oldest first', () => {
    const checks = (sinceMs: number) => read((database) => [...readChecks(database, 1, sinceMs)])
    expect(checks(0)).toEqual([
      { ...PASS, startedAtMs: HOUR, durationMs: 10 },
      { ...WARNED, startedAtMs: HOUR + 2000, quiet: '' },
      { ...LAST_PASS, startedAtMs: 2 * HOUR, durationMs: 30 },
    ])
    expect(checks(HOUR + 2000).map(({ startedAtMs }) => startedAtMs)).toEqual([HOUR + 2000, 2 * HOUR])
  })

  test('the last of each monitor', () => {
    const last = read((database) => readLastChecks(database, [1, 2, 3], 3 * HOUR))
    expect(last.get(1)).toEqual({ ...LAST_PASS, startedAtMs: 2 * HOUR, durationMs: 30 })
    expect(last.get(2)).toMatchObject({ outcome: 'failed', exitCode: 7, quiet: 'not yet past alert_after' })
  })

  test('hours as one, with the durations of all', () => {
    const { passedCount, failedCount, durations, longestMs } = read((database) => readHours(database, 1, HOUR))
    expect({ passedCount, failedCount, longestMs }).toEqual({ passedCount: 3, failedCount: 0, longestMs: 30 })
    expect(Math.round((quantile(durations, 0.5) ?? 0) / 2)).toBe(10)
    expect(read((database) => readHours(database, 1, HOUR + 1)).passedCount).toBe(1)
  })
})

test('monitors are known with their states, also those that are gone', () => {
  const monitors = read(readMonitors)
  expect(monitors.get('web')).toMatchObject({ id: 1, countedToMs: 2 * HOUR, countedAs: 'up' })
  expect(monitors.get('web')?.state).toMatchObject({ status: 'up', lastCheckAtMs: 2 * HOUR, flapping: null })
  expect(monitors.get('api')).toEqual({
    id: 2,
    state: null,
    planned: [],
    slotAtMs: null,
    countedToMs: 2 * HOUR,
    countedAs: null,
  })
})

test('times that were not watched are read oldest first, since a time', () => {
  const unwatched = (sinceMs: number) => read((database) => readUnwatched(database, sinceMs))
  const [first, second] = [
    { fromMs: HOUR + 3000, toMs: HOUR + 5000 },
    { fromMs: HOUR + 5500, toMs: HOUR + 6000 },
  ]
  expect(unwatched(0)).toEqual([first, second])
  expect(unwatched(HOUR + 5000)).toEqual([second])
})

test('the file says who watched last', () => {
  expect(read(readFacts)).toMatchObject({ aliveAtMs: 2 * HOUR, holder: { pid: process.pid } })
})
