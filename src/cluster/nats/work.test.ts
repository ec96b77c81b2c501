import { afterAll, describe, expect, test } from 'bun:test'
import { connect } from '@nats-io/transport-node'
import { openTestEngine, type TestEngine } from '../../../test/support/engine.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { hasNats, startNats } from '../../../test/support/nats.ts'
import { limitMs } from '../../../test/support/pace.ts'
import { aCard } from '../../../test/support/samples.ts'
import type { TakenWork, WorkItem, WorkResult } from '../../core/model/cluster.ts'
import type { Place } from '../../core/model/cluster-config.ts'
import { namesOf } from './names.ts'

const nats = hasNats ? await startNats() : undefined
afterAll(() => nats?.[Symbol.asyncDispose]())

const LAN: Place = { kind: 'tag', tag: 'lan' }
const nodePlace = (node: string): Place => ({ kind: 'node', node })

const itemFor = (place: Place, id: string, goodForMs = limitMs(120_000)): WorkItem => ({
  id,
  epoch: 3,
  place,
  monitor: 'site',
  run: { command: ['true'], env: { A: 'ß' }, workingDirectory: null, timeoutMs: 1_000, runId: id, input: null },
  goodForMs,
})

const resultOf = ({ item }: Pick<TakenWork, 'item'>, node: string): WorkResult => ({
  id: item.id,
  epoch: item.epoch,
  node,
  run: { ending: { kind: 'exited', exitCode: 0 }, output: node, durationMs: 1, escapeeCount: 0, isUnkillable: false },
})

const cardOf = (name: string, tags: readonly string[]) => aCard({ name, tags, slots: 4 })

