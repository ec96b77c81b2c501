import { describe, expect, test } from 'bun:test'
import { startDaemon } from '../support/daemon-process.ts'
import { eventually } from '../support/eventually.ts'
import { limitMs } from '../support/pace.ts'
import { breakIt, letRun, lines, mend, monitor, mute, quietReasons, runs, TELL, told, toldSoon } from './telling.ts'

describe.concurrent('a silence', () => {
  const config = lines('check_interval: 100ms', 'monitors:', monitor('web', 'alert_every: 0'), TELL)

  test('before an outage: not told; when it is lifted, told at the next failing check, and of the recovery', async () => {
    await using daemon = startDaemon({ config })
    await daemon.next({ status: 'up' })
    expect(await mute(daemon, 'silence', 'web', '1h', '--reason', 'moving')).toStartWith('"web" silenced for 1h, until')
    breakIt(daemon, 'web')
    await daemon.next({ status: 'down' })
    expect((await daemon.next({ muted_by: 'silence' })).msg).toMatch(/stays quiet: silenced until \S+Z by .+: moving$/)
    await letRun(daemon, 'web')
    expect(told(daemon)).toEqual([])
    await eventually('the reason is saved', () => quietReasons(daemon, 'web').length > 0)
    expect(quietReasons(daemon, 'web')).toEqual([
      expect.stringMatching(/^\{"by":"silence","untilMs":\d+,"reason":"moving","who":".+"\}$/),
    ])
    await mute(daemon, 'unsilence', 'web')
    await toldSoon(daemon, ['web down'])
    mend(daemon, 'web')
    await toldSoon(daemon, ['web down', 'web up'])
    // One outage, one incident, whoever was told when.
    expect(daemon.lines.filter(({ status }) => status === 'down')).toHaveLength(1)
  })

  test('that runs out: told at the next failing check', async () => {
    await using daemon = startDaemon({ config })
    await daemon.next({ status: 'up' })
    await mute(daemon, 'silence', 'web', `${limitMs(3_000)}ms`)
    breakIt(daemon, 'web')
    const [until = ''] = /\S+Z(?= by )/.exec((await daemon.next({ muted_by: 'silence' })).msg) ?? []
    await toldSoon(daemon, ['web down'])
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(until))
  })

  test('of an outage that was told: the recovery is told', async () => {
    await using daemon = startDaemon({ config })
    breakIt(daemon, 'web')
    await toldSoon(daemon, ['web down'])
    await mute(daemon, 'silence', '--all', '1h')
    mend(daemon, 'web')
    await toldSoon(daemon, ['web down', 'web up'])
  })

  test('of a whole outage: nobody hears of its recovery', async () => {
    await using daemon = startDaemon({ config })
    await daemon.next({ status: 'up' })
    await mute(daemon, 'silence', 'web', '1h')
    breakIt(daemon, 'web')
    await daemon.next({ status: 'down' })
    mend(daemon, 'web')
    await daemon.next({ status: 'up' })
    await letRun(daemon, 'web')
    expect(told(daemon)).toEqual([])
    await eventually('the reason is saved', () =>
      quietReasons(daemon, 'web').includes('nobody was notified of the outage'),
    )
  })

  test('of a tag, and of all: each ends by itself', async () => {
    await using daemon = startDaemon({
      config: lines(
        'check_interval: 100ms',
        'monitors:',
        monitor('web', 'alert_every: 0, tags: [ edge ]'),
        monitor('api', 'alert_every: 0, tags: [ edge ]'),
        monitor('dns', 'alert_every: 0'),
        TELL,
      ),
    })
    await eventually('all are up', () => daemon.lines.filter(({ status }) => status === 'up').length === 3)
    await mute(daemon, 'silence', '--tag', 'edge', '1h')
    await mute(daemon, 'silence', '--all', '1h')
    for (const name of ['web', 'api', 'dns']) breakIt(daemon, name)
    await eventually('all are down', () => daemon.lines.filter(({ status }) => status === 'down').length === 3)
    for (const name of ['web', 'api', 'dns']) await letRun(daemon, name)
    expect(told(daemon)).toEqual([])
    await mute(daemon, 'unsilence', '--all')
    await eventually('all are told', () => told(daemon).length === 3)
    expect(told(daemon).sort()).toEqual(['api down', 'dns down', 'web down'])
    for (const name of ['web', 'api', 'dns']) mend(daemon, name)
    await eventually('all are told of the recovery', () => told(daemon).length === 6)
    await mute(daemon, 'silence', '--tag', 'edge', '1h')
    for (const name of ['web', 'api', 'dns']) breakIt(daemon, name)
    await eventually('one is told', () => told(daemon).length === 7)
    await letRun(daemon, 'web')
    await letRun(daemon, 'api')
    expect(told(daemon).slice(6)).toEqual(['dns down'])
  })
})

