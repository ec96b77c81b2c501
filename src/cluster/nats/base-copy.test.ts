import { afterAll, describe, expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openTestEngine } from '../../../test/support/engine.ts'
import { hasNats, startNats } from '../../../test/support/nats.ts'

const nats = hasNats ? await startNats() : undefined
const directory = mkdtempSync(join(tmpdir(), 'minitor-base-'))
afterAll(async () => {
  rmSync(directory, { recursive: true })
  await nats?.[Symbol.asyncDispose]()
})

describe.skipIf(nats === undefined)('base copy', () => {
  if (nats === undefined) return

  test('is what was put last, whatever its size', async () => {
    await using left = await openTestEngine(nats, { node: 'left' })
    await using right = await openTestEngine(nats, { node: 'right' })
    expect(await right.base.look()).toBeNull()
    const [source, copy] = [join(directory, 'source'), join(directory, 'copy')]
    await expect(right.base.get(copy)).rejects.toThrow('there is no base copy')
    const random = randomBytes(3_000_000)
    for (const [sequence, content] of [
      random,
      Buffer.from('x'),
      Buffer.alloc(20_000_000, 'abc'),
      Buffer.alloc(0),
    ].entries()) {
      writeFileSync(source, content)
      await left.base.put(source, { journalId: 'j', sequence })
      expect(await right.base.look()).toEqual({ journalId: 'j', sequence })
      await right.base.get(copy)
      expect(readFileSync(copy).equals(content)).toBe(true)
    }
  })

  test('is its owner’s alone: it has what commands print, and what signs people in', async () => {
    await using engine = await openTestEngine(nats, { access: { name: 'private' } })
    const [source, copy] = [join(directory, 'source'), join(directory, 'private')]
    writeFileSync(source, 'x')
    await engine.base.put(source, { journalId: 'j', sequence: 1 })
    const before = process.umask(0)
    try {
      await engine.base.get(copy)
    } finally {
      process.umask(before)
    }
    expect(statSync(copy).mode & 0o777).toBe(0o600)
  })

  test('a file that is not there, or that cannot be written, is a reason', async () => {
    await using engine = await openTestEngine(nats, { access: { name: 'reasons' } })
    await expect(engine.base.put(join(directory, 'nothing'), { journalId: 'j', sequence: 1 })).rejects.toThrow('ENOENT')
    expect(await engine.base.look()).toBeNull()
    writeFileSync(join(directory, 'source'), 'x')
    await engine.base.put(join(directory, 'source'), { journalId: 'j', sequence: 1 })
    await expect(engine.base.get(join(directory, 'no', 'where'))).rejects.toThrow('ENOENT')
  })
})
