import { expect, test } from 'bun:test'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { startDaemon } from '../support/daemon-process.ts'
import { eventually } from '../support/eventually.ts'
import { tapeMonitor } from './tape.ts'

interface Step {
  readonly notification: string | null
  readonly alerts: readonly string[]
  readonly failure_count: number
  readonly alert_count: number
}

const tell = (alert: string) =>
  `  ${alert}: { command: 'echo {kind} {failure_count} {alert_count} >>{monitor_name}.${alert}' }`

// F fails, S passes, one for each check.
const OUTCOMES = [
  { name: 'backoff', keys: ['alert_after: 2'], tape: 'SFFFFFFFFFFS' },
  { name: 'every', keys: ['alert_after: 3', 'alert_every: 2'], tape: 'SFFSFFFFFFFS' },
  { name: 'once', keys: ['alert_after: 1', 'alert_every: 0'], tape: 'FFFFSFFSSF' },
  { name: 'default', keys: [], tape: 'FFFSFFFFFSFFFF' },
  { name: 'window', keys: ['alert_after: 3 of 5', 'alert_every: 0'], tape: 'FSFSSFSFFFSS' },
  { name: 'calm', keys: ['alert_after: 1', 'recover_after: 3', 'alert_every: 0'], tape: 'FSSFSSSFS' },
  {
    name: 'steps',
    keys: ['alert_after: 1', 'alert_every: 0', 'alert_down: [ first, { alert: second, after: 3 } ]'],
    tape: 'FSFFSFFFFS',
  },
  {
    name: 'timed',
    keys: ['alert_after: 1s', 'alert_every: 0', 'check_interval: 700ms'],
    tape: 'FSFFFS',
  },
]

test.concurrent('what simulate foretells is what happens', async () => {
  const monitors = OUTCOMES.map(({ name, keys }) => {
    const alerts = keys.some((key) => key.startsWith('alert_down')) ? [] : ['alert_down: [ first ]']
    return tapeMonitor(name, [...keys, ...alerts, 'alert_up: [ first, second ]'])
  })
  await using daemon = startDaemon({
    config: `check_interval: 150ms\nmonitors:\n${monitors.join('\n')}\nalerts:\n${tell('first')}\n${tell('second')}\n`,
    files: Object.fromEntries(OUTCOMES.map(({ name, tape }) => [`${name}.tape`, tape])),
  })
  for (const { name, tape } of OUTCOMES) {
    const simulation = await daemon.minitor('simulate', name, '--json', '--outcomes', tape)
    expect(simulation.exitCode).toBe(0)
    const steps: readonly Step[] = JSON.parse(simulation.stdout).steps
    const foretold = (alert: string) => steps.filter(({ alerts }) => alerts.includes(alert)).map(textOf)
    const told = (alert: string) => daemon.read(`${name}.${alert}`).split('\n').slice(0, -1).map(withoutUpCounts)
    expect(foretold('first')).not.toBeEmpty()
    // The next run hangs: what was not told by then never will be.
    await eventually(`${name} has played its tape`, () => daemon.read(`${name}.runs`).length > tape.length)
    for (const alert of ['first', 'second']) {
      await eventually(`${alert} has told ${name}`, () => told(alert).length >= foretold(alert).length)
      expect({ name, alert, told: told(alert) }).toEqual({ name, alert, told: foretold(alert) })
    }
  }
})

// A recovery says what the outage came to; the simulation shows the counters after it, which are zero.
function withoutUpCounts(told: string): string {
  return told.replace(/^up .*/, 'up')
}

function textOf({ notification, failure_count, alert_count }: Step): string {
  return withoutUpCounts(`${notification} ${failure_count} ${alert_count}`)
}

test.concurrent('down after alert_after, reminders that back off, recovery; then it begins anew', async () => {
  await using daemon = startDaemon({
    config: [
      'check_interval: 100ms',
      'monitors:',
      '  - { name: door, command: test ! -e broken, alert_after: 3, alerts: [ tell ], alert_up: [ tell ] }',
      'alerts:',
      "  tell: { command: 'echo {kind} {failure_count} {alert_count} {is_up} {alert_message} >>told' }",
    ].join('\n'),
  })
  await daemon.next({ monitor: 'door', status: 'up', outcome: 'passed' })
  for (const round of [1, 2]) {
    daemon.write('broken', '')
    await daemon.next({ monitor: 'door', status: 'failing', outcome: 'failed' })
    const down = await daemon.next({ monitor: 'door', status: 'down' })
    expect(down.msg).toContain('3 failures')
    await eventually('three reminders', () => daemon.read('told').split('reminder').length > 3 * round)
    rmSync(join(daemon.directory, 'broken'))
    await daemon.next({ monitor: 'door', status: 'up', outcome: 'passed' })
    await eventually('the recovery is told', () => daemon.read('told').split('up again').length > round)
  }
  const lines = daemon.read('told').trim().split('\n')
  const secondOutage = lines.findIndex((line) => line.startsWith('up')) + 1
  for (const outage of [lines.slice(0, secondOutage), lines.slice(secondOutage)]) {
    expect(outage.slice(0, 4)).toEqual([
      'down 3 1 false door check has failed 3 times',
      'reminder 4 2 false door check has failed 4 times',
      'reminder 6 3 false door check has failed 6 times',
      'reminder 10 4 false door check has failed 10 times',
    ])
    expect(outage.at(-1)).toMatch(/^up \d+ \d+ true door check is up again!$/)
  }
})
