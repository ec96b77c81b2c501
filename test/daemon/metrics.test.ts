import { describe, expect, test } from 'bun:test'
import { startDaemon } from '../support/daemon-process.ts'
import { requireDebianPackage } from '../support/debian.ts'
import { eventually } from '../support/eventually.ts'
import { ask, findSample, freePort, scrape, scrapeText } from './scrape.ts'
import { tapeMonitor } from './tape.ts'

const hasPromtool = requireDebianPackage('prometheus', 'promtool')

// A tape ends with a check that hangs: from then on all counts stand still.
const CONFIG = [
  'check_interval: 100ms',
  'monitors:',
  tapeMonitor('ups', ['alerts: []']),
  tapeMonitor('downs', ['alert_after: 2', 'alert_every: 2', 'alerts: [ tell ]', 'alert_up: [ tell, other ]']),
  '  - name: \'odd "name" \\ {x}\'',
  '    command: "echo \'OK | used=42.5%;80;90 time=0.25s\'"',
  '    check_interval: 1h',
  'alerts:',
  '  tell: { command: "echo told" }',
  '  other: { command: "echo told" }',
].join('\n')
const FILES = { 'ups.tape': 'SSSS', 'downs.tape': 'SFFFFSFFF' }

const start = (args: readonly string[], config = CONFIG) => startDaemon({ config, files: FILES, args })
const hasPlayed = (daemon: ReturnType<typeof startDaemon>) =>
  eventually('the tapes are played', () => {
    return daemon.read('ups.runs').length > 4 && daemon.read('downs.runs').length > 9
  })

describe.concurrent('metrics', () => {
  test("the originals' names and labels, with the right values", async () => {
    const port = await freePort()
    await using daemon = start(['--metrics', '-p', String(port)])
    await hasPlayed(daemon)
    const samples = await eventually('all is told', async () => {
      const samples = await scrape(port)
      return findSample(samples, 'minitor_deliveries_pending') === 0 && samples
    })
    const checks = (monitor: string, status: string, is_alert: string) =>
      findSample(samples, 'minitor_check_total', { monitor, status, is_alert })
    expect(checks('ups', 'success', 'false')).toBe(4)
    expect(checks('ups', 'failure', 'false')).toBe(0)
    // S F F! F F! S! F F! F
    expect(checks('downs', 'success', 'false')).toBe(1)
    expect(checks('downs', 'success', 'true')).toBe(1)
    expect(checks('downs', 'failure', 'false')).toBe(4)
    expect(checks('downs', 'failure', 'true')).toBe(3)
    expect(findSample(samples, 'minitor_alert_total', { alert: 'tell', monitor: 'downs' })).toBe(4)
    expect(findSample(samples, 'minitor_alert_total', { alert: 'other', monitor: 'downs' })).toBe(1)
    expect(findSample(samples, 'minitor_monitor_up_count', { monitor: 'ups' })).toBe(1)
    expect(findSample(samples, 'minitor_monitor_up_count', { monitor: 'downs' })).toBe(0)
    for (const status of ['success', 'failure']) {
      const took = findSample(samples, 'minitor_check_milliseconds', { monitor: 'downs', status })
      expect(took).toBeGreaterThan(0)
    }
    expect(findSample(samples, 'minitor_checks_running')).toBe(2)
    expect(findSample(samples, 'minitor_config_last_reload_successful')).toBe(1)
    expect(findSample(samples, 'minitor_build_info')).toBe(1)
    const odd = samples.filter(
      ({ name, labels }) => labels.monitor === 'odd "name" \\ {x}' && name.includes('performance'),
    )
    expect(odd.map(({ value }) => value).toSorted()).toEqual([0.25, 42.5])
    expect(samples.filter(({ name }) => name === 'minitor_monitor_up_count')).toHaveLength(3)
  })

  test('/healthz is 200; other paths are 404', async () => {
    const port = await freePort()
    await using daemon = start(['-m', `--metrics-port=${port}`])
    const health = await eventually('it listens', () => ask(`http://127.0.0.1:${port}/healthz`), {
      explain: daemon.stderr,
    })
    expect(health.status).toBe(200)
    expect((await fetch(`http://127.0.0.1:${port}/nowhere`)).status).toBe(404)
    expect((await fetch(`http://127.0.0.1:${port}/metrics`, { method: 'POST' })).ok).toBe(false)
  })

  test.skipIf(!hasPromtool)('promtool parses them', async () => {
    const port = await freePort()
    await using daemon = start(['--metrics', '--metrics-port', String(port)])
    await hasPlayed(daemon)
    const text = await scrapeText(port)
    const promtool = Bun.spawn(['promtool', 'check', 'metrics'], {
      stdin: new TextEncoder().encode(text),
      stdout: 'pipe',
      stderr: 'pipe',
    })
    const complaints = (await promtool.stderr.text()) + (await promtool.stdout.text())
    // Two names come from the originals, whose dashboards need them.
    const known = /^minitor_(check_milliseconds use base unit|monitor_up_count non-histogram)/
    expect(
      complaints
        .trim()
        .split('\n')
        .filter((line) => !known.test(line)),
    ).toEqual([])
    // 3: it could be read, and there were complaints.
    expect(await promtool.exited).toBe(3)
  })

  test('nobody listens unless asked to', async () => {
    await using daemon = start([])
    await daemon.next({ monitor: 'ups' })
    const sockets = Bun.spawnSync(['sh', '-c', `ls -l /proc/${daemon.pid}/fd | grep -o 'socket:.*'`]).stdout.toString()
    const listening = daemon.read('../../proc/net/tcp') + daemon.read('../../proc/net/tcp6')
    const inodes = [...sockets.matchAll(/\d+/g)].map(([inode]) => inode)
    expect(inodes.filter((inode) => listening.includes(` ${inode} `))).toEqual([])
  })
})

