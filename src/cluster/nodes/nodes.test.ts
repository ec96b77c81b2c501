import { expect, test } from 'bun:test'
import { createFakeClock } from '../../../test/support/fake-clock.ts'
import { aCard, aConfig, aMonitor, collectLog, NOTHING_KEPT } from '../../../test/support/samples.ts'
import type { KnownNode, NodeCard, Presence } from '../../core/model/cluster.ts'
import { PENDING } from '../../core/model/state.ts'
import { createNodes } from './nodes.ts'

const TAKEOVER_MS = 15_000
const CARD = aCard({ name: 'a', kind: 'server', hostname: 'host-a', configuration: 'same', sequence: 100 })
const AGENT = aCard()

/** An engine that keeps what it is told, until it is cut off. */
function createWorld(others: readonly NodeCard[] = []) {
  const clock = createFakeClock(Date.parse('2026-07-31T18:00:00Z'))
  const nodes = new Map<string, KnownNode>()
  const said: string[] = []
  const isThere = (card: NodeCard) => nodes.set(card.name, { ...card, seenAtMs: clock.wallMs(), isThere: true })
  for (const one of others) isThere(one)
  let isUp = true
  let own = CARD
  let namesake: NodeCard | null = null
  const log = collectLog()
  let isHanging = false
  const answer = async () => {
    if (isHanging) await new Promise(() => {})
    if (!isUp) throw new Error('no answer')
  }
  const presence: Presence = {
    async say(card) {
      await answer()
      said.push(card.name)
      isThere(card)
      return namesake
    },
    async leave(node) {
      await answer()
      nodes.delete(node)
    },
    async nodes() {
      await answer()
      return [...nodes.values()]
    },
  }
  const cluster = { node: 'a', alerts: ['mail'], takeoverMs: TAKEOVER_MS }
  return {
    clock,
    said,
    nodes: createNodes({ presence, clock, log, cluster: () => cluster, card: () => own }),
    logged: () => log.lines.map(({ message }) => message),
    isThere,
    lose: (name: string) => {
      const node = nodes.get(name)
      if (node !== undefined) nodes.set(name, { ...node, isThere: false })
    },
    leave: (name: string) => nodes.delete(name),
    setUp: (up: boolean) => {
      isUp = up
    },
    hang: () => {
      isHanging = true
    },
    setNamesake: (card: NodeCard | null) => {
      namesake = card
    },
    write: (count: number) => {
      own = { ...own, sequence: (own.sequence ?? 0) + count }
    },
    names: () => [...nodes.keys()],
  }
}

type World = ReturnType<typeof createWorld>

const endingOf = (world: World, name: string): readonly [number | string, string | undefined] => {
  const { ending, output } = world.nodes.lookAt(name)
  return [
    ending.kind === 'exited' ? ending.exitCode : ending.kind,
    ending.kind === 'void' ? ending.reason : output.split('\n')[0],
  ]
}

test('a node says three times in the time of its card that it is there', async () => {
  const world = createWorld()
  await world.clock.advance(TAKEOVER_MS)
  expect(world.said).toEqual(['a', 'a', 'a', 'a'])
  await world.nodes.close(true)
  await world.clock.advance(TAKEOVER_MS)
  expect([world.said.length, world.names()]).toEqual([4, []])
})

test('a stop that is not on purpose leaves the node to be missed', async () => {
  const world = createWorld()
  await world.clock.advance(1)
  await world.nodes.close(false)
  expect(world.names()).toEqual(['a'])
})

const SERVER = { ...CARD, name: 'b', hostname: 'host-b' }
const GONE = 'the engine of the cluster does not answer: nobody knows which nodes are there'

