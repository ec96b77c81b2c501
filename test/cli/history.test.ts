import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import type { MuteChange } from '../../src/core/model/mute.ts'
import type { Delivery } from '../../src/core/model/types.ts'
import type { Write } from '../../src/store/tables/apply-writes.ts'
import { writeMuteChange } from '../../src/store/tables/mutes.ts'
import { tapeMonitor } from '../daemon/tape.ts'
import { startDaemon } from '../support/daemon-process.ts'
import { acknowledge, changeFile } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { createWorkspace, type Workspace } from '../support/executable.ts'
import { failed, keepHistory, passed, unwatched } from '../support/history-file.ts'
import { HOUR, MINUTE, SECOND } from '../support/time.ts'

const CONFIG = "monitors: [{name: website, command: 'true', alerts: [log]}, {name: fresh, command: 'true'}]\n"

/** Deliveries that a check has made, settled. */
function settled(write: Write, ...forms: readonly Partial<Delivery>[]): Write[] {
  const deliveries = write.kind === 'check' ? write.change.deliveries : []
  return deliveries.map((delivery, index) => ({
    kind: 'delivery',
    delivery: { ...delivery, ...forms[index] },
    following: [],
  }))
}

/** A night: up since three hours ago, an outage of half an hour, an hour in which nobody watched, and up again. */
function createNight(nowMs: number, { isWatching = true } = {}): Workspace {
  const place = createWorkspace({ 'config.yml': CONFIG })
  const outageMs = nowMs - 150 * MINUTE
  const incident = { incidentId: `website-${outageMs + MINUTE}`, outageStartedAtMs: outageMs }
  const down = failed('website', outageMs + MINUTE, { alerts: ['mail', 'sms'], state: incident })
  const flood = Array.from({ length: 8 }, (_, index) => `line ${index + 1} \u001b[31m`).join('\n')
  keepHistory(
    join(place.directory, 'minitor.db'),
    [
      passed('website', nowMs - 180 * MINUTE, { check: { durationMs: 20 } }),
      passed('website', nowMs - 165 * MINUTE, { check: { durationMs: 400 } }),
      failed('website', outageMs, {
        state: { ...incident, status: 'failing', incidentId: null },
        quiet: 'not yet past alert_after',
        check: { output: flood },
      }),
      down,
      ...settled(
        down,
        { status: 'delivered', attemptCount: 3, reason: '' },
        { status: 'failed', attemptCount: 2, reason: 'exit code 5' },
      ),
      failed('website', outageMs + 2 * MINUTE, { state: incident, quiet: 'between reminders' }),
      failed('website', outageMs + 3 * MINUTE, { state: incident, quiet: 'between reminders' }),
      failed('website', outageMs + 10 * MINUTE, {
        state: incident,
        check: { outcome: 'timed_out', exitCode: null, reason: 'timed out after 30s' },
      }),
      passed('website', outageMs + 30 * MINUTE),
      passed('website', nowMs - 100 * MINUTE),
      unwatched(nowMs - 95 * MINUTE, nowMs - 35 * MINUTE),
      passed('website', nowMs - 35 * MINUTE),
      passed('website', nowMs - SECOND),
      passed('removed', nowMs - HOUR),
      { kind: 'departure', departure: { monitor: 'removed', atMs: nowMs - 30 * MINUTE, ending: 'removed' } },
    ],
    { aliveAtMs: nowMs - (isWatching ? 0 : 10 * MINUTE), isWatching },
  )
  return place
}

