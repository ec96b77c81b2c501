import { Database } from 'bun:sqlite'
import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { changeFile, createFileAccess, createScratch, HOLDER, opened, rowsOf } from '../../../test/support/database.ts'
import { createFakeClock } from '../../../test/support/fake-clock.ts'
import { TEST_LIMIT_MS } from '../../../test/support/pace.ts'
import { keepReminders } from '../../../test/support/reminders.ts'
import { aChange, collectLog } from '../../../test/support/samples.ts'
import { testStore } from '../../../test/support/store-contract.ts'
import { actionOf, FAILED_SIGN_INS } from '../../core/model/action.ts'
import { NO_MUTES } from '../../core/model/mute.ts'
import type { Clock, Store } from '../../core/model/ports.ts'
import type { CheckResult, Delivery } from '../../core/model/types.ts'
import { systemClock } from '../../engine/system-clock.ts'
import { DATABASE_WORKER } from '../../threads.ts'
import { readDatabase } from '../file/open-for-reading.ts'
import type { Write } from '../tables/apply-writes.ts'
import { readTrials } from '../tables/facts.ts'
import { createDatabaseThread, type DatabaseAccess } from './database-thread.ts'
import { openDurableStore } from './durable-store.ts'

setDefaultTimeout(TEST_LIMIT_MS)

const scratch = createScratch()
afterAll(scratch.remove)

async function open(access: DatabaseAccess, clock: Clock = systemClock, log = collectLog()): Promise<Store> {
  return opened(await openDurableStore({ access, clock, log }))
}

const accesses: Readonly<Record<string, (path: string) => DatabaseAccess>> = {
  'the store in a file': createFileAccess,
  'the store in a file of a thread': (path) => createDatabaseThread(path, HOLDER, DATABASE_WORKER),
}

for (const [name, accessTo] of Object.entries(accesses)) {
  const paths = new Map<Store, string>()
  const openAt = async (path: string) => {
    const store = await open(accessTo(path))
    paths.set(store, path)
    return store
  }
  testStore(name, {
    open: () => openAt(scratch.newPath()),
    async reopen(store) {
      await store.close()
      return openAt(paths.get(store) ?? '')
    },
  })
}

test('keeps how each alert went when it was last run', async () => {
  const path = scratch.newPath()
  const store = await open(createFileAccess(path))
  const trial = { fingerprint: 'abc', atMs: 1, isDelivered: true, reason: '' }
  store.noteTrial({ ...trial, alert: 'mail' })
  store.noteTrial({ ...trial, alert: 'mail', atMs: 2, isDelivered: false, reason: 'exit code 1' })
  store.noteTrial({ ...trial, alert: 'böse * [name]' })
  await store.close()
  const trials = readDatabase(path, readTrials)
  expect(trials.kind === 'read' && Object.fromEntries(trials.result)).toEqual({
    mail: { ...trial, alert: 'mail', atMs: 2, isDelivered: false, reason: 'exit code 1' },
    'böse * [name]': { ...trial, alert: 'böse * [name]' },
  })
})

describe('failed sign-ins, however many', () => {
  const failed = (address: string, who = 'root') => actionOf({ kind: 'sign_in_failed', atMs: 1, who, address })
  const counts = (path: string) =>
    rowsOf<{ address: string; count: number }>(path, 'SELECT address, count FROM actions ORDER BY address')

  test('are written once a second, each network once', async () => {
    const path = scratch.newPath()
    const clock = createFakeClock(1_000_000)
    const access = createFileAccess(path)
    const written: Write[] = []
    const store = await open(
      {
        ...access,
        apply(writes, nowMs) {
          written.push(...writes)
          return access.apply(writes, nowMs)
        },
      },
      clock,
    )
    for (let index = 0; index < 1000; index++) store.noteAction(failed(`a${index % 3}`))
    await clock.advance(2000)
    for (let index = 0; index < 10; index++) store.noteAction(failed('a1'))
    await store.close()
    expect(written).toHaveLength(2)
    expect(counts(path)).toEqual([
      { address: 'a0', count: 334 },
      { address: 'a1', count: 343 },
      { address: 'a2', count: 333 },
    ])
  })

  test('G5: wait together while nothing can be written, and hold up nobody', async () => {
    const path = scratch.newPath()
    const clock = createFakeClock(1_000_000)
    const access = createFileAccess(path)
    let isFull = true
    const written: Write[] = []
    const store = await open(
      {
        ...access,
        async apply(writes, nowMs) {
          if (isFull) return { kind: 'failed', reason: 'disk full', isDamaged: false }
          written.push(...writes)
          return access.apply(writes, nowMs)
        },
      },
      clock,
    )
    store.noteAction(actionOf({ kind: 'signed_in', atMs: 1, who: 'anna', address: 'b' }))
    await clock.advance(5000)
    expect(store.troubles()).toHaveLength(1)
    for (let second = 0; second < 60; second++) {
      for (let index = 0; index < 500; index++) store.noteAction(failed(`a${index}`))
      await clock.advance(1000)
    }
    isFull = false
    await clock.advance(5000)
    expect(written.filter(({ kind }) => kind === 'actions')).toHaveLength(2)
    const kept = counts(path)
    expect(kept).toHaveLength(FAILED_SIGN_INS + 1)
    expect(kept).toContainEqual({ address: 'a499', count: expect.any(Number) })
    await store.close()
  })
})