test.each<{
  name: string
  node?: NodeCard
  before?: (world: World) => Promise<unknown> | unknown
  expected: ReturnType<typeof endingOf>
}>([
  { name: 'there', expected: [0, 'there'] },
  { name: 'an agent that is there', node: { ...AGENT, name: 'b' }, expected: [0, 'there'] },
  { name: 'lost', before: ({ lose }) => lose('b'), expected: [2, 'lost: not seen since 2026-07-31 18:00:00 UTC'] },
  { name: 'back', before: (world) => [world.lose('b'), world.isThere(SERVER)], expected: [0, 'there'] },
  { name: 'left on purpose', before: ({ leave }) => leave('b'), expected: ['void', 'this node has left the cluster'] },
  { name: 'no engine', before: ({ setUp }) => setUp(false), expected: ['void', GONE] },
  {
    name: 'the engine is back, and the node has not said anything yet',
    before: async (world) => {
      world.setUp(false)
      await world.clock.advance(60_000)
      world.lose('b')
      world.setUp(true)
    },
    expected: ['void', 'not seen yet since the engine of the cluster answers again'],
  },
  {
    name: 'another configuration',
    node: { ...SERVER, configuration: 'other' },
    expected: [1, 'its configuration differs from that of a, which leads'],
  },
  {
    name: 'another version',
    node: { ...AGENT, name: 'b', version: '0.9.0' },
    expected: [1, 'it runs Minitor 0.9.0, and a runs 1.0.0'],
  },
  {
    name: 'a file that is behind for a moment',
    before: async (world) => {
      world.write(50)
      await world.clock.advance(30_000)
    },
    expected: [0, 'there'],
  },
  {
    name: 'a file that does not keep up',
    before: async (world) => {
      world.write(50)
      await world.clock.advance(90_000)
    },
    expected: [1, 'its database does not keep up: 50 records behind'],
  },
])('a node is looked at: $name', async ({ node = SERVER, before, expected }) => {
  const world = createWorld([node])
  await world.clock.advance(TAKEOVER_MS)
  await before?.(world)
  await world.clock.advance(TAKEOVER_MS / 3 + 1)
  expect(endingOf(world, 'b')).toEqual(expected)
})

test('an engine that was away makes no node lost; one that stays silent is', async () => {
  const world = createWorld([AGENT])
  await world.clock.advance(TAKEOVER_MS)
  world.setUp(false)
  world.lose('nas')
  const seen = new Set<unknown>()
  for (let second = 0; second < 60; second++) {
    await world.clock.advance(1_000)
    if (second === 30) world.setUp(true)
    if (second < 44) seen.add(endingOf(world, 'nas')[0])
  }
  expect([...seen]).toEqual([0, 'void'])
  expect(endingOf(world, 'nas')[0]).toBe(2)
})

test('an engine that hangs tells nothing', async () => {
  const world = createWorld([AGENT])
  await world.clock.advance(TAKEOVER_MS)
  expect(endingOf(world, 'nas')[0]).toBe(0)
  world.hang()
  await world.clock.advance(TAKEOVER_MS + 1)
  expect(endingOf(world, 'nas')[0]).toBe('void')
})

test('every known node has a monitor, the leader too, as long as it is known', async () => {
  const world = createWorld([AGENT, SERVER])
  let changes = 0
  const stop = world.nodes.onNodes(() => changes++)
  const config = aConfig([aMonitor({ name: 'web' })])
  const names = () => world.nodes.withNodes(config, NOTHING_KEPT).monitors.map(({ name }) => name)
  expect(names()).toEqual(['web'])
  await world.clock.advance(1)
  expect([names(), changes]).toEqual([['web', 'node a', 'node b', 'node nas'], 1])
  world.lose('b')
  await world.clock.advance(TAKEOVER_MS)
  expect([names(), changes]).toEqual([['web', 'node a', 'node b', 'node nas'], 1])
  world.leave('b')
  await world.clock.advance(TAKEOVER_MS)
  expect([names(), changes]).toEqual([['web', 'node a', 'node nas'], 2])
  world.isThere({ ...AGENT, tags: ['lan'] })
  await world.clock.advance(TAKEOVER_MS)
  expect(changes).toBe(3)
  stop()
  world.leave('nas')
  await world.clock.advance(TAKEOVER_MS)
  expect([names(), changes]).toEqual([['web', 'node a'], 3])
})

