import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createFakeClock } from '../../../test/support/fake-clock.ts'
import { aChange, collectLog } from '../../../test/support/samples.ts'
import type { Write } from '../tables/apply-writes.ts'
import type { Applied, DatabaseAccess, Replaced } from './database-thread.ts'
import { createWriteQueue } from './write-queue.ts'

const KEPT: Applied = { kind: 'kept', refused: [] }
const FULL: Applied = { kind: 'failed', reason: 'the disk is full', isDamaged: false }
const DAMAGED: Applied = { kind: 'failed', reason: 'database disk image is malformed', isDamaged: true }
const REPLACED: Replaced = { kind: 'replaced', setAside: '/m.db.corrupt-1' }
const LONGEST_QUEUE = 10_000

const news = (name: string): Write => ({ kind: 'check', change: aChange(name, 1) })
const departure = (monitor: string): Write => ({
  kind: 'departure',
  departure: { monitor, atMs: 1, ending: 'removed' },
})
const unwatched = (fromMs: number): Write => ({ kind: 'unwatched', unwatched: { fromMs, toMs: fromMs + 1 } })
const SEED: Write = { kind: 'pending', deliveries: [] }

/** A write by a short name: that of its monitor, or of its kind. */
function nameOf(write: Write): string {
  if (write.kind === 'check') return write.change.check.monitor
  if (write.kind === 'departure') return `-${write.departure.monitor}`
  return write.kind === 'unwatched' ? `?${write.unwatched.fromMs}` : write.kind
}

/** A queue before a database that answers as `answers` says: by the number of the call, for ever the last. Null: later. */
function start(answers: readonly ((Applied | Replaced) | null)[] = [KEPT], trouble: string | null = null) {
  const clock = createFakeClock(1_000_000)
  const log = collectLog()
  const calls: { readonly name: string; readonly atMs: number; answer: (applied: Applied | Replaced) => void }[] = []
  let underway = 0
  let mostUnderway = 0
  const ask = <Answer extends Applied | Replaced>(name: string): Promise<Answer> => {
    const { promise, resolve } = Promise.withResolvers<Answer>()
    underway++
    mostUnderway = Math.max(mostUnderway, underway)
    const answer = (given: Applied | Replaced) => {
      underway--
      resolve(given as Answer)
    }
    const given = answers[Math.min(calls.length, answers.length - 1)] ?? null
    calls.push({ name, atMs: clock.monotonicMs(), answer })
    if (given !== null) answer(given)
    return promise
  }
  const access: Pick<DatabaseAccess, 'apply' | 'replace'> = {
    apply: (writes) => ask(writes.map(nameOf).join(' ')),
    replace: () => ask('replace'),
  }
  const queue = createWriteQueue({
    access: access as DatabaseAccess,
    clock,
    log,
    seed: () => [SEED],
    trouble,
  })
  const ends: string[] = []
  return {
    clock,
    queue,
    calls,
    ends,
    /** Adds news, and notes how it ends. */
    tell(name: string) {
      queue.add(news(name)).then(
        () => ends.push(`${name} kept`),
        (error: Error) => ends.push(`${name}: ${error.message}`),
      )
    },
    routine: (...names: string[]) => {
      for (const name of names) queue.addRoutine(news(name))
    },
    written: () => calls.map(({ name }) => name),
    at: () => calls.map(({ name, atMs }) => `${atMs} ${name}`),
    messages: (level: string) => log.lines.filter((line) => line.level === level).map(({ message }) => message),
    mostUnderway: () => mostUnderway,
  }
}

