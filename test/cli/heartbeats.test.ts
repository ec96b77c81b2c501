import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import type { Ping } from '../../src/core/model/ports.ts'
import { createWorkspace } from '../support/executable.ts'
import { failed, keepHistory, passed } from '../support/history-file.ts'

const CONFIG = `web: {}
monitors:
  - name: Backup
    heartbeat: {key: k, interval: 1d, grace: 1h}
    alert_after: 1
    alerts: [log]
  - name: Sync
    heartbeat: {key: s, schedule: "0 3 * * *", timezone: UTC}
  - name: Disk
    command: echo fine
`

describe('a heartbeat', () => {
  test('has nothing to check: that is said, and nothing is made up', async () => {
    using place = createWorkspace({ 'config.yml': CONFIG })
    const { exitCode, stdout } = await place.minitor('check')
    expect(exitCode).toBe(0)
    expect(
      stdout.replace(/ {2,}/g, '  ').replace(/\d+ms/, 'MS'),
    ).toBe(`heartbeat  Backup  a heartbeat: it waits to be pinged, there is nothing to run
heartbeat  Sync  a heartbeat: it waits to be pinged, there is nothing to run
passed  Disk  MS  fine
`)
    const json = await place.minitor('check', 'Backup', '--json')
    expect(json.exitCode).toBe(0)
    expect(JSON.parse(json.stdout)).toEqual([
      {
        monitor: 'Backup',
        outcome: null,
        exit_code: null,
        signal: null,
        duration_ms: 0,
        output: '',
        reason: 'a heartbeat: it waits to be pinged, there is nothing to run',
      },
    ])
  })

  test('is validated as one that is pinged', async () => {
    using place = createWorkspace({ 'config.yml': CONFIG })
    const { stdout } = await place.minitor('validate')
    expect(stdout).toMatch(/Backup +pinged every 1d +1 failure/)
    expect(stdout).toMatch(/Sync +pinged at 0 3 \* \* \* \(UTC\)/)
    place.write('config.yml', CONFIG.replace('web: {}\n', ''))
    const { exitCode, stderr } = await place.minitor('validate')
    expect(exitCode).toBe(2)
    expect(stderr).toStartWith(`error: monitor "Backup": a heartbeat needs web, or nobody can ping it
 --> config.yml:3:5
`)
  })

  test('is simulated with one failing check an interval', async () => {
    using place = createWorkspace({ 'config.yml': CONFIG })
    const { exitCode, stdout } = await place.minitor('simulate', 'Backup', '--outcomes', 'FFS')
    expect(exitCode).toBe(0)
    expect(stdout).toStartWith(
      '"Backup" is pinged every 1d; down after 1 failure; reminders: back off; notifies log.\n',
    )
    expect(stdout).toMatch(/0s +down +log +failure 1\n *1d +reminder +log +failure 2\n/)
  })

  test('has its status, and a history of pings', async () => {
    using place = createWorkspace({ 'config.yml': CONFIG })
    const nowMs = Date.now()
    const ping = (minutesAgo: number, changes: Partial<Ping>): Ping => ({
      monitor: 'Backup',
      atMs: nowMs - minutesAgo * 60_000,
      kind: 'success',
      exitCode: null,
      rid: null,
      durationMs: null,
      body: '',
      ...changes,
    })
    keepHistory(
      join(place.directory, 'minitor.db'),
      [
        passed('Backup', nowMs - 50 * 60_000, { check: { durationMs: 0, reason: 'a ping of success' } }),
        { kind: 'ping', ping: ping(40, { kind: 'start', body: 'begin \u001b[31m\n' }) },
        { kind: 'ping', ping: ping(35, { kind: 'log', body: 'half\n' }) },
        failed('Backup', nowMs - 30 * 60_000, { check: { durationMs: 600_000 } }),
        { kind: 'ping', ping: ping(30, { kind: 'fail', exitCode: 7, durationMs: 600_000, body: 'refused\n' }) },
      ],
      { aliveAtMs: nowMs },
    )
    const status = await place.minitor('status', '--json')
    expect(status.exitCode).toBe(1)
    const { monitors } = JSON.parse(status.stdout) as { monitors: { name: string; ping: unknown }[] }
    expect(Object.fromEntries(monitors.map(({ name, ping }) => [name, ping]))).toMatchObject({
      Backup: { url: expect.stringMatching(/^http:.*\/ping\//), due_at: expect.stringMatching(/^20.*Z$/) },
      Sync: { url: 'http://127.0.0.1:8080/ping/s', due_at: null },
    })
    const text = await place.minitor('status')
    expect(text.stdout).toMatch(/^pending +Sync .*no ping yet; curl -fsS http:\/\/127\.0\.0\.1:8080\/ping\/s$/m)
    const { stdout } = await place.minitor('history', 'Backup')
    const lines = stdout.split('\n').map((line) =>
      line
        .trim()
        .replace(/^\d\d:\d\d:\d\d +/, '')
        .replace(/ +/g, ' '),
    )
    expect(
      lines.slice(lines.findIndex((line) => line.startsWith('passed'))).filter((line) => !/^(20|$)/.test(line)),
    ).toEqual([
      'passed',
      'ping start',
      '| begin \\x1b[31m',
      'ping log',
      '| half',
      'failed exit code 7',
      '| refused',
      'down incident opened',
    ])
    const { pings } = JSON.parse((await place.minitor('history', 'Backup', '--json')).stdout) as { pings: unknown[] }
    expect(pings).toEqual([
      {
        at: expect.any(String),
        kind: 'start',
        exit_code: null,
        rid: null,
        duration_ms: null,
        body: 'begin \u001b[31m\n',
      },
      { at: expect.any(String), kind: 'log', exit_code: null, rid: null, duration_ms: null, body: 'half\n' },
      { at: expect.any(String), kind: 'fail', exit_code: 7, rid: null, duration_ms: 600_000, body: 'refused\n' },
    ])
  })
})
