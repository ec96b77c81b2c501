import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { createModelEngine } from '../../../test/support/cluster/model-engine.ts'
import { createFileAccess, createScratch, opened } from '../../../test/support/database.ts'
import { createFakeClock } from '../../../test/support/fake-clock.ts'
import { TEST_LIMIT_MS } from '../../../test/support/pace.ts'
import { createRandom } from '../../../test/support/random.ts'
import { aChange, collectLog } from '../../../test/support/samples.ts'
import { testStore } from '../../../test/support/store-contract.ts'
import type { Journal } from '../../core/model/cluster.ts'
import type { Clock, Store } from '../../core/model/ports.ts'
import { systemClock } from '../../engine/system-clock.ts'
import type { Write } from '../tables/apply-writes.ts'
import type { JournalPosition, NumberedRecord } from '../tables/journaled.ts'
import type { Applied, ServerAccess } from './database-thread.ts'
import { openDurableStore } from './durable-store.ts'
import { createJournaledAccess } from './journaled-access.ts'
import { createWriteQueue } from './write-queue.ts'

setDefaultTimeout(TEST_LIMIT_MS)

const scratch = createScratch()
afterAll(scratch.remove)

const FULL: Applied = { kind: 'failed', reason: 'the disk is full', isDamaged: false }
const SECOND = 1000

/** A file of which everything is known. */
function createKnownFile(clock: Clock) {
  const applied: Write[] = []
  let unpublished: NumberedRecord[] = []
  let position: JournalPosition | null = { id: 'journal-1', sequence: 0, recordId: '' }
  let count = 0
  const file = {
    isFull: false,
    takesMs: 0,
    transactionCount: 0,
    applied,
    unpublished: () => unpublished,
    position: () => position,
    writtenSince: (write: Write) => applied.filter((one) => one === write).length,
  }
  const access: Pick<ServerAccess, 'open' | 'apply' | 'applyJson' | 'unpublished' | 'close' | 'onSecret' | 'onDamage'> =
    {
      open: async () =>
        ({
          kind: 'opened',
          journaled: { position, leader: null, unpublishedCount: unpublished.length },
          snapshot: {},
        }) as never,
      apply: (writes, nowMs) => access.applyJson(JSON.stringify(writes), nowMs),
      async applyJson(writes) {
        if (file.takesMs > 0) await new Promise<void>((resolve) => clock.setTimer(file.takesMs, resolve))
        if (file.isFull) return FULL
        file.transactionCount++
        for (const write of JSON.parse(writes) as Write[]) {
          if (write.kind === 'position') position = write.position
          else if (write.kind === 'unpublished') unpublished.push({ number: ++count, ...write.record })
          else if (write.kind === 'published') unpublished = unpublished.filter(({ number }) => number > write.number)
          else applied.push(write)
        }
        return { kind: 'kept', refused: [] }
      },
      unpublished: async (limit) => unpublished.slice(0, limit),
      close: async () => {},
      onSecret: () => {},
      onDamage: () => {},
    }
  return { file, access: access as ServerAccess }
}

const nameOf = (write: Write) => (write.kind === 'departure' ? write.departure.monitor : write.kind)
const isNews = (name: string) => name !== 'leader'
const departure = (monitor: string): Write => ({
  kind: 'departure',
  departure: { monitor, atMs: 1, ending: 'removed' },
})

function start(seed: number) {
  const random = createRandom(seed)
  const clock = createFakeClock(1e12)
  const world = createModelEngine({ clock, random, takeoverMs: 15 * SECOND })
  const { engine, clock: ownClock } = world.connect('a')
  const { file, access: inner } = createKnownFile(clock)
  let staleCount = 0
  let ids = 0
  const access = createJournaledAccess({
    access: inner,
    journal: engine.journal,
    clock: ownClock,
    node: 'a',
    newId: () => `a-${++ids}`,
    onStale: () => {
      staleCount++
    },
    onDamage: () => {},
  })
  const queue = createWriteQueue({ access, clock: ownClock, log: collectLog(), seed: () => [], trouble: null })
  let count = 0
  const ends: string[] = []
  return {
    random,
    clock,
    world,
    engine,
    file,
    access,
    queue,
    ends,
    write() {
      const name = `w${++count}`
      if (random.chance(0.5)) queue.addRoutine(departure(name))
      else
        queue
          .add(departure(name))
          .then(() => ends.push(name))
          .catch(() => {})
      return name
    },
    inJournal: () =>
      world.records.flatMap(({ record }) => (JSON.parse(record.writes) as Write[]).map(nameOf)).filter(isNews),
    inFile: () => file.applied.map(nameOf).filter(isNews),
    staleCount: () => staleCount,
    async lead(epoch: number) {
      const result = access.lead(epoch)
      let kind = 'none'
      void result.then((one) => {
        kind = one.kind
      })
      for (let turn = 0; turn < 600 && kind === 'none'; turn++) await clock.advance(100)
      return kind
    },
  }
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `w${index + 1}`)

