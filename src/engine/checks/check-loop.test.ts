import { describe, expect, test } from 'bun:test'
import { samplesOf, sampleValue } from '../../../test/fixtures/telemetry.ts'
import { aCheckLoop, familiesOf } from '../../../test/support/check-loop.ts'
import { createFakeClock } from '../../../test/support/fake-clock.ts'
import { createFakeRunner, EXITED_0, EXITED_1, type FakeRunner } from '../../../test/support/fake-runner.ts'
import { aConfig, aMonitor, collectLog, NOTHING_KEPT } from '../../../test/support/samples.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../../test/support/time.ts'
import type { Config } from '../../core/model/config.ts'
import { NO_MUTES } from '../../core/model/mute.ts'
import type { CommandRun, Snapshot, Store } from '../../core/model/ports.ts'
import { PENDING } from '../../core/model/state.ts'
import type { Delivery, Ending, Monitor, MonitorState } from '../../core/model/types.ts'
import { messageFor } from '../../core/tell/digest.ts'
import { createMemoryStore } from '../../store/memory-store.ts'

type Behave = (run: CommandRun, count: number) => { takesMs: number; ending: Ending; output?: string }
const passes: Behave = () => ({ takesMs: 10, ending: EXITED_0 })

function start(
  config: Config,
  behave: Behave = passes,
  kept: { store?: Store; snapshot?: Snapshot; wallMs?: number } = {},
) {
  const clock = createFakeClock(kept.wallMs ?? Date.UTC(2026, 0, 1))
  const runner = createFakeRunner(clock, behave)
  const log = collectLog()
  const delivered: Delivery[] = []
  const loop = aCheckLoop({
    clock,
    runner,
    log,
    store: kept.store ?? createMemoryStore(),
    snapshot: kept.snapshot ?? NOTHING_KEPT,
    deliver: (deliveries) => delivered.push(...deliveries),
  })
  loop.apply(config)
  return { clock, runner, log, loop, delivered }
}

function every(intervalMs: number, changes: Partial<Monitor> = {}): Monitor {
  return aMonitor({ schedule: { kind: 'interval', intervalMs }, ...changes })
}

function startsOf(runner: FakeRunner, name: string): number[] {
  return runner.started.filter(({ run }) => run.env.MINITOR_MONITOR_NAME === name).map(({ atMs }) => atMs)
}

function cron(expression: string, timezone: string | null = null): Monitor {
  return aMonitor({ schedule: { kind: 'cron', expression, timezone } })
}

