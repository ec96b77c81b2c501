import { describe, expect, test } from 'bun:test'
import { type DaemonProcess, startDaemon } from '../support/daemon-process.ts'
import { eventually } from '../support/eventually.ts'
import { complaintsIn } from '../support/log-book.ts'
import { limitMs } from '../support/pace.ts'
import { processesWith } from '../support/site.ts'
import { NOTE_START, startsOf, uptimeMs } from './starts.ts'

const monitor = (name: string, command: string, keys = '') =>
  `  - { name: ${name}, command: ${JSON.stringify(command)}, alert_after: 1${keys === '' ? '' : `, ${keys}`} }`

const processesOfRun = (daemon: DaemonProcess, run: string) =>
  processesWith(`MINITOR_RUN_ID=${run}`).filter((pid) => pid !== daemon.pid)

/** The id that the daemon gave a run, as the check has noted it. */
const noteRun = 'echo "$MINITOR_RUN_ID" >>runs'
const firstRun = (daemon: DaemonProcess) =>
  eventually('the first run has an id', () => daemon.read('runs').split('\n')[0] || undefined)

describe.concurrent('hung checks', () => {
  test('A1: timed out when it is time; twenty others stay on schedule', async () => {
    const timeoutMs = limitMs(4_000)
    const intervalMs = limitMs(250)
    const others = Array.from({ length: 20 }, (_, index) => monitor(`other ${index}`, NOTE_START))
    await using daemon = startDaemon({
      config: [
        `check_interval: ${intervalMs}ms`,
        'monitors:',
        monitor('hung', `${NOTE_START}; sleep 600`, `timeout: ${timeoutMs}ms, check_interval: 1h`),
        ...others,
      ].join('\n'),
    })
    const line = await daemon.next({ monitor: 'hung' })
    expect(line).toMatchObject({ status: 'down', outcome: 'timed_out' })
    expect(line.duration_ms).toBeWithin(timeoutMs - 10, 600_000)
    expect(complaintsIn(daemon.lines).filter(({ monitor }) => monitor !== 'hung')).toEqual([])
    const starts = startsOf(daemon)
    const hungAtMs = starts.find(({ monitor }) => monitor === 'hung')?.atMs ?? 0
    const due = ((await uptimeMs()) - hungAtMs) / intervalMs
    for (let index = 0; index < 20; index++) {
      const times = starts.filter(({ monitor, atMs }) => monitor === `other ${index}` && atMs > hungAtMs)
      // Sixteen are due; a busy machine may leave some out, never add one.
      expect(times.length).toBeWithin(4, due + 3)
    }
  })

  test('A3: no survivor in the group after a timeout', async () => {
    await using daemon = startDaemon({
      config: `monitors:\n${monitor('pair', `${noteRun}; sleep 600 & sleep 600`, `timeout: ${limitMs(1_000)}ms, check_interval: 1h`)}`,
    })
    const run = await firstRun(daemon)
    await eventually('both run', () => processesOfRun(daemon, run).length === 3)
    expect(await daemon.next({ monitor: 'pair' })).toMatchObject({ outcome: 'timed_out' })
    expect(processesOfRun(daemon, run)).toEqual([])
  })

  test('A6: one that has stopped itself is ended all the same', async () => {
    await using daemon = startDaemon({
      config: `monitors:\n${monitor('still', 'kill -STOP $$; sleep 600', `timeout: ${limitMs(1_000)}ms, check_interval: 1h`)}`,
    })
    expect(await daemon.next({ monitor: 'still' })).toMatchObject({ outcome: 'timed_out' })
    expect(daemon.descendants()).toEqual([])
  })

  test('A4: a child left in the background delays nothing', async () => {
    await using daemon = startDaemon({
      config: `check_interval: ${limitMs(500)}ms\nmonitors:\n${monitor('leaver', 'sleep 600 & echo ok; echo >>runs')}`,
    })
    const line = await daemon.next({ monitor: 'leaver' })
    expect(line).toMatchObject({ status: 'up', output: 'ok\n' })
    await eventually('it goes on', () => daemon.read('runs').length >= 4)
  })

  test('A5: one that has left its group is ended and reported after the timeout', async () => {
    await using daemon = startDaemon({
      config: `monitors:\n${monitor('runaway', `${noteRun}; setsid sleep 600 & sleep 600`, `timeout: ${limitMs(1_000)}ms, check_interval: 1h`)}`,
    })
    const run = await firstRun(daemon)
    await eventually('both run', () => processesOfRun(daemon, run).length === 3)
    const line = await daemon.next({ monitor: 'runaway', status: 'down' })
    expect(line).toMatchObject({ outcome: 'timed_out' })
    await eventually('no survivor', () => processesOfRun(daemon, run).length === 0)
    expect(daemon.rawLog()).toMatch(/process/)
  })
})

const BOUND_MB = 20
const FLOODS = 50

test('A21: fifty checks that print for ever cost little memory', async () => {
  // At first they fill the window in which the first and the last part of their output is kept, and hang.
  const print = 'yes "$MINITOR_MONITOR_NAME"'
  const flood = `${NOTE_START}; if test -e go; then exec ${print}; else ${print} | head -c 200000; exec sleep 600; fi`
  await using daemon = startDaemon({
    config: [
      `check_interval: ${limitMs(400)}ms`,
      `defaults: { timeout: ${limitMs(1_000)}ms, alerts: [] }`,
      'monitors:',
      ...Array.from({ length: FLOODS }, (_, index) => monitor(`flood ${index}`, flood)),
    ].join('\n'),
  })
  const residentKib = () => Number(/VmRSS:\s+(\d+) kB/.exec(daemon.read(`../../proc/${daemon.pid}/status`))?.[1])
  const peakKibUntil = async (what: string, isOver: () => boolean) => {
    let peakKib = 0
    await eventually(what, () => {
      peakKib = Math.max(peakKib, residentKib())
      return isOver()
    })
    return peakKib
  }
  const baseKib = await peakKibUntil('three rounds', () => daemon.read('starts').split('\n').length > 3 * FLOODS)
  daemon.write('go', '')
  const rounds = () => daemon.read('starts').split('\n').length
  const before = rounds()
  await eventually('all floods were ended once', () => rounds() > before + 2 * FLOODS)
  const peakKib = await peakKibUntil('another round', () => rounds() > before + 3 * FLOODS)
  expect(peakKib).toBeGreaterThan(0)
  expect(peakKib - baseKib).toBeLessThan(BOUND_MB * 1024)
})
