import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createWorkspace } from '../support/executable.ts'
import { DAY } from '../support/time.ts'

interface Step {
  readonly at_ms: number
  readonly outcome: string
  readonly status: string
  readonly notification: string | null
  readonly alerts: readonly string[]
  readonly failure_count: number
  readonly alert_count: number
  readonly quiet: string | null
}

interface Sequence {
  readonly alert_after: number
  readonly alert_every: number
  readonly outcomes: string
  readonly notices: string
  readonly failure_counts: readonly number[]
  readonly alert_counts: readonly number[]
}

/** A monitor `m`, checked every 10 s, with these lines more. */
function configWith(...lines: string[]): string {
  const own = ['check_interval: 10s', ...lines].map((line) => `    ${line}\n`).join('')
  return `monitors:
  - name: m
    command: touch ran
${own}alerts:
  mail: {command: touch told}
  text: {command: touch told}
  boss: {command: touch told}
`
}

async function simulate(config: string, ...args: string[]): Promise<readonly Step[]> {
  using place = createWorkspace({ 'config.yml': config })
  const { exitCode, stdout, stderr } = await place.minitor('simulate', 'm', '--json', ...args)
  expect({ exitCode, stderr, files: place.files() }).toEqual({ exitCode: 0, stderr: '', files: ['config.yml'] })
  return (JSON.parse(stdout) as { steps: readonly Step[] }).steps
}

/** `SECONDS KIND ALERTS` of each step that tells somebody. */
const told = (steps: readonly Step[]) =>
  steps
    .filter(({ notification }) => notification !== null)
    .map(({ at_ms, notification, alerts }) => `${at_ms / 1000} ${notification} ${alerts.join('+')}`)

const sequences: readonly Sequence[] = JSON.parse(
  readFileSync(join(import.meta.dir, '../conformance/policy.json'), 'utf8'),
)

const NOTICES: Readonly<Record<string, string>> = { down: 'd', reminder: 'd', up: 'u' }

// Each starts a process: half of them will do here, as `core` is tested with all.
const half = sequences.map((sequence, index) => ({ ...sequence, index })).filter(({ index }) => index % 2 === 0)

test.each(half)(
  'policy sequence $index: alert_after $alert_after, alert_every $alert_every',
  async ({ alert_after, alert_every, outcomes, ...expected }) => {
    const config = configWith(`alert_after: ${alert_after}`, `alert_every: ${alert_every}`, 'alert_up: [log]')
    const steps = await simulate(config, '--outcomes', outcomes)
    expect({
      notices: steps.map(({ notification }) => NOTICES[notification ?? ''] ?? '.').join(''),
      failure_counts: steps.map(({ failure_count }) => failure_count),
      alert_counts: steps.map(({ alert_count }) => alert_count),
    }).toEqual({
      notices: expected.notices,
      failure_counts: [...expected.failure_counts],
      alert_counts: [...expected.alert_counts],
    })
    const letters = steps.map(({ outcome }) => (outcome === 'passed' ? 'S' : outcome === 'failed' ? 'F' : '?'))
    expect(letters.join('')).toBe(outcomes)
    expect(steps.map(({ at_ms }) => at_ms)).toEqual(steps.map((_, index) => index * 10_000))
  },
)

test('one step for machines', async () => {
  const steps = await simulate(
    configWith('alert_after: 2', 'alerts: [mail]', 'alert_up: [mail, log]'),
    '--outcomes',
    'SFFS',
  )
  expect(steps).toEqual([
    {
      at_ms: 0,
      outcome: 'passed',
      status: 'up',
      notification: null,
      alerts: [],
      failure_count: 0,
      alert_count: 0,
      quiet: null,
    },
    {
      at_ms: 10_000,
      outcome: 'failed',
      status: 'failing',
      notification: null,
      alerts: [],
      failure_count: 1,
      alert_count: 0,
      quiet: 'not yet past alert_after',
    },
    {
      at_ms: 20_000,
      outcome: 'failed',
      status: 'down',
      notification: 'down',
      alerts: ['mail'],
      failure_count: 2,
      alert_count: 1,
      quiet: null,
    },
    {
      at_ms: 30_000,
      outcome: 'passed',
      status: 'up',
      notification: 'up',
      alerts: ['mail', 'log'],
      failure_count: 0,
      alert_count: 0,
      quiet: null,
    },
  ])
})