describe('schedule', () => {
  test('checks start to start, without drift', async () => {
    const { clock, runner } = start(aConfig([every(10 * SECOND)]), () => ({ takesMs: 3700, ending: EXITED_0 }))
    await clock.advance(35 * SECOND)
    expect(startsOf(runner, 'web')).toEqual([0, 10_000, 20_000, 30_000])
  })

  test('B1: the wall clock goes back one hour, and the cadence stays', async () => {
    const { clock, runner } = start(aConfig([every(10 * SECOND)]))
    await clock.advance(15 * SECOND)
    clock.setWall(clock.wallMs() - HOUR)
    await clock.advance(20 * SECOND)
    expect(startsOf(runner, 'web')).toEqual([0, 10_000, 20_000, 30_000])
  })

  test('B2: the wall clock goes forward two hours, and nothing is caught up', async () => {
    const { clock, runner } = start(aConfig([every(10 * SECOND), cronNamed('hourly', '0 * * * *')]))
    await clock.advance(15 * SECOND)
    clock.setWall(clock.wallMs() + 2 * HOUR)
    await clock.advance(65 * SECOND)
    expect(startsOf(runner, 'web')).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80].map((s) => s * SECOND))
    expect(startsOf(runner, 'hourly')).toHaveLength(1)
  })

  test('B2: the wall clock goes forward two hours, and a time that has to pass has not passed', async () => {
    const policy = { ...aMonitor().policy, alertAfter: { kind: 'time', ms: MINUTE } as const }
    const failing: Behave = () => ({ takesMs: 10, ending: EXITED_1 })
    const { clock, delivered } = start(aConfig([every(10 * SECOND, { policy })]), failing)
    await clock.advance(25 * SECOND)
    clock.setWall(clock.wallMs() + 2 * HOUR)
    await clock.advance(30 * SECOND)
    expect(delivered).toEqual([])
    await clock.advance(10 * SECOND)
    expect(messageFor(delivered, clock.wallMs()).downtimeMs).toBe(MINUTE)
  })

  test('B3: stopped for 60 s, each monitor runs once, spread, and the grid goes on', async () => {
    const monitors = Array.from({ length: 20 }, (_, index) => every(10 * SECOND, { name: `m${index}` }))
    const { clock, runner, log } = start(aConfig(monitors))
    await clock.advance(9 * SECOND)
    const before = runner.started.length
    await clock.freeze(60 * SECOND)
    await clock.advance(3 * SECOND)
    const names = runner.started.slice(before).map(({ run }) => run.env.MINITOR_MONITOR_NAME)
    const late = runner.started.slice(before).map(({ atMs }) => atMs - 69 * SECOND)
    expect(new Set(names.slice(0, 20)).size).toBe(20)
    expect(late[0]).toBeLessThanOrEqual(0)
    expect(late[19]).toBeGreaterThan(1500)
    expect(log.lines.map((line) => line.message)).toContain('Minitor stood still for 59 s')
    await clock.advance(20 * SECOND)
    expect(startsOf(runner, 'm3').at(-1)).toBe(90_300)
  })

  test('B5: an interval of 40 days', async () => {
    const { clock, runner } = start(aConfig([every(40 * DAY)]))
    await clock.advance(81 * DAY)
    expect(startsOf(runner, 'web')).toEqual([0, 40 * DAY, 80 * DAY])
  })

  // A real machine cannot be slowed down to order: here, each start takes its time on the clock.
  test('J18: starts are ten times slower: checks are late, which is said, and none fails or is forgotten', async () => {
    const monitors = Array.from({ length: 200 }, (_, index) => every(20 * SECOND, { name: `m${index}` }))
    const config = { ...aConfig(monitors), maxConcurrentChecks: 10 }
    let startsMs = 100
    const { clock, runner, loop, delivered } = start(config, () => ({ takesMs: startsMs, ending: EXITED_0 }))
    const troubles = () => loop.troubles().filter((trouble) => trouble.includes('late'))
    await clock.advance(5 * MINUTE)
    expect([troubles(), sampleValue(familiesOf(loop), 'minitor_check_skipped_total') ?? 0]).toEqual([[], 0])
    startsMs = 2000
    await clock.advance(10 * MINUTE)
    expect(troubles()).toEqual([expect.stringMatching(/^checks are \d+ s late$/)])
    const lasts = monitors.map(({ name }) => startsOf(runner, name).at(-1) ?? 0)
    // One round takes 40 s: it is fair, and nobody waits for more than two.
    expect(Math.min(...lasts)).toBeGreaterThan(15 * MINUTE - 80 * SECOND)
    expect(runner.mostRunning).toBe(10)
    expect(delivered).toEqual([])
    expect(monitors.map(({ name }) => loop.look(name)?.state.status)).toEqual(monitors.map(() => 'up'))
    startsMs = 100
    await clock.advance(2 * MINUTE)
    expect(troubles()).toEqual([])
  })

  test('B6: a run longer than its interval does not overlap itself, and skipped slots are counted', async () => {
    const { clock, runner, loop } = start(aConfig([every(10 * SECOND)]), () => ({
      takesMs: 25 * SECOND,
      ending: EXITED_0,
    }))
    await clock.advance(70 * SECOND)
    expect(startsOf(runner, 'web')).toEqual([0, 30_000, 60_000])
    expect(runner.mostRunning).toBe(1)
    expect(sampleValue(familiesOf(loop), 'minitor_check_skipped_total')).toBe(4)
  })

  test('B7: 5,000 monitors cold: the first round within one interval, no burst', async () => {
    const monitors = Array.from({ length: 5000 }, (_, index) => every(30 * SECOND, { name: `m${index}` }))
    const { clock, runner } = start(aConfig(monitors))
    await clock.advance(30 * SECOND - 1)
    expect(runner.started).toHaveLength(5000)
    const perSecond = Map.groupBy(runner.started, ({ atMs }) => Math.floor(atMs / SECOND))
    expect(Math.max(...[...perSecond.values()].map((starts) => starts.length))).toBeLessThanOrEqual(168)
  })

  test('B8: overloaded, the longest overdue goes first, nothing starves, the lag is visible and said once', async () => {
    const monitors = Array.from({ length: 500 }, (_, index) => every(30 * SECOND, { name: `m${index}` }))
    const config = { ...aConfig(monitors), maxConcurrentChecks: 50 }
    const { clock, runner, loop, log } = start(config, () => ({ takesMs: 10 * SECOND, ending: EXITED_0 }))
    await clock.advance(10 * MINUTE)
    expect(runner.mostRunning).toBe(50)
    const counts = [...Map.groupBy(runner.started, ({ run }) => run.env.MINITOR_MONITOR_NAME).values()].map(
      (runs) => runs.length,
    )
    expect(counts).toHaveLength(500)
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
    expect(sampleValue(familiesOf(loop), 'minitor_schedule_lag_seconds')).toBeGreaterThan(50)
    expect(sampleValue(familiesOf(loop), 'minitor_checks_waiting')).toBeGreaterThan(100)
    expect(log.lines.filter((line) => line.message.includes('late'))).toHaveLength(1)
  })

  test('B9: restarted 20 times a minute, the schedule resumes', async () => {
    const store = createMemoryStore()
    const monitors = Array.from({ length: 10 }, (_, index) => every(30 * SECOND, { name: `m${index}` }))
    let starts = 0
    let wallMs = Date.UTC(2026, 0, 1)
    for (let restart = 0; restart < 20; restart++) {
      const { clock, runner, loop } = start(aConfig(monitors), passes, { store, snapshot: await store.load(), wallMs })
      await clock.advance(3 * SECOND - 1)
      loop.stop()
      starts += runner.started.length
      wallMs += 3 * SECOND
    }
    expect(starts).toBe(20)
  })

  test('slots that passed while Minitor was off are run once, spread', async () => {
    const store = createMemoryStore()
    const monitors = Array.from({ length: 10 }, (_, index) => every(30 * SECOND, { name: `m${index}` }))
    const first = start(aConfig(monitors), passes, { store })
    await first.clock.advance(5 * SECOND)
    const wallMs = first.clock.wallMs() + HOUR
    const second = start(aConfig(monitors), passes, { store, snapshot: await store.load(), wallMs })
    await second.clock.advance(2 * SECOND)
    expect(second.runner.started.map(({ atMs }) => atMs)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => n * 100))
  })

  test('a slot kept from a clock that was wrong does not put a monitor off', async () => {
    const store = createMemoryStore()
    const first = start(aConfig([every(MINUTE)]), passes, { store, wallMs: Date.UTC(2040, 0, 1) })
    await first.clock.advance(SECOND)
    const second = start(aConfig([every(MINUTE)]), passes, { store, snapshot: await store.load() })
    await second.clock.advance(SECOND)
    expect(second.runner.started).toHaveLength(1)
  })

  test('retry_interval is the pace while failing, and the grid stays', async () => {
    const policy = { ...aMonitor().policy, alertAfter: { kind: 'failures', count: 3 } as const }
    const monitor = every(MINUTE, { retryIntervalMs: 10 * SECOND, policy })
    const { clock, runner } = start(aConfig([monitor]), (_, count) => ({
      takesMs: 10,
      ending: count < 4 ? EXITED_1 : EXITED_0,
    }))
    await clock.advance(3 * MINUTE)
    expect(startsOf(runner, 'web')).toEqual([0, 10, 20, 60, 120, 180].map((s) => s * SECOND))
  })
})