test('an acknowledgement: no reminders of this incident; the recovery is told, and so is the next one', async () => {
  await using daemon = startDaemon({
    config: lines('check_interval: 100ms', 'monitors:', monitor('web', 'alert_every: 1'), TELL),
  })
  await daemon.next({ status: 'up' })
  const nothing = await daemon.minitor('ack', 'web')
  expect(nothing).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining('no open incident') })
  breakIt(daemon, 'web')
  await eventually('reminders come', () => told(daemon).length >= 3)
  expect(await mute(daemon, 'ack', 'web', '--reason', 'Ada is on it')).toStartWith('"web" acknowledged')
  await daemon.next({ muted_by: 'acknowledgement' })
  await letRun(daemon, 'web')
  const before = told(daemon)
  await letRun(daemon, 'web')
  expect(told(daemon)).toEqual(before)
  expect(new Set(before.slice(1))).toEqual(new Set(['web reminder']))
  mend(daemon, 'web')
  await toldSoon(daemon, [...before, 'web up'])
  breakIt(daemon, 'web')
  await eventually('the next one is told, with reminders', () => told(daemon).length >= before.length + 4)
  expect(told(daemon).slice(before.length, before.length + 3)).toEqual(['web up', 'web down', 'web reminder'])
})

describe.concurrent('a maintenance', () => {
  test('that is now mutes those it is of; at its end they are told', async () => {
    // It must have begun already, also on a slow machine.
    const end = new Date(Date.now() + Math.min(limitMs(6_000), 50_000))
    end.setUTCMilliseconds(0)
    const begin = new Date(end.getTime() - 60_000)
    const schedule = `${begin.getUTCSeconds()} ${begin.getUTCMinutes()} ${begin.getUTCHours()} * * *`
    await using daemon = startDaemon({
      config: lines(
        'check_interval: 100ms',
        'monitors:',
        monitor('web', 'alert_every: 0, tags: [ edge ]'),
        monitor('dns', 'alert_every: 0'),
        TELL,
        `maintenance: [ { schedule: "${schedule}", timezone: UTC, duration: 1m, tags: [ edge ] } ]`,
      ),
      files: { web: '', dns: '' },
    })
    const { msg } = await daemon.next({ muted_by: 'maintenance' })
    expect(msg).toBe(`"web" stays quiet: maintenance until ${end.toISOString()}`)
    await toldSoon(daemon, ['dns down'])
    await toldSoon(daemon, ['dns down', 'web down'])
    expect(Date.now()).toBeGreaterThanOrEqual(end.getTime())
    await eventually('the reason is saved', () => quietReasons(daemon, 'web').length > 0)
    // A later check has a reason of its own.
    expect(quietReasons(daemon, 'web')[0]).toBe(JSON.stringify({ by: 'maintenance', untilMs: end.getTime() }))
  })

  test('every minute, for hours: mutes; a recovery of what was told before is told', async () => {
    const config = (maintenance: string) =>
      lines('check_interval: 100ms', 'monitors:', monitor('web', 'alert_every: 1'), TELL, maintenance)
    await using daemon = startDaemon({ config: config(''), files: { web: '' } })
    await eventually('it is told', () => told(daemon).length > 0)
    daemon.write('config.yml', config('maintenance: [ { schedule: "* * * * *", duration: 2h } ]'))
    expect((await daemon.minitor('reload')).exitCode).toBe(0)
    await daemon.next({ muted_by: 'maintenance' })
    await letRun(daemon, 'web')
    const before = told(daemon)
    await letRun(daemon, 'web')
    expect(told(daemon)).toEqual(before)
    mend(daemon, 'web')
    await toldSoon(daemon, [...before, 'web up'])
  })
})

test('depends_on: a parent that would be checked in an hour is checked first, and only it is told', async () => {
  await using daemon = startDaemon({
    config: lines(
      'check_interval: 100ms',
      'monitors:',
      '  - { name: router, command: "echo >>router.runs; test ! -e broken", check_interval: 1h, alert_after: 1, alerts: [ tell ] }',
      '  - { name: site, command: "echo >>site.runs; test ! -e broken", depends_on: [ router ], alert_after: 1, alerts: [ tell ] }',
      TELL,
    ),
  })
  await eventually('both are up', () => daemon.lines.filter(({ status }) => status === 'up').length === 2)
  breakIt(daemon, 'broken')
  await toldSoon(daemon, ['router down'])
  expect((await daemon.line({ muted_by: 'dependency' })).msg).toContain('depends on "router", which is down')
  await letRun(daemon, 'site')
  expect(told(daemon)).toEqual(['router down'])
  expect(runs(daemon, 'router')).toBe(2)
})
