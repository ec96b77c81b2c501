import { describe, expect, test } from 'bun:test'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { addSilence } from '../../src/store/tables/mutes.ts'
import { startDaemon } from '../support/daemon-process.ts'
import { changeFile } from '../support/database.ts'
import { requireDebianPackage } from '../support/debian.ts'
import { eventually } from '../support/eventually.ts'
import { createWorkspace, type Workspace } from '../support/executable.ts'
import { failed, keepHistory, passed } from '../support/history-file.ts'
import { limitMs } from '../support/pace.ts'
import { HOUR, MINUTE } from '../support/time.ts'

const CONFIG = `monitors:
  - {name: calm, command: 'true', group: shop, tags: [edge]}
  - {name: website, command: 'true', alerts: [mail]}
  - {name: behind, command: 'true', depends_on: [website]}
  - {name: late, command: 'true'}
  - {name: gone-quiet, command: 'true', enabled: false}
alerts:
  mail: {command: 'true'}
`
const MONITOR_COUNT = 5

/** A place whose daemon, this process, has seen `website` go down twenty minutes ago. */
function createNight({ isWatching = true, config = CONFIG, agoMs = 0 } = {}): Workspace {
  const place = createWorkspace({ 'config.yml': config })
  const nowMs = Date.now() - agoMs
  const down = failed('website', nowMs - 20 * MINUTE, {
    alerts: ['mail'],
    state: { alertCount: 1, failureCount: 1 },
    check: { reason: 'exit code 7' },
  })
  const mail = down.kind === 'check' ? down.change.deliveries[0] : undefined
  if (mail === undefined) throw new Error('there is one')
  const outage = { incidentId: mail.notification.incidentId, outageStartedAtMs: nowMs - 20 * MINUTE }
  keepHistory(
    join(place.directory, 'minitor.db'),
    [
      passed('calm', nowMs - 2 * HOUR),
      passed('website', nowMs - 2 * HOUR),
      passed('behind', nowMs - 2 * HOUR),
      passed('forgotten', nowMs - 2 * HOUR),
      down,
      {
        kind: 'delivery',
        delivery: { ...mail, status: 'failed', attemptCount: 3, reason: 'exit code 1' },
        following: [],
      },
      failed('behind', nowMs - 10 * MINUTE, { state: { status: 'failing', failureCount: 1, incidentId: null } }),
      failed('website', nowMs - 5000, { state: { ...outage, alertCount: 3, failureCount: 57 } }),
      failed('behind', nowMs - 5000, {
        state: { status: 'failing', failureCount: 2, incidentId: null, outageStartedAtMs: nowMs - 10 * MINUTE },
        quiet: 'not yet past alert_after',
      }),
      passed('calm', nowMs - 5000),
    ],
    { aliveAtMs: nowMs, isWatching },
  )
  return place
}

/** Lines of a table, with single spaces. */
function linesOf(stdout: string): string[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.replaceAll(/ +/g, ' '))
}

test('the three o’clock view: worst first, what is wrong, and why nobody was told', async () => {
  using place = createNight()
  changeFile(join(place.directory, 'minitor.db'), (database) => {
    addSilence(database, { target: { tag: 'edge' }, untilMs: Date.now() + 2 * HOUR, reason: 'new switch' }, Date.now())
  })
  const { exitCode, stdout, stderr } = await place.minitor('status')
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' })
  const [head, blank, titles, ...rest] = linesOf(stdout)
  expect(head).toBe('1 of 4 down, 1 failing, 1 pending, 1 paused')
  expect(blank).toBe('')
  expect(titles).toBe('STATUS MONITOR FOR CHECKED 24H 30D NOTE')
  const rows = rest.slice(0, MONITOR_COUNT)
  expect(rows[0]).toMatch(
    /^down website 20m\d*s? \ds ago 83\.\d+% 83\.\d+% refused \(exit code 7\); mail could not be delivered \d+s ago: exit code 1; notified 3 times; 57 failures$/,
  )
  expect(rows[1]).toMatch(
    /^failing behind 10m\d*s? \ds ago 91\.\d+% 91\.\d+% refused \(exit code 7\); depends on "website", which is down; 2 failures$/,
  )
  expect(rows[2]).toBe('pending late – –')
  expect(rows[3]).toMatch(/^up calm 2h \ds ago 100% 100% fine; silenced until [\d :-]+: new switch$/)
  expect(rows[4]).toBe('paused gone-quiet – – enabled: false')
  expect(rest[MONITOR_COUNT]).toBe('')
  expect(rest[MONITOR_COUNT + 1]).toMatch(/^tag "edge" \(1 monitor\) silenced until [\d :-]+: new switch$/)
  expect(rest.slice(MONITOR_COUNT + 2)).toEqual(['1 delivery failed in the last 24h: mail'])
})

