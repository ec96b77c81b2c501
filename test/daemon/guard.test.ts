import { describe, expect, test } from 'bun:test'
import { startDaemon } from '../support/daemon-process.ts'
import { eventually } from '../support/eventually.ts'
import { tapeMonitor } from './tape.ts'
import { breakIt, letRun, lines, mend, monitor, quietReasons, TELL, told, toldSoon } from './telling.ts'

describe.concurrent('a guard', () => {
  const count = 10
  const names = Array.from({ length: count }, (_, index) => `m${index}`)
  const monitors = names.map((name) => `  - { name: ${name}, command: "test ! -e net_down && test ! -e broken" }`)
  const DEFAULTS = 'defaults: { alert_after: 2, alert_every: 0, alerts: [ tell ], alert_up: [ tell ] }'

  test('that fails: all fail at once, nobody is told, no counter moves; once it passes, what still fails is told', async () => {
    await using daemon = startDaemon({
      config: lines(
        'check_interval: 200ms',
        'guard: { command: "test ! -e net_down", check_interval: 1h }',
        DEFAULTS,
        'monitors:',
        ...monitors,
        TELL,
      ),
      args: ['-v'],
    })
    const linesOf = (name: string, match: object) =>
      daemon.lines.filter(
        (line) => line.monitor === name && Object.entries(match).every(([key, is]) => line[key] === is),
      )
    await eventually('all are up', () => names.every((name) => linesOf(name, { status: 'up' }).length === 1))
    breakIt(daemon, 'net_down')
    await eventually('all have failed three times', () =>
      names.every((name) => linesOf(name, { outcome: 'void' }).length >= 3),
    )
    expect(daemon.lines.filter(({ status }) => status === 'failing' || status === 'down')).toEqual([])
    expect((await daemon.line({ outcome: 'void' })).msg).toContain('the guard fails (exit code 1)')
    expect(told(daemon)).toEqual([])
    breakIt(daemon, 'broken')
    mend(daemon, 'net_down')
    await eventually('all are told', () => told(daemon).length === count)
    // Two failures, of which none was counted while the guard failed.
    expect(daemon.read('told').split('\n').slice(0, -1).sort()).toEqual(names.map((name) => `${name} down 2`))
    expect(daemon.lines.map(({ msg }) => msg)).toContain('the guard passes again')
  })

  test('that fails while nothing else is wrong: nobody is told, not even of a recovery', async () => {
    await using daemon = startDaemon({
      config: lines(
        'check_interval: 100ms',
        'guard: { command: "test ! -e net_down" }',
        DEFAULTS,
        'monitors:',
        '  - { name: web, command: "echo >>web.runs; test ! -e net_down" }',
        TELL,
      ),
    })
    await daemon.next({ status: 'up' })
    breakIt(daemon, 'net_down')
    await letRun(daemon, 'web')
    expect(daemon.lines.filter(({ status }) => status === 'failing' || status === 'down')).toEqual([])
    mend(daemon, 'net_down')
    await letRun(daemon, 'web')
    expect(told(daemon)).toEqual([])
  })

  test.each([
    { name: 'that is not there', guard: '{ command: [ /no/such/guard ] }' },
    { name: 'that may not be executed', guard: '{ command: [ /etc/passwd ] }' },
  ])('$name guards nothing, and is reported', async ({ guard }) => {
    await using daemon = startDaemon({
      config: lines('check_interval: 100ms', `guard: ${guard}`, 'monitors:', monitor('web', 'alert_every: 0'), TELL),
      files: { web: '' },
    })
    await toldSoon(daemon, ['web down'])
    expect(await daemon.line({ level: 'error' })).toMatchObject({
      msg: expect.stringContaining('the guard cannot be run, so it guards nothing: '),
    })
    await letRun(daemon, 'web')
    expect(daemon.lines.filter(({ level }) => level === 'error')).toHaveLength(1)
  })
})

test('flap_detection: told that it flaps, once, then quiet, then that it has recovered, as simulate says', async () => {
  const tape = `${'FS'.repeat(10)}${'S'.repeat(20)}`
  const keys = ['alert_after: 1', 'alerts: [ tell ]', 'alert_up: [ tell ]', 'flap_detection: { high: 30, low: 20 }']
  await using daemon = startDaemon({
    config: lines('check_interval: 100ms', 'monitors:', tapeMonitor('door', keys), TELL),
    files: { 'door.tape': tape },
  })
  const { stdout } = await daemon.minitor('simulate', 'door', '--json', '--outcomes', tape)
  const simulated = (JSON.parse(stdout) as { steps: { notification: string | null }[] }).steps
  const expected = simulated.flatMap(({ notification }) => (notification === null ? [] : [`door ${notification}`]))
  expect(expected.slice(-3)).toEqual(['door up', 'door flapping', 'door up'])
  expect(expected.filter((one) => one === 'door flapping')).toHaveLength(1)
  await eventually('all is played', () => daemon.read('door.runs').length > tape.length)
  await toldSoon(daemon, expected)
  expect(quietReasons(daemon, 'door')).toContain('flapping')
})
