import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { aCheckLoop } from '../../../test/support/check-loop.ts'
import { costOf } from '../../../test/support/cost.ts'
import { createFakeClock } from '../../../test/support/fake-clock.ts'
import { createFakeRunner, EXITED_0, EXITED_1 } from '../../../test/support/fake-runner.ts'
import { aConfig, aMonitor } from '../../../test/support/samples.ts'
import { DAY, HOUR, MINUTE } from '../../../test/support/time.ts'
import type { MaintenanceWindow } from '../../core/model/config.ts'
import type { Change } from '../../core/model/ports.ts'
import { createMemoryStore } from '../../store/memory-store.ts'
import { createCronSchedule } from './cron.ts'
import { createMaintenance } from './maintenance.ts'

const WEB = { name: 'web', tags: ['edge', 'eu'] }

function aWindow(changes: Partial<MaintenanceWindow> = {}): MaintenanceWindow {
  return { expression: '0 3 * * *', timezone: 'UTC', durationMs: HOUR, countsAsDowntime: false, of: null, ...changes }
}

/** The end of the maintenance that `web` is in, as ISO 8601 without the zeros of its end; null outside of any. */
function endAt(windows: readonly MaintenanceWindow[], at: string): string | null {
  const endMs = createMaintenance(windows).until(WEB, Date.parse(at))
  return endMs === null ? null : new Date(endMs).toISOString().replace(/(:00)?\.000Z$/, 'Z')
}

describe('from 03:00 to 04:00', () => {
  test.each([
    { name: 'long before', at: '2026-06-01T00:00Z', end: null },
    { name: 'a millisecond before', at: '2026-06-01T02:59:59.999Z', end: null },
    { name: 'at its start', at: '2026-06-01T03:00Z', end: '2026-06-01T04:00Z' },
    { name: 'in the middle', at: '2026-06-01T03:29:31.007Z', end: '2026-06-01T04:00Z' },
    { name: 'a millisecond before its end', at: '2026-06-01T03:59:59.999Z', end: '2026-06-01T04:00Z' },
    { name: 'at its end', at: '2026-06-01T04:00Z', end: null },
    { name: 'long after', at: '2026-06-01T23:00Z', end: null },
  ])('$name', ({ at, end }) => {
    expect(endAt([aWindow()], at)).toBe(end)
  })
})

describe('the time zone', () => {
  test.each([
    { name: 'decides when it begins', timezone: 'Asia/Tokyo', at: '2026-05-31T18:00Z', end: '2026-05-31T19:00Z' },
    { name: 'and when it does not', timezone: 'Asia/Tokyo', at: '2026-06-01T03:00Z', end: null },
    {
      name: "is the machine's without one",
      timezone: null,
      at: new Date(2026, 5, 1, 3, 30).toISOString(),
      end: new Date(2026, 5, 1, 4).toISOString().replace(':00.000Z', 'Z'),
    },
  ])('$name', ({ timezone, at, end }) => {
    expect(endAt([aWindow({ timezone })], at)).toBe(end)
  })
})

// In New York the clocks go from 02:00 to 03:00 on 8 March 2026 at 07:00Z, and from 02:00 to 01:00 on 1 November at 06:00Z.
describe('daylight saving time', () => {
  test.each([
    { name: 'before the skipped hour', expression: '30 2 * * *', at: '2026-03-08T06:59:59.999Z', end: null },
    {
      name: '02:30 is skipped: at the jump',
      expression: '30 2 * * *',
      at: '2026-03-08T07:00Z',
      end: '2026-03-08T08:00Z',
    },
    { name: 'and once only', expression: '30 2 * * *', at: '2026-03-08T08:00Z', end: null },
    { name: 'the day after, at 02:30', expression: '30 2 * * *', at: '2026-03-09T06:30Z', end: '2026-03-09T07:30Z' },
    {
      name: '01:30 comes twice: the first',
      expression: '30 1 * * *',
      at: '2026-11-01T05:30Z',
      end: '2026-11-01T06:30Z',
    },
    { name: 'and not the second', expression: '30 1 * * *', at: '2026-11-01T06:30Z', end: null },
    { name: '01:10 comes twice: between the two', expression: '10 1 * * *', at: '2026-11-01T06:10Z', end: null },
    {
      name: 'lasts as long over the jump',
      expression: '30 1 * * *',
      at: '2026-03-08T07:29Z',
      end: '2026-03-08T07:30Z',
    },
    {
      name: 'every hour, also a repeated one',
      expression: '50 * * * *',
      at: '2026-11-01T06:50Z',
      end: '2026-11-01T07:50Z',
    },
  ])('$name', ({ expression, at, end }) => {
    expect(endAt([aWindow({ expression, timezone: 'America/New_York' })], at)).toBe(end)
  })
})

