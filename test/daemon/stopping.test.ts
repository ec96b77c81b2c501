import { describe, expect, test } from 'bun:test'
import { startDaemon } from '../support/daemon-process.ts'
import { eventually } from '../support/eventually.ts'

const checks = (count: number, command: string) =>
  Array.from({ length: count }, (_, index) => `  - { name: check ${index}, command: ${JSON.stringify(command)} }`)

const BUSY = [
  'check_interval: 1s',
  'defaults: { alert_after: 1, alerts: [ shout ], timeout: 1h }',
  'monitors:',
  ...checks(47, 'echo >>started; sleep 600'),
  // These have to be killed.
  ...['deaf 1', 'deaf 2', 'deaf 3'].map(
    (name) => `  - { name: ${name}, command: "trap '' TERM INT; echo >>started; sleep 600; sleep 600" }`,
  ),
  '  - { name: fast, command: "false", alert_every: 0, alerts: [ quick, slow, stuck ] }',
  'alerts:',
  '  shout: { command: "echo {monitor_name} {alert_message} >>false-alerts" }',
  '  quick: { command: "echo >>alerting; sleep 0.5; echo quick >>told" }',
  '  slow: { command: "echo >>alerting; sleep 1; echo slow >>told" }',
  '  stuck: { command: "echo >>alerting; sleep 600; echo stuck >>told", timeout: 1h }',
].join('\n')

const hasBegun = (daemon: ReturnType<typeof startDaemon>) =>
  eventually(
    '50 checks and 3 alerts run',
    () => daemon.read('started').length === 50 && daemon.read('alerting').length === 3,
  )

describe.concurrent('the end', () => {
  test('H1: SIGTERM during 50 checks and 3 alerts: no false failure, nothing left, exit 0', async () => {
    await using daemon = startDaemon({ config: BUSY })
    await hasBegun(daemon)
    daemon.signal('SIGTERM')
    expect(await daemon.exitCode()).toBe(0)
    expect(daemon.descendants()).toEqual([])
    // The alerts that could end did.
    expect(daemon.read('told').trim().split('\n').toSorted()).toEqual(['quick', 'slow'])
    expect(daemon.read('false-alerts')).toBe('')
    expect(daemon.lines.filter(({ monitor, status }) => monitor !== 'fast' && status !== undefined)).toEqual([])
    expect(daemon.lines.at(-1)).toMatchObject({ level: 'info', msg: 'Minitor has stopped' })
    expect(daemon.temporaryFiles()).toEqual([])
  })

  test('H2: SIGINT stops as SIGTERM does; a second one at once, and even then nothing is left', async () => {
    await using daemon = startDaemon({ config: BUSY })
    await hasBegun(daemon)
    daemon.signal('SIGINT')
    await daemon.next((line) => line.msg.startsWith('SIGINT'))
    daemon.signal('SIGINT')
    expect(await daemon.exitCode()).toBe(130)
    await eventually('nothing is left', () => daemon.descendants().length === 0)
    expect(daemon.read('false-alerts')).toBe('')
    expect(daemon.temporaryFiles()).toEqual([])
  })

  test('nothing starts any more once the stop has begun', async () => {
    await using daemon = startDaemon({
      config: [
        'check_interval: 100ms',
        'monitors:',
        ...checks(10, 'echo >>starts'),
        '  - { name: last, command: "exec sleep 600", alerts: [] }',
        '  - { name: bell, command: "false", alert_after: 1, alert_every: 0, alerts: [ slow ] }',
        'alerts: { slow: { command: "echo >>alerting; sleep 1; wc -l <starts >after" } }',
      ].join('\n'),
    })
    await eventually('the alert runs', () => daemon.read('alerting') !== '')
    daemon.signal('SIGTERM')
    await daemon.next((line) => line.msg.startsWith('SIGTERM'))
    const startedBefore = daemon.read('starts').length
    expect(await daemon.exitCode()).toBe(0)
    // The last one may have been on its way when the signal came.
    expect(Number(daemon.read('after'))).toBeLessThanOrEqual(startedBefore + 1)
  })
})

// The moments that matter are some milliseconds apart, and nothing outside tells when they are. Not all at once, as
// the machine would then be too slow for them.
const DELAYS_MS = [0, 6, 12].map((offsetMs) => Array.from({ length: 8 }, (_, index) => offsetMs + index * 18))
const KILLED_BY_SIGTERM = 128 + 15

describe.concurrent('H3: SIGTERM', () => {
  test('in the first milliseconds: ends at once, leaves nothing', async () => {
    const stopAfter = async (delayMs: number) => {
      await using daemon = startDaemon({ config: BUSY })
      await Bun.sleep(delayMs)
      daemon.signal('SIGTERM')
      // Before it could ask for the signal, the signal ends it as it ends any program.
      expect([0, KILLED_BY_SIGTERM]).toContain(await daemon.exitCode())
      await eventually('nothing is left', () => daemon.descendants().length === 0)
      expect({ delayMs, left: daemon.temporaryFiles() }).toEqual({ delayMs, left: [] })
      expect(daemon.read('false-alerts')).toBe('')
      expect(daemon.stderr()).toBe('')
    }
    for (const delays of DELAYS_MS) await everyOne(delays.map(stopAfter))
  })

  test('during a reload: ends as ever', async () => {
    const stopAfter = async (delayMs: number) => {
      await using daemon = startDaemon({ config: BUSY })
      await hasBegun(daemon)
      daemon.write('config.yml', BUSY.replaceAll('check_interval: 1s', 'check_interval: 2s'))
      daemon.signal('SIGHUP')
      await Bun.sleep(delayMs)
      daemon.signal('SIGTERM')
      expect(await daemon.exitCode()).toBe(0)
      expect(daemon.descendants()).toEqual([])
      expect(daemon.read('false-alerts')).toBe('')
    }
    await everyOne([0, 2, 5, 10].map(stopAfter))
  })
})

describe.concurrent('other signals', () => {
  // USR1, USR2, PIPE, ALRM, XCPU, XFSZ, VTALRM, PROF, IO, PWR
  const NUMBERS = [10, 12, 13, 14, 24, 25, 26, 27, 29, 30]

  test('J12: that mean nothing to it do not end it', async () => {
    await using daemon = startDaemon({
      config: ['check_interval: 100ms', 'monitors:', ...checks(1, 'echo >>started')].join('\n'),
    })
    await eventually('it checks', () => daemon.read('started') !== '')
    for (const number of NUMBERS) Bun.spawnSync(['kill', `-${number}`, String(daemon.pid)])
    const before = daemon.read('started').length
    await eventually('it checks on', () => daemon.read('started').length > before + 5)
    expect(daemon.isOver()).toBe(false)
    daemon.signal('SIGQUIT')
    expect(await daemon.exitCode()).toBe(0)
  })
})

/** Waits for all, also when one has failed: each has a daemon to end. */
async function everyOne(ends: readonly Promise<void>[]) {
  const results = await Promise.allSettled(ends)
  for (const result of results) if (result.status === 'rejected') throw result.reason
}
