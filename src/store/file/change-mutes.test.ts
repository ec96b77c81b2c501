import { afterAll, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { createScratch, startDatabase } from '../../../test/support/database.ts'
import { aChange } from '../../../test/support/samples.ts'
import { readMutes } from '../tables/mutes.ts'
import { changeMutesIn, type HandedChange, type MuteChanges, planMutes } from './change-mutes.ts'

const scratch = createScratch()
afterAll(scratch.remove)

/** A file in which `web` is down. */
function newFile(): string {
  const path = scratch.newPath()
  const { apply, database } = startDatabase(path)
  apply([{ kind: 'check', change: aChange('web', 1) }], 0)
  database.close()
  return path
}

const silence = { target: 'all', untilMs: 200, reason: '', who: 'anna' } as const
const BY = { atMs: 100, who: 'anna' }
const given = { monitor: 'web', atMs: 7, reason: 'on it', who: 'anna' }

test.each<{ name: string; work: (changes: MuteChanges) => unknown; kinds: HandedChange['kind'][] }>([
  { name: 'a silence', work: (changes) => changes.silence(silence, 100), kinds: ['silence'] },
  { name: 'the end of a silence', work: (changes) => changes.unsilence('all', BY), kinds: ['unsilence'] },
  { name: 'an acknowledgement', work: (changes) => changes.acknowledge(given), kinds: ['acknowledge'] },
  { name: 'one of nothing', work: (changes) => changes.acknowledge({ ...given, monitor: 'api' }), kinds: [] },
  { name: 'the end of none', work: (changes) => changes.unacknowledge('web', BY), kinds: [] },
  { name: 'a sign-out', work: (changes) => changes.endSessions(BY), kinds: ['end_sessions'] },
])('what is planned changes nothing, and says the same as if it was done: $name', ({ work, kinds }) => {
  const path = newFile()
  const before = readFileSync(path)
  const planned = planMutes(path, work)
  if (planned.kind === 'refused') throw new Error(planned.reason)
  expect(planned.changes.map(({ kind }) => kind)).toEqual(kinds)
  expect(readFileSync(path).equals(before)).toBe(true)
  expect(changeMutesIn(path, work)).toEqual({ kind: 'done', result: planned.result })
})

test('a second acknowledgement adds to the first', () => {
  const path = newFile()
  changeMutesIn(path, (changes) => changes.acknowledge(given))
  const again = { ...given, atMs: 9, reason: 'part ordered', who: 'bob' }
  const acknowledged = { atMs: 7, reason: 'on it; part ordered', who: 'anna, bob' }
  const planned = planMutes(path, (changes) => changes.acknowledge(again))
  expect(planned).toMatchObject({ result: { acknowledged, before: { reason: 'on it', who: 'anna' } } })
  changeMutesIn(path, (changes) => changes.acknowledge(again))
  const { database } = startDatabase(path)
  expect(readMutes(database, 0).acknowledgements).toEqual([{ incidentId: 'web-1', ...acknowledged }])
  database.close()
})
