import { afterAll, afterEach, describe, expect, test } from 'bun:test'
import { answerChanges } from '../../src/cluster/letters/change-letters.ts'
import type { NodeCard } from '../../src/core/model/cluster.ts'
import type { HandedChange } from '../../src/store/file/change-mutes.ts'
import { readJournaled } from '../../src/store/tables/journaled.ts'
import { readMutes } from '../../src/store/tables/mutes.ts'
import { openTestEngine } from '../support/engine.ts'
import { eventually } from '../support/eventually.ts'
import { hasNats, startNats } from '../support/nats.ts'
import { aCard } from '../support/samples.ts'
import { createPlace, withDatabase } from './database.ts'

const nats = hasNats ? await startNats() : undefined
afterAll(() => nats?.[Symbol.asyncDispose]())

const urls = nats?.urls ?? ['nats://127.0.0.1:9']
const PASSWORD = 'not-to-be-shown'
const configOf = (name: string, servers: readonly string[] = urls) => `cluster:
  servers: ${JSON.stringify(servers)}
  name: ${name}
  node: b
monitors:
  - {name: web, command: [true]}
`
const CARD = aCard({ name: 'a', kind: 'server', hostname: 'host-a', configuration: 'one', sequence: 1 })
const AGENT = aCard({ hostname: 'nas\u001b[31m', tags: ['lan'] })

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

/** A cluster of its own with these nodes, in which `a` leads and makes changes. */
async function startCluster(name: string, cards: readonly NodeCard[] = [CARD]) {
  const access = { name }
  const engine = await openTestEngine({ urls: urls as [string, ...string[]] }, { node: 'a', access })
  closers.push(engine.close)
  const held = await engine.lease.acquire('a')
  if (held.kind !== 'held') throw new Error(held.kind)
  for (const card of cards) await engine.presence.say(card)
  const made: HandedChange[] = []
  closers.push(
    answerChanges<HandedChange>(engine.letters, async (change) => {
      made.push(change)
    }),
  )
  return { made, engine, lease: held.lease }
}

const silencesIn = (place: { readonly directory: string }) =>
  withDatabase(place, (database) => readMutes(database, Date.now()).silences.length)

describe.skipIf(nats === undefined)('minitor nodes', () => {
  test('shows who is there, and prints nothing that a terminal would obey', async () => {
    using place = createPlace(configOf('shown'))
    await startCluster('shown', [CARD, AGENT])
    const { exitCode, stdout, stderr } = await place.minitor('nodes')
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(stdout).toStartWith('2 nodes, all there; a leads\n\nSTATE')
    expect(stdout).toContain('nas\\x1b[31m')
    const shown = await place.minitor('nodes', '--json')
    expect(JSON.parse(shown.stdout)).toMatchObject({
      leader: 'a',
      nodes: [
        { name: 'a', role: 'leader', is_there: true, oddities: [] },
        { name: 'nas', role: 'agent', tags: ['lan'], sequence: null },
      ],
    })
  })

  test('says what is odd', async () => {
    using place = createPlace(configOf('odd'))
    await startCluster('odd', [CARD, { ...CARD, name: 'b', configuration: 'two' }])
    const { stdout } = await place.minitor('nodes')
    expect(stdout).toEndWith(
      '\n\nb: its configuration differs from that of a, which leads\n  copy the configuration of one server to the other, and run there: minitor reload\n',
    )
  })

  test('lost nodes come first, make it exit with 1, and can be forgotten', async () => {
    using place = createPlace(configOf('lost'))
    const { engine, lease } = await startCluster('lost', [CARD])
    const other = await openTestEngine(
      { urls: urls as [string, ...string[]] },
      { node: 'nas', kind: 'agent', access: { name: 'lost' } },
    )
    closers.push(other.close)
    await other.presence.say(AGENT)
    const isLost = async () => {
      await Promise.all([engine.presence.say(CARD), lease.renew()])
      return (await engine.presence.nodes()).some(({ isThere }) => !isThere)
    }
    while (!(await isLost())) await Bun.sleep(20)
    const { exitCode, stdout } = await place.minitor('nodes')
    expect([exitCode, stdout.split('\n')[0]]).toEqual([1, '1 of 2 nodes lost; a leads'])
    expect(stdout.split('\n')[3]).toStartWith('lost   nas')
    await Promise.all([engine.presence.say(CARD), lease.renew()])
    expect((await place.minitor('nodes', '--forget', 'a')).stderr).toContain('"a" is there')
    expect((await place.minitor('nodes', '--forget', 'nsa')).stderr).toContain('did you mean "nas"?')
    expect((await place.minitor('nodes', '--forget', 'nas')).stdout).toBe('"nas" is forgotten\n')
    expect((await engine.presence.nodes()).map(({ name }) => name)).toEqual(['a'])
  })

  test('nobody leads', async () => {
    using place = createPlace(configOf('empty'))
    const engine = await openTestEngine(
      { urls: urls as [string, ...string[]] },
      { node: 'a', access: { name: 'empty' } },
    )
    closers.push(engine.close)
    const { exitCode, stdout } = await place.minitor('nodes')
    expect([exitCode, stdout]).toEqual([1, 'no nodes; nobody leads\n'])
  })

  test('needs a cluster', async () => {
    using place = createPlace('monitors: [{name: web, command: [true]}]\n')
    const { exitCode, stderr } = await place.minitor('nodes')
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('the configuration has no cluster')])
  })
})

