import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type ReadSample, readMetrics } from '../../../test/fixtures/metrics-text.ts'
import { tallyOf, telemetryOf } from '../../../test/fixtures/telemetry.ts'
import type { Telemetry } from '../../core/model/ports.ts'
import type { MonitorTally } from '../../engine/checks/counts.ts'
import { createMetrics } from './metrics.ts'

const maskToken = (text: string) => text.replaceAll('hunter22', '***')

function createRender(telemetry: Telemetry, isPublic = false): () => Promise<string> {
  const render = createMetrics({ telemetry, faults: { count: 3 }, version: '1.2.3', isPublic })
  return async () => Buffer.from(await render()).toString()
}

const scrape = (telemetry: Telemetry) => createRender(telemetry)()

async function samplesOf(name: string, telemetry: Telemetry): Promise<Omit<ReadSample, 'name'>[]> {
  const samples = readMetrics(await scrape(telemetry)).filter((sample) => sample.name === name)
  return samples.map(({ labels, value }) => ({ labels, value }))
}

const ofMonitors = (...tallies: Partial<MonitorTally>[]) =>
  telemetryOf({ monitors: () => tallies.map(tallyOf), mask: maskToken })

describe('metrics of monitors', () => {
  test('minitor_check_total tells all four, zero or not', async () => {
    const telemetry = ofMonitors({ passed: { quiet: 10, told: 1 }, failed: { quiet: 3, told: 0 } })
    const of = (status: string, is_alert: string, value: number) => ({
      labels: { monitor: 'web', status, is_alert },
      value,
    })
    expect(await samplesOf('minitor_check_total', telemetry)).toEqual([
      of('success', 'false', 10),
      of('success', 'true', 1),
      of('failure', 'false', 3),
      of('failure', 'true', 0),
    ])
  })

  test('minitor_monitor_up_count is 0 or 1', async () => {
    expect(await samplesOf('minitor_monitor_up_count', ofMonitors({}, { monitor: 'db', status: 'down' }))).toEqual([
      { labels: { monitor: 'web' }, value: 1 },
      { labels: { monitor: 'db' }, value: 0 },
    ])
  })

  test('minitor_monitor_status has the one status of now', async () => {
    expect(await samplesOf('minitor_monitor_status', ofMonitors({}, { monitor: 'db', status: 'failing' }))).toEqual([
      { labels: { monitor: 'web', status: 'up' }, value: 1 },
      { labels: { monitor: 'db', status: 'failing' }, value: 1 },
    ])
  })

  test('minitor_monitor_muted tells only who is', async () => {
    expect(await samplesOf('minitor_monitor_muted', ofMonitors({}, { monitor: 'db', mutedBy: 'silence' }))).toEqual([
      { labels: { monitor: 'db', by: 'silence' }, value: 1 },
    ])
  })

  test('minitor_check_last_timestamp_seconds', async () => {
    const telemetry = ofMonitors({}, { monitor: 'db', lastCheckAtMs: 1_700_000_000_250 })
    expect(await samplesOf('minitor_check_last_timestamp_seconds', telemetry)).toEqual([
      { labels: { monitor: 'db' }, value: 1_700_000_000.25 },
    ])
  })

  test('minitor_check_milliseconds tells what there was', async () => {
    const telemetry = ofMonitors({ lastPassedMs: 12.5 }, { monitor: 'db', lastFailedMs: 0 })
    expect(await samplesOf('minitor_check_milliseconds', telemetry)).toEqual([
      { labels: { monitor: 'web', status: 'success' }, value: 12.5 },
      { labels: { monitor: 'db', status: 'failure' }, value: 0 },
    ])
  })

  test.each(['minitor_check_void_total', 'minitor_check_skipped_total'])(
    '%s tells only what happened',
    async (name) => {
      const telemetry = ofMonitors({}, { monitor: 'db', voidCount: 2, skippedCount: 2 })
      expect(await samplesOf(name, telemetry)).toEqual([{ labels: { monitor: 'db' }, value: 2 }])
    },
  )
})

