import { describe, expect, test } from 'bun:test'
import { createFakeClock } from '../../../test/support/fake-clock.ts'
import { createFakeRunner, EXITED_0, EXITED_1 } from '../../../test/support/fake-runner.ts'
import { createRandom } from '../../../test/support/random.ts'
import { aCard, collectLog } from '../../../test/support/samples.ts'
import { SECOND } from '../../../test/support/time.ts'
import type { KnownNode, PlaceRun, WorkItem, WorkResult, WorkSender } from '../../core/model/cluster.ts'
import type { Place } from '../../core/model/cluster-config.ts'
import type { Run } from '../../core/model/types.ts'
import { createDispatch } from './dispatch.ts'

const nas: Place = { kind: 'node', node: 'nas' }
const home: Place = { kind: 'node', node: 'home' }
const lan: Place = { kind: 'tag', tag: 'lan' }
const dmz: Place = { kind: 'tag', tag: 'dmz' }

function aNode(name: string, tags: readonly string[] = [], isThere = true): KnownNode {
  return { ...aCard({ name, tags }), seenAtMs: 0, isThere }
}

const FINE: Run = { ending: EXITED_0, output: 'fine\n', durationMs: 5, escapeeCount: 0, isUnkillable: false }

interface World {
  readonly isAlone?: boolean
  readonly nodes?: readonly KnownNode[]
  readonly send?: (item: WorkItem) => Promise<void>
}

function start({ isAlone = false, nodes = [], send = async () => {} }: World = {}) {
  const clock = createFakeClock(0)
  const runner = createFakeRunner(clock, () => ({ takesMs: 100, ending: EXITED_0 }))
  const items: WorkItem[] = []
  let listener: ((result: WorkResult) => void) | null = null
  const sender: WorkSender = {
    send(item) {
      items.push(item)
      return send(item)
    },
    onResult(next) {
      listener = next
      return () => {
        listener = null
      }
    },
    queued: async () => ({ waiting: new Map(), redelivered: 0 }),
  }
  const own = { node: 'home', tags: ['dmz'] }
  const log = collectLog()
  const dispatch = createDispatch({
    clock,
    runner,
    own,
    sender: isAlone ? null : sender,
    epoch: 7,
    nodes: () => nodes,
    log,
  })
  let runCount = 0
  let sentCount = 0
  const run = (places: readonly [Place, ...Place[]], isDecided: (runs: readonly PlaceRun[]) => boolean = () => false) =>
    dispatch.run(
      { command: ['x'], env: {}, workingDirectory: null, timeoutMs: 2000, runId: `a-b-${++runCount}`, input: null },
      { monitor: 'web', runOn: { places, quorum: 1 }, goodForMs: 10_000, isDecided, onSent: () => sentCount++ },
    )
  const answer = (item: WorkItem | undefined, changes: Partial<WorkResult> = {}) => {
    if (item === undefined) throw new Error('nothing was sent')
    listener?.({ id: item.id, epoch: item.epoch, node: 'agent', run: FINE, ...changes })
  }
  const answers = () => {
    const family = dispatch.families().find(({ name }) => name === 'minitor_work_answers_total')
    return Object.fromEntries([...(family?.samples() ?? [])].map(({ labels, value }) => [labels.answer, value]))
  }
  return { clock, log, runner, dispatch, items, run, answer, answers, sentCount: () => sentCount }
}

test('one item goes to each place, and the answers come back in the order of the places', async () => {
  const { run, items, answer, answers } = start()
  const runs = run([nas, lan])
  expect(items).toMatchObject([
    { id: 'a-b-1/node:nas', epoch: 7, place: nas, monitor: 'web', goodForMs: 10_000, run: { timeoutMs: 2000 } },
    { id: 'a-b-1/tag:lan', epoch: 7, place: lan },
  ])
  answer(items[1], { node: 'laptop' })
  answer(items[0], { node: 'nas', run: { ...FINE, ending: EXITED_1 } })
  expect(await runs).toEqual([
    { place: 'node:nas', node: 'nas', isHere: false, run: { ...FINE, ending: EXITED_1 } },
    { place: 'tag:lan', node: 'laptop', isHere: false, run: FINE },
  ])
  expect(answers()).toMatchObject({ taken: 2, none: 0 })
})