describe.skipIf(nats === undefined)('a change in a cluster', () => {
  test('is made by the server that leads, and not in the own file', async () => {
    using place = createPlace(configOf('made'), { down: ['web'] })
    const { made } = await startCluster('made')
    for (const args of [
      ['silence', 'web', '1h'],
      ['ack', 'web'],
      ['pause', 'web'],
      ['announce', 'moving'],
      ['sign-out', '--all'],
    ]) {
      const { exitCode, stderr, stdout } = await place.minitor(...args)
      expect([args, exitCode, stderr]).toEqual([args, 0, ''])
      expect(stdout).not.toContain('No daemon')
    }
    expect(made.map(({ kind }) => kind)).toEqual(['silence', 'acknowledge', 'pause', 'announce', 'end_sessions'])
    expect(silencesIn(place)).toBe(0)
  })

  test('that is none asks nobody', async () => {
    using place = createPlace(configOf('none'))
    const { exitCode, stderr } = await place.minitor('ack', 'web')
    expect([exitCode, stderr]).toEqual([1, '"web" has no open incident: there is nothing to acknowledge\n'])
  })

  test('is not made while nobody leads', async () => {
    using place = createPlace(configOf('leaderless'))
    const { exitCode, stderr } = await place.minitor('silence', 'web', '1h')
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringContaining('nothing is changed: no server of the cluster leads now'),
    ])
    expect(silencesIn(place)).toBe(0)
  })

  test('that the leader cannot save is refused with its reason', async () => {
    using place = createPlace(configOf('full'))
    const { engine } = await startCluster('full')
    closers.splice(-1)[0]?.()
    closers.push(answerChanges(engine.letters, () => Promise.reject(new Error('the disk is full'))))
    const { exitCode, stderr } = await place.minitor('silence', 'web', '1h')
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringContaining('the server that leads cannot save it: the disk is full'),
    ])
  })

  test('with wrong credentials is refused, and no password is shown', async () => {
    await using locked = await startNats({ config: 'authorization { user: minitor, password: right }' })
    const servers = locked.urls.map((url) => url.replace('//', `//minitor:${PASSWORD}@`))
    using place = createPlace(configOf('locked', servers))
    for (const args of [['nodes'], ['silence', 'web', '1h']]) {
      const { exitCode, stdout, stderr } = await place.minitor(...args)
      expect(exitCode).toBe(2)
      expect(stderr).toStartWith('error: ')
      expect(stdout + stderr).not.toContain(PASSWORD)
    }
  })
})

test('a server that leaves its cluster has an ordinary database again', async () => {
  using place = createPlace('monitors: [{name: web, command: [true]}]\n')
  withDatabase(place, (database) => {
    database.run(`INSERT INTO facts VALUES ('journal', '{"id":"x","sequence":1}')`)
    database.run("INSERT INTO unpublished (id, now_ms, writes) VALUES ('a', 1, '[]')")
  })
  const daemon = place.start('run')
  await eventually('it has left', () => withDatabase(place, readJournaled).position === null)
  expect(withDatabase(place, readJournaled)).toEqual({ position: null, leader: null, unpublishedCount: 0 })
  expect((await place.minitor('silence', 'web', '1h')).exitCode).toBe(0)
  daemon.kill()
  await daemon.exited
})

describe('a change without the engine', () => {
  const servers = ['nats://127.0.0.1:9']

  test('is not made while another server may lead', async () => {
    using place = createPlace(configOf('away', servers))
    const { exitCode, stderr } = await place.minitor('silence', 'web', '1h')
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('the cluster cannot be reached')])
    expect(silencesIn(place)).toBe(0)
  })

  test('is refused in the file of a cluster where the configuration names none', async () => {
    using place = createPlace('monitors: [{name: web, command: [true]}]\n')
    withDatabase(place, (database) => database.run(`INSERT INTO facts VALUES ('journal', '{"id":"x","sequence":1}')`))
    const { exitCode, stderr } = await place.minitor('silence', 'web', '1h')
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('only the one that leads may change it')])
    expect(withDatabase(place, readJournaled).unpublishedCount).toBe(0)
  })
})