test.each(Array.from({ length: 40 }, (_, index) => index + 1))(
  'whatever connections and disks do, each write is in the journal and in the file once, in order (%i)',
  async (seed) => {
    const { random, clock, world, file, access, write, inJournal, inFile, lead, staleCount } = start(seed)
    await access.open()
    let epoch = 1
    let isLeading = (await lead(epoch)) === 'leads'
    world.faults.lostAnswers = random.pick([0, 0.1, 0.5])
    world.faults.duplicates = random.pick([0, 0.3])
    world.faults.delayMs = random.pick([
      [1, 5],
      [1, 900],
    ])
    let count = 0
    for (let step = 0; step < 150; step++) {
      for (let some = random.int(0, 3); some > 0; some--, count++) write()
      if (random.chance(0.05)) world.cut('a')
      if (random.chance(0.1)) world.heal('a')
      if (random.chance(0.05)) file.isFull = true
      if (random.chance(0.2)) file.isFull = false
      if (isLeading && random.chance(0.05)) {
        access.goAlone()
        isLeading = false
      }
      if (!isLeading && random.chance(0.2)) isLeading = (await lead(++epoch)) === 'leads'
      await clock.advance(random.int(0, 2 * SECOND))
      if (!isLeading) expect(access.unpublishedCount()).toBe(file.unpublished().length)
    }
    world.heal('a')
    file.isFull = false
    Object.assign(world.faults, { lostAnswers: 0, duplicates: 0, delayMs: [1, 5] })
    await clock.advance(10 * SECOND)
    if (!isLeading) expect(await lead(++epoch)).toBe('leads')
    await clock.advance(60 * SECOND)
    expect(inJournal()).toEqual(names(count))
    expect(inFile()).toEqual(names(count))
    expect([file.unpublished(), access.unpublishedCount()]).toEqual([[], 0])
    expect(file.position()).toEqual({
      id: 'journal-1',
      sequence: world.records.length,
      recordId: world.records.at(-1)?.id ?? '',
    })
    const ids = world.records.map(({ id }) => id)
    expect(world.records.map(({ record }) => record.previousId)).toEqual(['', ...ids.slice(0, -1)])
    expect(access.position()).toEqual(file.position())
    expect(staleCount()).toBe(0)
  },
)

test('a server that stops keeps in its file what it cannot publish any more', async () => {
  const { clock, world, file, access, queue, write, inJournal, inFile, lead } = start(1)
  await access.open()
  expect(await lead(1)).toBe('leads')
  world.cut('a')
  write()
  access.keepLast()
  const closed = queue.close()
  await clock.advance(30 * SECOND)
  await closed
  expect([inJournal(), inFile(), file.unpublished().length]).toEqual([[], names(1), 1])
})

describe('another server has written', () => {
  const overtake = async ({ world, clock }: ReturnType<typeof start>) => {
    const { engine } = world.connect('b')
    const record = { id: 'b-1', previousId: '', epoch: 9, nowMs: 1, writes: '[]' }
    const sent = engine.journal.publish(record, world.records.length)
    await clock.advance(SECOND)
    expect((await sent).kind).toBe('kept')
  }

  test.each([
    { name: 'while this one led', isCut: false },
    { name: 'while this one was cut off, with a record of which nobody knew', isCut: true },
  ])('$name: that is said once, and nobody has an answer', async ({ isCut }) => {
    const stage = start(1)
    const { clock, world, access, queue, write, ends, staleCount, inJournal, inFile } = stage
    await access.open()
    expect(await stage.lead(1)).toBe('leads')
    write()
    await clock.advance(2 * SECOND)
    if (isCut) {
      world.cut('a')
      for (let count = 0; count < 5; count++) write()
      await clock.advance(4 * SECOND)
    }
    await overtake(stage)
    world.heal('a')
    for (let count = 0; count < 5; count++) write()
    await clock.advance(10 * SECOND)
    queue.abandon()
    await access.abandon()
    await clock.advance(60 * SECOND)
    expect(staleCount()).toBe(1)
    expect([inJournal(), inFile(), ends.filter((name) => name !== 'w1')]).toEqual([['w1'], ['w1'], []])
  })

  test('while this one took the lead anew: it hears that it does not lead, whatever is under way', async () => {
    const stage = start(3)
    const { clock, write, access, staleCount } = stage
    await access.open()
    expect(await stage.lead(1)).toBe('leads')
    await overtake(stage)
    for (let count = 0; count < 5; count++) write()
    await clock.advance(5 * SECOND)
    expect([staleCount(), await stage.lead(10)]).toEqual([1, 'stale'])
  })

  test('while this one was alone: it does not lead, and what it has kept stays in its file', async () => {
    const stage = start(2)
    const { clock, access, write, inFile, file } = stage
    await access.open()
    write()
    await clock.advance(2 * SECOND)
    await overtake(stage)
    expect(await stage.lead(1)).toBe('stale')
    expect([inFile(), access.unpublishedCount()]).toEqual([['w1'], 1])
    expect(file.unpublished().map(({ writes }) => (JSON.parse(writes) as Write[]).map(nameOf))).toEqual([['w1']])
  })
})