describe('while the database answers', () => {
  test('news is written at once, with all that came in the same turn, and resolves when it is kept', async () => {
    const { clock, tell, routine, at, ends } = start()
    routine('a')
    tell('b')
    routine('c')
    tell('d')
    expect(at()).toEqual([])
    await clock.advance(0)
    expect(at()).toEqual(['0 a b c d'])
    expect(ends).toEqual(['b kept', 'd kept'])
  })

  test('what comes while one transaction is under way shares the next', async () => {
    const { clock, tell, routine, calls, written, ends, mostUnderway } = start([null, KEPT])
    tell('a')
    await clock.advance(0)
    for (const name of ['b', 'c']) tell(name)
    routine('d')
    await clock.advance(100)
    expect([written(), ends]).toEqual([['a'], []])
    calls[0]?.answer(KEPT)
    await clock.advance(0)
    expect([written(), ends]).toEqual([
      ['a', 'b c d'],
      ['a kept', 'b kept', 'c kept'],
    ])
    expect(mostUnderway()).toBe(1)
  })

  test('routine waits a second for more, from the first on', async () => {
    const { clock, routine, at } = start()
    routine('a')
    await clock.advance(600)
    routine('b')
    await clock.advance(399)
    expect(at()).toEqual([])
    await clock.advance(1)
    expect(at()).toEqual(['1000 a b'])
    routine('c')
    await clock.advance(1000)
    expect(at()).toEqual(['1000 a b', '2000 c'])
  })

  test('routine that came during a transaction waits a second after it', async () => {
    const { clock, tell, routine, calls, at } = start([null, KEPT])
    tell('a')
    await clock.advance(0)
    routine('b')
    await clock.advance(300)
    calls[0]?.answer(KEPT)
    await clock.advance(1000)
    expect(at()).toEqual(['0 a', '1300 b'])
  })

  test('with nothing to write, the file learns every 10 s that Minitor watches', async () => {
    const { clock, tell, at } = start()
    await clock.advance(25_000)
    tell('a')
    await clock.advance(15_000)
    expect(at()).toEqual(['10000 ', '20000 ', '25000 a', '35000 '])
  })

  test('what can never be kept is said to be a bug, and holds nobody up', async () => {
    const { clock, tell, ends, messages, queue } = start([{ kind: 'kept', refused: ['it has no name'] }])
    tell('a')
    await clock.advance(0)
    expect(ends).toEqual(['a kept'])
    expect(messages('error')).toEqual(['a bug in Minitor, please report it: it has no name'])
    expect(queue.troubles()).toEqual([])
  })

  test('keeps everything once and in order, one transaction at a time, however the database stumbles', async () => {
    const step = fc.oneof(
      fc.constantFrom('news', 'routine').map((kind) => ({ kind, ms: 0 })),
      fc.integer({ min: 0, max: 3000 }).map((ms) => ({ kind: 'wait', ms })),
    )
    const answers = fc.array(fc.constantFrom<Applied>(KEPT, KEPT, FULL), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), answers, async (steps, given) => {
        const all = [...given, KEPT]
        const { clock, tell, routine, calls, mostUnderway } = start(all)
        const names: string[] = []
        for (const { kind, ms } of steps) {
          await clock.advance(ms)
          if (kind === 'wait') continue
          names.push(`${kind}${names.length}`)
          if (kind === 'news') tell(names.at(-1) ?? '')
          else routine(names.at(-1) ?? '')
        }
        await clock.advance((given.length + 1) * 10_000)
        const kept = calls.filter((_, index) => (all[index] ?? KEPT).kind === 'kept').map(({ name }) => name)
        expect(kept.filter((name) => name !== '').join(' ')).toBe(names.join(' '))
        expect(mostUnderway()).toBeLessThanOrEqual(1)
      }),
      { numRuns: 200 },
    )
  })
})

