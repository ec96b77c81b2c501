import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { type DaemonProcess, startDaemon } from '../support/daemon-process.ts'
import { rowsOf } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { limitMs } from '../support/pace.ts'
import { findSample, freePort, sampleOf, scrape } from './scrape.ts'
import { busiest, NOTE_START, type Start, startsOf, uptimeMs } from './starts.ts'

async function firstRound(daemon: DaemonProcess, count: number): Promise<void> {
  await eventually('each has begun', () => new Set(startsOf(daemon).map(({ monitor }) => monitor)).size === count)
}

test('B7: 500 monitors started cold: the first round within one interval, no burst', async () => {
  const count = 500
  const intervalMs = limitMs(3_000)
  await using daemon = startDaemon({
    config: [
      `check_interval: ${intervalMs}ms`,
      'monitors:',
      ...Array.from({ length: count }, (_, index) => `  - { name: m${index}, command: '${NOTE_START}' }`),
    ].join('\n'),
  })
  await firstRound(daemon, count)
  const file = join(daemon.directory, 'minitor.db')
  const started = 'SELECT monitor_id AS monitor, started_at_ms AS atMs FROM checks ORDER BY started_at_ms'
  const starts = await eventually('all first starts are kept', () => {
    const byMonitor = [...Map.groupBy(rowsOf<Start>(file, started), ({ monitor }) => monitor).values()]
    return byMonitor.length === count && byMonitor
  })
  // Minitor starts none a third time before it has started all once, however slow the machine is.
  const allStartedMs = Math.max(...starts.map(([first]) => first?.atMs ?? Number.NaN))
  expect(Math.min(...starts.map(([, , third]) => third?.atMs ?? Infinity))).toBeGreaterThanOrEqual(allStartedMs)
  const query = 'SELECT name AS monitor, slot_at_ms AS atMs FROM monitors ORDER BY slot_at_ms'
  const slots = await eventually('all first checks are kept', () => {
    const rows = rowsOf<Start>(file, query)
    return rows.length === count && rows
  })
  // When they were due, whenever it was that they came to run.
  expect((slots.at(-1)?.atMs ?? 0) - (slots[0]?.atMs ?? 0)).toBeLessThan(intervalMs)
  // Spread evenly, 50 begin in a tenth of the interval.
  expect(busiest(slots, intervalMs / 10)).toBeLessThan(100)
})

test('G9: scrapes without end: checks go on, and every scrape is answered', async () => {
  const port = await freePort()
  const count = 10
  await using daemon = startDaemon({
    config: [
      `check_interval: ${limitMs(200)}ms`,
      'monitors:',
      ...Array.from({ length: count }, (_, index) => `  - { name: m${index}, command: '${NOTE_START}' }`),
      // They only make a scrape large enough that a thousand of them could not be rendered in a second.
      ...Array.from({ length: 200 }, (_, index) => `  - { name: paused ${index}, command: 'true', enabled: false }`),
    ].join('\n'),
    args: ['--listen', `127.0.0.1:${port}`],
  })
  await firstRound(daemon, count)
  const before = startsOf(daemon).length
  const statuses = new Set<number>()
  const scrapeOn = async () => {
    while (startsOf(daemon).length < before + 10 * count) {
      const response = await fetch(`http://127.0.0.1:${port}/metrics`)
      await response.arrayBuffer()
      statuses.add(response.status)
    }
  }
  await Promise.all(Array.from({ length: 50 }, scrapeOn))
  expect([...statuses]).toEqual([200])
})

