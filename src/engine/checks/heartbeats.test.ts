import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { sampleValue } from '../../../test/fixtures/telemetry.ts'
import { aCheckLoop, familiesOf } from '../../../test/support/check-loop.ts'
import { createFakeClock } from '../../../test/support/fake-clock.ts'
import { createFakeRunner, EXITED_0, EXITED_1 } from '../../../test/support/fake-runner.ts'
import { aConfig, aMonitor, NOTHING_KEPT } from '../../../test/support/samples.ts'
import { HOUR, MINUTE, SECOND } from '../../../test/support/time.ts'
import type { Config } from '../../core/model/config.ts'
import { quietText } from '../../core/model/mute.ts'
import type { Change, Ping, ReceivedPing, Snapshot, Store } from '../../core/model/ports.ts'
import { PENDING } from '../../core/model/state.ts'
import type { Heartbeat, Monitor, MonitorState, Schedule } from '../../core/model/types.ts'
import { createMemoryStore } from '../../store/memory-store.ts'

const BEGIN = Date.UTC(2026, 0, 1)
const SUCCESS: ReceivedPing = { kind: 'success', exitCode: null, rid: null, durationMs: null, body: '' }
const FAIL: ReceivedPing = { ...SUCCESS, kind: 'fail' }
const START: ReceivedPing = { ...SUCCESS, kind: 'start' }
const UP: MonitorState = { ...PENDING, status: 'up', lastCheckAtMs: BEGIN - HOUR, lastSuccessAtMs: BEGIN - HOUR }
const LOG: ReceivedPing = { ...SUCCESS, kind: 'log' }

/** Pinged every 60 s, with 10 s of grace. */
function aHeartbeat(changes: Partial<Monitor> = {}, heartbeat: Partial<Heartbeat> = {}): Monitor {
  const schedule: Schedule = { kind: 'interval', intervalMs: MINUTE }
  return aMonitor({
    name: 'job',
    command: null,
    schedule,
    heartbeat: { key: 'k', graceMs: 10 * SECOND, ...heartbeat },
    ...changes,
  })
}

interface World {
  readonly config?: Config
  readonly snapshot?: Snapshot
  /** Whether the guard fails at a time in milliseconds after the begin; without it there is none. */
  readonly guardFailsAt?: (atMs: number) => boolean
}

function start({ config = aConfig([aHeartbeat()]), snapshot = NOTHING_KEPT, guardFailsAt }: World = {}) {
  const clock = createFakeClock(BEGIN)
  const changes: Change[] = []
  const pings: Ping[] = []
  const slots: number[] = []
  let isBroken = false
  const keep = async () => {
    if (isBroken) throw new Error('the disk is full')
  }
  const memory = createMemoryStore()
  const store: Store = {
    ...memory,
    commit(change) {
      changes.push(change)
      return keep()
    },
    keepPing(ping) {
      pings.push(ping)
      return keep()
    },
    noteState: (_, { slotAtMs }) => slots.push(((slotAtMs ?? 0) - BEGIN) / SECOND),
  }
  const runner = createFakeRunner(clock, ({ command, env }) => {
    const isGuard = env.MINITOR_MONITOR_NAME === 'guard'
    const isFailing = isGuard ? guardFailsAt?.(clock.monotonicMs()) === true : command[0] === 'false'
    return { takesMs: 1, ending: isFailing ? EXITED_1 : EXITED_0 }
  })
  const loop = aCheckLoop({ clock, runner, store, snapshot })
  const guard = guardFailsAt === undefined ? null : { command: ['guard'] as const, intervalMs: HOUR, timeoutMs: SECOND }
  loop.apply({ ...config, guard })
  return {
    clock,
    loop,
    changes,
    pings,
    slots,
    runner,
    ping: (received: ReceivedPing = SUCCESS, key = 'k') => loop.heartbeats.ping(key, received),
    breakStore: (isNow: boolean) => {
      isBroken = isNow
    },
    /** `SECONDS outcome` of every check so far. */
    checks: () => changes.map(({ check }) => `${(check.startedAtMs - BEGIN) / SECOND} ${check.outcome}`),
  }
}

