import { afterAll, describe, expect, test } from 'bun:test'
import { connect } from '@nats-io/transport-node'
import { accessTo, openTestEngine, TAKEOVER_MS } from '../../../test/support/engine.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { hasNats, startNats } from '../../../test/support/nats.ts'
import { aCard } from '../../../test/support/samples.ts'
import type { NodeCard } from '../../core/model/cluster.ts'
import { createEngineClock } from './engine-clock.ts'
import { openLink } from './link.ts'
import { namesOf } from './names.ts'
import { createPresence } from './presence.ts'
import { createStreams } from './streams.ts'

const nats = hasNats ? await startNats() : undefined
afterAll(() => nats?.[Symbol.asyncDispose]())

const cardOf = (name: string, more: Partial<NodeCard> = {}) =>
  aCard({ name, version: '1.2.3', hostname: 'host', tags: ['lan'], startedAtMs: 17, running: 1, ...more })

/** Names that people give, and that have a meaning for the engine. */
const NAMES = ['nas', 'Büro – 1. OG', '日本', 'a.b', '*', '>', 'a b', '_clock', '_', 'x'.repeat(200), '🦊'.repeat(60)]

describe.skipIf(nats === undefined)('presence', () => {
  if (nats === undefined) return
  const openOn = (name: string, node: string) => openTestEngine(nats, { node, access: { name } })

  test('all see the cards of all, whatever their names are', async () => {
    await using engine = await openOn('names', 'left')
    expect(await engine.presence.nodes()).toEqual([])
    for (const name of NAMES) await engine.presence.say(cardOf(name))
    const nodes = await engine.presence.nodes()
    const known = nodes.map(({ seenAtMs, isThere, ...card }) => card)
    expect(new Set(known)).toEqual(new Set(NAMES.map((name) => cardOf(name))))
    expect(nodes.every(({ isThere }) => isThere)).toBe(true)
  })

  test('a card is the last one said; it runs out, but its node is known until it leaves', async () => {
    await using left = await openOn('runs-out', 'left')
    await using right = await openOn('runs-out', 'right')
    await left.presence.say(cardOf('left', { running: 2 }))
    await left.presence.say(cardOf('left', { running: 3 }))
    const [first] = await right.presence.nodes()
    expect(first).toMatchObject({ name: 'left', running: 3, isThere: true })
    const gone = await eventually('it runs out', async () => (await right.presence.nodes()).find((one) => !one.isThere))
    expect(gone).toEqual({ ...cardOf('left', { running: 3 }), seenAtMs: first?.seenAtMs ?? 0, isThere: false })
    await left.presence.say(cardOf('left'))
    expect(await right.presence.nodes()).toMatchObject([{ isThere: true }])
    await left.presence.leave('left')
    expect(await right.presence.nodes()).toEqual([])
  })

  test('two nodes of one name hear of each other, and no node of its earlier life', async () => {
    await using left = await openOn('twins', 'left')
    await using right = await openOn('twins', 'left')
    // On one host, and started in the same millisecond.
    const [one, other] = [cardOf('left', { running: 2 }), cardOf('left', { running: 3 })]
    expect(await left.presence.say(one)).toBeNull()
    expect(await left.presence.say(one)).toBeNull()
    // What is there may be from before it was started again.
    expect(await right.presence.say(other)).toBeNull()
    expect(await left.presence.say(one)).toEqual(other)
    expect(await right.presence.say(other)).toEqual(one)
    expect(await right.presence.say(other)).toBeNull()
    await right.presence.leave('left')
    expect(await left.presence.say(one)).toBeNull()
  })

  test('clusters of other names share nothing', async () => {
    await using left = await openOn('Home', 'left')
    await using right = await openOn('home', 'left')
    await left.presence.say(cardOf('left'))
    expect(await right.presence.nodes()).toEqual([])
    await left.journal.publish({ id: '1', previousId: '', epoch: 1, nowMs: 1, writes: '[]' }, 0)
    expect((await right.journal.state()).lastSequence).toBe(0)
  })

  test.each([
    { name: 'no JSON', written: 'x' },
    { name: 'nothing', written: 'null' },
    { name: 'a name of another', written: JSON.stringify({ card: cardOf('other'), goodForMs: 1e6 }) },
    {
      name: 'tags that are no list',
      written: JSON.stringify({ card: { ...cardOf('bad'), tags: 'lan' }, goodForMs: 1e6 }),
    },
    {
      name: 'a kind that there is not',
      written: JSON.stringify({ card: { ...cardOf('bad'), kind: 'boss' }, goodForMs: 1 }),
    },
    { name: 'no time', written: JSON.stringify({ card: cardOf('bad'), goodForMs: 'long' }) },
  ])('a card with $name is no card', async ({ name, written }) => {
    await using engine = await openOn(name, 'left')
    await engine.presence.say(cardOf('left'))
    const connection = await connect({ servers: [...nats.urls] })
    await connection.request(`$KV.${namesOf(name).nodes}.bad`, written)
    await connection.close()
    expect((await engine.presence.nodes()).map((node) => node.name)).toEqual(['left'])
  })
})

test.skipIf(!hasNats)('a card tells the time of the engine, whichever of three servers answers, and lags', async () => {
  await using three = await startNats({ size: 3 })
  const names = namesOf('test')
  const { prepare } = createStreams(names, TAKEOVER_MS)
  const inboxPrefix = '_INBOX_left'
  const link = await openLink({ access: accessTo(three), name: 'left', inboxPrefix, prepare, log: undefined })
  for (let count = 0; count < 200; count++) {
    const clock = createEngineClock()
    const options = { link, names, kind: 'agent', cardGoodForMs: TAKEOVER_MS, clock, ensurePlaces: () => {} } as const
    await createPresence(options).say(cardOf(`nas-${count}`))
    expect(clock.nowMs()).not.toBeNull()
  }
  await link.close()
})