describe('of whom', () => {
  test.each([
    { name: 'of all', of: null, is: true },
    { name: 'of the monitor', of: { monitors: ['api', 'web'], tags: [] }, is: true },
    { name: 'of a tag of it', of: { monitors: [], tags: ['us', 'eu'] }, is: true },
    { name: 'of another monitor, and a tag of it', of: { monitors: ['api'], tags: ['edge'] }, is: true },
    { name: 'of others', of: { monitors: ['api'], tags: ['us'] }, is: false },
    { name: 'of nobody', of: { monitors: [], tags: [] }, is: false },
    { name: 'of a monitor called like its tag', of: { monitors: ['edge'], tags: ['web'] }, is: false },
  ])('$name', ({ of, is }) => {
    expect(endAt([aWindow({ of })], '2026-06-01T03:30Z')).toBe(is ? '2026-06-01T04:00Z' : null)
  })
})

describe('several', () => {
  test.each([
    { name: 'none at all', windows: [], end: null },
    { name: 'both open: the later end', windows: [aWindow(), aWindow({ durationMs: 5 * HOUR })], end: '08:00' },
    { name: 'in any order', windows: [aWindow({ durationMs: 5 * HOUR }), aWindow()], end: '08:00' },
    {
      name: 'one is over',
      windows: [aWindow({ durationMs: MINUTE }), aWindow({ expression: '20 3 * * *' })],
      end: '04:20',
    },
    {
      name: 'one is of others',
      windows: [aWindow(), aWindow({ durationMs: 5 * HOUR, of: { monitors: ['api'], tags: [] } })],
      end: '04:00',
    },
    {
      name: 'one expression that overlaps itself: the end of the last begun',
      windows: [aWindow({ expression: '0 * * * *', durationMs: 3 * HOUR })],
      end: '06:00',
    },
    { name: 'a time that never comes', windows: [aWindow({ expression: '0 0 30 2 *' })], end: null },
    {
      name: 'seconds',
      windows: [aWindow({ expression: '17 29 3 * * *', durationMs: MINUTE + 43_000 })],
      end: '03:31',
    },
  ])('$name', ({ windows, end }) => {
    expect(endAt(windows, '2026-06-01T03:30Z')).toBe(end === null ? null : `2026-06-01T${end}Z`)
  })
})

describe('a window asked again and again', () => {
  const maintenance = createMaintenance([aWindow({ timezone: 'America/New_York', expression: '30 2 * * 0' })])
  const isIn = (at: string) => maintenance.until(WEB, Date.parse(at)) !== null

  test('is open and over in its turn, also after the clock went back', () => {
    const times = [
      '2026-03-08T06:59Z',
      '2026-03-08T07:00Z',
      '2026-03-08T07:59Z',
      '2026-03-08T08:00Z',
      '2026-03-15T06:30Z',
    ]
    const expected = [false, true, true, false, true]
    expect(times.map(isIn)).toEqual(expected)
    expect(times.toReversed().map(isIn)).toEqual(expected.toReversed())
    expect(times.map(isIn)).toEqual(expected)
  })

  test('is the same as looked for from the beginning each time', () => {
    const expressions = [
      '* * * * *',
      '*/7 * * * *',
      '30 2 * * *',
      '0 3 * * 0',
      '0 0 1 * *',
      '*/20 30 1 * * *',
      '* 30-35 1 * * *',
      '0 0 30 2 *',
    ]
    const fromMs = Date.parse('2026-03-07T12:00Z')
    const aTime = fc.oneof(
      // A time of many seconds.
      fc.integer({ min: Date.parse('2026-03-08T06:29Z'), max: Date.parse('2026-03-08T06:37Z') }),
      fc.integer({ min: fromMs, max: fromMs + 2 * DAY }),
      fc.integer({ min: Date.parse('2026-10-31T12:00Z'), max: Date.parse('2026-11-02T00:00Z') }),
    )
    fc.assert(
      fc.property(
        fc.constantFrom(...expressions),
        fc.constantFrom(MINUTE, 45 * MINUTE, 2 * HOUR),
        fc.array(aTime, { minLength: 1, maxLength: 6 }),
        (expression, durationMs, times) => {
          const timezone = 'America/New_York'
          const asked = createMaintenance([aWindow({ expression, timezone, durationMs })])
          const next = createCronSchedule(expression, timezone)
          for (const atMs of times) {
            let endMs: number | null = null
            for (let startMs = next(atMs - durationMs); startMs !== null && startMs <= atMs; startMs = next(startMs)) {
              endMs = startMs + durationMs
            }
            expect(asked.until(WEB, atMs)).toBe(endMs)
          }
        },
      ),
      { numRuns: 100 },
    )
  })
})

