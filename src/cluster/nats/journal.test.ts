import { afterAll, describe, expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { openTestEngine } from '../../../test/support/engine.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { hasNats, startNats } from '../../../test/support/nats.ts'
import type { JournalRecord } from '../../core/model/cluster.ts'
import { namesOf, tokenOf } from './names.ts'

const nats = hasNats ? await startNats() : undefined
afterAll(() => nats?.[Symbol.asyncDispose]())

const record = (nowMs: number, writes = '[]'): JournalRecord => ({
  id: `record ${nowMs}`,
  previousId: nowMs === 1 ? '' : `record ${nowMs - 1}`,
  epoch: 7,
  nowMs,
  writes,
})
const incompressible = (length: number) => randomBytes(length).toString('base64').slice(0, length)

describe.skipIf(nats === undefined)('journal', () => {
  if (nats === undefined) return
  const openOn = (name: string, node = 'left') => openTestEngine(nats, { node, access: { name } })
  const managerOf = async () => {
    const connection = await connect({ servers: [...nats.urls] })
    return {
      manager: await jetstreamManager(connection),
      client: jetstream(connection),
      close: () => connection.close(),
    }
  }

  test('begins empty; a record moves the last sequence on, and what is published again is kept once', async () => {
    await using engine = await openOn('begin')
    const { id, ...begin } = await engine.journal.state()
    expect(begin).toEqual({ firstSequence: 1, lastSequence: 0 })
    expect(await engine.journal.publish(record(1), 0)).toEqual({ kind: 'kept', sequence: 1 })
    expect(await engine.journal.publish(record(1), 0)).toEqual({ kind: 'kept', sequence: 1 })
    expect(await engine.journal.state()).toEqual({ id, firstSequence: 1, lastSequence: 1 })
    expect([await engine.journal.idOf(1), await engine.journal.idOf(2)]).toEqual(['record 1', null])
  })

  test('who does not know the last record is stale', async () => {
    await using left = await openOn('stale')
    await using right = await openOn('stale', 'right')
    await left.journal.publish(record(1), 0)
    for (const lastSequence of [0, 2, 9]) {
      expect(await right.journal.publish(record(2), lastSequence)).toEqual({
        kind: 'stale',
      })
    }
    expect((await right.journal.state()).lastSequence).toBe(1)
  })

  test('a record is known by its id even when the engine has forgotten ids', async () => {
    await using engine = await openOn('forgotten')
    const { manager, client, close } = await managerOf()
    await engine.journal.publish(record(1), 0)
    const { journal, journalSubject } = namesOf('forgotten')
    await manager.streams.update(journal, { duplicate_window: 100_000_000 })
    await eventually('the id is forgotten', () =>
      client.publish(journalSubject, '', { msgID: tokenOf(record(1).id), expect: { lastSequence: 0 } }).then(
        () => false,
        () => true,
      ),
    )
    expect(await engine.journal.publish(record(1), 0)).toEqual({ kind: 'kept', sequence: 1 })
    await close()
  })

  test('followers get every record as it was, from where they want, in order', async () => {
    await using left = await openOn('follow')
    await using right = await openOn('follow', 'right')
    const records = [
      record(1),
      record(2, JSON.stringify({ text: 'ß\n\u0000 "' })),
      record(3, JSON.stringify('x'.repeat(3_000_000))),
      record(4, JSON.stringify(incompressible(700_000))),
    ]
    const got: (readonly [number, JournalRecord])[] = []
    const follow = right.journal.follow(
      1,
      async (sequence, one) => {
        await Bun.sleep(0)
        got.push([sequence, one])
      },
      () => got.push([-1, record(0)]),
    )
    for (const [index, one] of records.entries()) {
      expect(await left.journal.publish(one, index)).toEqual({
        kind: 'kept',
        sequence: index + 1,
      })
    }
    await eventually('all records', () => got.length === records.length)
    expect(got).toEqual(records.map((one, index) => [index + 1, one]))
    await follow.close()
    const late: number[] = []
    const other = right.journal.follow(
      3,
      async (sequence) => void late.push(sequence),
      () => {},
    )
    await eventually('the last two', () => late.length === 2)
    expect(late).toEqual([3, 4])
    await other.close()
  })

  test('the largest record comes over whichever of three servers', async () => {
    await using cluster = await startNats({ size: 3 })
    await using left = await openTestEngine(cluster)
    const largest = record(1, JSON.stringify(incompressible(1_000_000)))
    expect(await left.journal.publish(largest, 0)).toMatchObject({ kind: 'kept' })
    for (const url of cluster.urls) {
      await using engine = await openTestEngine({ urls: [url] })
      const got: JournalRecord[] = []
      engine.journal.follow(
        1,
        async (_, one) => void got.push(one),
        () => {},
      )
      await eventually('it is there', () => got.length === 1)
      expect(got).toEqual([largest])
    }
  })

  test('a record that the engine cannot take fails with its size', async () => {
    await using engine = await openOn('large')
    const large = record(1, JSON.stringify(incompressible(3_000_000)))
    expect(await engine.journal.publish(large, 0)).toEqual({
      kind: 'failed',
      reason: expect.stringMatching(/^a record of \d\.\d M[a-zA-Z]+ is too large for NATS, which takes 1023 .*$/),
    })
  })

  test('what is no longer there is a gap; so is another journal in its place', async () => {
    await using engine = await openOn('gap')
    const { manager, close } = await managerOf()
    for (let last = 0; last < 5; last++) await engine.journal.publish(record(last), last)
    const { journal } = namesOf('gap')
    await manager.streams.purge(journal, { seq: 4 })
    expect(await engine.journal.state()).toMatchObject({ firstSequence: 4, lastSequence: 5 })
    let gaps = 0
    const got: number[] = []
    const follow = (from: number) =>
      engine.journal.follow(
        from,
        async (sequence) => void got.push(sequence),
        () => gaps++,
      )
    const late = follow(2)
    await eventually('a gap', () => gaps === 1)
    const current = follow(4)
    await eventually('the rest', () => got.length === 2)

    const before = await engine.journal.state()
    await manager.streams.delete(journal)
    const again = await openOn('gap', 'right')
    expect((await again.journal.state()).id).not.toBe(before.id)
    await eventually('another gap', () => gaps === 2)
    expect(got).toEqual([4, 5])
    await Promise.all([late.close(), current.close(), again.close(), close()])
  })

  test('a follower whose record fails gets it again', async () => {
    await using engine = await openOn('again')
    let tries = 0
    const follow = engine.journal.follow(
      1,
      async () => {
        if (++tries === 1) throw new Error('no space')
      },
      () => {},
    )
    await engine.journal.publish(record(1), 0)
    await eventually('a second try', () => tries === 2)
    await follow.close()
  })
})