describe('a late ping', () => {
  test('is a failing check at due + grace, and then one every interval until a ping', async () => {
    const { clock, ping, checks, changes } = start()
    await clock.advance(30 * SECOND)
    await ping()
    await clock.advance(69 * SECOND)
    expect(checks()).toEqual(['30 passed'])
    await clock.advance(125 * SECOND)
    expect(checks()).toEqual(['30 passed', '100 failed', '160 failed', '220 failed'])
    expect(changes.at(1)?.check.reason).toBe('no success for 1m10s, due 2026-01-01T00:01:30Z')
    expect(changes.at(1)?.state.status).toBe('down')
    await ping()
    await clock.advance(75 * SECOND)
    expect(checks().slice(4)).toEqual(['224 passed', '294 failed'])
  })

  test('of a new heartbeat is one interval and the grace after it was first seen', async () => {
    const { clock, checks, changes, slots } = start()
    expect(slots).toEqual([60])
    await clock.advance(75 * SECOND)
    expect(checks()).toEqual(['70 failed'])
    expect(changes[0]?.check.reason).toBe('no success yet, due 2026-01-01T00:01:00Z')
  })

  test('says that the job has started and not ended', async () => {
    const { clock, ping, changes } = start()
    await clock.advance(5 * SECOND)
    await ping(START)
    await clock.advance(70 * SECOND)
    expect(changes[0]?.check.reason).toEndWith('; it started 1m5s ago and has not ended')
  })

  test('runs nothing and takes no place of a check', async () => {
    const { clock, runner, loop } = start({ config: { ...aConfig([aHeartbeat()]), maxConcurrentChecks: 1 } })
    await clock.advance(10 * MINUTE)
    expect([runner.started.length, sampleValue(familiesOf(loop), 'minitor_checks_running')]).toEqual([0, 0])
  })

  test('of a cron schedule is one that has not come since its time', async () => {
    const schedule: Schedule = { kind: 'cron', expression: '0 3 * * *', timezone: 'UTC' }
    const { clock, ping, checks } = start({ config: aConfig([aHeartbeat({ schedule }, { graceMs: HOUR })]) })
    await clock.advance(3 * HOUR + 20 * MINUTE)
    await ping()
    await clock.advance(24 * HOUR)
    expect(checks()).toEqual([`${200 * 60} passed`])
    await clock.advance(40 * MINUTE + 24 * HOUR)
    expect(checks().slice(1)).toEqual([`${28 * 3600} failed`, `${52 * 3600} failed`])
  })

  test('that came a moment early, by a clock that is ahead, is not late', async () => {
    const schedule: Schedule = { kind: 'cron', expression: '*/5 * * * *', timezone: 'UTC' }
    const { clock, ping, checks } = start({ config: aConfig([aHeartbeat({ schedule })]) })
    await clock.advance(5 * MINUTE - 200)
    await ping()
    await clock.advance(4 * MINUTE)
    expect(checks()).toEqual(['299.8 passed'])
  })

  test.each([
    { name: 'every one 5 s early', pings: [115, 235, 355], failed: [] },
    { name: 'early and late in turns', pings: [115, 255, 355, 495], failed: [] },
    { name: 'early, then none', pings: [115], failed: [260] },
    { name: 'more than the grace early counts for the time before', pings: [90, 125, 210], failed: [260] },
    { name: 'a late one, though early for the next', pings: [135, 235], failed: [] },
    { name: 'twice', pings: [121, 122, 241], failed: [] },
  ])('of every two minutes, with 20 s of grace: $name', async ({ pings, failed }) => {
    const schedule: Schedule = { kind: 'cron', expression: '*/2 * * * *', timezone: 'UTC' }
    const { clock, ping, checks } = start({ config: aConfig([aHeartbeat({ schedule }, { graceMs: 20 * SECOND })]) })
    let nowS = 0
    for (const atS of pings) {
      await clock.advance((atS - nowS) * SECOND)
      nowS = atS
      await ping()
    }
    const endS = failed.at(-1) ?? Math.round((pings.at(-1) ?? 0) / 120) * 120 + 139
    await clock.advance((endS - nowS) * SECOND)
    expect(checks().filter((check) => check.endsWith('failed'))).toEqual(failed.map((atS) => `${atS} failed`))
  })

  test('is looked for although a second ping came within the grace of its time: it was nearer to the time before', async () => {
    const schedule: Schedule = { kind: 'cron', expression: '*/2 * * * *', timezone: 'UTC' }
    const { clock, ping, checks } = start({ config: aConfig([aHeartbeat({ schedule }, { graceMs: 119 * SECOND })]) })
    await clock.advance(121 * SECOND)
    await ping()
    await clock.advance(50 * SECOND)
    await ping()
    await clock.advance(200 * SECOND)
    expect(checks()).toEqual(['121 passed', '171 passed', '359 failed'])
  })

  test('is never one that came within the grace of its time, nor a time without a ping near it passed over', async () => {
    const graces = fc.integer({ min: 1, max: 55 })
    const offsets = fc.array(fc.option(fc.integer({ min: -100, max: 100 }), { freq: 5 }), {
      minLength: 1,
      maxLength: 8,
    })
    await fc.assert(
      fc.asyncProperty(graces, offsets, async (graceS, percents) => {
        const schedule: Schedule = { kind: 'cron', expression: '*/2 * * * *', timezone: 'UTC' }
        const { clock, ping, checks } = start({
          config: aConfig([aHeartbeat({ schedule }, { graceMs: graceS * SECOND })]),
        })
        let nowMs = 0
        const goTo = async (atMs: number) => {
          await clock.advance(atMs - nowMs)
          nowMs = atMs
        }
        for (const [index, percent] of percents.entries()) {
          if (percent === null) continue
          await goTo(((index + 1) * 120 + (0.99 * percent * graceS) / 100) * SECOND)
          await ping()
        }
        await goTo((percents.length * 120 + 59.5) * SECOND)
        const missed = percents.flatMap((percent, index) =>
          percent === null ? [`${(index + 1) * 120 + graceS} failed`] : [],
        )
        expect(checks().filter((check) => check.endsWith('failed'))).toEqual(missed)
      }),
      { numRuns: 60 },
    )
  })
})

