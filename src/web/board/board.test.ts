import { describe, expect, test } from 'bun:test'
import { Hono } from 'hono'
import { createFakeClock } from '../../../test/support/fake-clock.ts'
import { aMonitor } from '../../../test/support/samples.ts'
import { HOUR, MINUTE, SECOND } from '../../../test/support/time.ts'
import { fakeWeb, UNEXPECTED_FAULTS } from '../../../test/support/web-fakes.ts'
import type { Log } from '../../core/model/ports.ts'
import type { Present, PresentMonitor } from '../../core/model/present.ts'
import { PENDING } from '../../core/model/state.ts'
import type { Status } from '../../core/model/types.ts'
import { type MonitorPast, NO_PAST, PastUnavailable } from '../../core/past/past.ts'
import { streamOperation } from '../api/stream.ts'
import type { WebEnv } from '../http/viewer.ts'
import { createBoard } from './board.ts'

/** What is now, of monitors with these names, all up. Slugs are the names with a hyphen before them. */
function createPresent(names: readonly string[]) {
  let monitors = new Map<string, PresentMonitor>()
  let listener = (_: string | null) => {}
  let lookedAt = 0
  const put = (name: string, status: Status) =>
    monitors.set(name, {
      monitor: aMonitor({ name }),
      slug: `-${name}`,
      state: { ...PENDING, status },
      statusSinceMs: null,
      nextCheckAtMs: null,
      isRunning: false,
      lastCheck: null,
      mute: null,
    })
  for (const name of names) put(name, 'up')
  const look = (one: PresentMonitor) => {
    lookedAt++
    return one
  }
  const port: Present = {
    get web(): never {
      throw new Error('nobody asks')
    },
    *monitors() {
      for (const one of [...monitors.values()]) yield look(one)
    },
    bySlug(slug) {
      const one = monitors.get(slug.slice(1))
      return one === undefined ? undefined : look(one)
    },
    silences: () => [],
    announcements: () => [],
    nextMaintenance: () => [],
    troubles: () => [],
    onChange(next) {
      listener = next
      return () => {
        listener = () => {}
      }
    },
  }
  return {
    port,
    /** A check has ended, and the monitor is that now. */
    end(name: string, status: Status) {
      put(name, status)
      listener(name)
    },
    reload(next: readonly string[]) {
      monitors = new Map(next.map((name) => [name, monitors.get(name)] as [string, PresentMonitor]))
      for (const name of next) if (monitors.get(name) === undefined) put(name, 'pending')
      listener(null)
    },
    takeLooks() {
      const count = lookedAt
      lookedAt = 0
      return count
    },
  }
}

const DOWN_TODAY = 7

/** Answers are past number 1, 2, … */
function createPast() {
  const asked: string[][] = []
  const past = {
    asked,
    fault: null as Error | null,
    async overview(names: readonly string[]): Promise<ReadonlyMap<string, MonitorPast>> {
      asked.push([...names])
      if (past.fault !== null) throw past.fault
      const answer: MonitorPast = { ...NO_PAST, upSinceMs: asked.length, days: [DOWN_TODAY] }
      return new Map(names.map((name) => [name, answer]))
    },
    take: () => asked.splice(0),
  }
  return past
}

async function start(names: readonly string[], { wallMs = 0 } = {}) {
  const clock = createFakeClock(wallMs)
  const present = createPresent(names)
  const past = createPast()
  const said: string[] = []
  const log: Log = { write: (level, message) => void said.push(`${level}: ${message}`) }
  const board = createBoard({ present: present.port, past, clock, log, report: UNEXPECTED_FAULTS.report })
  const told: (string[] | null)[] = []
  const stop = board.onChange((slugs) => void told.push(slugs === null ? null : [...slugs]))
  await clock.advance(0)
  const shown = () => board.monitors().map(({ monitor, state }) => `${monitor.name} ${state.status}`)
  const pasts = () => board.monitors().map(({ past: one }) => one?.upSinceMs ?? null)
  return { clock, present, past, board, said, told, stop, shown, pasts }
}