test('the monitor of a node is down at once, tells by the alerts of the cluster, and is for users only', async () => {
  const world = createWorld([{ ...AGENT, tags: ['lan', 'docker'] }])
  await world.clock.advance(1)
  const [, monitor] = world.nodes.withNodes(aConfig([]), NOTHING_KEPT).monitors
  expect(monitor).toMatchObject({
    node: 'nas',
    schedule: { kind: 'interval', intervalMs: 5_000 },
    policy: {
      alertAfter: { kind: 'failures', count: 1 },
      alertDown: [{ alert: 'mail', after: null }],
      alertUp: ['mail'],
    },
    warningExitCodes: [1],
    isPublic: false,
    description:
      'Whether this agent of the cluster is there, to run checks with run_on: nas, {tag: lan}, or {tag: docker}.',
  })
})

test('before any node is known, those are watched of which the store has a monitor, and nothing is said of them', async () => {
  const world = createWorld([AGENT])
  world.setUp(false)
  const config = aConfig([aMonitor({ name: 'web' })])
  const kept = { state: PENDING, slotAtMs: null }
  const names = ['web', 'node a', 'node b', 'node nas', 'gone']
  const stored = { monitors: new Map(names.map((name) => [name, kept])) }
  const watched = () => world.nodes.withNodes(config, stored).monitors.map(({ name }) => name)
  await world.clock.advance(TAKEOVER_MS)
  expect(watched()).toEqual(['web', 'node a', 'node b', 'node nas'])
  expect([endingOf(world, 'b'), endingOf(world, 'a')]).toEqual([
    ['void', GONE],
    [0, 'there'],
  ])
  world.setUp(true)
  await world.clock.advance(TAKEOVER_MS)
  expect(watched()).toEqual(['web', 'node a', 'node nas'])
})

test('another node of the same name is told once, and shown for as long as it says that it is there', async () => {
  const world = createWorld([SERVER])
  const odd = () =>
    world.nodes
      .view('a')
      .find(({ name }) => name === 'a')
      ?.oddities.map(({ what }) => what)
  await world.clock.advance(TAKEOVER_MS)
  expect([odd(), endingOf(world, 'a'), world.logged()]).toEqual([[], [0, 'there'], []])
  world.setNamesake({ ...CARD, hostname: 'host-c', startedAtMs: 7 })
  await world.clock.advance(TAKEOVER_MS)
  const told =
    'another node has the name a (host host-c): give one of them another name: cluster.node of a server, --node of an agent'
  const found = 'another node has this name (host host-c)'
  expect([odd(), endingOf(world, 'a'), world.logged()]).toEqual([[found], [1, found], [told]])
  world.setNamesake(null)
  // It may be late, as any card.
  await world.clock.advance(TAKEOVER_MS / 3)
  expect(odd()).toEqual([found])
  await world.clock.advance(TAKEOVER_MS)
  expect([odd(), world.logged()]).toEqual([[], [told, 'no other node has the name a any more']])
})

test('what is odd about others is logged once, and when it is over', async () => {
  const world = createWorld([{ ...SERVER, configuration: 'other' }])
  await world.clock.advance(TAKEOVER_MS)
  for (let count = 0; count < 3; count++) world.nodes.lookAt('b')
  const [told] = world.logged()
  expect(told).toStartWith('node b: its configuration differs from that of a, which leads: copy the configuration')
  world.isThere(SERVER)
  await world.clock.advance(TAKEOVER_MS)
  for (let count = 0; count < 3; count++) world.nodes.lookAt('b')
  expect(world.logged()).toEqual([told as string, 'node b: nothing is odd any more'])
})