describe('a ping', () => {
  test.each([
    { name: 'of success', received: SUCCESS, outcome: 'passed', reason: 'a ping of success' },
    { name: 'with exit code 0', received: { ...SUCCESS, exitCode: 0 }, outcome: 'passed', reason: 'exit code 0' },
    { name: 'of failure', received: FAIL, outcome: 'failed', reason: 'a ping of failure' },
    { name: 'with exit code 3', received: { ...FAIL, exitCode: 3 }, outcome: 'failed', reason: 'exit code 3' },
  ] as const)('$name is a check at once, and the next is due from there', async ({ received, outcome, reason }) => {
    const { clock, ping, changes, checks } = start()
    await clock.advance(30 * SECOND)
    expect(await ping({ ...received, body: 'said' })).toBe('kept')
    expect(changes[0]).toMatchObject({
      check: { outcome, reason, output: 'said', exitCode: received.exitCode, durationMs: 0 },
      ping: { monitor: 'job', kind: received.kind, body: 'said', atMs: BEGIN + 30 * SECOND },
      slotAtMs: BEGIN + 90 * SECOND,
      isRoutine: false,
    })
    await clock.advance(71 * SECOND)
    expect(checks().slice(1)).toEqual(['100 failed'])
  })

  test.each([
    { name: 'a start', received: START },
    { name: 'a log', received: LOG },
  ])('$name is only kept', async ({ received }) => {
    const { clock, ping, pings, changes } = start()
    await clock.advance(30 * SECOND)
    expect(await ping({ ...received, body: 'text' })).toBe('kept')
    expect(pings).toEqual([{ ...received, body: 'text', monitor: 'job', atMs: BEGIN + 30 * SECOND }])
    await clock.advance(39 * SECOND)
    expect(changes).toEqual([])
    await clock.advance(SECOND)
    expect(changes).toHaveLength(1)
  })

  test('with a key that nobody has is unknown', async () => {
    const { ping, changes } = start()
    expect(await ping(SUCCESS, 'other')).toBe('unknown')
    expect(changes).toEqual([])
  })

  test('of a monitor that is switched off is kept and means nothing', async () => {
    const { clock, ping, pings, changes } = start({ config: aConfig([aHeartbeat({ isEnabled: false })]) })
    expect(await ping(FAIL)).toBe('kept')
    await clock.advance(HOUR)
    expect([pings.length, changes.length]).toEqual([1, 0])
  })

  test('that cannot be kept is told so, and counts', async () => {
    const { clock, ping, breakStore, checks } = start()
    breakStore(true)
    expect(await ping()).toBe('not_kept')
    expect(await ping(START)).toBe('not_kept')
    await clock.advance(65 * SECOND)
    breakStore(false)
    expect(await ping()).toBe('kept')
    expect(checks()).toEqual(['0 passed', '65 passed'])
  })

  test('is waited for until it is on the disk, however usual it is', async () => {
    const { ping, changes } = start()
    for (const _ of [1, 2, 3]) await ping()
    expect(changes.map(({ isRoutine }) => isRoutine)).toEqual([false, false, false])
  })

  test('has its secrets masked', async () => {
    const { ping, changes } = start({ config: { ...aConfig([aHeartbeat()]), secrets: ['hunter22'] } })
    await ping({ ...SUCCESS, body: 'with hunter22' })
    expect([changes[0]?.ping?.body, changes[0]?.check.output]).toEqual(['with ***', 'with ***'])
  })

  test('is not taken while Minitor stops', async () => {
    const { ping, loop, changes } = start()
    loop.stop()
    expect(await ping()).toBe('not_kept')
    expect(changes).toEqual([])
  })

  test('waits for the one before, so that two never overlap', async () => {
    const { clock, ping, checks } = start({ guardFailsAt: () => false })
    await clock.advance(SECOND)
    const all = Promise.all([ping(FAIL), ping(), ping(FAIL)])
    await clock.advance(SECOND)
    expect(await all).toEqual(['kept', 'kept', 'kept'])
    expect(checks()).toEqual(['1 failed', '1 passed', '1 failed'])
  })
})