test.each([
  {
    name: 'the backoff',
    lines: ['alert_after: 3'],
    outcomes: 'FFFFFFFFFFFS',
    expected: '20 d, 30 r, 50 r, 90 r, 110 u',
  },
  { name: 'alert_every: 0', lines: ['alert_after: 2', 'alert_every: 0'], outcomes: 'FFFFFS', expected: '10 d, 50 u' },
  {
    name: 'alert_every: 2',
    lines: ['alert_after: 1', 'alert_every: 2'],
    outcomes: 'FFFFS',
    expected: '0 d, 20 r, 40 u',
  },
  { name: 'too few failures', lines: ['alert_after: 3'], outcomes: 'FFSFFS', expected: '' },
  { name: '3 of 5 with passes between', lines: ['alert_after: 3 of 5'], outcomes: 'FSFSFS', expected: '40 d, 50 u' },
  { name: '3 of 5 too far apart', lines: ['alert_after: 3 of 5'], outcomes: 'FSSFSSFSSF', expected: '' },
  { name: 'a time', lines: ['alert_after: 25s', 'alert_every: 0'], outcomes: 'FFFFFS', expected: '30 d, 50 u' },
  { name: 'a time that is not reached', lines: ['alert_after: 25s'], outcomes: 'FFFSFFF', expected: '' },
  {
    name: 'a time between reminders',
    lines: ['alert_after: 1', 'alert_every: 30s'],
    outcomes: 'FFFFFFFFS',
    expected: '0 d, 30 r, 60 r, 80 u',
  },
  {
    name: 'recover_after: 3',
    lines: ['alert_after: 1', 'alert_every: 0', 'recover_after: 3'],
    outcomes: 'FSSFSSSF',
    expected: '0 d, 60 u, 70 d',
  },
])('$name', async ({ lines, outcomes, expected }) => {
  const steps = await simulate(configWith(...lines, 'alert_up: [log]'), '--outcomes', outcomes)
  const short = told(steps).map((line) => line.replace(/^(\d+) (.).*/, '$1 $2'))
  expect(short.join(', ')).toBe(expected)
})

describe('steps that wait', () => {
  const lines = [
    'alert_after: 1',
    'alert_every: 0',
    'alerts: [mail, {alert: text, after: 30s}, {alert: boss, after: 6}]',
    'alert_up: [mail, text, boss]',
  ]

  test('are told in their turn, and all of the recovery', async () => {
    const steps = await simulate(configWith(...lines), '--outcomes', 'FFFFFFS')
    expect(told(steps)).toEqual(['0 down mail', '30 down text', '50 down boss', '60 up mail+text+boss'])
  })

  test('that were never told are not told of the recovery', async () => {
    const steps = await simulate(configWith(...lines), '--outcomes', 'FFFFS')
    expect(told(steps)).toEqual(['0 down mail', '30 down text', '40 up mail+text'])
  })
})

test('retry_interval is the pace until it is down, and from then on the schedule', async () => {
  const config = configWith('alert_after: 3', 'retry_interval: 2s')
  const steps = await simulate(config, '--outcomes', 'SFFFFS')
  expect(steps.map(({ at_ms, status }) => `${at_ms / 1000} ${status}`)).toEqual([
    '0 up',
    '10 failing',
    '12 failing',
    '14 down',
    '20 down',
    '30 up',
  ])
})

describe('an outage', () => {
  test('ends with the recovery', async () => {
    const steps = await simulate(configWith('alert_after: 2', 'alert_every: 0', 'alert_up: [log]'), '--outage', '1m')
    expect(told(steps)).toEqual(['10 down log', '60 up log'])
    expect(steps.map(({ outcome }) => outcome)).toEqual([...Array(6).fill('failed'), 'passed'])
  })

  test('ends with the recovery also where that takes several passes', async () => {
    const config = configWith('alert_after: 1', 'alert_every: 0', 'recover_after: 3', 'alert_up: [log]')
    expect(told(await simulate(config, '--outage', '1m'))).toEqual(['0 down log', '80 up log'])
  })

  test('is a day long unless told otherwise', async () => {
    const steps = await simulate(configWith('alert_after: 1', 'alert_every: 4h'))
    expect(told(steps)).toEqual([
      '0 down log',
      ...[4, 8, 12, 16, 20].map((hours) => `${hours * 3600} reminder log`),
      '86400 up ',
    ])
  })

  test('for people', async () => {
    using place = createWorkspace({
      'config.yml': configWith('alert_after: 3', 'alerts: [log, {alert: text, after: 5m}]', 'alert_up: [log, text]'),
    })
    expect(await place.minitor('simulate', 'm', '--outage', '10m')).toMatchObject({
      exitCode: 0,
      stderr: '',
      stdout: `"m" is checked every 10s; down after 3 failures; reminders: back off; notifies log, text (after 5m).
In an outage of 10m, with 61 checks:

20s    down      log        failure 3
30s    reminder  log        failure 4
50s    reminder  log        failure 6
1m30s  reminder  log        failure 10
2m50s  reminder  log        failure 18
5m     down      text       failure 31
5m30s  reminder  log, text  failure 34
10m    up        log, text
`,
    })
  })

  test('of a year is simulated in little memory', async () => {
    using place = createWorkspace({ 'config.yml': configWith() })
    // What a process is said to have used at most begins with what its parent uses: a small one stands between.
    const measure = `
      const child = Bun.spawn([process.env.MINITOR, 'simulate', 'm', '--outage', '1y'], { stdout: 'inherit' })
      process.exitCode = await child.exited
      console.error(child.resourceUsage().maxRSS)`
    place.write('measure.js', measure)
    const { exitCode, stdout, stderr } = await place.shell(`'${process.execPath}' measure.js`)
    expect(exitCode).toBe(0)
    expect(stdout).toContain('with 3153601 checks')
    // Keeping every step would take 1.2 GB.
    expect(Number(stderr)).toBeWithin(1_000_000, 200_000_000)
  })
})