function cronNamed(name: string, expression: string): Monitor {
  return { ...cron(expression), name }
}

describe('B4: cron through daylight saving time in New York', () => {
  test.each([
    {
      name: 'once for a skipped hour',
      expression: '30 2 * * *',
      from: '2026-03-08T06:00:00Z',
      hours: 6,
      expected: ['07:00'],
    },
    {
      name: 'once for a skipped hour with two slots',
      expression: '15,45 2 * * *',
      from: '2026-03-08T06:00:00Z',
      hours: 6,
      expected: ['07:00'],
    },
    {
      name: 'no more than usual where every hour has slots',
      expression: '*/30 * * * *',
      from: '2026-03-08T06:15:00Z',
      hours: 2,
      expected: ['06:30', '07:00', '07:30', '08:00'],
    },
    {
      name: 'once in a repeated hour',
      expression: '30 1 * * *',
      from: '2026-11-01T04:00:00Z',
      hours: 6,
      expected: ['05:30'],
    },
    {
      name: 'as usual on other days',
      expression: '30 2 * * *',
      from: '2026-06-01T04:00:00Z',
      hours: 24,
      expected: ['06:30'],
    },
  ])('$name: $expression', async ({ expression, from, hours, expected }) => {
    const wallMs = Date.parse(from)
    const { clock, runner } = start(aConfig([cron(expression, 'America/New_York')]), passes, { wallMs })
    await clock.advance(hours * HOUR)
    const times = runner.started.map(({ atMs }) => new Date(wallMs + atMs).toISOString().slice(11, 16))
    expect(times).toEqual([...expected])
  })

  test('intervals are untouched', async () => {
    const { clock, runner } = start(aConfig([every(20 * MINUTE)]), passes, {
      wallMs: Date.parse('2026-03-08T06:30:00Z'),
    })
    await clock.advance(61 * MINUTE)
    expect(startsOf(runner, 'web')).toEqual([0, 20 * MINUTE, 40 * MINUTE, 60 * MINUTE])
  })

  test('a clock set back does not bring slots again that had their check', async () => {
    const { clock, runner } = start(aConfig([cron('0 * * * *')]), passes, {
      wallMs: Date.parse('2026-06-01T09:59:00Z'),
    })
    await clock.advance(5 * MINUTE)
    clock.setWall(clock.wallMs() - HOUR)
    await clock.advance(90 * MINUTE)
    expect(runner.started).toHaveLength(1)
    await clock.advance(30 * MINUTE)
    expect(runner.started).toHaveLength(2)
  })
})