function isFile(name: string, path: string): boolean {
  return (
    name.startsWith(path.slice(dirname(path).length + 1)) && name.includes('.corrupt-') && !/-(?:wal|shm)$/.test(name)
  )
}

function setAsideOf(path: string): string[] {
  return readdirSync(dirname(path)).filter((name) => isFile(name, path))
}

const stateOf = async (store: Store, monitor: string) => (await store.load()).monitors.get(monitor)?.state

describe('J11: what is stored of notifications with 49 KB of output', () => {
  const documents = (path: string) =>
    rowsOf<{ output: string; bytes: number }>(
      path,
      "SELECT document ->> '$.output' AS output, length(document) AS bytes FROM notifications ORDER BY rowid",
    )

  test('while a delivery is pending, the beginning and the end; once all are settled, nothing', async () => {
    const path = scratch.newPath()
    const first = await open(createFileAccess(path))
    const output = `BEGIN${'x'.repeat(49_000)}END`
    const down = aChange('web', 1000, { alerts: ['mail', 'sms'], check: { output } as CheckResult })
    const [mail, sms] = down.deliveries as [Delivery, Delivery]
    await first.commit(down)
    await first.settle({ ...mail, status: 'delivered' }, [])
    const next = { ...sms, id: `${sms.notification.id}/call`, alert: 'call' }
    await first.settle({ ...sms, status: 'handed_over' }, [next])
    const [pending] = documents(path)
    expect(pending?.output).toHaveLength(4096)
    expect(pending?.output).toMatch(/^BEGINx+ … x+END$/)
    await first.close()
    const second = await open(createFileAccess(path))
    const left = (await second.load()).deliveries
    expect(left.map(({ notification }) => notification.output)).toEqual(Array(3).fill(pending?.output))
    // One that is dropped may become pending again.
    await second.settle({ ...next, status: 'dropped' }, [])
    expect(documents(path)).toEqual([pending ?? expect.anything()])
    await second.settle({ ...next, status: 'delivered' }, [])
    expect(documents(path).map((one) => one.output)).toEqual([''])
    await second.close()
  })

  test('of thousands of reminders a start loads what decides', async () => {
    const path = scratch.newPath()
    await keepReminders(path, 1000, 49_000)
    // The scaled bound of bench/measurements/reminders.ts.
    expect(statSync(path).size).toBeLessThan((60e6 * 1000) / 8640)
    for (const { bytes } of documents(path)) expect(bytes).toBeLessThan(1000)
    const store = await open(createFileAccess(path))
    expect((await store.load()).deliveries.map(({ id }) => id)).toEqual(['i-1000/mail'])
    await store.close()
  })
})

