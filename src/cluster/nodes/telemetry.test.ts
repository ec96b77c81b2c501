import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createFakeClock } from '../../../test/support/fake-clock.ts'
import { createFakeRunner, EXITED_0 } from '../../../test/support/fake-runner.ts'
import { aCluster, aNode } from '../../../test/support/web-fakes.ts'
import type { Engine } from '../../core/model/cluster.ts'
import { createDispatch } from '../work/dispatch.ts'
import { createClusterTelemetry, type ServerState } from './telemetry.ts'

const LEADER: ServerState = { role: 'leader', sequence: 97, unpublished: 0, leaseAgeMs: 1_500 }

async function start({ state = LEADER, isUp = true }: { state?: ServerState; isUp?: boolean } = {}) {
  const clock = createFakeClock()
  let asked = 0
  const answer = async <Answer>(value: Answer) => {
    asked++
    if (!isUp) throw new Error('no answer')
    return value
  }
  const engine: Pick<Engine, 'journal' | 'sender' | 'trouble'> = {
    journal: {
      state: () => answer({ id: 'j', firstSequence: 1, lastSequence: 100 }),
      idOf: async () => null,
      publish: async () => ({ kind: 'stale' }),
      follow: () => ({ close: async () => {} }),
    },
    sender: {
      send: async () => {},
      onResult: () => () => {},
      queued: () => answer({ waiting: new Map([['tag:lan', 3]]), redelivered: 2 }),
    },
    trouble: () => (isUp ? null : 'no answer'),
  }
  const nodes = aCluster([aNode({ kind: 'agent', isThere: false })]).nodes
  const telemetry = createClusterTelemetry({ engine, clock, everyMs: 5_000, server: () => state, nodes })
  await clock.advance(1)
  const samples = telemetry
    .families()
    .flatMap(({ name, samples }) =>
      [...samples()].map(({ labels, value }) => `${[name, ...Object.values(labels)].join(' ')}: ${value}`),
    )
  return { samples, families: telemetry.families(), clock, telemetry, asked: () => asked }
}

test('a leader tells its role, its lease, what waits, and who is there', async () => {
  const { samples } = await start()
  expect(samples).toEqual([
    'minitor_cluster_role leader: 1',
    'minitor_cluster_role standby: 0',
    'minitor_cluster_role alone: 0',
    'minitor_cluster_nodes leader there: 1',
    'minitor_cluster_nodes leader lost: 0',
    'minitor_cluster_nodes standby there: 0',
    'minitor_cluster_nodes standby lost: 0',
    'minitor_cluster_nodes agent there: 0',
    'minitor_cluster_nodes agent lost: 1',
    'minitor_cluster_engine_up: 1',
    'minitor_cluster_lease_age_seconds: 1.5',
    'minitor_cluster_journal_lag: 3',
    'minitor_cluster_unpublished: 0',
    'minitor_work_queued tag:lan: 3',
    'minitor_work_redelivered_total: 2',
  ])
})

test('what a standby does not know is missing', async () => {
  const { samples } = await start({ state: { ...LEADER, role: 'standby', sequence: 100, leaseAgeMs: null } })
  expect(samples.filter((one) => /lease|work|lag/.test(one))).toEqual(['minitor_cluster_journal_lag: 0'])
})

test('without the engine nothing is made up', async () => {
  const { samples } = await start({
    state: { ...LEADER, role: 'alone', unpublished: 5, leaseAgeMs: null },
    isUp: false,
  })
  const found = samples.filter((one) => /engine|lag|work|unpublished/.test(one))
  expect(found).toEqual(['minitor_cluster_engine_up: 0', 'minitor_cluster_unpublished: 5'])
})

test('the engine is asked again and again, until the end', async () => {
  const { clock, telemetry, asked } = await start()
  expect(asked()).toBe(2)
  await clock.advance(5_000)
  expect(asked()).toBe(4)
  telemetry.close()
  await clock.advance(60_000)
  expect(asked()).toBe(4)
})

test('docs/metrics.md names all metrics of a cluster, with their types, and no others', async () => {
  const { families, clock } = await start()
  const runner = createFakeRunner(clock, () => ({ takesMs: 1, ending: EXITED_0 }))
  const own = { node: 'a', tags: [] }
  const dispatch = createDispatch({ clock, runner, own, sender: null, epoch: 1, nodes: () => [], log: { write() {} } })
  const told = [...families, ...dispatch.families()].map(({ name, type }) => `${name} ${type}`)
  const document = readFileSync(join(import.meta.dir, '../../../docs/metrics.md'), 'utf8')
  const section = document.split('\n## ').find((one) => one.startsWith('In a cluster\n')) ?? ''
  const described = [...section.matchAll(/^\| `(\w+)` \| (\w+) \|/gm)].map(([, name, type]) => `${name} ${type}`)
  expect(described.toSorted()).toEqual(told.toSorted())
})