test.each([1, 4, 6, 12])(
  'a file that is full, and then takes %i s for each record, has everything once',
  async (seconds) => {
    const { clock, access, write, lead, file, inFile } = start(3)
    await access.open()
    await lead(1)
    file.isFull = true
    for (let turn = 0; turn < 4; turn++) {
      write()
      await clock.advance(2 * SECOND)
    }
    Object.assign(file, { isFull: false, takesMs: seconds * SECOND })
    await clock.advance(30 * SECOND)
    write()
    await clock.advance(30 * SECOND)
    file.takesMs = 0
    await clock.advance(60 * SECOND)
    expect(inFile()).toEqual(names(5))
  },
)

describe('a batch that is too large for a record', () => {
  const output = 'x'.repeat(4096)
  const monitorOf = (write: Write) => (write.kind === 'check' ? write.change.check.monitor : write.kind)
  const many = Array.from({ length: 300 }, (_, index): Write => {
    const change = aChange(`m${index}`, 1)
    return { kind: 'check', change: { ...change, check: { ...change.check, output } } }
  })
  const monitors = many.map(monitorOf)
  const plain = JSON.parse(JSON.stringify(many)) as Write[]

  test('goes in several, in order, and into the file in one transaction', async () => {
    const { clock, world, access, lead, file } = start(3)
    await access.open()
    await lead(1)
    const before = file.transactionCount
    const applied = access.apply(many, 5)
    await clock.advance(SECOND)
    expect((await applied).kind).toBe('kept')
    const [, ...records] = world.records
    expect(records.length).toBeGreaterThan(3)
    for (const { record } of records) expect(record.writes.length).toBeLessThan(400_000)
    expect(records.flatMap(({ record }) => JSON.parse(record.writes) as Write[])).toEqual(plain)
    expect(file.transactionCount - before).toBe(1)
    expect(file.applied.map(monitorOf).filter(isNews)).toEqual(monitors)
    expect(file.position()?.sequence).toBe(world.records.length)
  })

  test.each([4, 5, 6, 7, 8, 9])(
    'is in the file once where the engine is lost between two of them (%i)',
    async (seed) => {
      const { clock, world, access, queue, lead, file } = start(seed)
      await access.open()
      await lead(1)
      world.faults.lostAnswers = 0.6
      for (const write of many) queue.addRoutine(write)
      await clock.advance(300 * SECOND)
      world.faults.lostAnswers = 0
      await clock.advance(60 * SECOND)
      expect(file.applied.map(monitorOf).filter(isNews)).toEqual(monitors)
      expect(file.position()?.sequence).toBe(world.records.length)
    },
  )
})

/** A journal that has everything at once. */
function createPlainJournal(): Journal {
  let lastSequence = 0
  return {
    state: async () => ({ id: 'journal', firstSequence: 1, lastSequence }),
    idOf: async () => null,
    publish: async () => ({ kind: 'kept', sequence: ++lastSequence }),
    follow: () => ({ close: async () => {} }),
  }
}

for (const mode of ['leads', 'is alone'] as const) {
  const paths = new Map<Store, string>()
  const openAt = async (path: string): Promise<Store> => {
    const access = createJournaledAccess({
      access: createFileAccess(path),
      journal: createPlainJournal(),
      clock: systemClock,
      node: 'a',
      newId: () => crypto.randomUUID(),
      onStale() {},
      onDamage() {},
    })
    const store = opened(await openDurableStore({ access, clock: systemClock, log: collectLog() }))
    if (mode === 'leads') {
      await access.begin({ id: 'journal', sequence: 0, recordId: '' }, async () => null)
      expect(await access.lead(1)).toEqual({ kind: 'leads' })
    }
    paths.set(store, path)
    return store
  }
  testStore(`the store of a server that ${mode}`, {
    open: () => openAt(scratch.newPath()),
    async reopen(store) {
      await store.close()
      return openAt(paths.get(store) ?? '')
    },
  })
}