describe.concurrent('flags', () => {
  test.each([
    { name: "minitor-go's", args: (port: number) => ['-config', 'other.yml', '-metrics', '-metrics-port', `${port}`] },
    {
      name: "minitor-go's with an equals sign",
      args: (port: number) => ['-config=other.yml', '-metrics', `-metrics-port=${port}`],
    },
    {
      name: "the first Minitor's",
      args: (port: number) => ['--config', 'other.yml', '--metrics', '--metrics-port', `${port}`],
    },
    { name: 'run with --listen', args: (port: number) => ['run', '-c', 'other.yml', '--listen', `127.0.0.1:${port}`] },
  ])('$name', async ({ args }) => {
    const port = await freePort()
    const config = 'monitors: [ { name: other, command: "true" } ]'
    await using daemon = startDaemon({ files: { 'other.yml': config }, args: args(port) })
    await daemon.next({ monitor: 'other', status: 'up' })
    const samples = await scrape(port)
    expect(findSample(samples, 'minitor_monitor_up_count', { monitor: 'other' })).toBe(1)
    expect(daemon.stderr()).toBe('')
  })

  test('a port in use: a clear text, exit 2, no check has run', async () => {
    using server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('taken') })
    const config = 'monitors: [ { name: door, command: "touch ran" } ]'
    for (const args of [
      ['--listen', `127.0.0.1:${server.port}`],
      ['-m', '-p', String(server.port)],
    ]) {
      await using daemon = startDaemon({ config, args })
      expect(await daemon.exitCode()).toBe(2)
      expect(daemon.stderr()).toMatch(new RegExp(`^error: cannot listen on \\S+:${server.port}: the port is used`))
      expect(daemon.stderr()).toContain('help: ')
      expect(daemon.stderr()).not.toContain('    at ')
      expect(daemon.rawLog()).toBe('')
      expect(Bun.file(`${daemon.directory}/ran`).size).toBe(0)
    }
  })

  test('--startup-alerts are run once at the start', async () => {
    await using daemon = startDaemon({
      config: [
        'check_interval: 100ms',
        'monitors: [ { name: door, command: "echo >>runs" } ]',
        "alerts: { one: { command: 'echo {kind} {alert_message} >>one' }, two: { command: 'echo {kind} >>two' } }",
      ].join('\n'),
      args: ['--startup-alerts', 'one,two'],
    })
    await eventually('both are run', () => daemon.read('one') !== '' && daemon.read('two') !== '')
    await eventually('checks run', () => daemon.read('runs').length > 5)
    expect(daemon.read('one')).toMatch(/^restarted \S.*\n$/)
    expect(daemon.read('two')).toBe('restarted\n')
  })

  test('--startup-alerts with a name that is not defined: exit 2, with a hint', async () => {
    await using daemon = startDaemon({
      config: 'monitors: [ { name: door, command: "true" } ]\nalerts: { one: { command: "true" } }',
      args: ['--startup-alerts', 'on'],
    })
    expect(await daemon.exitCode()).toBe(2)
    expect(daemon.stderr()).toContain('"on"')
    expect(daemon.stderr()).toContain('one')
  })
})