describe('a start and an end', () => {
  const durations = ({ changes }: { changes: readonly Change[] }) => changes.map(({ ping }) => ping?.durationMs)

  test('without rid: the last start', async () => {
    const world = start()
    await world.ping(START)
    await world.clock.advance(5 * SECOND)
    await world.ping(START)
    await world.clock.advance(7 * SECOND)
    await world.ping(LOG)
    await world.ping(FAIL)
    await world.ping()
    expect(durations(world)).toEqual([7 * SECOND, null])
    expect(world.changes.map(({ check }) => check.durationMs)).toEqual([7 * SECOND, 0])
  })

  test('with rid: the start with the same one', async () => {
    const world = start()
    await world.ping({ ...START, rid: 'one' })
    await world.clock.advance(5 * SECOND)
    await world.ping({ ...START, rid: 'two' })
    await world.ping(START)
    await world.clock.advance(7 * SECOND)
    for (const rid of ['one', 'two', 'three', null]) await world.ping({ ...SUCCESS, rid })
    expect(durations(world)).toEqual([12 * SECOND, 7 * SECOND, null, 7 * SECOND])
  })

  test('what the ping itself says goes before', async () => {
    const world = start()
    await world.ping(START)
    await world.clock.advance(5 * SECOND)
    await world.ping({ ...SUCCESS, durationMs: 12.5 })
    expect(durations(world)).toEqual([12.5])
  })
})