describe('Minitor’s own faults', () => {
  test('A11, A12: no resources: void, back-off, no alert, and recovery', async () => {
    const exhausted: Ending = { kind: 'void', reason: 'too many open files', isExhausted: true }
    let isExhausted = true
    const { clock, runner, loop, delivered, log } = start(aConfig([every(10 * SECOND)]), () => ({
      takesMs: 1,
      ending: isExhausted ? exhausted : EXITED_0,
    }))
    await clock.advance(9 * SECOND)
    expect(runner.started.length).toBeGreaterThan(3)
    expect(runner.started.length).toBeLessThan(10)
    expect(loop.troubles()).toHaveLength(1)
    isExhausted = false
    await clock.advance(20 * SECOND)
    expect(loop.troubles()).toEqual([])
    expect(delivered).toEqual([])
    const value = (name: string, labels = {}) => sampleValue(familiesOf(loop), name, labels)
    expect(value('minitor_monitor_status', { status: 'up' })).toBe(1)
    expect(value('minitor_check_total', { status: 'failure', is_alert: 'false' })).toBe(0)
    expect(value('minitor_check_total', { status: 'failure', is_alert: 'true' })).toBe(0)
    expect(value('minitor_check_void_total')).toBeGreaterThan(3)
    expect(log.lines.filter((line) => line.level === 'error')).toHaveLength(1)
  })

  test('J5: a check that cannot be made is trouble at once, said once, and over with the next that can', async () => {
    let isBlind = true
    const blind: Ending = { kind: 'void', reason: 'there is no mkfifo', isExhausted: false }
    const monitors = ['a', 'b'].map((name) => ({ ...every(10 * SECOND), name }))
    const { clock, loop, delivered, log } = start(aConfig(monitors), () => ({
      takesMs: 1,
      ending: isBlind ? blind : EXITED_0,
    }))
    await clock.advance(30 * SECOND)
    expect(loop.troubles()).toEqual([
      expect.stringMatching(/^"[ab]" and 1 other cannot be checked: there is no mkfifo$/),
    ])
    expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(1)
    isBlind = false
    await clock.advance(20 * SECOND)
    expect(loop.troubles()).toEqual([])
    expect(log.lines.map(({ message }) => message)).toContain('checks can be made again')
    expect(delivered).toEqual([])
    isBlind = true
    await clock.advance(20 * SECOND)
    expect(loop.troubles()).toHaveLength(1)
    loop.apply(aConfig([]))
    expect(loop.troubles()).toEqual([])
  })

  test('a store that keeps nothing stops neither checks nor alerts', async () => {
    const store: Store = { ...createMemoryStore(), commit: () => Promise.reject(new Error('disk full')) }
    const { clock, delivered, log } = start(aConfig([every(10 * SECOND)]), () => ({ takesMs: 1, ending: EXITED_1 }), {
      store,
    })
    await clock.advance(SECOND)
    expect(delivered.map((one) => one.notification.kind)).toEqual(['down'])
    expect(log.lines.map((line) => line.message).join()).toContain('disk full')
  })
})