describe('while the database fails', () => {
  test('those who wait are told at once, then as soon as they ask, and all is kept in order later', async () => {
    const { clock, tell, routine, at, ends, queue, messages } = start([FULL, FULL, KEPT])
    routine('a')
    tell('b')
    await clock.advance(0)
    expect(ends).toEqual(['b: the disk is full'])
    tell('c')
    routine('d')
    await clock.advance(0)
    expect(ends).toEqual(['b: the disk is full', 'c: the disk is full'])
    await clock.advance(3000)
    expect(at()).toEqual(['0 a b', '1000 a b c d', '2000 a b c d'])
    expect(ends).toHaveLength(2)
    expect(queue.troubles()).toEqual([])
    expect(messages('error')).toEqual(['state and history cannot be saved for now: the disk is full'])
    expect(messages('info')).toEqual(['state and history are saved again'])
  })

  test('tries again every second, and says for how long nothing was kept', async () => {
    const { clock, tell, at, queue, messages } = start([FULL])
    tell('a')
    await clock.advance(7400)
    expect(at()).toHaveLength(8)
    expect(at().at(-1)).toBe('7000 a')
    expect(queue.troubles()).toEqual(['state and history have not been saved for 7 s: the disk is full'])
    expect(messages('error')).toHaveLength(1)
  })

  test('trouble from the beginning is said at once, and tried again soon', async () => {
    const { clock, queue, tell, at, ends, messages } = start([FULL, KEPT], 'the disk is full')
    expect(messages('error')).toEqual(['state and history cannot be saved for now: the disk is full'])
    expect(queue.troubles()).toEqual(['state and history have not been saved for 0 s: the disk is full'])
    tell('a')
    await clock.advance(0)
    expect(ends).toEqual(['a: the disk is full'])
    await clock.advance(2000)
    expect(at()).toEqual(['1000 a', '2000 a'])
    expect(messages('info')).toEqual(['state and history are saved again'])
    expect(queue.troubles()).toEqual([])
  })

  test('an alive that cannot be written is trouble, too', async () => {
    const { clock, at, queue } = start([FULL, KEPT])
    await clock.advance(10_000)
    expect(queue.troubles()).toEqual(['state and history have not been saved for 0 s: the disk is full'])
    await clock.advance(1000)
    expect(at()).toEqual(['10000 ', '11000 '])
    expect(queue.troubles()).toEqual([])
  })
})

describe('while the database does not answer', () => {
  test('news is held back for no more than 5 s, also that which came later; then nobody waits', async () => {
    const { clock, tell, ends, queue } = start([null])
    tell('a')
    await clock.advance(2000)
    tell('b')
    await clock.advance(2999)
    expect(ends).toEqual([])
    await clock.advance(1)
    expect(ends).toEqual(['a: the database does not answer', 'b: the database does not answer'])
    tell('c')
    await clock.advance(0)
    expect(ends.at(-1)).toBe('c: the database does not answer')
    expect(queue.troubles()).toEqual(['state and history have not been saved for 0 s: the database does not answer'])
  })

  test('news is held back for no more than 5 s by a database that is slow again and again', async () => {
    const { clock, tell, calls, ends } = start([null])
    tell('a')
    await clock.advance(1000)
    tell('b')
    await clock.advance(3900)
    calls[0]?.answer(KEPT)
    await clock.advance(1100)
    expect(ends).toEqual(['a kept', 'b: the database does not answer'])
  })

  test.each([
    { name: 'kept', late: KEPT, at: ['0 a', '9000 b c'], info: ['state and history are saved again'] },
    { name: 'failed', late: FULL, at: ['0 a', '9000 a b c'], info: ['state and history are saved again'] },
  ])('a late answer counts: $name', async ({ late, at: expected, info }) => {
    const { clock, tell, routine, calls, at, ends, messages, mostUnderway } = start([null, KEPT])
    tell('a')
    await clock.advance(6000)
    tell('b')
    routine('c')
    await clock.advance(2000)
    calls[0]?.answer(late)
    await clock.advance(3000)
    expect(at()).toEqual([...expected])
    expect(ends).toEqual(['a: the database does not answer', 'b: the database does not answer'])
    expect(messages('info')).toEqual([...info])
    expect(mostUnderway()).toBe(1)
  })
})