test('what this node is named for runs here, and nothing of it is sent', async () => {
  const { run, items, clock, runner, sentCount } = start()
  const runs = run([home])
  await clock.advance(50)
  expect(sentCount()).toBe(0)
  await clock.advance(100)
  expect(await runs).toMatchObject([{ place: 'node:home', node: 'home', isHere: true }])
  expect(runner.started.map(({ run }) => run.runId)).toEqual(['a-b-1'])
  expect(items).toEqual([])
  expect(sentCount()).toBe(1)
})

test('a check takes nothing here once it is sent, and what runs here has ended', async () => {
  let accept = () => {}
  const accepted = new Promise<void>((resolve) => {
    accept = resolve
  })
  const { run, clock, sentCount, items, answer } = start({ send: () => accepted })
  const runs = run([home, nas])
  await clock.advance(SECOND)
  expect(sentCount()).toBe(0)
  accept()
  await clock.advance(1)
  expect(sentCount()).toBe(1)
  answer(items[0])
  await runs
  expect(sentCount()).toBe(1)
})

test('an answer may come before the engine has said that the item is there', async () => {
  const { run, items, answer } = start({ send: () => new Promise((resolve) => setTimeout(resolve)) })
  const runs = run([nas])
  answer(items[0])
  expect((await runs)[0].run).toEqual(FINE)
})

test('once the answers decide, the others are waited for only a little longer', async () => {
  const { run, items, answer, clock } = start()
  const runs = run([nas, lan, dmz], (answered) => answered.length === 2)
  answer(items[0])
  await clock.advance(11 * SECOND)
  answer(items[1])
  await clock.advance(10 * SECOND)
  expect((await runs).map(({ run }) => run.ending)).toEqual([
    EXITED_0,
    EXITED_0,
    { kind: 'void', reason: 'nobody is watching: the tag `dmz`: no answer within 21s', isExhausted: false },
  ])
})

describe('nobody is watching', () => {
  const reasonOf = async (runs: ReturnType<ReturnType<typeof start>['run']>) => {
    const [{ node, isHere, run }] = await runs
    expect({ node, isHere }).toEqual({ node: null, isHere: false })
    return run.ending.kind === 'void' && !run.ending.isExhausted ? run.ending.reason : run.ending
  }

  test.each([
    { name: 'a node that was never seen', nodes: [aNode('home')], place: nas, why: 'no node `nas` is there' },
    {
      name: 'a node that is lost',
      nodes: [aNode('home'), aNode('nas', [], false)],
      place: nas,
      why: 'no node `nas` is there',
    },
    {
      name: 'a tag that only a lost one has',
      nodes: [aNode('home'), aNode('nas', ['lan'], false)],
      place: lan,
      why: 'no node with the tag `lan` is there',
    },
  ])('said at once: $name', async ({ nodes, place, why }) => {
    const { run, items, sentCount } = start({ nodes })
    expect(await reasonOf(run([place]))).toBe(`nobody is watching: ${why}`)
    expect(items).toEqual([])
    expect(sentCount()).toBe(1)
  })

  test.each([
    { name: 'while no nodes are known, as after a start', nodes: [], place: nas },
    { name: 'while a node is there', nodes: [aNode('home'), aNode('nas')], place: nas },
    { name: 'while one of many is there', nodes: [aNode('a', ['lan'], false), aNode('b', ['lan'])], place: lan },
    { name: 'while this node has the tag', nodes: [aNode('home', ['dmz'])], place: dmz },
  ])('not said: $name', ({ nodes, place }) => {
    const { run, items } = start({ nodes })
    void run([place])
    expect(items).toHaveLength(1)
  })

  test('said when nobody answers while the item is good, and a command may take', async () => {
    const { run, clock, answers, items, answer } = start()
    const reason = reasonOf(run([nas]))
    await clock.advance(22 * SECOND)
    expect(await reason).toBe('nobody is watching: `nas`: no answer within 22s')
    answer(items[0])
    answer(items[0])
    expect(answers()).toMatchObject({ none: 1, late: 2, duplicate: 0, taken: 0 })
  })

  test('logged once it lasts, and when it is over', async () => {
    const nodes = [aNode('home')]
    const { run, clock, log } = start({ nodes })
    for (let second = 0; second < 100; second += 10) {
      await run([nas])
      await clock.advance(10 * SECOND)
    }
    expect(log.lines.map(({ message }) => message)).toEqual([
      'checks for node:nas cannot be made: no node `nas` is there',
    ])
    nodes.push(aNode('nas'))
    void run([nas])
    expect(log.lines.map(({ message }) => message).slice(1)).toEqual(['checks for node:nas are made again'])
  })

  test('said when the engine does not take it', async () => {
    const { run, sentCount } = start({ send: async () => Promise.reject(new Error('the engine does not answer')) })
    expect(await reasonOf(run([lan]))).toBe('nobody is watching: the tag `lan`: the engine does not answer')
    expect(sentCount()).toBe(1)
  })

  test('said at the end, of what is under way', async () => {
    const { run, dispatch } = start()
    const runs = run([nas])
    await Promise.resolve()
    dispatch.close()
    expect(await reasonOf(runs)).toBe('nobody is watching: `nas`: this server does not lead any more')
  })
})