describe('what a check leads to', () => {
  test('state and deliveries are one commit, and nothing is told before it', async () => {
    const order: string[] = []
    const memory = createMemoryStore()
    const store: Store = {
      ...memory,
      commit: async (change) => {
        order.push(`commit ${change.state.status} ${change.deliveries.map((one) => one.id.split('/')[1]).join()}`)
        await memory.commit(change)
      },
    }
    const { clock, delivered } = start(aConfig([every(10 * SECOND)]), () => ({ takesMs: 1, ending: EXITED_1 }), {
      store,
    })
    await clock.advance(SECOND)
    expect(order).toEqual(['commit down log'])
    expect(delivered).toHaveLength(1)
  })

  test('secrets are masked where output comes in', async () => {
    const config = { ...aConfig([every(10 * SECOND)]), secrets: ['hunter22'] }
    const { clock, delivered } = start(config, () => ({
      takesMs: 1,
      ending: EXITED_1,
      output: 'password hunter22 is wrong',
    }))
    await clock.advance(SECOND)
    expect(delivered[0]?.notification.output).toBe('password *** is wrong')
  })

  test('a parent that was not checked since the outage began is checked first, and mutes', async () => {
    const router = every(HOUR, { name: 'router' })
    const child = every(10 * SECOND, { name: 'web', dependsOn: ['router'] })
    let isRouterUp = true
    const { clock, runner, delivered, log } = start(aConfig([router, child]), (run) => ({
      takesMs: 1,
      ending: isRouterUp || run.env.MINITOR_MONITOR_NAME !== 'router' ? (isRouterUp ? EXITED_0 : EXITED_1) : EXITED_1,
    }))
    await clock.advance(5 * SECOND)
    isRouterUp = false
    await clock.advance(10 * SECOND)
    expect(startsOf(runner, 'router')).toHaveLength(2)
    expect(delivered.map((one) => one.notification.monitor)).toEqual(['router'])
    expect(log.lines.map((line) => line.message)).toContain('"web" stays quiet: depends on "router", which is down')
    await clock.advance(HOUR)
    expect(startsOf(runner, 'router').at(-1)).toBe(HOUR)
  })
})