describe.skipIf(nats === undefined)('work', () => {
  if (nats === undefined) return
  const openLeader = async (name: string) => {
    const engine = await openTestEngine(nats, { access: { name } })
    const results: WorkResult[] = []
    engine.sender.onResult((result) => results.push(result))
    return { engine, results }
  }
  /** An agent that has said that it is there: from then on it knows the engine's clock. */
  const openAgent = async (name: string, node: string): Promise<TestEngine> => {
    const engine = await openTestEngine(nats, { node, kind: 'agent', access: { name } })
    await engine.presence.say(cardOf(node, ['lan']))
    return engine
  }

  test('an item goes to its place as it was sent, and its result comes back', async () => {
    const { engine, results } = await openLeader('there')
    await using agent = await openAgent('there', 'Büro 1')
    const taken: WorkItem[] = []
    const taking = agent.taker.take([nodePlace('Büro 1'), LAN], 2, async (work) => {
      taken.push(work.item)
      await work.finish(resultOf(work, 'Büro 1'))
    })
    const items = [itemFor(nodePlace('Büro 1'), 'site 17 ß "x"'), itemFor(LAN, 'site 17 lan')]
    for (const item of items) await engine.sender.send(item)
    await eventually('both results', () => results.length === 2)
    expect(new Set(taken)).toEqual(new Set(items))
    expect(new Set(results.map(({ id, node }) => `${id} ${node}`))).toEqual(
      new Set(['site 17 ß "x" Büro 1', 'site 17 lan Büro 1']),
    )
    await taking.close()
    await engine.close()
  })

  test('what is sent twice is run once', async () => {
    const { engine, results } = await openLeader('twice')
    await using agent = await openAgent('twice', 'nas')
    let runs = 0
    const taking = agent.taker.take([LAN], 4, async (work) => {
      runs++
      await work.finish(resultOf(work, 'nas'))
    })
    for (const id of ['a', 'a', 'b', 'a']) await engine.sender.send(itemFor(LAN, id))
    await eventually('two results', () => results.length === 2)
    expect(runs).toBe(2)
    await taking.close()
    await engine.close()
  })

  test('a node runs no more at once than it has slots; what waits is counted by place', async () => {
    const { engine, results } = await openLeader('slots')
    await using agent = await openAgent('slots', 'nas')
    const under: (() => void)[] = []
    let most = 0
    const taking = agent.taker.take([LAN, nodePlace('nas')], 3, async (work) => {
      await new Promise<void>((resolve) => {
        under.push(resolve)
        most = Math.max(most, under.length)
      })
      await work.finish(resultOf(work, 'nas'))
    })
    for (let count = 0; count < 20; count++) {
      await engine.sender.send(itemFor(count % 2 === 0 ? LAN : nodePlace('nas'), `i${count}`))
    }
    await eventually('three run', () => under.length === 3)
    const { waiting } = await engine.sender.queued()
    expect([...waiting.keys()].sort()).toEqual(['node:nas', 'tag:lan'])
    expect((waiting.get('tag:lan') ?? 0) + (waiting.get('node:nas') ?? 0)).toBeGreaterThanOrEqual(14)
    await eventually('all results', () => {
      under.shift()?.()
      return results.length === 20
    })
    expect(most).toBe(3)
    await taking.close()
    await engine.close()
  })

  test('the nodes of a tag share its work', async () => {
    const { engine, results } = await openLeader('share')
    await using left = await openAgent('share', 'left')
    await using right = await openAgent('share', 'right')
    const takings = [left, right].map((agent, index) =>
      agent.taker.take([LAN], 1, async (work) => {
        // Longer than the other one takes to be given the next.
        await eventually(
          'the other one has one, too',
          () => results.length > 0 || begun.size === 2 || !begun.add(index),
        )
        await work.finish(resultOf(work, index === 0 ? 'left' : 'right'))
      }),
    )
    const begun = new Set<number>()
    for (let count = 0; count < 10; count++) await engine.sender.send(itemFor(LAN, `i${count}`))
    await eventually('all results', () => results.length === 10)
    expect(new Set(results.map(({ node }) => node))).toEqual(new Set(['left', 'right']))
    await Promise.all(takings.map((taking) => taking.close()))
    await engine.close()
  })

  test('an item that is too old is not run', async () => {
    const { engine, results } = await openLeader('old')
    await using agent = await openAgent('old', 'nas')
    await engine.sender.send(itemFor(LAN, 'old', 1))
    await Bun.sleep(20)
    await engine.sender.send(itemFor(LAN, 'new'))
    const ids: string[] = []
    const taking = agent.taker.take([LAN], 1, async (work) => {
      ids.push(work.item.id)
      await work.finish(resultOf(work, 'nas'))
    })
    await eventually('both are answered', () => results.length === 2)
    expect(ids).toEqual(['new'])
    const old = results.find(({ id }) => id === 'old')
    expect(old).toMatchObject({
      node: 'nas',
      run: { ending: { kind: 'void', reason: expect.stringContaining('came too late') } },
    })
    await taking.close()
    await engine.close()
  })

  test('what a dead node had goes to another one of the place, and its late result is told apart', async () => {
    const { engine, results } = await openLeader('dead')
    const dead = await openAgent('dead', 'dead')
    let isTaken = false
    dead.taker.take([LAN], 1, async () => {
      isTaken = true
      await new Promise(() => {})
    })
    await engine.sender.send(itemFor(LAN, 'i'))
    await eventually('it is taken', () => isTaken)
    await dead.close()
    await using other = await openAgent('dead', 'other')
    const taking = other.taker.take([LAN], 1, (work) => work.finish(resultOf(work, 'other')))
    await eventually('its result', () => results.length === 1)
    expect(results.map(({ node }) => node)).toEqual(['other'])
    expect((await engine.sender.queued()).redelivered).toBe(1)
    await taking.close()
    await engine.close()
  })

  test('a result counts only from whoever was given the item', async () => {
    const { engine, results } = await openLeader('forged')
    const names = namesOf('forged')
    await engine.sender.send(itemFor(LAN, 'i'))
    const connection = await connect({ servers: [...nats.urls] })
    const { run } = resultOf({ item: itemFor(LAN, 'i') }, 'mallory')
    const forged = { result: { id: 'i', epoch: 3, node: 'mallory', run }, proof: 'guess', deliveries: 1 }
    const send = (data: unknown, node = 'mallory') =>
      connection.request(names.resultSubject(node), typeof data === 'string' ? data : JSON.stringify(data))
    await send(forged)
    await send(forged, 'nas')
    await send({ ...forged, result: { ...forged.result, run: { ...run, ending: { kind: 'fine' } } } })
    await send('not JSON')
    await connection.close()
    await using agent = await openAgent('forged', 'nas')
    const taking = agent.taker.take([LAN], 1, (work) => work.finish(resultOf(work, 'nas')))
    await eventually('a result', () => results.length > 0)
    expect(results.map(({ node }) => node)).toEqual(['nas'])
    await taking.close()
    await engine.close()
  })

  test('a result waits for a leader', async () => {
    const { engine } = await openLeader('later')
    await using agent = await openAgent('later', 'nas')
    let isRunning = false
    let proceed = () => {}
    const taking = agent.taker.take([LAN], 1, async (work) => {
      isRunning = true
      await new Promise<void>((resolve) => (proceed = resolve))
      await work.finish(resultOf(work, 'nas'))
    })
    await engine.sender.send(itemFor(LAN, 'i'))
    await eventually('it runs', () => isRunning)
    await engine.close()
    proceed()
    const { engine: next, results } = await openLeader('later')
    await eventually('the result', () => results.length === 1)
    await taking.close()
    await next.close()
  })

  test('a node that is known can be sent to before it takes, and the queues of its places are made', async () => {
    const { engine } = await openLeader('known')
    await using agent = await openAgent('known', 'nas')
    await engine.presence.nodes()
    await eventually('its queues', async () => (await engine.sender.queued()).waiting.size === 2)
    expect([...(await engine.sender.queued()).waiting]).toEqual(expect.arrayContaining([['node:nas', 0]]))
    expect(agent.trouble()).toBeNull()
    await engine.close()
  })
})
