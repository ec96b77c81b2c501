import { afterAll, afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { createScratch, openFile } from '../../../test/support/database.ts'
import { failed, keepHistory, passed } from '../../../test/support/history-file.ts'
import { TEST_LIMIT_MS } from '../../../test/support/pace.ts'
import { type Past, PastUnavailable } from '../../core/past/past.ts'
import { PAST_WORKER } from '../../threads.ts'
import { createMemoryPast } from '../memory-store.ts'
import { createPastThread } from './past-thread.ts'

setDefaultTimeout(TEST_LIMIT_MS)

const scratch = createScratch()
const open = new Set<Past>()
afterEach(async () => {
  await Promise.all([...open].map((past) => past.close()))
  open.clear()
})
afterAll(scratch.remove)

const NOW = 10_000

function openPast(path: string): Past {
  const past = createPastThread(path, PAST_WORKER)
  open.add(past)
  return past
}

const outcomes = async (past: Past, names: readonly string[]) =>
  [...(await past.overview(names, NOW))].map(([name, { lastCheck }]) => `${name} ${lastCheck?.outcome ?? 'unknown'}`)

test('answers all questions beside the daemon that writes, as of when they are asked', async () => {
  const path = scratch.newPath()
  const writer = openFile(path)
  const past = openPast(path)
  expect(await outcomes(past, ['web'])).toEqual(['web unknown'])
  writer.apply([failed('web', 1000, { alerts: ['mail'] })], 1000)
  expect(await outcomes(past, ['web'])).toEqual(['web failed'])
  const incident = { id: 'web-1000', monitor: 'web' }
  expect(await past.history('web', { sinceMs: 0, nowMs: NOW })).toMatchObject({ incidents: [incident] })
  expect(await past.incidents({ sinceMs: 0, monitor: null, beforeMs: null, limit: 9 })).toMatchObject([incident])
  expect(await past.incident('web-1000')).toMatchObject({ incident, notifications: [{ kind: 'down' }] })
  expect((await past.durations('web', '24h', NOW)).points.at(-1)).toMatchObject({ checkCount: 1, failedCount: 1 })
  await past.close()
  writer.close()
})

test('a long overview lets short questions go first', async () => {
  const path = scratch.newPath()
  keepHistory(path, [passed('web', 1000)], { aliveAtMs: NOW })
  const past = openPast(path)
  const names = Array.from({ length: 5000 }, (_, index) => `monitor ${index}`)
  const ends: string[] = []
  await Promise.all([
    past.overview([...names, 'web'], NOW).then((all) => void ends.push(`${all.size} monitors`)),
    past.incident('none').then(() => void ends.push('incident')),
  ])
  expect(ends).toEqual(['incident', '5001 monitors'])
})

describe('a file that cannot be read is told as such, and read again once it can be', () => {
  const known = () => {
    const path = scratch.newPath()
    keepHistory(path, [passed('web', 1000)], { aliveAtMs: NOW })
    return path
  }

  test.each<{ name: string; spoil: (path: string) => void; cause: string }>([
    { name: 'missing', spoil: (path) => rmSync(path), cause: 'there is no file' },
    { name: 'empty', spoil: (path) => truncateSync(path), cause: 'damaged' },
    { name: 'text', spoil: (path) => writeFileSync(path, 'monitors:\n'.repeat(1000)), cause: 'damaged' },
    {
      name: 'moved aside for another that is not yet complete',
      spoil(path) {
        renameSync(path, `${path}.corrupt`)
        writeFileSync(path, '', { mode: 0o600 })
      },
      cause: 'older Minitor',
    },
  ])('$name', async ({ spoil, cause }) => {
    const path = known()
    const past = openPast(path)
    expect(await outcomes(past, ['web'])).toEqual(['web passed'])
    spoil(path)
    const error = await past.overview(['web'], NOW).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(PastUnavailable)
    expect((error as Error).message).not.toContain(path)
    expect(String((error as Error).cause)).toContain(cause)

    rmSync(path, { force: true })
    keepHistory(path, [failed('web', 2000)], { aliveAtMs: NOW })
    expect(await outcomes(past, ['web'])).toEqual(['web failed'])
  })
})

test('follows the daemon to another file when it moves a damaged one aside', async () => {
  const path = scratch.newPath()
  const writer = openFile(path)
  writer.apply([passed('web', 1000)], 1000)
  const past = openPast(path)
  expect(await outcomes(past, ['web', 'api'])).toEqual(['web passed', 'api unknown'])
  writer.replace(NOW)
  writer.apply([passed('api', 2000)], 2000)
  expect(await outcomes(past, ['web', 'api'])).toEqual(['web unknown', 'api passed'])
  await past.close()
  writer.close()
})

/** How many locks this process holds on a file, as the system knows them. */
function lockCount(path: string): number {
  const of = new RegExp(` POSIX .* ${process.pid} [0-9a-f:]*:${statSync(path).ino} `)
  return readFileSync('/proc/locks', 'utf8')
    .split('\n')
    .filter((line) => of.test(line)).length
}

test('leaves the daemon the locks that it holds on the file', async () => {
  const path = scratch.newPath()
  const writer = openFile(path)
  writer.apply([passed('web', 1000)], 1000)
  const count = lockCount(path)
  expect(count).toBeGreaterThan(0)
  const past = openPast(path)
  expect(await outcomes(past, ['web'])).toEqual(['web passed'])
  expect(lockCount(path)).toBe(count)
  await past.close()
  expect(lockCount(path)).toBe(count)
  writer.close()
  // Closed before the writer, it has left the bringing in order to it.
  expect(statSync(`${path}-wal`, { throwIfNoEntry: false })).toBeUndefined()
})

test("a bug in one question is that question's alone", async () => {
  const path = scratch.newPath()
  keepHistory(path, [passed('web', 1000)], { aliveAtMs: NOW })
  const past = openPast(path)
  const error = await past.durations('web', 'never' as '24h', NOW).catch((reason: unknown) => reason)
  expect(error).not.toBeInstanceOf(PastUnavailable)
  expect(String(error)).toContain('in the past thread')
  expect(await outcomes(past, ['web'])).toEqual(['web passed'])
})

test('answers what was asked before it closes, and nothing after that', async () => {
  const path = scratch.newPath()
  keepHistory(path, [passed('web', 1000)], { aliveAtMs: NOW })
  const past = openPast(path)
  const asked = outcomes(past, ['web'])
  await past.close()
  expect(await asked).toEqual(['web passed'])
  expect(await outcomes(past, ['web']).catch((error: unknown) => error)).toBeInstanceOf(PastUnavailable)
})

test('the past of a daemon without a file says the same as that of an empty one', async () => {
  const path = scratch.newPath()
  keepHistory(path, [], { aliveAtMs: NOW })
  const nowMs = Date.parse('2026-07-31T12:34:56Z')
  const answers = (past: Past) =>
    Promise.all([
      past.overview(['web'], nowMs),
      past.history('web', { sinceMs: 0, nowMs }),
      past.durations('web', '7d', nowMs),
      past.measured('web', '24h', nowMs),
      past.incidents({ sinceMs: 0, monitor: null, beforeMs: null, limit: 9 }),
      past.incident('web-1'),
    ])
  expect(await answers(createMemoryPast())).toEqual(await answers(openPast(path)))
})