describe('the store in a file', () => {
  test('knows when it was last alive, and what the ids of the last runs began with', async () => {
    const path = scratch.newPath()
    const clock = createFakeClock(1_000_000)
    const first = await open(createFileAccess(path), clock)
    expect((await first.load()).lastAliveAtMs).toBeNull()
    await clock.advance(25_000)
    await first.close()
    const { lastAliveAtMs } = await (await open(createFileAccess(path), clock)).load()
    expect(lastAliveAtMs).toBe(1_020_000)
  })

  test('a damaged file is set aside at the start, which is said', async () => {
    const path = scratch.newPath()
    writeFileSync(path, '\0'.repeat(5000), { mode: 0o600 })
    const log = collectLog()
    const store = await open(createFileAccess(path), systemClock, log)
    expect((await store.load()).monitors.size).toBe(0)
    const [aside = ''] = setAsideOf(path)
    expect(log.lines.map(({ level, message }) => [level, message])).toEqual([
      ['error', `the database is damaged and was set aside as ${dirname(path)}/${aside}; Minitor begins anew`],
    ])
    expect(readFileSync(`${dirname(path)}/${aside}`, 'utf8')).toBe('\0'.repeat(5000))
    await store.close()
  })

  test.each([
    { name: 'was removed', harm: (path: string) => rmSync(path), asides: 0 },
    {
      name: 'was replaced by another',
      harm(path: string) {
        rmSync(path)
        writeFileSync(path, '\0'.repeat(5000), { mode: 0o600 })
      },
      asides: 1,
    },
  ])('when the file $name, all that is known now is kept in a new one', async ({ harm, asides }) => {
    const path = scratch.newPath()
    const log = collectLog()
    const store = await open(createFileAccess(path), systemClock, log)
    const down = aChange('web', 1000, { alerts: ['mail', 'sms'] })
    const [mail, sms] = down.deliveries as [Delivery, Delivery]
    await store.commit(down)
    await store.commit(aChange('dns', 1000))
    await store.commit(aChange('gone', 1000))
    store.noteDeparture({ monitor: 'gone', atMs: 1500, ending: 'removed' })
    await store.settle({ ...mail, status: 'delivered', attemptCount: 1 }, [])
    harm(path)
    await store.commit(aChange('api', 2000))
    await store.close()
    expect(setAsideOf(path)).toHaveLength(asides)
    expect(log.lines.filter(({ level }) => level === 'info').map(({ message }) => message)).toEqual([
      'state and history are saved again',
    ])

    const again = await open(createFileAccess(path))
    const { monitors, deliveries } = await again.load()
    expect([...monitors.keys()].sort()).toEqual(['api', 'dns', 'web'])
    expect(monitors.get('web')).toEqual({ state: down.state, slotAtMs: 1000 })
    // Else nobody would be told of the recovery: it goes to those who know of the outage.
    expect(deliveries).toEqual([{ ...mail, status: 'delivered', attemptCount: 1 }, sms])
    await again.close()
  })

  test('what was told of an outage that has ended is not remembered for a new file', async () => {
    const path = scratch.newPath()
    const store = await open(createFileAccess(path))
    const down = aChange('web', 1000, { alerts: ['mail'] })
    const [mail] = down.deliveries as [Delivery]
    await store.commit(down)
    await store.settle({ ...mail, status: 'delivered' }, [])
    await store.commit(aChange('web', 2000, { state: { ...down.state, status: 'up', incidentId: null } }))
    rmSync(path)
    await store.commit(aChange('api', 2000))
    await store.close()
    const again = await open(createFileAccess(path))
    expect((await again.load()).deliveries).toEqual([])
    await again.close()
  })

  test('what was told before this daemon is remembered for a new file, too', async () => {
    const path = scratch.newPath()
    const first = await open(createFileAccess(path))
    const down = aChange('web', 1000, { alerts: ['mail'] })
    const [mail] = down.deliveries as [Delivery]
    await first.commit(down)
    await first.settle({ ...mail, status: 'delivered' }, [])
    await first.close()
    const second = await open(createFileAccess(path))
    rmSync(path)
    await second.commit(aChange('api', 2000))
    await second.close()
    const third = await open(createFileAccess(path))
    expect((await third.load()).deliveries).toEqual([
      { ...mail, status: 'delivered', notification: { ...mail.notification, output: '' } },
    ])
    await third.close()
  })

  test('in a new file everybody stays muted, whoever said so', async () => {
    const path = scratch.newPath()
    const first = await open(createFileAccess(path))
    const [web, dns] = [aChange('web', 1000), aChange('dns', 1000)]
    for (const change of [web, dns]) await first.commit(change)
    const acknowledgement = { incidentId: web.state.incidentId ?? '', atMs: 2000, reason: 'on it' }
    await first.changeMutes({ kind: 'acknowledge', acknowledgement })
    await first.close()

    const access = createFileAccess(path)
    const second = await open(access)
    const untilMs = Date.now() + 3_600_000
    const before = { target: { monitor: 'web' }, untilMs, reason: 'beside' } as const
    const over = { target: { monitor: 'dns' }, untilMs: Date.now() - 1, reason: 'over' } as const
    const through = { target: { tag: 'db' }, untilMs, reason: 'through' } as const
    const told: unknown[] = []
    second.onMutes((mutes) => told.push(mutes))
    // The second time it is no news.
    for (let count = 0; count < 2; count++) {
      access.mute({ ...NO_MUTES, silences: [before, over], acknowledgements: [acknowledgement] })
    }
    expect(told).toEqual([{ ...NO_MUTES, silences: [before, over], acknowledgements: [acknowledgement] }])
    await second.changeMutes({ kind: 'silence', silence: through, atMs: 1 })
    rmSync(path)
    await second.commit(aChange('api', 2000))
    await second.close()
    const third = await open(createFileAccess(path))
    expect((await third.load()).mutes).toEqual({
      ...NO_MUTES,
      silences: [before, through],
      acknowledgements: [acknowledgement],
    })
    expect(rowsOf(path, "SELECT 1 FROM silences WHERE target = 'dns'")).toEqual([])
    await third.close()
  })

  test('damage that is found in the history leads to a new file with the present', async () => {
    const path = scratch.newPath()
    const access = createFileAccess(path)
    const clock = createFakeClock(1_000_000)
    const store = await open(access, clock)
    const kept = store.commit(aChange('web', 1000))
    await clock.advance(0)
    await kept
    access.damage('checks: wrong page')
    await clock.advance(0)
    await store.close()
    expect(setAsideOf(path)).toHaveLength(1)
    const again = await open(createFileAccess(path))
    expect(await stateOf(again, 'web')).toEqual(aChange('web', 1000).state)
    await again.close()
  })
})