describe('when there is more than can be remembered', () => {
  const many = Array.from({ length: LONGEST_QUEUE + 1 }, (_, index) => `m${index}`)
  /** Nothing is known of the time since the first check that was forgotten. */
  const GAP = '?1'

  test('only the present is kept, and what it does not say', async () => {
    const { clock, queue, tell, routine, written, messages, calls } = start([FULL, FULL, KEPT])
    tell('a')
    await clock.advance(0)
    queue.addRoutine(departure('gone'))
    queue.addRoutine(unwatched(7))
    queue.addRoutine({ kind: 'mutes', change: { kind: 'unsilence', target: 'all', atMs: 1, who: '' } })
    routine(...many.slice(4))
    expect(written()).toEqual(['a'])
    await clock.advance(1000)
    routine('c')
    await clock.advance(1000)
    expect(written().slice(2)).toEqual([`${GAP} -gone ?7 mutes c pending`])
    expect(messages('info')).toEqual([
      `state and history are saved again; of ${LONGEST_QUEUE - 2} checks only the outcome is known`,
    ])
    expect(calls).toHaveLength(3)
  })

  test.each([
    { name: 'routine', add: (stage: ReturnType<typeof start>) => stage.routine(...many) },
    { name: 'news', add: (stage: ReturnType<typeof start>) => many.map(stage.tell) },
  ])(
    '$name is forgotten also while the database does not answer, and the present is kept after that',
    async ({ add }) => {
      const stage = start([null, KEPT, KEPT])
      const { clock, tell, calls, written, messages } = stage
      tell('a')
      await clock.advance(6000)
      add(stage)
      calls[0]?.answer(KEPT)
      await clock.advance(1000)
      expect(written()).toEqual(['a', `${GAP} pending`])
      expect(messages('info').at(-1)).toBe(
        `state and history are saved again; of ${many.length} checks only the outcome is known`,
      )
    },
  )

  test('the gap begins with the first check that is forgotten', async () => {
    const writes: Write[][] = []
    const clock = createFakeClock(1_000_000)
    const queue = createWriteQueue({
      access: {
        async apply(given: readonly Write[]) {
          writes.push([...given])
          return writes.length < 3 ? FULL : KEPT
        },
      } as unknown as DatabaseAccess,
      clock,
      log: collectLog(),
      seed: () => [],
      trouble: null,
    })
    queue.addRoutine({ kind: 'check', change: aChange('web', 1_000_000) })
    await clock.advance(1000)
    for (const name of many.slice(1)) queue.addRoutine({ kind: 'check', change: aChange(name, 1_000_900) })
    await clock.advance(2000)
    expect(writes.at(-1)).toEqual([{ kind: 'unwatched', unwatched: { fromMs: 1_000_000, toMs: 1_001_000 } }])
  })
})

test('a clock that jumps is not the time of the file before the jump is saved', async () => {
  const clock = createFakeClock(1_000_000)
  const times: number[] = []
  const queue = createWriteQueue({
    access: {
      async apply(_: readonly Write[], nowMs: number) {
        times.push(nowMs)
        return KEPT
      },
    } as unknown as DatabaseAccess,
    clock,
    log: collectLog(),
    seed: () => [],
    trouble: null,
  })
  clock.setWall(5_000_000)
  await clock.advance(10_000)
  queue.addRoutine({ kind: 'unwatched', unwatched: { fromMs: 1_010_000, toMs: clock.wallMs() } })
  await clock.advance(1000)
  expect(times).toEqual([1_010_000, 5_011_000])
})

describe('a damaged file', () => {
  test('is replaced at once, before those who wait are told that anything failed', async () => {
    const { clock, tell, at, ends, messages, queue } = start([DAMAGED, REPLACED, KEPT])
    tell('a')
    await clock.advance(0)
    expect(at()).toEqual(['0 a', '0 replace', '0 a pending'])
    expect(ends).toEqual(['a kept'])
    expect(queue.troubles()).toEqual([])
    expect(messages('error')).toEqual([
      'state and history cannot be saved for now: database disk image is malformed',
      'history begins anew in a new database, with the current state; the old file is /m.db.corrupt-1',
    ])
  })

  test('that cannot be replaced yet is so later, and the present is kept until it is', async () => {
    const { clock, tell, at, ends } = start([DAMAGED, DAMAGED, DAMAGED, REPLACED, FULL, KEPT, KEPT])
    tell('a')
    await clock.advance(3500)
    tell('b')
    await clock.advance(0)
    expect(at()).toEqual([
      '0 a',
      '0 replace',
      '1000 replace',
      '2000 replace',
      '2000 a pending',
      '3000 a pending',
      '3500 b',
    ])
    expect(ends).toEqual(['a: database disk image is malformed', 'b kept'])
  })

  test('that is damaged as soon as it is replaced is not replaced more than once a second', async () => {
    const { clock, tell, at } = start([DAMAGED, REPLACED, DAMAGED, REPLACED, DAMAGED, REPLACED, DAMAGED])
    tell('a')
    await clock.advance(1500)
    expect(at()).toEqual(['0 a', '0 replace', '0 a pending', '1000 replace', '1000 a pending'])
  })

  test('found by somebody else is replaced at once', async () => {
    const { clock, queue, at, messages } = start([REPLACED, KEPT])
    await clock.advance(500)
    queue.replaceFile('checks: wrong page')
    await clock.advance(0)
    expect(at()).toEqual(['500 replace', '500 pending'])
    expect(messages('error')[0]).toBe('the database is damaged: checks: wrong page')
  })

  test.each([
    { name: 'kept', answer: KEPT, at: ['0 a', '200 replace', '200 b pending'] },
    { name: 'failed', answer: FULL, at: ['0 a', '1200 replace', '1200 a b pending'] },
  ])('found during a transaction that is then $name is replaced after it', async ({ answer, at: expected }) => {
    const { clock, queue, tell, routine, calls, at } = start([null, REPLACED, KEPT])
    tell('a')
    await clock.advance(100)
    queue.replaceFile('checks: wrong page')
    routine('b')
    await clock.advance(100)
    calls[0]?.answer(answer)
    await clock.advance(1000)
    expect(at()).toEqual([...expected])
  })
})