test('a window every minute that lasts a month is found in few steps, and then in none', () => {
  const maintenance = createMaintenance([aWindow({ expression: '* * * * *', durationMs: 31 * DAY })])
  const atMs = Date.parse('2026-06-01T03:30:10Z')
  maintenance.until(WEB, atMs)
  const askingMs = costOf(() => {
    for (let second = 0; second < 3600; second++) maintenance.until(WEB, atMs + second * 1000)
  })
  const next = createCronSchedule('* * * * *', 'UTC')
  const thousandStepsMs = costOf(() => {
    let startMs = atMs - 31 * DAY
    for (let step = 0; step < 1000; step++) startMs = next(startMs) ?? startMs
  })
  // All together take less than stepping once through all that have begun, which are 44,640.
  expect(askingMs).toBeLessThan(44 * thousandStepsMs)
  expect(maintenance.until(WEB, atMs)).toBe(Date.parse('2026-06-01T03:30Z') + 31 * DAY)
})

test('the next windows of all that apply, soonest first', () => {
  const windows = [
    aWindow({ expression: '0 3 * * *', of: { monitors: ['web'], tags: [] } }),
    aWindow({ expression: '30 3 1 6 *', durationMs: MINUTE, of: { monitors: [], tags: ['edge'] } }),
    aWindow({ expression: '* * * * *', of: { monitors: ['other'], tags: [] } }),
  ]
  const next = createMaintenance(windows).next(WEB, Date.parse('2026-06-01T02:00Z'), 3)
  expect(
    next.map(({ fromMs, untilMs }) => [fromMs, untilMs].map((ms) => new Date(ms).toISOString().slice(0, 16))),
  ).toEqual([
    ['2026-06-01T03:00', '2026-06-01T04:00'],
    ['2026-06-01T03:30', '2026-06-01T03:31'],
    ['2026-06-02T03:00', '2026-06-02T04:00'],
  ])
  expect(createMaintenance([]).next(WEB, 0, 3)).toEqual([])
})

test.each([
  { name: 'none', windows: [], excused: [] },
  { name: 'one', windows: [aWindow()], excused: ['03:00–04:00'] },
  {
    name: 'one that is cut',
    windows: [aWindow({ expression: '0 23 * * *', durationMs: 4 * HOUR })],
    excused: ['02:00–03:00', '23:00–00:00'],
  },
  { name: 'one that counts', windows: [aWindow({ countsAsDowntime: true })], excused: [] },
  { name: 'one of others', windows: [aWindow({ of: { monitors: ['api'], tags: [] } })], excused: [] },
  { name: 'two that meet', windows: [aWindow(), aWindow({ expression: '0 4 * * *' })], excused: ['03:00–05:00'] },
  {
    name: 'one that counts within another',
    windows: [aWindow({ durationMs: 3 * HOUR }), aWindow({ expression: '0 4 * * *', countsAsDowntime: true })],
    excused: ['03:00–04:00', '05:00–06:00'],
  },
  { name: 'a window every second', windows: [aWindow({ expression: '* * * * * *' })], excused: ['02:00–00:00'] },
])('trouble is no downtime from 02:00 to 24:00 in $name: $excused', ({ windows, excused }) => {
  const fromMs = Date.parse('2026-06-01T02:00Z')
  const times = createMaintenance(windows).excused(WEB, fromMs, fromMs + 22 * HOUR)
  const clock = (ms: number) => new Date(ms).toISOString().slice(11, 16)
  expect(times.map((time) => `${clock(time.fromMs)}–${clock(time.untilMs)}`)).toEqual([...excused])
})