/** Does something while another connection holds the lock for writing. */
async function changeFileWhile(path: string, work: () => Promise<void>): Promise<void> {
  const other = new Database(path, { readwrite: true })
  other.run('BEGIN IMMEDIATE')
  try {
    await work()
  } finally {
    other.run('ROLLBACK')
    other.close()
  }
}

describe('the thread of the database', () => {
  test('D6: a second one on the same file is refused, and the first is named', async () => {
    const path = scratch.newPath()
    const first = await open(createDatabaseThread(path, HOLDER, DATABASE_WORKER))
    const second = await openDurableStore({
      access: createDatabaseThread(path, { ...HOLDER, pid: 1 }, DATABASE_WORKER),
      clock: systemClock,
      log: collectLog(),
    })
    expect(second).toEqual({
      kind: 'refused',
      reason: `another Minitor (pid ${process.pid}) already keeps its state in ${path}`,
      hint: 'stop it, or name another file with --database',
    })
    await first.commit(aChange('web', 1))
    await first.close()
  })

  test('tells what other processes change in the mutes', async () => {
    const path = scratch.newPath()
    const store = await open(createDatabaseThread(path, HOLDER, DATABASE_WORKER))
    const { promise, resolve } = Promise.withResolvers<unknown>()
    store.onMutes(resolve)
    const untilMs = Date.now() + 3_600_000
    changeFile(path, (database) =>
      database.run(
        "INSERT INTO silences (target_kind, target, created_at_ms, until_ms, reason) VALUES ('tag', 'db', 1, ?, 'why')",
        [untilMs],
      ),
    )
    expect(await promise).toEqual({
      ...NO_MUTES,
      silences: [{ target: { tag: 'db' }, untilMs, reason: 'why' }],
      acknowledgements: [],
    })
    await store.close()
  })

  test('D7: while another process holds the lock, this thread goes on', async () => {
    const path = scratch.newPath()
    const store = await open(createDatabaseThread(path, HOLDER, DATABASE_WORKER))
    await changeFileWhile(path, async () => {
      const told = store.commit(aChange('web', 1)).then(
        () => 'kept',
        (error: Error) => error.message,
      )
      const gaps: number[] = []
      let lastMs = performance.now()
      const ticking = setInterval(() => {
        gaps.push(performance.now() - lastMs)
        lastMs = performance.now()
      }, 5)
      expect(await told).toBe('another process holds the database')
      clearInterval(ticking)
      // The thread waits two seconds for the lock; held up by it, this one would tick once.
      expect(gaps.length).toBeGreaterThan(20)
    })
    await store.close()
    const again = await open(createDatabaseThread(path, HOLDER, DATABASE_WORKER))
    expect((await again.load()).monitors.has('web')).toBe(true)
    await again.close()
  })

  test('a history that is damaged is found beside the work, and replaced', async () => {
    const path = scratch.newPath()
    const first = await open(createFileAccess(path))
    for (let count = 0; count < 300; count++) void first.commit(aChange('web', count, { quiet: 'x'.repeat(500) }))
    await first.commit(aChange('web', 1000))
    await first.close()
    const [{ page = 0 } = {}] = rowsOf<{ page: number }>(
      path,
      "SELECT max(pageno) AS page FROM (SELECT rootpage AS pageno FROM sqlite_master WHERE name = 'checks')",
    )
    const bytes = readFileSync(path)
    bytes.fill(0xff, (page - 1) * 4096, page * 4096)
    writeFileSync(path, bytes)

    const lines = collectLog()
    const { promise: isAnew, resolve } = Promise.withResolvers<void>()
    const log: typeof lines = {
      ...lines,
      write(level, message, fields) {
        lines.write(level, message, fields)
        if (message.startsWith('history begins anew')) resolve()
      },
    }
    const store = await open(createDatabaseThread(path, HOLDER, DATABASE_WORKER), systemClock, log)
    expect(await stateOf(store, 'web')).toEqual(aChange('web', 1000).state)
    await isAnew
    await store.close()
    expect(setAsideOf(path)).toHaveLength(1)
    const again = await open(createDatabaseThread(path, HOLDER, DATABASE_WORKER))
    expect(await stateOf(again, 'web')).toEqual(aChange('web', 1000).state)
    await again.close()
  })
})
