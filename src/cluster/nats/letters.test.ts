import { afterAll, describe, expect, test } from 'bun:test'
import { openTestEngine, type TestEngine } from '../../../test/support/engine.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { hasNats, startNats } from '../../../test/support/nats.ts'
import { NoLeader } from '../../core/model/cluster.ts'

const nats = hasNats ? await startNats() : undefined
afterAll(() => nats?.[Symbol.asyncDispose]())

const bytes = (text: string) => new TextEncoder().encode(text)
/** What was said over a connection before this has arrived. */
const settled = (engine: TestEngine) => engine.lease.holder()
const textOf = async (parts: AsyncIterable<Uint8Array>) => {
  const all: Uint8Array[] = []
  for await (const part of parts) all.push(part)
  return Buffer.concat(all).toString()
}

describe.skipIf(nats === undefined)('letters', () => {
  if (nats === undefined) return
  const openTwo = async (name: string) => ({
    asker: await openTestEngine(nats, { node: 'asker', access: { name } }),
    leader: await openTestEngine(nats, { node: 'leader', access: { name } }),
  })

  test('with nobody to answer, the asker knows at once; so it does when the leader has stopped', async () => {
    const { asker, leader } = await openTwo('nobody')
    await expect(asker.letters.ask('http', bytes('x'))).rejects.toBeInstanceOf(NoLeader)
    const stop = leader.letters.answer('http', async function* () {
      yield bytes('here')
    })
    await settled(leader)
    expect(await textOf(await asker.letters.ask('http', bytes('x')))).toBe('here')
    await expect(asker.letters.ask('mutes', bytes('x'))).rejects.toBeInstanceOf(NoLeader)
    stop()
    await settled(leader)
    await expect(asker.letters.ask('http', bytes('x'))).rejects.toBeInstanceOf(NoLeader)
    await Promise.all([asker.close(), leader.close()])
  })

  test('an answer comes in its parts, however many and large they are', async () => {
    const { asker, leader } = await openTwo('parts')
    leader.letters.answer('http', async function* (request) {
      for (let part = 0; part < 200; part++) yield bytes(`${part}:${Buffer.from(request)};`)
      yield new Uint8Array()
      yield bytes('y'.repeat(512 * 1024))
    })
    const expected = `${Array.from({ length: 200 }, (_, part) => `${part}:q;`).join('')}${'y'.repeat(512 * 1024)}`
    await settled(leader)
    const answers = await Promise.all(
      Array.from({ length: 5 }, async () => textOf(await asker.letters.ask('http', bytes('q')))),
    )
    expect(answers.every((answer) => answer === expected)).toBe(true)
    await Promise.all([asker.close(), leader.close()])
  })

  test('no part is made that nobody takes', async () => {
    const { asker, leader } = await openTwo('slow')
    let made = 0
    leader.letters.answer('http', async function* () {
      for (; made < 1_000; made++) yield bytes('z')
    })
    await settled(leader)
    const iterator = (await asker.letters.ask('http', bytes('q')))[Symbol.asyncIterator]()
    await iterator.next()
    await Bun.sleep(100)
    expect(made).toBeLessThan(10)
    let count = 1
    while (!(await iterator.next()).done) count++
    expect(count).toBe(1_000)
    await Promise.all([asker.close(), leader.close()])
  })

  test('who does not want the rest any more ends it on the other side', async () => {
    const { asker, leader } = await openTwo('abort')
    let ended = 0
    leader.letters.answer('http', async function* (_, signal) {
      const isOver = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      yield bytes('first')
      await isOver
      ended++
    })
    await settled(leader)
    const ending = new AbortController()
    const aborted = (await asker.letters.ask('http', bytes('q'), ending.signal))[Symbol.asyncIterator]()
    await aborted.next()
    ending.abort(new Error('gone'))
    await expect(aborted.next()).rejects.toThrow('gone')
    for await (const _ of await asker.letters.ask('http', bytes('q'))) break
    await eventually('both are over', () => ended === 2)
    const left = await asker.letters.ask('http', bytes('q'))
    await left[Symbol.asyncIterator]().next()
    await asker.close()
    await eventually('the third is over, too', () => ended === 3)
    await leader.close()
  })

  test('the reason of a failure comes over, and a leader that stops in the middle is no leader', async () => {
    const { asker, leader } = await openTwo('fail')
    const stop = leader.letters.answer('http', async function* (_, signal) {
      yield bytes('first')
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
    })
    leader.letters.answer('mutes', async function* () {
      yield bytes('first')
      throw new Error('no such monitor')
    })
    await settled(leader)
    await expect(textOf(await asker.letters.ask('mutes', bytes('q')))).rejects.toThrow('no such monitor')
    const reading = textOf(await asker.letters.ask('http', bytes('q')))
    stop()
    await expect(reading).rejects.toBeInstanceOf(NoLeader)
    await Promise.all([asker.close(), leader.close()])
  })

  test('a leader that is gone without a word is noticed', async () => {
    const { asker, leader } = await openTwo('gone')
    leader.letters.answer('http', async function* () {
      yield bytes('first')
      await new Promise(() => {})
    })
    await settled(leader)
    const reading = textOf(await asker.letters.ask('http', bytes('q')))
    await leader.close()
    await expect(reading).rejects.toThrow('the leader does not answer')
    await asker.close()
  })

  test('of two that answer, one is heard', async () => {
    const { asker, leader } = await openTwo('two')
    const other = await openTestEngine(nats, { node: 'other', access: { name: 'two' } })
    for (const one of [leader, other]) {
      one.letters.answer('http', async function* () {
        for (const text of ['a', 'b', 'c']) yield bytes(text)
      })
    }
    await Promise.all([settled(leader), settled(other)])
    for (let count = 0; count < 20; count++)
      expect(await textOf(await asker.letters.ask('http', bytes('q')))).toBe('abc')
    await Promise.all([asker.close(), leader.close(), other.close()])
  })
})