describe('closing', () => {
  test('writes what is left, at once', async () => {
    const { clock, queue, routine, at, messages } = start()
    routine('a', 'b')
    await queue.close()
    expect(at()).toEqual(['0 a b'])
    expect(messages('error')).toEqual([])
    expect(clock.timerCount).toBe(0)
  })

  test('waits for what is under way, and writes what came meanwhile', async () => {
    const { clock, queue, tell, routine, calls, at, ends } = start([null, KEPT])
    tell('a')
    await clock.advance(0)
    routine('b')
    const closed = queue.close()
    await clock.advance(2000)
    calls[0]?.answer(KEPT)
    await closed
    expect(at()).toEqual(['0 a', '2000 b'])
    expect(ends).toEqual(['a kept'])
    expect(clock.timerCount).toBe(0)
  })

  test('tries once more when there was trouble', async () => {
    const { clock, queue, tell, at, messages } = start([FULL, KEPT])
    tell('a')
    await clock.advance(300)
    await queue.close()
    expect(at()).toEqual(['0 a', '300 a'])
    expect(messages('error')).toHaveLength(1)
    expect(clock.timerCount).toBe(0)
  })

  test('does not wait for a trouble to end, and says what is lost', async () => {
    const { clock, queue, tell, routine, at, messages } = start([FULL])
    tell('a')
    await clock.advance(300)
    routine('b')
    await queue.close()
    expect(at()).toEqual(['0 a', '300 a b', '300 a b'])
    expect(messages('error').at(-1)).toBe('2 changes could not be saved before the end')
    await clock.advance(60_000)
    expect(at()).toHaveLength(3)
  })

  test.each([
    { name: 'has just begun to be silent', beforeMs: 0 },
    { name: 'is known to be silent', beforeMs: 6000 },
  ])('takes no more than 3 s when the database $name; nobody waits any longer', async ({ beforeMs }) => {
    const { clock, queue, tell, routine, calls, at, ends, messages } = start([null])
    tell('a')
    await clock.advance(beforeMs)
    routine('b')
    let isClosed = false
    const closed = queue.close().then(() => {
      isClosed = true
    })
    await clock.advance(2999)
    expect(isClosed).toBe(false)
    await clock.advance(1)
    await closed
    expect(clock.timerCount).toBe(0)
    expect(ends).toEqual([`a: ${beforeMs === 0 ? 'Minitor has stopped' : 'the database does not answer'}`])
    expect(messages('error').at(-1)).toBe('2 changes could not be saved before the end')
    calls[0]?.answer(FULL)
    await clock.advance(60_000)
    expect(at()).toHaveLength(1)
    expect(clock.timerCount).toBe(0)
  })

  test('what comes after it is refused', async () => {
    const { clock, queue, tell, routine, ends, at } = start()
    await queue.close()
    tell('a')
    routine('b')
    queue.replaceFile('checks: wrong page')
    await clock.advance(60_000)
    expect(at()).toEqual([])
    expect(ends).toEqual(['a: Minitor has stopped'])
  })
})
