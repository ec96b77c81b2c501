import { afterAll, describe, expect, test } from 'bun:test'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect, millis } from '@nats-io/transport-node'
import { openTestEngine, TAKEOVER_MS, type TestEngine } from '../../../test/support/engine.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { hasNats, startNats } from '../../../test/support/nats.ts'
import type { HeldLease } from '../../core/model/cluster.ts'
import { namesOf } from './names.ts'

const nats = hasNats ? await startNats() : undefined
afterAll(() => nats?.[Symbol.asyncDispose]())

const acquired = async ({ lease }: TestEngine, node: string): Promise<HeldLease> => {
  const answer = await lease.acquire(node)
  if (answer.kind !== 'held') throw new Error(JSON.stringify(answer))
  return answer.lease
}

describe.skipIf(nats === undefined)('lease', () => {
  if (nats === undefined) return
  const openOn = (name: string, node: string) => openTestEngine(nats, { node, access: { name } })

  test('one has it; the other is told who', async () => {
    await using left = await openOn('one', 'left')
    await using right = await openOn('one', 'right')
    expect(await right.lease.holder()).toBeNull()
    const { epoch } = await acquired(left, 'left')
    expect(await right.lease.acquire('right')).toEqual({ kind: 'taken', by: 'left' })
    expect(await right.lease.holder()).toEqual({ node: 'left', epoch })
  })

  test('of many at once, one gets it', async () => {
    const engines = await Promise.all(Array.from({ length: 8 }, (_, index) => openOn('many', `n${index}`)))
    const answers = await Promise.all(engines.map(({ lease }, index) => lease.acquire(`n${index}`)))
    expect(answers.filter(({ kind }) => kind === 'held')).toHaveLength(1)
    expect(answers.filter(({ kind }) => kind === 'failed')).toEqual([])
    await Promise.all(engines.map((engine) => engine.close()))
  })

  test('renewed, it does not run out, and keeps its epoch; not renewed, the next one gets it and a higher epoch', async () => {
    await using left = await openOn('renewed', 'left')
    await using right = await openOn('renewed', 'right')
    const lease = await acquired(left, 'left')
    const endMs = performance.now() + 2 * TAKEOVER_MS
    while (performance.now() < endMs) {
      expect(await lease.renew()).toEqual({ kind: 'held' })
      expect(await right.lease.holder()).toEqual({ node: 'left', epoch: lease.epoch })
      await Bun.sleep(TAKEOVER_MS / 10)
    }
    const next = await eventually('it has run out', async () => {
      const answer = await right.lease.acquire('right')
      return answer.kind === 'held' && answer.lease
    })
    expect(next.epoch).toBeGreaterThan(lease.epoch)
    expect(await lease.renew()).toEqual({ kind: 'lost' })
    expect(await right.lease.holder()).toEqual({ node: 'right', epoch: next.epoch })
  })

  test('released, others get it at once', async () => {
    await using left = await openOn('released', 'left')
    await using right = await openOn('released', 'right')
    const lease = await acquired(left, 'left')
    await lease.renew()
    await lease.release()
    expect(await right.lease.holder()).toBeNull()
    const next = await acquired(right, 'right')
    expect(next.epoch).toBeGreaterThan(lease.epoch)
    expect(await lease.renew()).toEqual({ kind: 'lost' })
    await lease.release()
    expect(await next.renew()).toEqual({ kind: 'held' })
  })

  test('two processes of one name are two', async () => {
    await using left = await openOn('namesake', 'left')
    await using other = await openOn('namesake', 'left')
    await acquired(left, 'left')
    expect(await other.lease.acquire('left')).toEqual({ kind: 'taken', by: 'left' })
  })

  test('its time is that of the server that came last', async () => {
    const timeOf = async () => {
      const connection = await connect({ servers: [...nats.urls] })
      const { config } = await (await jetstreamManager(connection)).streams.info(`KV_${namesOf('time').lease}`)
      await connection.close()
      return millis(config.max_age)
    }
    for (const takeoverMs of [60_000, 5_000, 600_000, 30_000]) {
      await using engine = await openTestEngine(nats, { access: { name: 'time' }, takeoverMs })
      expect(engine.trouble()).toBeNull()
      expect(await timeOf()).toBe(takeoverMs)
    }
  })
})
