import { describe, expect, test } from 'bun:test'
import { samplesOf } from '../../../test/fixtures/telemetry.ts'
import { alert, deliveriesOf, delivers, failsIf, start, T0 } from '../../../test/support/delivery-stage.ts'
import { EXITED_0 } from '../../../test/support/fake-runner.ts'
import { MINUTE, SECOND } from '../../../test/support/time.ts'
import type { Alert } from '../../core/model/types.ts'

describe('a digest', () => {
  const digest = (name: string, seconds: number, changes: Partial<Alert> = {}) =>
    alert(name, { digestMs: seconds * SECOND, ...changes })

  test('C6: 500 failures at once become one message that names all', async () => {
    const { clock, loop, runner, tell, messages } = start([digest('mail', 30)], delivers)
    for (let index = 0; index < 500; index++) tell('down', `m${index}`, ['mail'])
    await clock.advance(29 * SECOND)
    expect(runner.started).toHaveLength(0)
    expect(loop.pendingCount).toBe(500)
    await clock.advance(2 * SECOND)
    expect(runner.started).toHaveLength(1)
    const { run } = runner.started[0] as (typeof runner.started)[0]
    expect(run.env.MINITOR_MONITOR_NAME?.split(', ')).toEqual(Array.from({ length: 500 }, (_, index) => `m${index}`))
    expect(JSON.parse(run.input ?? '').notifications).toHaveLength(500)
    expect(loop.pendingCount).toBe(0)
    expect(samplesOf(loop.families(), 'minitor_alert_total')).toHaveLength(500)
    expect(messages()).toEqual(['mail delivered a digest of 500'])
  })

  test('of one is an ordinary notification', async () => {
    const { clock, runner, tell, messages } = start([digest('mail', 30)], delivers)
    tell('down', 'web', ['mail'])
    await clock.advance(MINUTE)
    expect(runner.started[0]?.run.env.MINITOR_ALERT_MESSAGE).toBe('down')
    expect(JSON.parse(runner.started[0]?.run.input ?? '').notifications).toBeUndefined()
    expect(messages()).toEqual(['mail delivered "down" for "web"'])
  })

  test('counts from its first notification, and takes in all that come by then', async () => {
    const { clock, tell, runs } = start([digest('mail', 30)], delivers)
    tell('down', 'web', ['mail'])
    await clock.advance(20 * SECOND)
    tell('down', 'api', ['mail'])
    await clock.advance(20 * SECOND)
    expect(runs()).toEqual(['30 mail: web down, api down'])
  })

  test('tells of an outage and its recovery in their order', async () => {
    const { clock, tell, runs, loop } = start([digest('mail', 30)], delivers)
    tell('down', 'web', ['mail'])
    tell('down', 'api', ['mail'])
    await clock.advance(10 * SECOND)
    tell('reminder', 'web', ['mail'])
    await clock.advance(SECOND)
    tell('up', 'web', ['mail'])
    tell('down', 'web', ['mail'], 'web-2')
    await clock.advance(MINUTE)
    expect(runs()).toEqual(['30 mail: web down, web up, web down, api down'])
    expect(loop.pendingCount).toBe(0)
  })

  test('leaves out the recovery from an outage that nobody was told of', async () => {
    const { clock, tell, runs, loop } = start(
      [digest('mail', 30, { retryForMs: 0 })],
      failsIf((_, count) => count === 0),
    )
    tell('down', 'web', ['mail'])
    await clock.advance(40 * SECOND)
    tell('down', 'api', ['mail'])
    tell('up', 'web', ['mail'])
    await clock.advance(MINUTE)
    expect(runs()).toEqual(['30 mail: web down', '70 mail: api down'])
    expect([loop.pendingCount, loop.failedCount]).toEqual([0, 1])
  })

  test('that fails is tried again as a whole, with what has come meanwhile', async () => {
    const { clock, runner, tell, runs, log, kept } = start(
      [digest('mail', 30)],
      failsIf((_, count) => count < 2),
    )
    tell('down', 'web', ['mail'])
    tell('down', 'api', ['mail'])
    await clock.advance(31 * SECOND)
    tell('down', 'db', ['mail'])
    await clock.advance(MINUTE)
    expect(runs()).toEqual([
      '30 mail: web down, api down',
      '32 mail: web down, api down, db down',
      '35 mail: web down, api down, db down',
    ])
    expect(runner.started.map(({ run }) => run.env.MINITOR_ATTEMPT)).toEqual(['1', '2', '3'])
    expect([...kept.values()].map(({ attemptCount }) => attemptCount)).toEqual([3, 3, 2])
    expect(log.lines.map(({ message, fields }) => [message, fields.will_retry])).toEqual([
      ['alert mail failed for a digest of 2: exit code 1', true],
      ['alert mail failed for a digest of 3: exit code 1', true],
      ['mail delivered a digest of 3', undefined],
    ])
  })

  test('runs once at a time; meanwhile the next one gathers', async () => {
    const { clock, runner, tell, runs } = start([digest('mail', 10)], () => ({
      takesMs: 25 * SECOND,
      ending: EXITED_0,
    }))
    tell('down', 'web', ['mail'])
    await clock.advance(12 * SECOND)
    tell('down', 'api', ['mail'])
    await clock.advance(18 * SECOND)
    tell('up', 'web', ['mail'])
    tell('down', 'db', ['mail'])
    await clock.advance(5 * MINUTE)
    expect(runs()).toEqual(['10 mail: web down', '35 mail: api down, db down, web up'])
    expect(runner.mostRunning).toBe(1)
  })

  test('has its time even where the one before has just ended', async () => {
    const { clock, tell, runs } = start([digest('mail', 10)], () => ({ takesMs: 5 * SECOND, ending: EXITED_0 }))
    tell('down', 'web', ['mail'])
    await clock.advance(14 * SECOND)
    tell('down', 'api', ['mail'])
    await clock.advance(MINUTE)
    expect(runs()).toEqual(['10 mail: web down', '24 mail: api down'])
  })

  test('waits for its own first, not for one that was dropped', async () => {
    const { clock, tell, runs } = start([digest('mail', 10)], delivers)
    tell('down', 'web', ['mail'])
    await clock.advance(20 * SECOND)
    tell('reminder', 'web', ['mail'])
    await clock.advance(8 * SECOND)
    tell('up', 'web', ['mail'])
    await clock.advance(MINUTE)
    expect(runs()).toEqual(['10 mail: web down', '38 mail: web up'])
  })

  test('goes to the fallback one by one, which may make a digest of its own', async () => {
    const sms = digest('sms', 10, { retryForMs: 3 * SECOND, fallback: 'mail' })
    const { clock, tell, runs, loop, messages } = start(
      [sms, digest('mail', 20)],
      failsIf((run) => run.command[0] === 'sms'),
    )
    tell('down', 'web', ['sms'])
    tell('down', 'api', ['sms'])
    await clock.advance(2 * MINUTE)
    tell('up', 'web', ['sms'])
    await clock.advance(2 * MINUTE)
    expect(runs()).toEqual([
      '10 sms: web down, api down',
      '12 sms: web down, api down',
      '33 mail: web down, api down',
      '140 mail: web up',
    ])
    expect(messages()).toContain('"api": mail takes over from sms: exit code 1')
    expect([loop.pendingCount, loop.failedCount]).toEqual([0, 0])
  })

  test('is retried for retry_for once it is full, however long that took', async () => {
    const { clock, tell, runs, loop } = start(
      [digest('mail', 300, { retryForMs: 10 * SECOND })],
      failsIf((_, count) => count === 0),
    )
    tell('down', 'web', ['mail'])
    await clock.advance(10 * MINUTE)
    expect(runs()).toEqual(['300 mail: web down', '302 mail: web down'])
    expect(loop.failedCount).toBe(0)
  })

  test('is no trouble while it gathers', async () => {
    const { clock, loop, tell } = start(
      [digest('mail', 600)],
      failsIf(() => true),
    )
    tell('down', 'web', ['mail'])
    await clock.advance(14 * MINUTE)
    expect(loop.troubles()).toEqual([])
    await clock.advance(2 * MINUTE)
    expect(loop.troubles()).toEqual(['1 notification could not be delivered for over 5 minutes'])
  })

  test('delays no other alert, and not the next outage', async () => {
    const { clock, tell, runs } = start([digest('mail', 60), alert('pager'), alert('up-mail')], delivers)
    tell('down', 'web', ['mail', 'pager'])
    await clock.advance(2 * SECOND)
    tell('up', 'web', ['up-mail'])
    await clock.advance(2 * SECOND)
    tell('down', 'web', ['mail', 'pager'], 'web-2')
    await clock.advance(2 * MINUTE)
    expect(runs()).toEqual([
      '0 pager: web down',
      '2 up-mail: web up',
      '4 pager: web down',
      '60 mail: web down, web down',
    ])
  })

  test('of recoveries does not delay the next outage', async () => {
    const { clock, tell, runs } = start([alert('pager'), digest('up-mail', 60)], delivers)
    tell('down', 'web', ['pager'])
    await clock.advance(2 * SECOND)
    tell('up', 'web', ['up-mail'])
    await clock.advance(2 * SECOND)
    tell('down', 'web', ['pager'], 'web-2')
    await clock.advance(2 * MINUTE)
    expect(runs()).toEqual(['0 pager: web down', '4 pager: web down', '62 up-mail: web up'])
  })

  test('is not sent early when Minitor stops', async () => {
    const { clock, loop, tell, runs, kept } = start([digest('mail', 30)], delivers)
    tell('down', 'web', ['mail'])
    await clock.advance(10 * SECOND)
    await loop.close(7 * SECOND)
    await clock.advance(MINUTE)
    expect(runs()).toEqual([])
    expect([loop.pendingCount, [...kept.values()].map(({ status }) => status)]).toEqual([1, ['pending']])
  })

  test.each([
    { name: 'none', to: alert('mail'), expected: ['10 mail: web down', '10 mail: api down'] },
    { name: 'a shorter one', to: digest('mail', 20), expected: ['20 mail: web down, api down'] },
    { name: 'a longer one', to: digest('mail', 60), expected: ['60 mail: web down, api down'] },
  ])('becomes $name with the next reload', async ({ to, expected }) => {
    const { clock, tell, runs, setAlerts } = start([digest('mail', 30)], delivers)
    tell('down', 'web', ['mail'])
    tell('down', 'api', ['mail'])
    await clock.advance(10 * SECOND)
    setAlerts([to])
    await clock.advance(5 * MINUTE)
    expect(runs()).toEqual([...expected])
  })

  test('that a reload has ended holds back nobody, and runs for nobody who waits for a turn', async () => {
    const { clock, runner, tell, setAlerts } = start([digest('mail', 30)], () => ({
      takesMs: 30 * SECOND,
      ending: EXITED_0,
    }))
    for (let index = 0; index < 20; index++) tell('down', `m${index}`, ['mail'])
    await clock.advance(10 * SECOND)
    setAlerts([alert('mail')])
    await clock.advance(5 * MINUTE)
    expect(runner.started.map(({ atMs }) => atMs / SECOND)).toEqual([
      ...Array(8).fill(10),
      ...Array(8).fill(40),
      ...Array(4).fill(70),
    ])
  })

  test('under way during a reload ends as it began; the next one is as configured now', async () => {
    const { clock, tell, runs, setAlerts } = start([digest('mail', 10)], () => ({
      takesMs: 10 * SECOND,
      ending: EXITED_0,
    }))
    tell('down', 'web', ['mail'])
    await clock.advance(12 * SECOND)
    setAlerts([alert('mail', { command: [['post']], digestMs: 5 * SECOND })])
    tell('up', 'web', ['mail'])
    await clock.advance(SECOND)
    tell('down', 'api', ['mail'])
    await clock.advance(MINUTE)
    expect(runs()).toEqual(['10 mail: web down', '20 post: web up, api down'])
  })

  test('waits no longer because the wall clock was set back', async () => {
    const { clock, tell, runs } = start([digest('mail', 30)], delivers)
    tell('down', 'web', ['mail'])
    await clock.advance(10 * SECOND)
    clock.setWall(T0 - 60 * MINUTE)
    await clock.advance(MINUTE)
    expect(runs()).toEqual(['30 mail: web down'])
  })

  test('gives a recovery to the fallback no sooner than the outage before it', async () => {
    const sms = digest('sms', 10, { retryForMs: 20 * SECOND, fallback: 'mail' })
    const { clock, tell, runs, loop } = start(
      [sms, alert('mail'), alert('pager')],
      failsIf((run) => run.command[0] === 'sms'),
    )
    tell('down', 'web', ['sms', 'pager'])
    // Decided by a clock that was behind: its time is over first.
    const about = { id: 'web-1-up', incidentId: 'web-1', monitor: 'web', alerts: ['sms'] }
    loop.enqueue(deliveriesOf({ ...about, kind: 'up', atMs: T0 - 2 * MINUTE }))
    await clock.advance(10 * MINUTE)
    expect(runs().filter((run) => run.includes('mail'))).toEqual(['30 mail: web down', '31 mail: web up'])
    expect([loop.pendingCount, loop.failedCount]).toEqual([0, 0])
  })

  test('gathers for longer than timers go', async () => {
    const days = 30
    const { clock, tell, runs } = start([digest('mail', days * 86_400)], delivers)
    tell('down', 'web', ['mail'])
    await clock.advance((days + 1) * 86_400 * SECOND)
    expect(runs()).toEqual([`${days * 86_400} mail: web down`])
  })
})
