import { expect, test } from 'bun:test'
import { aNode } from '../../../test/support/web-fakes.ts'
import type { KnownNode } from './cluster.ts'
import { soundNode, viewNodes } from './node-view.ts'

const LEADER = aNode({ name: 'a', sequenceBefore: 100 })
const reference = { leader: 'a', card: LEADER }
const agent = (changes: Partial<KnownNode>) => aNode({ kind: 'agent', configuration: null, sequence: null, ...changes })
const clockOff = (ms: number) => {
  const node = aNode()
  return { ...node, saidAtMs: node.seenAtMs + ms }
}

test('lost nodes come first, then who leads, standbys and agents', () => {
  const nodes = [
    agent({ name: 'nas' }),
    aNode({ name: 'c' }),
    LEADER,
    agent({ name: 'vps', isThere: false }),
    aNode({ name: 'b' }),
  ]
  expect(viewNodes(nodes, reference).map(({ name, role }) => `${name} ${role}`)).toEqual([
    'vps agent',
    'a leader',
    'b standby',
    'c standby',
    'nas agent',
  ])
})

test('a server that leads and is lost leads no more', () => {
  const [view] = viewNodes([{ ...LEADER, isThere: false }], { ...reference, card: null })
  expect(view?.role).toBe('standby')
})

test.each<{ name: string; node: KnownNode; oddities: string[] }>([
  { name: 'fine', node: aNode(), oddities: [] },
  {
    name: 'another configuration',
    node: aNode({ configuration: 'x' }),
    oddities: ['its configuration differs from that of a, which leads'],
  },
  { name: 'an agent has none', node: agent({}), oddities: [] },
  { name: 'behind', node: aNode({ sequence: 98 }), oddities: ['its database does not keep up: 2 records behind'] },
  { name: 'on its own', node: aNode({ sequence: null }), oddities: [] },
  { name: 'another version', node: agent({ version: '0.9' }), oddities: ['it runs Minitor 0.9, and a runs 1.0.0'] },
  { name: 'lost', node: aNode({ isThere: false, version: '0.9', namesake: 'host-c' }), oddities: [] },
  {
    name: 'another node of its name',
    node: agent({ namesake: 'host-c' }),
    oddities: ['another node has this name (host host-c)'],
  },
  {
    name: 'the leader, too',
    node: { ...LEADER, namesake: 'host-c' },
    oddities: ['another node has this name (host host-c)'],
  },
  {
    name: 'a clock that is ahead',
    node: clockOff(300_000),
    oddities: ['its clock is about 5m ahead of the clock of NATS'],
  },
  {
    name: 'a clock that is behind',
    node: clockOff(-31_000),
    oddities: ['its clock is about 30s behind the clock of NATS'],
  },
  { name: 'a card that took its time', node: clockOff(-6_000), oddities: [] },
  { name: 'a node that does not tell its clock', node: aNode({ saidAtMs: null }), oddities: [] },
  {
    name: 'records that only it has',
    node: aNode({ unpublished: 3 }),
    oddities: ['3 records that it wrote by itself are not published yet'],
  },
])('what is odd about a node: $name', ({ node, oddities }) => {
  const [view] = viewNodes([node], reference)
  expect(view?.oddities.map(({ what }) => what)).toEqual(oddities)
  for (const { help } of view?.oddities ?? []) expect(help).toMatch(/^[a-z].+[^.]$/)
})

test('a card with anything in it becomes one that can be shown', () => {
  const odd = {
    tags: 5,
    version: { a: 1 },
    hostname: 'x'.repeat(10_000),
    kind: 'king',
    slots: 'many',
    startedAtMs: 1e300,
    running: Number.NaN,
  }
  const node = soundNode({ ...LEADER, ...(odd as unknown as Partial<KnownNode>) })
  expect(node).toMatchObject({ tags: [], version: '', kind: 'agent', slots: 0, startedAtMs: 0, running: 0 })
  expect(node.hostname.length).toBeLessThanOrEqual(200)
  expect(soundNode(LEADER)).toEqual(LEADER)
})