test('that nobody would be told is said', async () => {
  using place = createWorkspace({ 'config.yml': configWith('alert_after: 5') })
  const { exitCode, stdout } = await place.minitor('simulate', 'm', '--outcomes', 'FFFF')
  expect(exitCode).toBe(0)
  expect(stdout).toEndWith('\n\nnobody is notified\n')
})

test('a cron schedule decides when checks are', async () => {
  using place = createWorkspace({
    'config.yml':
      "monitors: [{name: m, command: [true], schedule: '*/15 * * * *', timezone: UTC, alert_after: 2, alert_every: 0}]\n",
  })
  const { stdout } = await place.minitor('simulate', 'm', '--json', '--outcomes', 'FFFS')
  expect(JSON.parse(stdout).steps.map(({ at_ms }: Step) => at_ms / 60_000)).toEqual([0, 15, 30, 45])
})

describe('why nobody is told', () => {
  const policy = ['alert_after: 1', 'alert_every: 2', 'alert_up: [log]', 'recover_after: 2']

  test('is said of every step', async () => {
    const steps = await simulate(configWith('alert_after: 2', ...policy.slice(1)), '--outcomes', 'SFSFFFFSS')
    expect(steps.map(({ quiet, notification }) => quiet ?? notification)).toEqual([
      null,
      'not yet past alert_after',
      null,
      'not yet past alert_after',
      'down',
      'next reminder is not due yet',
      'reminder',
      'not yet past recover_after',
      'up',
    ])
  })

  test('flapping is told once, and quiet until it has settled', async () => {
    const outcomes = `${'FS'.repeat(10)}${'S'.repeat(30)}`
    const config = configWith('alert_after: 1', 'alert_up: [log]', 'flap_detection: {high: 30, low: 20}')
    const steps = await simulate(config, '--outcomes', outcomes)
    expect(told(steps).slice(-3)).toEqual(['50 up log', '60 flapping log', '350 up log'])
    expect(new Set(steps.slice(7, 35).map(({ quiet }) => quiet))).toEqual(new Set(['flapping']))
  })
})

test.each([
  { args: ['--outcomes', 'FFXF'], says: '--outcomes takes F (fails) and S (passes), not "X"' },
  { args: ['--outcomes', 'F F'], says: '--outcomes takes F (fails) and S (passes), not " "' },
  { args: ['--outcomes', ''], says: '--outcomes takes F (fails) and S (passes)' },
  { args: ['--outage', 'long'], says: '--outage takes a duration, not "long"' },
  { args: ['--outage', '0'], says: '--outage takes a duration, not "0"' },
  { args: ['--outage', '-1h'], says: '--outage takes a duration, not "-1h"' },
  { args: ['--outage', '1h', '--outcomes', 'F'], says: '--outage' },
])('wrong usage: $args', async ({ args, says }) => {
  using place = createWorkspace({ 'config.yml': configWith() })
  const { exitCode, stdout, stderr } = await place.minitor('simulate', 'm', ...args)
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr).toStartWith('error: ')
  expect(stderr).toContain(says)
})

test('a monitor that is not there is named, with a suggestion', async () => {
  using place = createWorkspace({ 'config.yml': 'monitors: [{name: website, command: [true]}]\n' })
  expect(await place.minitor('simulate', 'webiste')).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: 'error: there is no monitor "webiste"\n  = help: did you mean "website"?\n',
  })
})

// From January to July an hour is lost where there is daylight saving time.
test.each([
  { TZ: 'UTC', isSummer: false, says: '' },
  { TZ: ':Europe/Berlin', isSummer: true, says: '' },
  { TZ: ':/usr/share/zoneinfo/Europe/Berlin', isSummer: true, says: '' },
  {
    TZ: 'CET-1CEST,M3.5.0,M10.5.0/3',
    isSummer: false,
    says: 'warning: TZ "CET-1CEST,M3.5.0,M10.5.0/3" is not understood',
  },
])('TZ=$TZ is the zone of a schedule', async ({ TZ, isSummer, says }) => {
  using place = createWorkspace({
    'config.yml':
      'monitors: [{name: m, command: x, schedule: "0 3 1 1,7 *", alert_after: 1, alert_every: 1}]\nalerts: {log: {command: x}}\n',
  })
  const { stdout, stderr } = await place.minitorWith({ TZ }, 'simulate', 'm', '--json', '--outcomes', 'FF')
  const { steps } = JSON.parse(stdout) as { steps: readonly Step[] }
  expect([(steps[1]?.at_ms ?? 0) % DAY !== 0, stderr.slice(0, says.length)]).toEqual([isSummer, says])
})