describe.concurrent('overload', () => {
  test('B6: a run longer than its interval: no overlap, counted', async () => {
    const port = await freePort()
    await using daemon = startDaemon({
      config:
        'check_interval: 100ms\nmonitors: [ { name: long, command: "echo begin >>runs; sleep 0.35; echo end >>runs" } ]',
      args: ['--listen', `127.0.0.1:${port}`],
    })
    await eventually('five runs', () => daemon.read('runs').split('end').length > 5)
    expect(daemon.read('runs')).toMatch(/^(begin\nend\n)+(begin\n)?$/)
    const skipped = await sampleOf(port, 'minitor_check_skipped_total', { monitor: 'long' })
    // Three slots pass during each run.
    expect(skipped).toBeGreaterThanOrEqual(10)
    expect(daemon.lines.filter(({ level }) => level === 'error')).toEqual([])
  })

  test('B8: more than can run: the cap holds, the longest overdue goes first, lag is seen', async () => {
    const port = await freePort()
    const count = 30
    const cap = 5
    await using daemon = startDaemon({
      config: [
        `max_concurrent_checks: ${cap}`,
        'check_interval: 500ms',
        'monitors:',
        ...Array.from(
          { length: count },
          (_, index) => `  - { name: m${index}, command: '${NOTE_START}; echo + >>count; sleep 0.3; echo - >>count' }`,
        ),
      ].join('\n'),
      args: ['--listen', `127.0.0.1:${port}`],
    })
    await eventually('three rounds', () => startsOf(daemon).length >= 3 * count)
    const samples = await scrape(port)
    expect(findSample(samples, 'minitor_schedule_lag_seconds')).toBeGreaterThan(0.2)
    expect(findSample(samples, 'minitor_checks_running')).toBeLessThanOrEqual(cap)
    expect(findSample(samples, 'minitor_checks_waiting')).toBeGreaterThan(0)
    const runs = Map.groupBy(startsOf(daemon), ({ monitor }) => monitor)
    const counts = [...runs.values()].map(({ length }) => length)
    expect(counts).toHaveLength(count)
    // One that has begun may not have noted it yet.
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2)
    let running = 0
    let most = 0
    for (const line of daemon.read('count').split('\n').filter(Boolean)) {
      running += line === '+' ? 1 : -1
      most = Math.max(most, running)
    }
    expect(most).toBeWithin(cap - 1, cap + 1)
  })
})

describe.concurrent('B3: the daemon is stopped for 5 s', () => {
  const STOP_MS = 5_000
  const INTERVAL_MS = 500
  const COUNT = 20

  /** Holds the daemon as a suspended machine would; how long is the stimulus, not a wait. */
  async function hold(daemon: DaemonProcess) {
    daemon.signal('SIGSTOP')
    await Bun.sleep(STOP_MS)
    daemon.signal('SIGCONT')
  }

  test('then one run for each monitor, and on with the schedule', async () => {
    await using daemon = startDaemon({
      config: [
        `check_interval: ${INTERVAL_MS}ms`,
        'monitors:',
        ...Array.from({ length: COUNT }, (_, index) => `  - { name: m${index}, command: '${NOTE_START}' }`),
      ].join('\n'),
    })
    await eventually('two rounds', () => startsOf(daemon).length >= 2 * COUNT)
    await hold(daemon)
    const goesOnAtMs = await uptimeMs()
    const since = () => startsOf(daemon).filter(({ atMs }) => atMs >= goesOnAtMs)
    await eventually('three rounds', () => since().length >= 3 * COUNT, { explain: daemon.rawLog })
    // None runs for every slot that it missed: all have come once before any comes a third time.
    const runs = new Map<string, number>()
    for (const { monitor } of since()) {
      runs.set(monitor, (runs.get(monitor) ?? 0) + 1)
      if (runs.size === COUNT) break
    }
    expect(runs.size).toBe(COUNT)
    expect(Math.max(...runs.values())).toBeLessThanOrEqual(2)
  })

  test('a check that ended meanwhile has not timed out', async () => {
    await using daemon = startDaemon({
      config: [
        'check_interval: 1h',
        'monitors:',
        '  - { name: nap, command: "echo >>begun; sleep 1; echo done", timeout: 3s, alert_after: 1 }',
      ].join('\n'),
    })
    await eventually('it runs', () => daemon.read('begun') !== '')
    await hold(daemon)
    expect(await daemon.next({ monitor: 'nap' })).toMatchObject({ status: 'up', outcome: 'passed', output: 'done\n' })
  })
})