describe('time in which Minitor did not listen', () => {
  test('B3: stopped for 60 s, no heartbeat is late for that', async () => {
    const monitors = Array.from({ length: 20 }, (_, index) =>
      aHeartbeat({ name: `job ${index}` }, { key: `k${index}`, graceMs: index * SECOND }),
    )
    const { clock, checks } = start({ config: aConfig(monitors) })
    await clock.advance(50 * SECOND)
    await clock.freeze(60 * SECOND)
    await clock.advance(9 * SECOND)
    expect(checks()).toEqual([])
    await clock.advance(40 * SECOND)
    expect(checks()).toHaveLength(20)
  })

  test('is added to what was left before a restart', async () => {
    const kept = {
      ...NOTHING_KEPT,
      monitors: new Map([['job', { state: UP, slotAtMs: BEGIN - 20 * MINUTE + 40 * SECOND }]]),
    }
    const { clock, checks, slots } = start({ snapshot: { ...kept, lastAliveAtMs: BEGIN - 20 * MINUTE } })
    expect(slots).toEqual([40])
    await clock.advance(55 * SECOND)
    expect(checks()).toEqual(['50 failed'])
  })

  test('a slot that a wrong clock has written is not believed', async () => {
    const kept = { ...NOTHING_KEPT, monitors: new Map([['job', { state: UP, slotAtMs: BEGIN + 1000 * HOUR }]]) }
    const { slots } = start({ snapshot: { ...kept, lastAliveAtMs: BEGIN } })
    expect(slots).toEqual([60])
  })

  test('one that was a command before it was restarted begins anew', async () => {
    const known = { state: { ...UP, lastCheckAtMs: BEGIN - 10 * SECOND }, slotAtMs: BEGIN - 10 * SECOND }
    const { slots } = start({
      snapshot: { ...NOTHING_KEPT, monitors: new Map([['job', known]]), lastAliveAtMs: BEGIN },
    })
    expect(slots).toEqual([60])
  })

  test('asleep, with a wall clock that jumps, the deadline keeps its distance', async () => {
    const schedule: Schedule = { kind: 'cron', expression: '*/5 * * * *', timezone: 'UTC' }
    const config = aConfig([aHeartbeat(), aHeartbeat({ name: 'cron', schedule }, { key: 'c' })])
    const { clock, checks } = start({ config })
    await clock.advance(20 * SECOND)
    clock.setWall(clock.wallMs() + HOUR)
    await clock.advance(49 * SECOND)
    expect(checks()).toEqual([])
    await clock.advance(SECOND)
    expect(checks()).toEqual(['3670 failed'])
  })

  test('set back, the wall clock reaches the time of a cron schedule later', async () => {
    const schedule: Schedule = { kind: 'cron', expression: '*/5 * * * *', timezone: 'UTC' }
    const { clock, checks } = start({ config: aConfig([aHeartbeat({ schedule })]) })
    await clock.advance(20 * SECOND)
    clock.setWall(clock.wallMs() - HOUR)
    await clock.advance(30 * MINUTE)
    expect(checks()).toEqual([])
  })
})

describe('while the guard fails', () => {
  test('a late ping counts for nothing, and it is looked again a minute later', async () => {
    const { clock, checks } = start({
      config: aConfig([aHeartbeat({ schedule: { kind: 'interval', intervalMs: HOUR } })]),
      guardFailsAt: (atMs) => atMs > HOUR && atMs < HOUR + 90 * SECOND,
    })
    await clock.advance(HOUR + 3 * MINUTE)
    const outcomes = checks().map((check) => check.replace(/^36(\d\d)\.\d+/, '36$1'))
    expect(outcomes.map((check) => check.split(' ')[1])).toEqual(['void', 'void', 'failed'])
  })
})