test('--json has it all', async () => {
  using place = createNight()
  const { exitCode, stdout } = await place.minitor('status', '--json')
  expect(exitCode).toBe(1)
  const status = JSON.parse(stdout)
  expect(status).toMatchObject({ ok: false, watching: true, silences: [], deliveries: { pending: 0, failed: 1 } })
  expect(status.monitors.map(({ name }: { name: string }) => name)).toEqual([
    'website',
    'behind',
    'late',
    'calm',
    'gone-quiet',
  ])
  const [website, behind, late, calm, paused] = status.monitors
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  const share = expect.closeTo(100 / 120, 2)
  expect(website).toEqual({
    name: 'website',
    group: '',
    tags: [],
    status: 'down',
    since: time,
    last_check_at: time,
    last_success_at: null,
    outcome: 'failed',
    exit_code: 7,
    reason: 'exit code 7',
    summary: 'refused',
    failure_count: 57,
    alert_count: 3,
    incident_id: expect.any(String),
    muted: null,
    quiet: null,
    acknowledged: null,
    paused: null,
    flapping: false,
    maintenance_until: null,
    ping: null,
    uptime: { '24h': share, '7d': share, '30d': share, '90d': share, '365d': share },
    deliveries: { pending: 0, failed: 1 },
  })
  expect(behind).toMatchObject({
    status: 'failing',
    muted: { by: 'dependency', reason: 'depends on "website", which is down' },
    quiet: 'not yet past alert_after',
  })
  expect(late).toMatchObject({
    status: 'pending',
    since: null,
    last_check_at: null,
    outcome: null,
    uptime: { '24h': null },
  })
  expect(calm).toMatchObject({ status: 'up', group: 'shop', tags: ['edge'], since: time, uptime: { '24h': 1 } })
  expect(paused).toMatchObject({ status: 'paused', outcome: null, incident_id: null })
})

describe('nobody is watching', () => {
  test.each([
    {
      name: 'as the daemon is gone',
      night: { isWatching: false, agoMs: 3 * HOUR },
      says: /is gone, last seen 3h ago \(.+\)$/,
    },
    {
      name: 'although it runs',
      night: { agoMs: 5 * MINUTE },
      says: /is running, but saves nothing, last seen 5m\d*s? ago \(.+\)$/,
    },
  ])('$name: it is said first, and is bad news', async ({ night, says }) => {
    using place = createNight(night)
    const { exitCode, stdout } = await place.minitor('status')
    expect(exitCode).toBe(1)
    const [alarm, head] = linesOf(stdout)
    expect(alarm).toMatch(/^nobody is watching: the daemon \(pid \d+\) /)
    expect(alarm).toMatch(says)
    expect(head).toStartWith('1 of 4 down')
    expect(JSON.parse((await place.minitor('status', '--json')).stdout)).toMatchObject({ ok: false, watching: false })
  })

  test('even if all was well when it ended', async () => {
    using place = createWorkspace({ 'config.yml': "monitors: [{name: calm, command: 'true'}]\n" })
    keepHistory(join(place.directory, 'minitor.db'), [passed('calm', Date.now())], {
      aliveAtMs: Date.now(),
      isWatching: false,
    })
    const { exitCode, stdout } = await place.minitor('status')
    expect(exitCode).toBe(1)
    expect(linesOf(stdout)[1]).toBe('1 of 1 fine')
  })
})