test('trouble is no downtime at exactly the moments in which a window is open, and none that counts', () => {
  const aMaintenance = fc.record({
    expression: fc.constantFrom('* * * * *', '*/7 * * * *', '*/20 * * * * *', '30 2 * * *', '5-9 * * * *'),
    durationMs: fc.constantFrom(10_000, MINUTE, 5 * MINUTE, 45 * MINUTE),
    countsAsDowntime: fc.boolean(),
  })
  const from = fc.integer({ min: Date.parse('2026-03-08T06:20Z'), max: Date.parse('2026-03-08T07:40Z') })
  const moments = fc.array(fc.integer({ min: 0, max: 30 * MINUTE - 1 }), { minLength: 1, maxLength: 10 })
  fc.assert(
    fc.property(fc.array(aMaintenance, { maxLength: 3 }), from, moments, (all, fromMs, afterMs) => {
      const windows = all.map((one) => aWindow({ ...one, timezone: 'America/New_York' }))
      const times = createMaintenance(windows).excused(WEB, fromMs, fromMs + 30 * MINUTE)
      for (const atMs of afterMs.map((ms) => fromMs + ms)) {
        const open = windows.filter((window) => createMaintenance([window]).until(WEB, atMs) !== null)
        const isExcused = open.length > 0 && open.every((window) => !window.countsAsDowntime)
        expect(times.filter((time) => time.fromMs <= atMs && atMs < time.untilMs)).toHaveLength(isExcused ? 1 : 0)
      }
    }),
    { numRuns: 100 },
  )
})

test('a window of half of every minute and a monthly check do not hold up other checks', () => {
  const fromMs = Date.parse('2026-06-01T02:00Z')
  const maintenance = createMaintenance([aWindow({ expression: '* * * * *', durationMs: MINUTE / 2 })])
  const times = maintenance.excused(WEB, fromMs, fromMs + 60 * DAY)
  expect(times.length).toBeLessThan(5000)
  expect(times.at(-1)?.untilMs).toBeGreaterThan(fromMs + 2 * DAY)
})

test('each failing check says what is planned until after the next one, by the plan of its time', async () => {
  const clock = createFakeClock(Date.parse('2026-06-01T01:00Z'))
  let isBroken = true
  const changes: Change[] = []
  const store = { ...createMemoryStore(), commit: async (change: Change) => void changes.push(change) }
  const runner = createFakeRunner(clock, () => ({ takesMs: 10, ending: isBroken ? EXITED_1 : EXITED_0 }))
  const loop = aCheckLoop({ clock, runner, store })
  const config = aConfig([aMonitor({ schedule: { kind: 'interval', intervalMs: DAY } })])
  const said = () => {
    const { maintenanceUntilMs, planned } = changes.at(-1) ?? {}
    return [maintenanceUntilMs ?? null, ...(planned ?? []).flatMap(({ fromMs, untilMs }) => [fromMs, untilMs])].map(
      (ms) => (ms === null ? null : new Date(ms).toISOString().slice(8, 16)),
    )
  }
  loop.apply({ ...config, maintenance: [aWindow()] })
  await clock.advance(MINUTE)
  expect(said()).toEqual([null, '01T03:00', '01T04:00', '02T03:00', '02T04:00'])
  loop.apply({ ...config, maintenance: [aWindow({ expression: '0 1 * * *' })] })
  await clock.advance(DAY)
  expect(said()).toEqual(['02T02:00', '02T01:00', '02T02:00', '03T01:00', '03T02:00', '04T01:00', '04T01:10'])
  // Where nothing is wrong, nothing is excused.
  isBroken = false
  await clock.advance(DAY)
  expect(said()).toEqual([null])
  await loop.stop()
})