test('a parent that is checked by cron is checked out of turn, too, and keeps its slot', async () => {
  const child = every(10 * SECOND, { name: 'web', dependsOn: ['router'] })
  const { clock, runner, delivered } = start(
    aConfig([cronNamed('router', '0 * * * *'), child]),
    () => ({ takesMs: 1, ending: EXITED_1 }),
    { wallMs: Date.parse('2026-06-01T09:30:00Z') },
  )
  await clock.advance(5 * SECOND)
  expect(startsOf(runner, 'router')).toHaveLength(1)
  expect(delivered.map((one) => one.notification.monitor)).toEqual(['router'])
  await clock.advance(30 * MINUTE)
  expect(startsOf(runner, 'router')[1]).toBe(30 * MINUTE)
})

test('a check out of turn that takes until after its slot skips that', async () => {
  const { clock, runner, loop } = start(aConfig([every(10 * SECOND)]), (_run, count) => ({
    takesMs: count === 1 ? 12 * SECOND : 1,
    ending: EXITED_0,
  }))
  await clock.advance(5 * SECOND)
  void loop.checkNow('web')
  await clock.advance(25 * SECOND)
  expect(startsOf(runner, 'web')).toEqual([0, 5000, 20_000, 30_000])
  expect(sampleValue(familiesOf(loop), 'minitor_check_skipped_total')).toBe(1)
})

describe('for metrics', () => {
  test('who is muted by what, also before anything is wrong', async () => {
    const [minute, hour] = [every(MINUTE), every(HOUR)]
    const config = aConfig([
      { ...minute, name: 'router' },
      { ...hour, name: 'behind', dependsOn: ['router'] },
      { ...hour, name: 'silenced' },
      { ...hour, name: 'maintained' },
      { ...hour, name: 'loud' },
      { ...hour, name: 'off', tags: ['quiet'], isEnabled: false },
    ])
    const { clock, loop } = start(
      {
        ...config,
        maintenance: [
          {
            expression: '* * * * *',
            timezone: null,
            durationMs: DAY,
            countsAsDowntime: false,
            of: { monitors: ['maintained'], tags: ['quiet'] },
          },
        ],
      },
      ({ env }) => ({ takesMs: 1, ending: env.MINITOR_MONITOR_NAME === 'router' ? EXITED_1 : EXITED_0 }),
      {
        snapshot: {
          ...NOTHING_KEPT,
          mutes: {
            ...NO_MUTES,
            silences: [{ target: { monitor: 'silenced' }, untilMs: Date.UTC(2027), reason: '' }],
            acknowledgements: [],
          },
        },
      },
    )
    await clock.advance(MINUTE)
    const labels = (name: string) => samplesOf(familiesOf(loop), name).map((sample) => Object.values(sample.labels))
    expect(labels('minitor_monitor_status')).toEqual([
      ['router', 'down'],
      ['behind', 'up'],
      ['silenced', 'up'],
      ['maintained', 'up'],
      ['loud', 'up'],
      ['off', 'paused'],
    ])
    expect(labels('minitor_monitor_muted')).toEqual([
      ['behind', 'dependency'],
      ['silenced', 'silence'],
      ['maintained', 'maintenance'],
    ])
  })

  test('when each was checked last, and how long all checks took', async () => {
    const { clock, loop } = start(aConfig([every(10 * SECOND)]), () => ({ takesMs: 700, ending: EXITED_0 }))
    const beganAtMs = clock.wallMs()
    await clock.advance(15 * SECOND)
    const families = familiesOf(loop)
    expect(samplesOf(families, 'minitor_check_last_timestamp_seconds').map(({ value }) => value)).toEqual([
      beganAtMs / SECOND + 10,
    ])
    const passed = samplesOf(families, 'minitor_check_duration_seconds').filter(
      ({ labels }) => labels.outcome === 'passed',
    )
    expect(passed.slice(-2).map(({ suffix, value }) => [suffix, value])).toEqual([
      ['_sum', 1.4],
      ['_count', 2],
    ])
  })
})