test('what checks say is shown, not obeyed', async () => {
  const name = 'caf\u202eé\u200b'
  using place = createWorkspace({ 'config.yml': `monitors: [{name: "${name}", command: 'true'}]\n` })
  const reason = 'no \u001b[2J such\r\nthing\there'
  keepHistory(join(place.directory, 'minitor.db'), [failed(name, Date.now(), { check: { reason } })], {
    aliveAtMs: Date.now(),
  })
  const { stdout } = await place.minitor('status')
  expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u200b\u202e]/)
  expect(stdout).toContain('caf\\u202eé\\u200b')
  expect(stdout).toContain('no \\x1b[2J such\\r\\nthing here')
  expect(JSON.parse((await place.minitor('status', '--json')).stdout).monitors[0]).toMatchObject({ name, reason })
})

test('a secret in a reason is hidden', async () => {
  const config = `monitors: [{name: web, command: 'true', env: {TOKEN: '\${TOKEN}'}}]\n`
  using place = createWorkspace({ 'config.yml': config })
  keepHistory(
    join(place.directory, 'minitor.db'),
    [failed('web', Date.now(), { check: { reason: 'no file hunter22222' } })],
    { aliveAtMs: Date.now() },
  )
  for (const args of [[], ['--json']]) {
    const { stdout } = await place.minitorWith({ TOKEN: 'hunter22222' }, 'status', ...args)
    expect(stdout).toContain('no file ***')
  }
})

describe('is wrong usage', () => {
  test.each([
    { name: '--watch into a pipe', args: ['--watch'], says: '--watch needs a terminal' },
    { name: '--watch with --json', args: ['--watch', '--json'], says: '--json' },
    { name: 'a database that is not there', args: ['--database', 'none.db'], says: 'there is no database' },
    { name: 'one in memory', args: ['--database', ':memory:'], says: 'in memory' },
    { name: 'a file that is no database', args: ['--database', 'config.yml'], says: 'is a text file, not a database' },
  ])('$name', async ({ args, says }) => {
    using place = createNight()
    const { exitCode, stdout, stderr } = await place.minitor('status', ...args)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toContain(says)
  })
})

test('a daemon at work: down, acknowledged, fine again, gone', async () => {
  await using daemon = startDaemon({
    config: `check_interval: 200ms
default_alert_after: 2
monitors:
  - {name: door, command: 'test ! -e broken', alerts: [mail], alert_up: [log]}
  - {name: calm, command: 'true'}
alerts:
  mail: {command: 'exit 3', retry_for: 100ms}
`,
  })
  const status = async () => {
    const { exitCode, stdout } = await daemon.minitor('status', '--json')
    const { monitors, ...rest } = JSON.parse(stdout)
    const door = monitors.find(({ name }: { name: string }) => name === 'door')
    return { exitCode, door, ...rest }
  }
  await daemon.next({ monitor: 'door', status: 'up' })
  await eventually('all is fine', async () => (await daemon.minitor('status')).stdout.startsWith('All 2 fine\n'))
  expect(await status()).toMatchObject({ exitCode: 0, ok: true, deliveries: { pending: 0, failed: 0 } })

  daemon.write('broken', '')
  await daemon.next({ monitor: 'door', status: 'down' })
  await eventually('mail has failed', async () => (await status()).door.deliveries.failed > 0)
  await daemon.minitor('ack', 'door', '--reason', 'bob')
  const down = await status()
  expect(down).toMatchObject({ exitCode: 1, ok: false, watching: true })
  expect(down.door).toMatchObject({
    status: 'down',
    muted: { by: 'acknowledgement' },
    acknowledged: { reason: 'bob' },
    outcome: 'failed',
  })
  expect((await daemon.minitor('status')).stdout).toMatch(
    /^down +door .*exit code 1; mail could not be delivered \d+s ago: exit code 3; (?:mail pending; )?notified (?:once|\d+ times); acknowledged at [\d:]+ by \S+ \(command line\): bob; \d+ failures?$/m,
  )

  rmSync(join(daemon.directory, 'broken'))
  await daemon.next({ monitor: 'door', status: 'up' })
  await eventually('it is up', async () => (await status()).door.status === 'up')
  const up = await status()
  expect(up).toMatchObject({ exitCode: 0, ok: true, door: { acknowledged: null, incident_id: null } })
  // The check that passes may have begun before that, but not before the one that failed last.
  expect(Date.parse(up.door.since)).toBeGreaterThan(Date.parse(down.door.since))
  expect(up.door.uptime['24h']).toBeGreaterThan(0)
  expect(up.door.uptime['24h']).toBeLessThan(1)

  daemon.signal('SIGKILL')
  await daemon.exitCode()
  expect((await daemon.minitor('status')).stdout).toStartWith(
    `nobody is watching: the daemon (pid ${daemon.pid}) is gone`,
  )
})