describe('performance data', () => {
  const name = 'minitor_performance_data'

  test('is read from the last output', async () => {
    const telemetry = ofMonitors(
      { lastOutput: "OK | time=1.5s;2;3 'free space'=7% x=U" },
      { monitor: 'db', lastOutput: 'OK' },
    )
    expect(await samplesOf(name, telemetry)).toEqual([
      { labels: { monitor: 'web', label: 'time', unit: 's' }, value: 1.5 },
      { labels: { monitor: 'web', label: 'free space', unit: '%' }, value: 7 },
    ])
  })

  test('tells no series twice, also where masking or encoding makes labels alike', async () => {
    const telemetry = ofMonitors({ lastOutput: 'OK | a=1 a=2 a=3s hunter22=4 ***=5 \ud800=6 \udfff=7' })
    expect((await samplesOf(name, telemetry)).map(({ labels, value }) => [labels.label, labels.unit, value])).toEqual([
      ['a', '', 1],
      ['a', 's', 3],
      ['***', '', 4],
      ['\ufffd', '', 6],
    ])
  })

  test('is bounded, in number and length', async () => {
    const values = Array.from({ length: 5_000 }, (_, index) => `${'x'.repeat(index)}y${index}=1`)
    const samples = await samplesOf(name, ofMonitors({ lastOutput: `OK | ${values.join(' ')}` }))
    expect(samples).toHaveLength(100)
    expect(Math.max(...samples.map(({ labels }) => labels.label?.length ?? 0))).toBeLessThanOrEqual(200)
  })

  test('the public sees what its pages say: no durations, versions, alerts or output', async () => {
    const telemetry = ofMonitors({ lastOutput: '|a=1', lastPassedMs: 1 })
    const families = (text: string) => [...text.matchAll(/^# TYPE (?<name>\S+)/gm)].map(({ groups }) => groups?.name)
    const all = families(await createRender(telemetry)())
    const shown = await createRender(telemetry, true)()
    expect(all).toContain(name)
    expect(families(shown)).toEqual([
      'minitor_monitor_up_count',
      'minitor_monitor_status',
      'minitor_monitor_muted',
      'minitor_check_last_timestamp_seconds',
      'minitor_healthy',
    ])
  })

  test('follows the output and forgets monitors that are gone', async () => {
    let tallies = [tallyOf({ lastOutput: '|a=1' }), tallyOf({ monitor: 'db', lastOutput: '|b=2' })]
    const render = createRender(telemetryOf({ monitors: () => tallies }))
    const read = async () => {
      const samples = readMetrics(await render())
      return samples.filter((sample) => sample.name === name).map(({ labels, value }) => `${labels.label}=${value}`)
    }
    expect(await read()).toEqual(['a=1', 'b=2'])
    expect(await read()).toEqual(['a=1', 'b=2'])
    tallies = [tallyOf({ lastOutput: '|a=3' })]
    expect(await read()).toEqual(['a=3'])
  })
})

test('the process itself is told under the standard names', async () => {
  const samples = readMetrics(await scrape(telemetryOf())).filter(({ name }) => name.startsWith('process_'))
  const told = new Map(samples.map(({ name, value }) => [name, value]))
  expect(told.get('process_cpu_seconds_total')).toBeWithin(0.001, 100_000)
  expect(told.get('process_resident_memory_bytes')).toBeWithin(1e6, 1e11)
  expect(told.get('process_open_fds')).toBeWithin(3, told.get('process_max_fds') ?? 0)
  expect(told.get('process_start_time_seconds')).toBeWithin(Date.now() / 1_000 - 100_000, Date.now() / 1_000)
})

test.each([
  { told: {}, value: 1 },
  { told: { troubles: () => ['the disk is full'] }, value: 0 },
])('minitor_healthy is $value', async ({ told, value }) => {
  expect(await samplesOf('minitor_healthy', telemetryOf(told))).toEqual([{ labels: {}, value }])
})

test('minitor_build_info names the version', async () => {
  expect(await samplesOf('minitor_build_info', telemetryOf())).toEqual([{ labels: { version: '1.2.3' }, value: 1 }])
})

test('F7: whatever a monitor is called, its name arrives and nothing else is added', async () => {
  const hostile = fc.string({
    unit: fc.constantFrom('"', '\\', '\n', '\r', '{', '}', ',', '=', ' ', '#', 'n', '😀', '\x1b', '\0'),
  })
  await fc.assert(
    fc.asyncProperty(fc.oneof(hostile, fc.string({ unit: 'grapheme' })), async (monitor) => {
      const samples = await samplesOf('minitor_monitor_up_count', ofMonitors({ monitor }))
      expect(samples).toEqual([{ labels: { monitor }, value: 1 }])
    }),
  )
})

test('G9: a scrape of 10,000 monitors lets other work be done all along', async () => {
  const tallies = Array.from({ length: 10_000 }, (_, index) =>
    tallyOf({ monitor: `monitor ${index}`, lastPassedMs: 1.5, lastOutput: 'OK | time=0.5s;;;0 size=12B;;;0' }),
  )
  const render = createRender(telemetryOf({ monitors: () => tallies }))
  let isDone = false
  let turns = 0
  const work = async () => {
    for (; !isDone; turns++) await new Promise((resolve) => setImmediate(resolve))
  }
  const working = work()
  const body = await render()
  isDone = true
  await working
  const lines = body.split('\n')
  expect(lines.filter((line) => line.startsWith('minitor_check_total'))).toHaveLength(40_000)
  expect(lines.filter((line) => line.startsWith('# TYPE minitor_check_total'))).toHaveLength(1)
  // How long it goes on without one: turns.test.ts.
  expect(turns).toBeGreaterThanOrEqual(3)
})