describe('reload', () => {
  test('never runs what is switched off, although its schedule has changed', async () => {
    const off = (intervalMs: number) =>
      aConfig([every(10 * SECOND, { name: 'on' }), every(intervalMs, { name: 'off', isEnabled: false })])
    const { clock, runner, loop } = start(off(10 * SECOND))
    await clock.advance(15 * SECOND)
    loop.apply(off(5 * SECOND))
    await clock.advance(30 * SECOND)
    expect(startsOf(runner, 'off')).toEqual([])
  })

  test('that removes a monitor while its guard is asked: nothing is concluded any more', async () => {
    const guard = { command: ['guard'], intervalMs: HOUR, timeoutMs: MINUTE } as const
    const slowGuard: Behave = ({ command }) =>
      command[0] === 'guard' ? { takesMs: 2 * SECOND, ending: EXITED_0 } : { takesMs: 10, ending: EXITED_1 }
    const both = [every(10 * SECOND, { name: 'gone' }), every(10 * SECOND, { name: 'stays' })]
    const { clock, loop, delivered } = start({ ...aConfig(both), guard }, slowGuard)
    await clock.advance(3 * SECOND)
    loop.apply({ ...aConfig(both.slice(1)), guard })
    await clock.advance(5 * SECOND)
    expect(delivered.map(({ notification }) => notification.monitor)).toEqual(['stays'])
  })

  test('keeps slots and state of what stays, starts what is new, ends what is gone', async () => {
    const { clock, runner, loop } = start(
      aConfig([every(10 * SECOND, { name: 'a' }), every(10 * SECOND, { name: 'b' })]),
    )
    await clock.advance(15 * SECOND)
    loop.apply(aConfig([every(10 * SECOND, { name: 'a' }), every(10 * SECOND, { name: 'c' })]))
    await clock.advance(10 * SECOND)
    expect(startsOf(runner, 'a')).toEqual([0, 10_000, 20_000])
    expect(startsOf(runner, 'b')).toEqual([100, 10_100])
    expect(startsOf(runner, 'c')).toEqual([15_000, 25_000])
  })

  test('a new interval counts from the last check', async () => {
    const { clock, runner, loop } = start(aConfig([every(MINUTE)]))
    await clock.advance(5 * SECOND)
    loop.apply(aConfig([every(20 * SECOND)]))
    await clock.advance(50 * SECOND)
    expect(startsOf(runner, 'web')).toEqual([0, 20_000, 40_000])
  })

  test('a monitor that is switched off is not checked, and comes back as new', async () => {
    const { clock, runner, loop } = start(aConfig([every(10 * SECOND)]))
    await clock.advance(5 * SECOND)
    loop.apply(aConfig([every(10 * SECOND, { isEnabled: false })]))
    await clock.advance(MINUTE)
    expect(runner.started).toHaveLength(1)
    loop.apply(aConfig([every(10 * SECOND)]))
    await clock.advance(SECOND)
    expect(runner.started).toHaveLength(2)
  })

  test('E12: a check whose command changes while it runs says nothing about the new one', async () => {
    const { clock, runner, loop, delivered } = start(aConfig([every(10 * SECOND)]), (run) => ({
      takesMs: 5 * SECOND,
      ending: run.command[0] === 'true' ? EXITED_1 : EXITED_0,
    }))
    await clock.advance(SECOND)
    loop.apply(aConfig([every(10 * SECOND, { command: ['other'] })]))
    await clock.advance(15 * SECOND)
    expect(runner.started.map(({ run }) => run.command[0])).toEqual(['true', 'other'])
    expect(delivered).toEqual([])
  })

  test('a monitor that goes and comes back while its command runs does not overlap itself', async () => {
    const { clock, runner, loop } = start(aConfig([every(10 * SECOND)]), () => ({
      takesMs: 5 * SECOND,
      ending: EXITED_0,
    }))
    await clock.advance(SECOND)
    loop.apply(aConfig([]))
    loop.apply(aConfig([every(10 * SECOND)]))
    await clock.advance(MINUTE)
    expect(runner.mostRunning).toBe(1)
    expect(startsOf(runner, 'web').length).toBeGreaterThan(3)
  })
})