const hasScript = requireDebianPackage('bsdutils', 'script')

describe.skipIf(!hasScript)('on a terminal', () => {
  test('no line is longer than the terminal is wide, and statuses have their colours', async () => {
    using place = createNight()
    const { stdout, exitCode } = await place.onTerminal({}, 'status')
    expect(exitCode).toBe(1)
    const lines = stdout.trimEnd().split('\r\n')
    expect(lines.map((line) => Bun.stringWidth(line)).filter((width) => width > 80)).toEqual([])
    const plain = Bun.stripANSI(stdout)
    expect(plain).toContain('STATUS   MONITOR     FOR')
    expect(plain).toMatch(/^down .*refused \(exit code 7\); mail could .*…\r$/m)
    expect(stdout).toContain('\u001b[1m\u001b[31mdown')
    expect(stdout).toContain('\u001b[32mup')
    expect(stdout).toContain('\u001b[33mfailing')
  })

  const MANY = `monitors:\n${Array.from({ length: 300 }, (_, index) => `  - {name: m${index}, command: 'true'}`).join('\n')}\n`

  /** The frames of `status --watch` in a terminal of 80 × 24, until SIGINT after some seconds, more on a slow machine. */
  async function watch(place: Workspace, seconds: number) {
    const command = `stty cols 80 rows 24; timeout --foreground --preserve-status -s INT ${limitMs(seconds * 1000) / 1000} "$MINITOR" status --watch; echo "code $?"`
    const { stdout } = await place.shell(`TERM=xterm-256color script -qec '${command}' /dev/null </dev/null`)
    return {
      stdout,
      frames: stdout
        .split('\u001b[H')
        .slice(1)
        // The last one is followed by what the shell prints.
        .map((frame) => Bun.stripANSI(frame.split('\u001b[J')[0] ?? '').replaceAll('\r', '')),
    }
  }

  test('--watch draws anew each second, and leaves the terminal as it was', async () => {
    using place = createNight()
    const { stdout, frames } = await watch(place, 3)
    expect(stdout).toStartWith('\u001b[?1049h\u001b[?25l')
    expect(frames.length).toBeGreaterThan(1)
    for (const frame of frames) expect(frame).toStartWith('1 of 4 down, 1 failing, 1 pending, 1 paused\n')
    expect(stdout).toEndWith('\u001b[?25h\u001b[?1049lcode 1\r\n')
  })

  test('--watch shows what fits, and says how many more there are', async () => {
    using place = createNight({ config: MANY })
    const { frames } = await watch(place, 2)
    const lines = frames[0]?.split('\n') ?? []
    expect(lines.length).toBe(24)
    expect(lines[0]).toBe('All 300 pending')
    const shownCount = lines.filter((line) => line.startsWith('pending')).length
    expect(shownCount).toBeGreaterThan(10)
    expect(lines).toContain(`… and ${300 - shownCount} more`)
  })
})

test('the last check is the one that was written last, also after the clock was set back', async () => {
  using place = createWorkspace({ 'config.yml': "monitors: [{name: web, command: 'true'}]\n" })
  const nowMs = Date.now()
  const down = { status: 'down', failureCount: 1 } as const
  keepHistory(
    join(place.directory, 'minitor.db'),
    [
      passed('web', nowMs + HOUR),
      passed('web', nowMs - 2000),
      failed('web', nowMs - 5000, { check: { reason: 'exit code 9' }, state: down }),
    ],
    { aliveAtMs: nowMs },
  )
  const { stdout } = await place.minitor('status')
  expect(stdout).toContain('exit code 9')
  expect(stdout).not.toContain('passes again')
})