describe('a board', () => {
  test('shows all monitors at once, and their past as soon as it is read', async () => {
    const clock = createFakeClock()
    const log: Log = { write() {} }
    const board = createBoard({
      present: createPresent(['web', 'api']).port,
      past: createPast(),
      clock,
      log,
      report: UNEXPECTED_FAULTS.report,
    })
    expect(board.monitors().map(({ slug, past }) => [slug, past])).toEqual([
      ['-web', null],
      ['-api', null],
    ])
    const { version } = board
    await clock.advance(0)
    expect(board.monitors().map(({ past }) => past?.days[0])).toEqual([DOWN_TODAY, DOWN_TODAY])
    expect(board.version).toBeGreaterThan(version)
    expect(board.bySlug('-web')?.past?.days[0]).toBe(DOWN_TODAY)
    expect(board.bySlug('-none')).toBeUndefined()
    board.close()
  })

  test('is the same array, of the same version, while nothing changes', async () => {
    const { board, clock } = await start(['web'])
    const before = board.monitors()
    const { version } = board
    await clock.advance(MINUTE)
    expect([board.monitors() === before, board.version]).toEqual([true, version])
  })

  test('shows the end of a check within a quarter of a second, by its slug at once', async () => {
    const { board, clock, present, shown } = await start(['web', 'api'])
    const { version } = board
    present.end('api', 'failing')
    expect([shown(), board.version]).toEqual([['web up', 'api up'], version])
    expect(board.bySlug('-api')?.state.status).toBe('failing')
    await clock.advance(250)
    expect(shown()).toEqual(['web up', 'api failing'])
    expect(board.version).toBe(version + 1)
  })

  test('looks at each monitor once, however many of its checks end', async () => {
    const { clock, present } = await start(['web', 'api'])
    present.takeLooks()
    for (let count = 0; count < 100; count++) present.end('web', 'up')
    await clock.advance(SECOND)
    expect(present.takeLooks()).toBe(1)
  })

  test('follows a reload in its order, keeps what is known, and reads the past of what is new', async () => {
    const { clock, past, present, shown, pasts } = await start(['web', 'api', 'dns'])
    past.take()
    present.reload(['dns', 'new', 'web'])
    expect(shown()).toEqual(['dns up', 'new pending', 'web up'])
    expect(pasts()).toEqual([1, null, 1])
    await clock.advance(SECOND)
    expect(past.take()).toEqual([['new']])
  })

  test('looks at ten thousand in pieces, and misses nothing that ends meanwhile', async () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `m${index}`)
    const { board, clock, past, present, shown } = await start(names)
    past.take()
    present.takeLooks()
    present.reload([...names, 'new'])
    expect(present.takeLooks()).toBeLessThan(1000)
    present.end('m0', 'down')
    // Between two pieces the board is what it was.
    expect(board.monitors()).toHaveLength(10_000)
    await clock.advance(250)
    expect(shown()[0]).toBe('m0 down')
    expect(shown()).toHaveLength(10_001)
    await clock.advance(SECOND)
    expect(past.take().flat().sort()).toEqual(['m0', 'new'])
  })
})