test('results of another epoch, of other items, and a second time are dropped and counted', async () => {
  const { run, items, answer, answers } = start()
  const runs = run([nas])
  answer(items[0], { epoch: 6 })
  answer(items[0], { id: 'other' })
  expect(answers()).toMatchObject({ taken: 0, foreign: 1, late: 1 })
  answer(items[0], { node: 'first' })
  expect((await runs)[0].node).toBe('first')
  answer(items[0], { node: 'second' })
  expect(answers()).toEqual({ taken: 1, none: 0, foreign: 1, late: 1, duplicate: 1 })
})

describe('alone', () => {
  test('this node and its tags run here, and nobody runs the rest', async () => {
    const { run, clock } = start({ isAlone: true })
    const all = Promise.all([run([home]), run([dmz]), run([lan]), run([nas])])
    await clock.advance(SECOND)
    expect((await all).map(([{ node, run }]) => node ?? (run.ending.kind === 'void' && run.ending.reason))).toEqual([
      'home',
      'home',
      'nobody is watching: the tag `lan` cannot be reached without the engine of the cluster',
      'nobody is watching: `nas` cannot be reached without the engine of the cluster',
    ])
  })

  test('this machine is one of several places only once', async () => {
    const { run, clock, runner } = start({ isAlone: true })
    const runs = run([dmz, home])
    await clock.advance(SECOND)
    expect((await runs).map(({ node }) => node)).toEqual([null, 'home'])
    expect(runner.started).toHaveLength(1)
  })
})

test('any order of answers: every run ends once, as its own answer has it', async () => {
  const random = createRandom(3)
  for (let round = 0; round < 200; round++) {
    const { run, items, answer, clock, answers } = start()
    const runs = Array.from({ length: 20 }, () => run([nas, lan]))
    const order = [...items, ...random.some(items, 0.3)].toSorted(() => random.fraction() - 0.5)
    const silent = new Set(random.some(items, 0.2).map(({ id }) => id))
    for (const item of order) if (!silent.has(item.id)) answer(item, { node: item.id })
    await clock.advance(30 * SECOND)
    for (const one of (await Promise.all(runs)).flat()) {
      if (one.node !== null) expect(silent.has(one.node)).toBe(false)
    }
    const { taken = 0, none = 0 } = answers()
    expect([taken + none, none]).toEqual([40, silent.size])
  }
})
