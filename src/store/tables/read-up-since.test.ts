import { afterAll, expect, test } from 'bun:test'
import { changeFile, createScratch, opened } from '../../../test/support/database.ts'
import { failed, keepHistory, passed } from '../../../test/support/history-file.ts'
import { DAY, HOUR } from '../../../test/support/time.ts'
import { readDatabase } from '../file/read-database.ts'
import type { Write } from './apply-writes.ts'
import { readUpSince } from './uptime.ts'

const scratch = createScratch()
afterAll(scratch.remove)

const NOW = Date.parse('2026-07-31T12:34:00Z')
const hourOf = (atMs: number) => Math.floor(atMs / HOUR) * HOUR
const dayOf = (atMs: number) => Math.floor(atMs / DAY) * DAY

const OUTAGE = [passed('web', NOW - 9 * DAY), failed('web', NOW - 8 * DAY), passed('web', NOW - 8 * DAY + 90_000)]
const LATER = [passed('web', NOW - 8 * DAY + 120_000), passed('web', NOW)]

interface Case {
  readonly name: string
  readonly writes: readonly Write[]
  /** What retention has removed. */
  readonly removed?: readonly string[]
  readonly since: number | undefined
}

test.each<Case>([
  { name: 'since the pass after the last failure', writes: [...OUTAGE, ...LATER], since: NOW - 8 * DAY + 90_000 },
  {
    name: 'to the hour, where the checks are gone',
    writes: [...OUTAGE, ...LATER],
    removed: ['DELETE FROM checks'],
    since: hourOf(NOW - 8 * DAY) + HOUR,
  },
  {
    name: 'to the day, where the hours are gone, too',
    writes: [...OUTAGE, ...LATER],
    removed: ['DELETE FROM checks', "DELETE FROM roll_ups WHERE span = 'hour'"],
    since: dayOf(NOW - 8 * DAY) + DAY,
  },
  {
    name: 'since it recovered from an outage that went over midnight',
    writes: [passed('web', NOW - 9 * DAY), failed('web', NOW - 3 * DAY), passed('web', NOW - DAY), passed('web', NOW)],
    since: NOW - DAY,
  },
  {
    name: 'since it was first seen, without a failure',
    writes: [passed('web', NOW - 5 * DAY), passed('web', NOW)],
    since: NOW - 5 * DAY,
  },
  {
    name: 'since the day it was first seen, where its checks are gone',
    writes: [passed('web', NOW - 5 * DAY), passed('web', NOW)],
    removed: [`DELETE FROM checks WHERE started_at_ms < ${NOW}`],
    since: dayOf(NOW - 5 * DAY),
  },
  {
    name: 'nobody knows, after more than 90 days',
    writes: [passed('web', NOW - 99 * DAY), failed('web', NOW - 95 * DAY), passed('web', NOW - 94 * DAY)],
    since: undefined,
  },
])('up $name', ({ writes, removed = [], since }) => {
  const path = scratch.newPath()
  keepHistory(path, writes, { aliveAtMs: NOW })
  changeFile(path, (database) => {
    for (const statement of removed) database.run(statement)
  })
  const { result } = opened(readDatabase(path, (database) => readUpSince(database, [1], NOW)))
  expect(result.get(1)).toBe(since as number)
})
