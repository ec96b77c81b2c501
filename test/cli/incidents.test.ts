import { expect, test } from 'bun:test'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startDaemon } from '../support/daemon-process.ts'
import { acknowledge, changeFile } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { createWorkspace, type Workspace } from '../support/executable.ts'
import { failed, keepHistory, passed } from '../support/history-file.ts'
import { DAY, HOUR, MINUTE } from '../support/time.ts'

const CONFIG = "monitors: [{name: website, command: 'true'}, {name: api, command: 'true'}]\n"

/** Incidents of different endings; the newest, of `api`, is open, and bob is on it. */
function createPast(nowMs: number): Workspace {
  const place = createWorkspace({ 'config.yml': CONFIG })
  const open = { incidentId: 'open', outageStartedAtMs: nowMs - 90 * MINUTE, failureCount: 4 }
  keepHistory(
    join(place.directory, 'minitor.db'),
    [
      failed('website', nowMs - 40 * DAY),
      passed('website', nowMs - 40 * DAY + MINUTE),
      failed('website', nowMs - 2 * DAY, { alerts: ['mail'], maintenanceUntilMs: nowMs - DAY }),
      passed('website', nowMs - 2 * DAY + 3 * HOUR + 12 * MINUTE),
      failed('removed', nowMs - DAY),
      { kind: 'departure', departure: { monitor: 'removed', atMs: nowMs - DAY + HOUR, ending: 'removed' } },
      failed('api', nowMs - 90 * MINUTE, { state: { ...open, status: 'failing', incidentId: null } }),
      failed('api', nowMs - 85 * MINUTE, {
        state: open,
        check: { reason: 'killed by \u001b[1mSIGKILL', output: 'last words\n' },
      }),
    ],
    { aliveAtMs: nowMs },
  )
  changeFile(join(place.directory, 'minitor.db'), (database) => {
    acknowledge(database, { monitor: 'api', atMs: nowMs - HOUR, reason: 'bob', who: '' })
  })
  return place
}

function linesOf(stdout: string): string[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/, 'T').replaceAll(/ +/g, ' '))
}

test('newest first: how long, how it ended, why, and who knows', async () => {
  using place = createPast(Date.now())
  const { exitCode, stdout, stderr } = await place.minitor('incidents')
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(linesOf(stdout)).toEqual([
    'BEGAN LASTED MONITOR ENDED NOTIFICATIONS CAUSE',
    expect.stringMatching(/^T 1h30m api open 0 refused \(exit code 7\); acknowledged: bob$/),
    'T 1h removed removed 0 refused (exit code 7)',
    'T 3h12m website recovered, in maintenance 1 refused (exit code 7)',
  ])
})

test.each([
  { args: ['--since', '90d'], expected: ['open', 'removed', 'recovered', 'recovered'] },
  { args: ['--since', '2h'], expected: ['open'] },
  { args: ['--monitor', 'website'], expected: ['recovered'] },
  { args: ['--monitor', 'removed'], expected: ['removed'] },
])('$args', async ({ args, expected }) => {
  using place = createPast(Date.now())
  const { stdout } = await place.minitor('incidents', ...args, '--json')
  expect(JSON.parse(stdout).map(({ ending }: { ending: string | null }) => ending ?? 'open')).toEqual(expected)
})

test('--json has the first and the last that was said', async () => {
  const nowMs = Date.now()
  using place = createPast(nowMs)
  const [open] = JSON.parse((await place.minitor('incidents', '--json')).stdout)
  const iso = (agoMs: number) => new Date(nowMs - agoMs).toISOString()
  expect(open).toEqual({
    id: 'open',
    monitor: 'api',
    started_at: iso(90 * MINUTE),
    opened_at: iso(85 * MINUTE),
    ended_at: null,
    ending: null,
    planned: false,
    duration_ms: expect.any(Number),
    failure_count: 4,
    first_reason: 'exit code 7',
    first_output: 'refused\n',
    last_reason: 'killed by \u001b[1mSIGKILL',
    last_output: 'last words\n',
    notifications: 0,
    acknowledged: { at: iso(HOUR), reason: 'bob', who: '' },
  })
  expect(open.duration_ms).toBeGreaterThanOrEqual(90 * MINUTE)
})

test('an incident that its maintenance has covered was planned, whatever is planned today', async () => {
  using place = createPast(Date.now())
  // All would be in it.
  const window = "maintenance: [{schedule: '* * * * *', duration: 31d}]\n"
  writeFileSync(join(place.directory, 'config.yml'), CONFIG + window)
  const { stdout } = await place.minitor('incidents', '--json')
  const planned = JSON.parse(stdout).map((one: { monitor: string; planned: boolean }) => [one.monitor, one.planned])
  expect(planned).toEqual([
    ['api', false],
    ['removed', false],
    ['website', true],
  ])
  expect((await place.minitor('incidents')).stdout).toContain('recovered, in maintenance')
})

test('none is said so', async () => {
  using place = createWorkspace({ 'config.yml': CONFIG })
  keepHistory(join(place.directory, 'minitor.db'), [passed('api', Date.now())], { aliveAtMs: Date.now() })
  const { exitCode, stdout } = await place.minitor('incidents')
  expect(exitCode).toBe(0)
  expect(linesOf(stdout)).toEqual(['no incident since T'])
  expect((await place.minitor('incidents', '--json')).stdout).toBe('[]\n')
})

test.each([
  { args: ['--monitor', 'websit'], says: 'did you mean "website"?' },
  { args: ['--since', 'always'], says: '--since takes a duration or a time' },
  { args: ['website'], says: 'too many arguments' },
])('$args is wrong usage', async ({ args, says }) => {
  using place = createPast(Date.now())
  const { exitCode, stdout, stderr } = await place.minitor('incidents', ...args)
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr).toContain(says)
})

test('what a daemon has seen: recovered, then paused by the configuration', async () => {
  const config = (enabled: boolean) =>
    `check_interval: 150ms\nmonitors: [{name: door, command: 'echo shut; test ! -e broken', alert_after: 2, enabled: ${enabled}}]\n`
  await using daemon = startDaemon({ config: config(true) })
  const incidents = async () => JSON.parse((await daemon.minitor('incidents', '--json')).stdout)
  for (const round of [1, 2]) {
    daemon.write('broken', '')
    await daemon.next({ monitor: 'door', status: 'down' })
    if (round === 1) {
      rmSync(join(daemon.directory, 'broken'))
      await daemon.next({ monitor: 'door', status: 'up' })
    }
  }
  daemon.write('config.yml', config(false))
  expect((await daemon.minitor('reload')).exitCode).toBe(0)
  await eventually('both have ended', async () => (await incidents())[0]?.ending === 'paused')
  expect(await incidents()).toMatchObject([
    {
      monitor: 'door',
      ending: 'paused',
      first_reason: 'exit code 1',
      first_output: 'shut\n',
      notifications: expect.any(Number),
    },
    { monitor: 'door', ending: 'recovered', last_output: 'shut\n' },
  ])
})
