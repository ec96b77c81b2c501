import { describe, expect, test } from 'bun:test'
import { createWorkspace, type Workspace } from '../support/executable.ts'
import { MINUTE } from '../support/time.ts'
import { createPlace, withDatabase } from './database.ts'

interface Step {
  readonly at_ms: number
  readonly notification: string | null
  readonly alerts: readonly string[]
  readonly quiet: string | null
}

async function play(place: Workspace, outcomes: string, ...args: string[]): Promise<readonly Step[]> {
  const { exitCode, stdout, stderr } = await place.minitor('simulate', 'm', '--json', '--outcomes', outcomes, ...args)
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  return (JSON.parse(stdout) as { steps: readonly Step[] }).steps
}

/** `SECONDS KIND ALERTS` of each step that tells somebody. */
const told = (steps: readonly Step[]) =>
  steps
    .filter(({ notification }) => notification !== null)
    .map(({ at_ms, notification, alerts }) => `${at_ms / 1000} ${notification} ${alerts.join('+')}`)

describe('a maintenance', () => {
  /** A cron expression, in UTC, of the second that begins so long from now. */
  const cronIn = (ms: number) => {
    const at = new Date(Date.now() + ms)
    return `${at.getUTCSeconds()} ${at.getUTCMinutes()} ${at.getUTCHours()} * * *`
  }
  const withWindow = (schedule: string, of: string) => ({
    'config.yml': `
monitors:
  - {name: m, tags: [edge], command: [x], check_interval: 1m, alert_after: 1, alert_every: 1, alert_up: [log]}
  - {name: other, tags: [home], command: [x]}
maintenance: [{schedule: "${schedule}", duration: 10m, timezone: UTC, ${of}}]
`,
  })

  test('that is now: told at the first failing check after its end', async () => {
    using place = createWorkspace(withWindow(cronIn(-7 * MINUTE), 'monitors: [m]'))
    const nowMs = Date.now()
    const steps = await play(place, 'FFFFFS')
    expect(told(steps)).toEqual(['180 down log', '240 reminder log', '300 up log'])
    for (const { quiet } of steps.slice(0, 3)) {
      expect(quiet).toMatch(/^maintenance until \S+Z$/)
      const untilMs = Date.parse(quiet?.replace('maintenance until ', '') ?? '')
      expect(Math.abs(untilMs - nowMs - 3 * MINUTE)).toBeLessThan(10_000)
    }
  })

  test('that comes during the outage mutes reminders, not the recovery', async () => {
    using place = createWorkspace(withWindow(cronIn(1.5 * MINUTE), 'tags: [edge]'))
    const steps = await play(place, 'FFFFS')
    expect(told(steps)).toEqual(['0 down log', '60 reminder log', '240 up log'])
    expect(steps[2]?.quiet).toStartWith('maintenance until ')
  })

  test.each(['monitors: [other]', 'tags: [home]'])('of others mutes nothing: %s', async (of) => {
    using place = createWorkspace(withWindow(cronIn(-MINUTE), of))
    expect(told(await play(place, 'FS'))).toEqual(['0 down log', '60 up log'])
  })

  test('of a cron monitor counts from its next slot', async () => {
    const inAnHour = new Date(Date.now() + 60 * MINUTE)
    const at = `${inAnHour.getUTCMinutes()} ${inAnHour.getUTCHours()} * * *`
    using place = createWorkspace({
      'config.yml': `
monitors: [{name: m, command: [x], schedule: "${at}", timezone: UTC, alert_after: 1}]
maintenance: [{schedule: "${at}", duration: 10m, timezone: UTC}]
`,
    })
    expect((await play(place, 'F'))[0]?.quiet).toStartWith('maintenance until ')
  })

  test('is, for people, one row for a stretch', async () => {
    using place = createWorkspace(withWindow(cronIn(1.5 * MINUTE), 'monitors: [m]'))
    const { stdout } = await place.minitor('simulate', 'm', '--outage', '13m')
    expect(stdout.slice(stdout.indexOf('\n\n') + 2).replace(/until (\S+ )?\d\d:\d\d\n/, 'until THEN\n')).toBe(
      `0s   down      log  failure 1
1m   reminder  log  failure 2
2m   muted: maintenance until THEN
12m  reminder  log  failure 13
13m  up        log
`,
    )
  })

  test.each([
    { name: 'that follow on each other are rows of their own', schedule: '0 */10 * * * *', rows: [5, 6] },
    { name: 'that overlap are told again when the first is over', schedule: '30 * * * * *', rows: [5, 6] },
  ])('windows $name', async ({ schedule, rows: [least = 0, most = 0] }) => {
    using place = createWorkspace(withWindow(schedule, 'monitors: [m]'))
    const { stdout } = await place.minitor('simulate', 'm', '--outage', '50m')
    expect(stdout.match(/muted: maintenance until/g)?.length).toBeWithin(least, most + 1)
    expect(stdout).toEndWith('\nnobody is notified\n')
  })
})