describe('a reload', () => {
  test('with another schedule begins anew, with another grace goes on', async () => {
    const { clock, loop, checks } = start()
    await clock.advance(30 * SECOND)
    loop.apply(aConfig([aHeartbeat({}, { graceMs: 5 * SECOND })]))
    await clock.advance(35 * SECOND)
    expect(checks()).toEqual(['65 failed'])
    loop.apply(aConfig([aHeartbeat({ schedule: { kind: 'interval', intervalMs: 100 * SECOND } })]))
    await clock.advance(120 * SECOND)
    expect(checks().slice(1)).toEqual(['175 failed'])
  })

  test('with another key takes pings for that alone', async () => {
    const { loop, ping } = start()
    loop.apply(aConfig([aHeartbeat({}, { key: 'new' })]))
    expect([await ping(), await ping(SUCCESS, 'new')]).toEqual(['unknown', 'kept'])
  })

  test('without it knows its key no more', async () => {
    const { clock, loop, ping, checks } = start()
    loop.apply(aConfig([]))
    expect(await ping()).toBe('unknown')
    await clock.advance(HOUR)
    expect(checks()).toEqual([])
  })

  test('that turns a command into a heartbeat, and back, begins anew', async () => {
    const { clock, loop, changes, checks, runner } = start({ config: aConfig([aMonitor({ name: 'job' })]) })
    await clock.advance(SECOND)
    loop.apply(aConfig([aHeartbeat()]))
    await clock.advance(80 * SECOND)
    expect(checks().slice(1)).toEqual(['71 failed'])
    loop.apply(aConfig([aMonitor({ name: 'job' })]))
    await clock.advance(SECOND)
    expect(changes.at(-1)).toMatchObject({ ping: null, check: { outcome: 'passed' }, state: { status: 'up' } })
    expect(runner.started).toHaveLength(2)
  })

  test('that turns a command into a heartbeat while it runs waits for the first ping', async () => {
    const { clock, loop, checks } = start({ config: aConfig([aMonitor({ name: 'job' })]) })
    loop.apply(aConfig([aHeartbeat()]))
    await clock.advance(69 * SECOND)
    expect(checks()).toEqual([])
    await clock.advance(2 * SECOND)
    expect(checks()).toEqual(['70 failed'])
  })
})

test('a parent that is a heartbeat mutes with what is known of it: there is nothing to check first', async () => {
  const child = aMonitor({ name: 'child', command: ['false'], dependsOn: ['job'] })
  const parent = aHeartbeat({ schedule: { kind: 'interval', intervalMs: HOUR } })
  const { clock, ping, changes } = start({ config: aConfig([parent, child]) })
  await ping(FAIL)
  await clock.advance(35 * SECOND)
  expect(changes.map(({ check, quiet }) => `${check.monitor}: ${quietText(quiet)}`)).toEqual([
    'job: ',
    'child: depends on "job", which is down',
    'child: depends on "job", which is down',
  ])
})

describe('J17: a key that has leaked', () => {
  const many = async (world: ReturnType<typeof start>, received: ReceivedPing, count: number) => {
    const answers: string[] = []
    for (let index = 0; index < count; index++) answers.push(await world.ping(received))
    return answers
  }

  test('repeats are answered, counted and not stored; the next ping is due after the last', async () => {
    const world = start()
    const { clock, loop, changes, checks } = world
    expect(new Set(await many(world, { ...SUCCESS, body: 'x' }, 1000))).toEqual(new Set(['kept']))
    // The first, which says something new, and a burst.
    expect(changes).toHaveLength(61)
    await clock.advance(500)
    expect(await world.ping()).toBe('kept')
    expect(changes).toHaveLength(61)
    expect(sampleValue(familiesOf(loop), 'minitor_pings_merged_total')).toBe(940)
    // A failure counts at once, and so does the recovery.
    expect(await world.ping(FAIL)).toBe('kept')
    expect(changes.at(-1)?.state.status).toBe('down')
    expect(await world.ping()).toBe('kept')
    expect(changes.at(-1)?.state.status).toBe('up')
    await clock.advance(71 * SECOND)
    expect(checks().at(-1)).toBe('70.5 failed')
    expect(await world.ping()).toBe('kept')
    expect(changes.at(-1)?.state.status).toBe('up')
  })

  test('changes without end are refused, and the sender knows', async () => {
    const world = start()
    const answers: string[] = []
    for (let index = 0; index < 1000; index++) answers.push(await world.ping(index % 2 === 0 ? FAIL : SUCCESS))
    expect(answers.slice(0, 120)).toEqual(Array(120).fill('kept'))
    // Only successes are refused: a failure that is real is among the others.
    expect(answers.slice(120)).toEqual(Array(440).fill(['kept', 'too_many']).flat())
    // 60 changes to a success, 61 to a failure, and what repeats the last of them.
    expect(world.changes).toHaveLength(181)
    await world.clock.advance(10 * SECOND)
    expect(await world.ping(SUCCESS)).toBe('kept')
  })

  test('what is merged is not said to be saved while the one before is not', async () => {
    const world = start()
    world.breakStore(true)
    expect(new Set(await many(world, SUCCESS, 70))).toEqual(new Set(['not_kept']))
  })
})
