import { describe, expect, test } from 'bun:test'
import { type DaemonProcess, startDaemon } from '../support/daemon-process.ts'
import { eventually } from '../support/eventually.ts'
import { findSample, freePort, sampleOf, scrape } from './scrape.ts'
import { busiest, NOTE_START, startsOf, uptimeMs } from './starts.ts'

// Alone, as it counts what begins within a tenth of a second.
test('B7: 500 monitors started cold: the first round within one interval, no burst', async () => {
  const count = 500
  const intervalMs = 2_000
  await using daemon = startDaemon({
    config: [
      `check_interval: ${intervalMs}ms`,
      'monitors:',
      ...Array.from({ length: count }, (_, index) => `  - { name: m${index}, command: '${NOTE_START}' }`),
    ].join('\n'),
  })
  const firstRound = await eventually('each has begun', () => {
    const starts = startsOf(daemon)
    return new Set(starts.map(({ monitor }) => monitor)).size === count && starts
  })
  const elapsedMs = (firstRound.at(-1)?.atMs ?? 0) - (firstRound[0]?.atMs ?? 0)
  // The limit is the machine's part: a shared one is late now and then.
  expect(elapsedMs).toBeLessThan(intervalMs * 1.5)
  expect(firstRound.length).toBeLessThanOrEqual(count * 1.2)
  // Spread evenly, 25 begin in 100 ms.
  expect(busiest(firstRound, 100)).toBeLessThan(100)
})

// Alone, too: it looks at how late checks are.
test('G9: 1,000 scrapes a second for three seconds: checks are unaffected', async () => {
  const port = await freePort()
  const intervalMs = 200
  const count = 10
  await using daemon = startDaemon({
    config: [
      `check_interval: ${intervalMs}ms`,
      'monitors:',
      ...Array.from({ length: count }, (_, index) => `  - { name: m${index}, command: '${NOTE_START}' }`),
      // They only make a scrape large enough that a thousand of them could not be rendered in a second.
      ...Array.from({ length: 200 }, (_, index) => `  - { name: paused ${index}, command: 'true', enabled: false }`),
    ].join('\n'),
    args: ['--listen', `127.0.0.1:${port}`],
  })
  await eventually('each has begun', () => startsOf(daemon).length >= count)
  const fromMs = await uptimeMs()
  expect(await scrapeAtRate(port, { perSecond: 1_000, seconds: 3 })).toEqual([200])
  const toMs = await uptimeMs()
  const starts = startsOf(daemon).filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
  expect(starts.length).toBeGreaterThan(0.95 * count * ((toMs - fromMs) / intervalMs - 1))
  const runs = Map.groupBy(starts, ({ monitor }) => monitor)
  const lateMs = [...runs.values()]
    .flatMap((of) => of.slice(1).map(({ atMs }, index) => Math.abs(atMs - (of[index]?.atMs ?? atMs) - intervalMs)))
    .toSorted((one, other) => one - other)
  // Not the very latest: that may be the machine's own doing.
  expect(lateMs[Math.floor(lateMs.length * 0.95)]).toBeLessThan(100)
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
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
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

  test('then one run for each monitor, spread, and on with the schedule', async () => {
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
    await eventually('three rounds', () => since().length >= 3 * COUNT)
    const firstInterval = since().filter(({ atMs }) => atMs < goesOnAtMs + INTERVAL_MS)
    const monitors = new Set(firstInterval.map(({ monitor }) => monitor))
    // One on the edge may fall out; none runs for every slot that it missed.
    expect(monitors.size).toBeGreaterThanOrEqual(COUNT - 3)
    expect(firstInterval.length).toBeLessThanOrEqual(COUNT + 5)
    expect(busiest(since(), 100)).toBeLessThanOrEqual(COUNT / 2)
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

/** Asks for /metrics at that pace, whether it is answered or not; resolves to all status codes there were. */
async function scrapeAtRate(port: number, { perSecond, seconds }: { perSecond: number; seconds: number }) {
  const beganMs = performance.now()
  const answers: Promise<number>[] = []
  const ask = async () => {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`)
    await response.arrayBuffer()
    return response.status
  }
  while (answers.length < perSecond * seconds) {
    const dueCount = ((performance.now() - beganMs) / 1_000) * perSecond
    while (answers.length < Math.min(dueCount, perSecond * seconds)) answers.push(ask())
    // The pace is the stimulus: nothing is waited for.
    await Bun.sleep(5)
  }
  return [...new Set(await Promise.all(answers))]
}
