import { describe, expect, test } from 'bun:test'
import { readdirSync, readlinkSync } from 'node:fs'
import { type DaemonProcess, startDaemon } from '../support/daemon-process.ts'
import { eventually } from '../support/eventually.ts'
import { limitMs } from '../support/pace.ts'

const CONFIG = [
  `check_interval: ${limitMs(100)}ms`,
  'defaults: { alert_after: 1, alert_every: 1, alerts: [ tell ] }',
  'monitors:',
  ...Array.from({ length: 5 }, (_, index) => `  - { name: good ${index}, command: "echo >>runs" }`),
  ...Array.from({ length: 3 }, (_, index) => `  - { name: bad ${index}, command: "echo >>runs; echo no >&2; false" }`),
  '  - { name: loud, command: "echo >>runs; head -c 200000 /dev/zero" }',
  '  - { name: missing, command: [ ./nowhere ] }',
  `  - { name: slow, command: "echo >>runs; sleep 600 & sleep 600", timeout: ${limitMs(200)}ms }`,
  'alerts: { tell: { command: "cat >/dev/null; echo told" } }',
].join('\n')

/** How many descriptors the daemon holds whose target has this in its name. */
function descriptorCount(daemon: DaemonProcess, part: string): number {
  return readdirSync(`/proc/${daemon.pid}/fd`).filter((fd) => {
    try {
      return readlinkSync(`/proc/${daemon.pid}/fd/${fd}`).includes(part)
    } catch {
      // Closed since it was listed.
      return false
    }
  }).length
}

function zombiesOf(daemon: DaemonProcess): number {
  const children = Bun.spawnSync(['ps', '--no-headers', '-o', 'stat', '--ppid', String(daemon.pid)]).stdout.toString()
  return children.split('\n').filter((state) => state.startsWith('Z')).length
}

/** The database and what belongs to it is meant to stay. */
const filesOf = (daemon: DaemonProcess) =>
  readdirSync(daemon.directory)
    .filter((name) => !name.startsWith('minitor.db'))
    .toSorted()
const runsFor = (daemon: DaemonProcess, count: number) => {
  const before = daemon.read('runs').length
  return eventually(`${count} checks`, () => daemon.read('runs').length >= before + count)
}

describe.concurrent('nothing is left over', () => {
  test('A22: no FIFO, zombie, process or file after some hundred checks', async () => {
    await using daemon = startDaemon({ config: CONFIG })
    await runsFor(daemon, 100)
    // Each look falls on a moment when some checks run; the least of several is what stays.
    const least = async (look: () => number) => {
      let count = Number.POSITIVE_INFINITY
      for (let looks = 0; looks < 10; looks++) {
        count = Math.min(count, look())
        await runsFor(daemon, 1)
      }
      return count
    }
    const fifosBefore = await least(() => descriptorCount(daemon, `${daemon.directory}/tmp/minitor-`))
    await runsFor(daemon, 300)
    // Eleven checks and their alerts run here at most at once.
    expect(fifosBefore).toBeGreaterThan(0)
    expect(await least(() => descriptorCount(daemon, `${daemon.directory}/tmp/minitor-`))).toBeLessThan(30)
    expect(await least(() => zombiesOf(daemon))).toBe(0)
    expect(await least(() => daemon.temporaryFiles().length)).toBe(0)
    // Those of the slow check that run at this moment: its shell and two sleeps.
    expect(await least(() => daemon.descendants().length)).toBeLessThan(6)
  })

  test('A22: alerts hold descriptors only while they run', async () => {
    const count = 200
    await using daemon = startDaemon({
      config: [
        `check_interval: ${limitMs(1_000)}ms`,
        'defaults: { alert_after: 1, alert_every: 0, alerts: [ tell ] }',
        'monitors:',
        ...Array.from({ length: count }, (_, index) => `  - { name: m${index}, command: [ test, -e, nowhere ] }`),
        'alerts: { tell: { command: "cat >/dev/null; echo >>told" } }',
      ].join('\n'),
    })
    let most = 0
    await eventually('all are told', () => {
      most = Math.max(most, descriptorCount(daemon, '/input'))
      return daemon.read('told').length === count
    })
    // A few run at once.
    expect(most).toBeLessThan(30)
  })

  test('after kill -9: no temporary file', async () => {
    await using daemon = startDaemon({ config: CONFIG })
    await runsFor(daemon, 50)
    await eventually('it is stopped while it makes no FIFO', async () => {
      daemon.signal('SIGSTOP')
      await eventually('it stands still', () => /^State:\s+T/m.test(daemon.read(`../../proc/${daemon.pid}/status`)))
      if (daemon.temporaryFiles().length === 0) return true
      daemon.signal('SIGCONT')
      return false
    })
    daemon.signal('SIGKILL')
    await daemon.exitCode()
    expect(daemon.temporaryFiles()).toEqual([])
    expect(filesOf(daemon)).toEqual(['config.yml', 'runs', 'tmp'])
  })

  test('after a normal end: no process, no temporary file', async () => {
    await using daemon = startDaemon({ config: CONFIG })
    await runsFor(daemon, 50)
    daemon.signal('SIGTERM')
    expect(await daemon.exitCode()).toBe(0)
    expect(daemon.descendants()).toEqual([])
    expect(daemon.temporaryFiles()).toEqual([])
    expect(filesOf(daemon)).toEqual(['config.yml', 'runs', 'tmp'])
  })

  test('H6: a reader of the log that goes away ends nothing', async () => {
    await using daemon = startDaemon({
      config: CONFIG,
      wrapper: ['sh', '-c', '"$@" 2>&1 | head -n 1 >head & wait', 'sh'],
    })
    await eventually('the reader is gone', () => daemon.read('head') !== '')
    await runsFor(daemon, 100)
  })
})