/** Lines with single spaces, times and dates left out. */
function linesOf(stdout: string): string[] {
  return stdout
    .trimEnd()
    .split('\n')
    .filter((line) => !/^\d{4}-\d\d-\d\d$/.test(line))
    .map((line) =>
      line
        .replaceAll(/(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d/g, 'T')
        .replaceAll(/ +/g, ' ')
        .trim(),
    )
}

test('what happened, oldest first, with who was told and who was not', async () => {
  using place = createNight(Date.now())
  const { exitCode, stdout, stderr } = await place.minitor('history', 'website')
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  const [standing, uptime, durations, blank, ...events] = linesOf(stdout)
  expect(standing).toBe('"website" is up, for 2h, since T')
  // Of three hours, half an hour was down and an hour not watched.
  expect(uptime).toMatch(
    /^uptime 24h 75(?:\.\d+)?% 7d 75(?:\.\d+)?% 30d 75(?:\.\d+)?% 90d 75(?:\.\d+)?% 365d 75(?:\.\d+)?%$/,
  )
  expect(durations).toMatch(/^checks 24h 11, 5 failures; durations p50 \d+ms, p95 \d+ms, longest 400ms$/)
  expect(blank).toBe('')
  expect(events).toEqual([
    'T passed × 2, until T',
    'T failed exit code 7 × 4, until T',
    '| line 1 \\x1b[31m',
    '| line 2 \\x1b[31m',
    '| … 5 lines left out',
    '| line 8 \\x1b[31m',
    'not notified: not yet past alert_after, between reminders × 2',
    'T down incident opened, 1m after the first failure',
    'T alert down → mail delivered after 3 attempts; sms could not be delivered after 2 attempts: exit code 5',
    'T timed out after 30s',
    '| refused',
    'T passed × 2, until T',
    'T recovered after 30m, 1 failure',
    'T unwatched for 1h, until T',
    'T passed × 2, until T',
  ])
})

test('--all tells each check', async () => {
  using place = createNight(Date.now())
  const events = linesOf((await place.minitor('history', 'website', '--all')).stdout).slice(4)
  expect(events.filter((line) => /^T (?:passed|failed|timed out)/.test(line))).toEqual([
    'T passed in 20ms',
    'T passed in 400ms',
    'T failed exit code 7',
    'T failed exit code 7',
    'T failed exit code 7',
    'T failed exit code 7',
    'T timed out after 30s',
    'T passed in 2ms',
    'T passed in 2ms',
    'T passed in 2ms',
    'T passed in 2ms',
  ])
  expect(events.filter((line) => line === 'not notified: between reminders')).toHaveLength(2)
})

test('--since cuts off what was before, but not a time that goes on', async () => {
  using place = createNight(Date.now())
  const events = linesOf((await place.minitor('history', 'website', '--since', '60m')).stdout).slice(4)
  expect(events).toEqual(['T unwatched for 1h, until T', 'T passed × 2, until T'])
})

test('who is on it, and that nobody watches any more', async () => {
  using place = createNight(Date.now(), { isWatching: false })
  changeFile(join(place.directory, 'minitor.db'), (database) => {
    database.run('UPDATE incidents SET ended_at_ms = NULL, ending = NULL')
    acknowledge(database, { monitor: 'website', atMs: Date.now() - 50 * MINUTE, reason: 'bob' })
  })
  const lines = linesOf((await place.minitor('history', 'website')).stdout)
  expect(lines[0]).toMatch(/^nobody is watching: the daemon \(pid \d+\) is gone, last seen 10m/)
  expect(lines).toContain('T acknowledged bob')
  expect(lines.at(-1)).toMatch(/^T unwatched for 10m\d*s?, and nobody is watching yet$/)
})

test('who did what about it, each time, also by its tags and group; not what is about others', async () => {
  using place = createNight(Date.now())
  place.write('config.yml', CONFIG.replace('name: website,', 'name: website, tags: [edge], group: shop,'))
  const nowMs = Date.now()
  changeFile(join(place.directory, 'minitor.db'), (database) => {
    database.run('UPDATE incidents SET ended_at_ms = NULL, ending = NULL')
    const by = (minutes: number, who = 'anna') => ({ atMs: nowMs - minutes * MINUTE, who })
    const write = (change: MuteChange) => writeMuteChange(database, change)
    acknowledge(database, { monitor: 'website', ...by(20), reason: 'on it' })
    acknowledge(database, { monitor: 'website', ...by(19, 'bert'), reason: '' })
    write({ kind: 'unacknowledge', incidentId: 'website-x', ...by(18) })
    for (const target of [{ tag: 'edge' }, { group: 'shop' }, { tag: 'other' }]) {
      write({ kind: 'silence', silence: { target, untilMs: nowMs + HOUR, reason: 'moving', who: 'anna' }, ...by(17) })
    }
    write({ kind: 'unsilence', target: { group: 'shop' }, ...by(16) })
    write({ kind: 'pause', pause: { monitor: 'website', sinceMs: nowMs - 15 * MINUTE, who: 'anna', reason: '' } })
    write({ kind: 'resume', monitor: 'website', ...by(14) })
    write({ kind: 'pause', pause: { monitor: 'fresh', sinceMs: nowMs - 15 * MINUTE, who: 'anna', reason: '' } })
  })
  const { stdout } = await place.minitor('history', 'website')
  const lines = linesOf(stdout).map((line) => line.replace(/until (?:\S+ )?\d\d:\d\d/, 'until U'))
  expect(lines.filter((line) => /anna|bert/.test(line))).toEqual([
    'T acknowledged by anna: on it',
    'T acknowledged by bert',
    'T silenced tag "edge" until U by anna: moving',
    'T silenced group "shop" until U by anna: moving',
    'T unsilenced group "shop" (was until U) by anna',
    'T paused by anna',
    'T resumed by anna',
  ])
  const { actions } = JSON.parse((await place.minitor('history', 'website', '--json')).stdout)
  expect(actions).toHaveLength(7)
  expect(actions[0]).toEqual({
    at: new Date(nowMs - 20 * MINUTE).toISOString(),
    kind: 'acknowledged',
    who: 'anna',
    ...{ monitor: 'website', tag: null, group: null, until: null, reason: 'on it', address: '', count: 1 },
  })
})

test('--json has runs, deliveries with their results, and times that were not watched', async () => {
  const nowMs = Date.now()
  using place = createNight(nowMs)
  const { exitCode, stdout } = await place.minitor('history', 'website', '--json')
  expect(exitCode).toBe(0)
  const history = JSON.parse(stdout)
  const iso = (atMs: number) => new Date(atMs).toISOString()
  expect(Object.keys(history)).toEqual([
    'monitor',
    'status',
    'flapping',
    'maintenance_until',
    'since',
    'uptime',
    'durations',
    'checks',
    'notifications',
    'pings',
    'unwatched',
    'actions',
  ])
  expect(history).toMatchObject({ monitor: 'website', status: 'up', since: iso(nowMs - 2 * HOUR) })
  expect(history.uptime['24h']).toBeCloseTo(0.75, 3)
  expect(history.durations).toEqual({ p50_ms: expect.closeTo(1.5, 0), p95_ms: expect.any(Number), max_ms: 400 })
  const outageMs = nowMs - 150 * MINUTE
  expect(history.checks[1]).toEqual({
    at: iso(outageMs),
    until: iso(outageMs + 3 * MINUTE),
    count: 4,
    outcome: 'failed',
    exit_code: 7,
    duration_ms: 1.5,
    reason: 'exit code 7',
    summary: 'line 1',
    output: expect.stringContaining('line 8'),
    quiet: [
      { reason: 'not yet past alert_after', count: 1 },
      { reason: 'between reminders', count: 2 },
    ],
  })
  expect(history.notifications).toEqual([
    {
      id: expect.any(String),
      kind: 'down',
      at: iso(outageMs + MINUTE),
      alerts: ['mail', 'sms'],
      deliveries: [
        { alert: 'mail', status: 'delivered', attempts: 3, reason: '' },
        { alert: 'sms', status: 'failed', attempts: 2, reason: 'exit code 5' },
      ],
    },
  ])
  expect(history.unwatched).toEqual([{ from: iso(nowMs - 95 * MINUTE), to: iso(nowMs - 35 * MINUTE) }])
})

describe('names', () => {
  test('a monitor that is no longer in the configuration is found', async () => {
    using place = createNight(Date.now())
    const { exitCode, stdout } = await place.minitor('history', 'removed')
    expect(exitCode).toBe(0)
    expect(linesOf(stdout)[0]).toBe('"removed" is no longer in the configuration, for 30m, since T')
  })

  test('one that was never checked has no history', async () => {
    using place = createNight(Date.now())
    const { exitCode, stdout } = await place.minitor('history', 'fresh')
    expect(exitCode).toBe(0)
    const lines = linesOf(stdout)
    expect(lines[0]).toBe('"fresh" is pending')
    expect(lines.at(-1)).toBe('nothing is known since T')
  })

  test.each([
    { args: ['websit'], says: ['there is no monitor "websit"', 'did you mean "website"?'] },
    { args: ['remove'], says: ['did you mean "removed"?'] },
    { args: ['nonsense'], says: ['there are: website, fresh, removed'] },
    { args: ['website', '--since', 'never'], says: ['--since takes a duration or a time, not "never"'] },
    { args: ['website', '--since', '2999-01-01'], says: ['in the future'] },
    { args: [], says: ['name'] },
  ])('$args is wrong usage', async ({ args, says }) => {
    using place = createNight(Date.now())
    const { exitCode, stdout, stderr } = await place.minitor('history', ...args)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    for (const text of says) expect(stderr).toContain(text)
  })
})

test('a daemon’s night: told, muted, fallen back, recovered, restarted', async () => {
  await using daemon = startDaemon({
    config: [
      'check_interval: 150ms',
      'monitors:',
      tapeMonitor('door', ['alert_after: 2', 'alert_every: 0', 'alerts: [ mail ]', 'alert_up: [ sms ]']),
      tapeMonitor('window', ['alert_after: 1', 'depends_on: [ door ]', 'alerts: [ sms ]']),
      'alerts:',
      "  mail: {command: 'echo refused; exit 9', retry_for: 100ms, fallback: sms}",
      "  sms: {command: 'true'}",
    ].join('\n'),
    files: { 'door.tape': 'SFFFFFFFFS', 'window.tape': 'SSSFFFS' },
  })
  const history = async (name: string) => JSON.parse((await daemon.minitor('history', name, '--json')).stdout)
  await eventually(
    'the tapes are played',
    () => daemon.read('door.runs').length > 10 && daemon.read('window.runs').length > 7,
  )
  await eventually(
    'the recovery is told',
    async () => (await history('door')).notifications[1]?.deliveries[0]?.status === 'delivered',
  )

  const door = await history('door')
  expect(door.checks.map(({ outcome, count }: { outcome: string; count: number }) => [outcome, count])).toEqual([
    ['passed', 1],
    ['failed', 8],
    ['passed', 1],
  ])
  expect(door.checks[1].quiet).toEqual([
    { reason: 'not yet past alert_after', count: 1 },
    { reason: 'no reminders configured', count: 6 },
  ])
  expect(door.notifications).toMatchObject([
    {
      kind: 'down',
      alerts: ['mail'],
      deliveries: [
        { alert: 'mail', status: 'handed_over', reason: 'refused (exit code 9)' },
        { alert: 'sms', status: 'delivered', attempts: 1 },
      ],
    },
    { kind: 'up', alerts: ['sms'], deliveries: [{ alert: 'sms', status: 'delivered' }] },
  ])

  const window = await history('window')
  expect(window.notifications).toEqual([])
  const failures = window.checks.find(({ outcome }: { outcome: string }) => outcome === 'failed')
  expect(failures.quiet.map(({ reason }: { reason: string }) => reason.replace(/failing|down/, '…'))).toContain(
    'depends on "door", which is …',
  )
})

test.each([passed, failed])('J6: what a wrong clock has timed in the future has happened by now', async (kind) => {
  using place = createWorkspace({ 'config.yml': CONFIG })
  const nowMs = Date.now()
  const atMs = nowMs + 6 * 365 * 24 * HOUR
  const state = kind === failed ? { incidentId: 'i', outageStartedAtMs: atMs } : {}
  keepHistory(join(place.directory, 'minitor.db'), [kind('website', atMs, { state })], { aliveAtMs: nowMs })
  const { stdout } = await place.minitor('history', 'website')
  const [head] = stdout.split('\n').filter((line) => line.startsWith('"website" is'))
  expect(head).toMatch(new RegExp(`, for \\d+m?s, since ${new Date(nowMs).getFullYear()}-`))
  const { monitors } = JSON.parse((await place.minitor('status', 'website', '--json')).stdout)
  expect(Date.parse(monitors[0].since)).toBeLessThanOrEqual(Date.now())
})