describe('the past is read', () => {
  test('of monitors whose status has changed, once a second, and of no others', async () => {
    const { clock, past, present, pasts } = await start(['web', 'api', 'dns'])
    expect(past.take()).toEqual([['web', 'api', 'dns']])
    present.end('web', 'down')
    present.end('dns', 'up')
    await clock.advance(300)
    present.end('api', 'failing')
    expect(past.take()).toEqual([])
    await clock.advance(SECOND)
    expect(past.take()).toEqual([['web', 'api']])
    await clock.advance(MINUTE)
    expect(past.take()).toEqual([])
    expect(pasts()[2]).toBe(1)
  })

  test('of all every five minutes', async () => {
    const { clock, past } = await start(['web', 'api'])
    await clock.advance(21 * MINUTE)
    expect(past.take()).toEqual(Array.from({ length: 5 }, () => ['web', 'api']))
  })

  test('of thousands in pieces, one right after the other', async () => {
    const names = Array.from({ length: 1200 }, (_, index) => `m${index}`)
    const { past, pasts } = await start(names)
    expect(past.take().map(({ length }) => length)).toEqual([500, 500, 200])
    expect(pasts()).not.toContain(null)
  })

  test('of all when a day has begun', async () => {
    const { clock, past } = await start(['web'], { wallMs: 24 * HOUR - MINUTE })
    past.take()
    await clock.advance(MINUTE - 1)
    expect(past.take()).toEqual([])
    await clock.advance(1)
    expect(past.take()).toEqual([['web']])
  })

  test('again after a fault, which is said once; until then the board shows what it knew', async () => {
    const { clock, past, present, said, pasts, shown } = await start(['web', 'api'])
    past.fault = new PastUnavailable('minitor.db is damaged')
    present.end('web', 'down')
    await clock.advance(2 * MINUTE)
    expect([pasts(), shown()]).toEqual([
      [1, 1],
      ['web down', 'api up'],
    ])
    expect(said).toEqual(['warn: history cannot be shown for now: minitor.db is damaged'])
    past.fault = null
    past.take()
    await clock.advance(10 * SECOND)
    expect(past.take()).toEqual([['web']])
    expect(said.at(-1)).toBe('info: history can be shown again')
  })

  test('again after a bug, which ends nothing', async () => {
    const { clock, past, said, pasts } = await start(['web'])
    past.fault = new Error('no such column: x')
    await clock.advance(5 * MINUTE)
    expect(said).toEqual([
      'error: history cannot be shown for now: a bug in Minitor, please report it: Error: no such column: x',
    ])
    past.fault = null
    await clock.advance(10 * SECOND)
    expect(pasts()).not.toEqual([1])
  })
})

describe('listeners', () => {
  test('hear the slugs of what has changed, at most four times a second', async () => {
    const { clock, present, told } = await start(['web', 'api'])
    told.length = 0
    for (let count = 0; count < 100; count++) {
      present.end(count % 2 === 0 ? 'web' : 'api', 'up')
      await clock.advance(10)
    }
    await clock.advance(SECOND)
    expect(told.length).toBeLessThanOrEqual(4)
    expect(new Set(told.flat())).toEqual(new Set(['-web', '-api']))
  })

  test('on a stream hear of every change within one gathering time', async () => {
    const { board, clock, present } = await start(['web'])
    const NO_SECRET = new Uint8Array()
    const stream = streamOperation({
      board,
      present: fakeWeb().context.present,
      clock: () => 0,
      faults: UNEXPECTED_FAULTS,
      secret: () => NO_SECRET,
    })
    const app = new Hono<WebEnv>().get('/', (context) => {
      context.set('viewer', { kind: 'user', name: 'anna' })
      return stream.respond(context)
    })
    const response = await app.request('/', {}, { setIdleLimit() {}, clientAddress: () => '' })
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    await reader.read()
    for (const [index, pauseMs] of [1, 10, 249, 250, 251, 1_000].entries()) {
      const status = index % 2 === 0 ? 'failing' : 'up'
      present.end('web', status)
      await clock.advance(250)
      const { value } = await reader.read()
      expect(new TextDecoder().decode(value)).toContain(`"states":{"-web":"${status}"}`)
      await clock.advance(pauseMs)
    }
    await reader.cancel()
  })

  test('hear that all may have changed', async () => {
    const { clock, present, told } = await start(['web'])
    told.length = 0
    present.end('web', 'up')
    present.reload(['web'])
    await clock.advance(250)
    expect(told[0]).toBeNull()
  })

  test('hear nothing after they have stopped', async () => {
    const { clock, present, told, stop } = await start(['web'])
    told.length = 0
    stop()
    present.end('web', 'down')
    await clock.advance(MINUTE)
    expect(told).toEqual([])
  })
})

test('a closed board asks for nothing and leaves no timers', async () => {
  const { board, clock, past, present } = await start(['web'])
  present.end('web', 'down')
  board.close()
  expect(clock.timerCount).toBe(0)
  past.take()
  present.end('web', 'up')
  await clock.advance(HOUR)
  expect(past.take()).toEqual([])
})