describe('silences', () => {
  const config =
    'monitors: [{name: m, tags: [edge], command: [x], check_interval: 10s, alert_after: 1, alert_every: 1}]\n'

  test.each([{ args: ['m', '15s'] }, { args: ['--tag', 'edge', '15s'] }, { args: ['--all', '15s'] }])(
    'in the database count from now: $args',
    async ({ args }) => {
      using place = createPlace(config)
      await place.minitor('silence', ...args, '--reason', 'moving house')
      const steps = await play(place, 'FFFS')
      expect(told(steps)).toEqual(['20 down log', '30 up '])
      expect(steps[1]?.quiet).toMatch(/^silenced until .*Z by \S+ \(command line\): moving house$/)
      const { stdout } = await place.minitor('simulate', 'm', '--outcomes', 'FF')
      expect(stdout).toMatch(
        /\n0s {2}muted: silenced until (\S+ )?\d\d:\d\d:\d\d by \S+ \(command line\): moving house\nnobody is notified\n$/,
      )
    },
  )

  test('with a reason that would move the cursor are shown escaped', async () => {
    using place = createPlace(config)
    await place.minitor('silence', 'm', '1h', '--reason', 'a\x1b[2Jb\nc')
    const { stdout } = await place.minitor('simulate', 'm', '--outcomes', 'F')
    expect(stdout).toContain(': a\\x1b[2Jb\\nc\n')
  })

  test('acknowledgements do not count: it would be another incident', async () => {
    using place = createPlace(config, { down: ['m'] })
    expect((await place.minitor('ack', 'm')).exitCode).toBe(0)
    expect(told(await play(place, 'FFFS'))).toEqual(['0 down log', '10 reminder log', '20 reminder log', '30 up '])
  })

  test('are looked for where --database says, which need not be there', async () => {
    using place = createPlace(config)
    await place.minitor('silence', 'm', '1h')
    const countOf = async (...args: string[]) => told(await play(place, 'FFFS', ...args)).length
    expect(await countOf()).toBe(0)
    expect(await countOf('--database', 'other.db')).toBe(4)
    expect(await countOf('--database', ':memory:')).toBe(4)
    expect(place.files()).not.toContain('other.db')
  })

  test('that cannot be read are left out, and said so', async () => {
    using place = createWorkspace({ 'config.yml': config, 'minitor.db': 'no database at all' })
    const { exitCode, stdout, stderr } = await place.minitor('simulate', 'm', '--outcomes', 'FS')
    expect(exitCode).toBe(0)
    expect(stdout).toContain('0s   down  log')
    expect(stderr).toMatch(/^Silences are ignored: \/.*minitor\.db is a text file, not a database\n$/)
    expect(place.read('minitor.db')).toBe('no database at all')
  })

  test('of a database that a daemon has open are read beside it', async () => {
    using place = createPlace(config)
    await place.minitor('silence', 'm', '1h')
    const steps = await withDatabase(place, async (database) => {
      database.run('BEGIN IMMEDIATE')
      return await play(place, 'FFFS')
    })
    expect(told(steps)).toEqual([])
  })
})