describe('J6: a start after one with a clock that was ahead', () => {
  const AHEAD_MS = 60 * MINUTE
  const policyOf = (changes: Partial<Monitor['policy']>) => ({ ...aMonitor().policy, ...changes })

  /** What is told of a monitor that fails every second, with the seconds since the start, after what was known before. */
  const tellings = async (policy: Monitor['policy'], state: Partial<MonitorState>) => {
    const known = { state: { ...PENDING, ...state }, slotAtMs: null }
    const { clock, delivered } = start(
      aConfig([every(SECOND, { policy })]),
      () => ({ takesMs: 10, ending: EXITED_1 }),
      { snapshot: { ...NOTHING_KEPT, monitors: new Map([['web', known]]) } },
    )
    const startMs = clock.wallMs()
    await clock.advance(20.5 * SECOND)
    return delivered.map(({ notification: { kind, atMs } }) => `${Math.floor((atMs - startMs) / SECOND)} ${kind}`)
  }
  const aheadMs = Date.UTC(2026, 0, 1) + AHEAD_MS

  test.each<{ name: string; policy: Partial<Monitor['policy']>; state: Partial<MonitorState>; told: string[] }>([
    {
      name: 'an outage since then is told after alert_after, counted from now',
      policy: { alertAfter: { kind: 'time', ms: 8 * SECOND } },
      state: { status: 'failing', failureCount: 3, outageStartedAtMs: aheadMs },
      told: ['8 down'],
    },
    {
      name: 'reminders go on after alert_every',
      policy: { alertEvery: { kind: 'time', ms: 6 * SECOND } },
      state: {
        status: 'down',
        failureCount: 3,
        alertCount: 1,
        firstToldAtFailure: 1,
        incidentId: 'one',
        notificationCount: 1,
        outageStartedAtMs: aheadMs,
        lastToldAtMs: aheadMs,
        lastCheckAtMs: aheadMs,
      },
      told: ['6 reminder', '12 reminder', '18 reminder'],
    },
    {
      name: 'an alert that waits joins',
      policy: {
        alertDown: [
          { alert: 'log', after: null },
          { alert: 'sms', after: { kind: 'time', ms: 5 * SECOND } },
        ],
      },
      state: {
        status: 'down',
        failureCount: 1,
        alertCount: 1,
        firstToldAtFailure: 1,
        incidentId: 'one',
        notificationCount: 1,
        outageStartedAtMs: aheadMs,
        lastToldAtMs: aheadMs,
      },
      told: ['5 down'],
    },
  ])('$name', async ({ policy, state, told }) => {
    expect(await tellings(policyOf(policy), state)).toEqual(told)
  })
})

test('trouble in a maintenance is no news in the log until it has outlasted it', async () => {
  const policy = { ...aMonitor().policy, alertAfter: { kind: 'failures', count: 2 } as const }
  const window = { expression: '0 0 1 1 *', timezone: 'UTC', durationMs: 10 * MINUTE }
  const { clock, log } = start(
    { ...aConfig([every(4 * MINUTE, { policy })]), maintenance: [{ ...window, countsAsDowntime: false, of: null }] },
    () => ({ takesMs: 1, ending: EXITED_1, output: 'refused' }),
  )
  await clock.advance(9 * MINUTE)
  const lines = () =>
    log.lines.flatMap(({ level, message }) => (/ is (?:down|failing)/.test(message) ? [`${level}: ${message}`] : []))
  const planned = [
    'info: "web" is failing in maintenance: refused (exit code 1)',
    'info: "web" is down in maintenance: refused (exit code 1); 2 failures',
  ]
  expect(lines()).toEqual(planned)
  await clock.advance(20 * MINUTE)
  expect(lines()).toEqual([...planned, 'warn: "web" is down: refused (exit code 1); 4 failures'])
})
