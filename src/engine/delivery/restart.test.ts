import { describe, expect, test } from 'bun:test'
import { samplesOf } from '../../../test/fixtures/telemetry.ts'
import { alert, type Behave, delivers, failsIf, start, T0 } from '../../../test/support/delivery-stage.ts'
import { createFakeClock } from '../../../test/support/fake-clock.ts'
import { EXITED_0, EXITED_1 } from '../../../test/support/fake-runner.ts'
import { HOUR, MINUTE, SECOND, YEAR } from '../../../test/support/time.ts'

describe('after a restart', () => {
  test('C4: what was committed but not yet told is told', async () => {
    const before = start([alert('mail')], delivers)
    before.tell('down', 'web', ['mail'])
    const { clock, told, loop } = start([alert('mail')], delivers, { kept: before.kept })
    await clock.advance(MINUTE)
    expect(told()).toEqual(['mail web down'])
    expect(loop.pendingCount).toBe(0)
  })

  test('C5: what was told but not yet marked is told again, with the same id and the next number', async () => {
    const before = start(
      [alert('mail')],
      failsIf((_, count) => count === 0),
    )
    before.tell('down', 'web', ['mail'])
    await before.clock.advance(2500)
    expect(before.runner.runningCount).toBe(1)
    const after = start([alert('mail')], delivers, { kept: before.kept })
    await after.clock.advance(MINUTE)
    const [untold, last, again] = [...before.runner.started, ...after.runner.started].map(({ run }) => run.env)
    expect([untold?.MINITOR_ATTEMPT, last?.MINITOR_ATTEMPT, again?.MINITOR_ATTEMPT]).toEqual(['1', '2', '2'])
    expect(again?.MINITOR_NOTIFICATION_ID).toBe(last?.MINITOR_NOTIFICATION_ID as string)
    expect(after.runner.started).toHaveLength(1)
  })

  test('C9: a recovery goes to those who were told of the outage before, and only to them', async () => {
    const alerts = [alert('mail'), alert('sms', { retryForMs: 0 }), alert('pager', { retryForMs: 0, fallback: 'mail' })]
    const before = start(
      alerts,
      failsIf((run) => run.command[0] !== 'mail'),
    )
    before.tell('down', 'web', ['mail', 'sms'])
    before.tell('down', 'api', ['pager'])
    await before.clock.advance(MINUTE)
    expect([...before.kept.values()].map(({ status }) => status)).toEqual([
      'delivered',
      'failed',
      'handed_over',
      'delivered',
    ])
    const { clock, loop, tell, told } = start(alerts, delivers, { kept: before.kept })
    expect(loop.pendingCount).toBe(0)
    await clock.advance(MINUTE)
    expect(told()).toEqual([])
    tell('up', 'web', ['mail', 'sms'])
    tell('up', 'api', ['pager'])
    await clock.advance(MINUTE)
    expect(told()).toEqual(['mail web up', 'mail api up'])
    expect(loop.pendingCount).toBe(0)
  })

  test('C9: a recovery with an alert of its own goes out where anybody was told', async () => {
    const before = start([alert('mail')], delivers)
    before.tell('down', 'web', ['mail'])
    await before.clock.advance(MINUTE)
    const { clock, tell, told } = start([alert('mail'), alert('up-mail')], delivers, { kept: before.kept })
    tell('up', 'web', ['up-mail'])
    await clock.advance(MINUTE)
    expect(told()).toEqual(['up-mail web up'])
  })

  test('C10: no second down, reminders go on, and the recovery is told', async () => {
    const before = start([alert('mail')], delivers)
    before.tell('down', 'web', ['mail'])
    await before.clock.advance(MINUTE)
    const { clock, tell, told } = start([alert('mail')], delivers, { kept: before.kept })
    tell('reminder', 'web', ['mail'])
    await clock.advance(MINUTE)
    tell('up', 'web', ['mail'])
    await clock.advance(MINUTE)
    expect(told()).toEqual(['mail web reminder', 'mail web up'])
  })

  test('what had failed before is not counted again', async () => {
    const before = start([], delivers)
    before.tell('down', 'web', ['gone'])
    expect(before.loop.failedCount).toBe(1)
    const { loop, log } = start([alert('mail')], delivers, { kept: before.kept })
    expect([
      loop.failedCount,
      loop.pendingCount,
      samplesOf(loop.families(), 'minitor_alert_total'),
      loop.troubles(),
      log.lines,
    ]).toEqual([0, 0, [], [], []])
  })

  test('a fallback that had just taken over still tells the outage before the recovery', async () => {
    const alerts = [alert('sms', { retryForMs: 5 * SECOND, fallback: 'mail' }), alert('mail')]
    const before = start(alerts, (run) => ({
      takesMs: run.command[0] === 'mail' ? MINUTE : SECOND,
      ending: EXITED_1,
    }))
    before.tell('down', 'web', ['sms'])
    await before.clock.advance(2 * SECOND)
    before.tell('up', 'web', ['sms'])
    await before.clock.advance(20 * SECOND)
    expect(before.told().at(-1)).toBe('mail web down')
    const { clock, loop, told } = start(alerts, delivers, { kept: before.kept })
    await clock.advance(MINUTE)
    expect(told()).toEqual(['mail web down', 'mail web up'])
    expect(loop.pendingCount).toBe(0)
  })

  test('alerts of one notification do not wait for each other', async () => {
    const before = start([alert('slow'), alert('mail')], delivers)
    before.tell('down', 'web', ['slow', 'mail'])
    const slow: Behave = (run) => ({ takesMs: run.command[0] === 'slow' ? MINUTE : SECOND, ending: EXITED_0 })
    const { told } = start([alert('slow'), alert('mail')], slow, { kept: before.kept })
    expect(told()).toEqual(['slow web down', 'mail web down'])
  })

  const digest = alert('mail', { digestMs: 30 * SECOND })

  test('a digest goes at once, together, where its time has passed', async () => {
    const before = start([digest], delivers)
    before.tell('down', 'web', ['mail'])
    before.tell('down', 'api', ['mail'])
    const clock = createFakeClock(T0 + MINUTE)
    const { tell, runs } = start([digest], delivers, { clock, kept: before.kept })
    await clock.advance(SECOND)
    tell('up', 'web', ['mail'])
    await clock.advance(MINUTE)
    expect(runs()).toEqual(['0 mail: web down, api down', '31 mail: web up'])
  })

  test('a digest waits for the rest of its time', async () => {
    const before = start([digest], delivers)
    before.tell('down', 'web', ['mail'])
    const clock = createFakeClock(T0 + 20 * SECOND)
    const { runs } = start([digest], delivers, { clock, kept: before.kept })
    await clock.advance(MINUTE)
    expect(runs()).toEqual(['10 mail: web down'])
  })
})

describe('J6: while an alert is retried, the clock is wrong', () => {
  const alerts = [alert('mail', { retryForMs: 10 * MINUTE })]
  const never = failsIf(() => true)

  test.each([
    { name: 'years ahead from the start on', atFirst: 3 * YEAR, later: 0 },
    { name: 'an hour behind', atFirst: 0, later: -HOUR },
    { name: 'years ahead, for a while', atFirst: 0, later: 3 * YEAR },
  ])('$name: retry_for is as long as ever', async ({ atFirst, later }) => {
    const { clock, tell, kept, runner } = start(alerts, never)
    clock.setWall(T0 + atFirst)
    tell('down', 'web', ['mail'])
    await clock.advance(MINUTE)
    clock.setWall(T0 + later)
    await clock.advance(5 * MINUTE)
    expect([...kept.values()].map(({ status }) => status)).toEqual(['pending'])
    expect(runner.started.length).toBeGreaterThan(3)
    await clock.advance(10 * MINUTE)
    expect([...kept.values()].map(({ status }) => status)).toEqual(['failed'])
  })

  test('a delivery from the future is tried for retry_for, and not until then', async () => {
    const before = start(alerts, never)
    before.clock.setWall(T0 + 3 * YEAR)
    before.tell('down', 'web', ['mail'])
    await before.clock.advance(SECOND)
    const { clock, kept, loop } = start(alerts, never, { kept: before.kept })
    await clock.advance(6 * MINUTE)
    expect(loop.pendingCount).toBe(1)
    expect(loop.troubles()).toContain('1 notification could not be delivered for over 5 minutes')
    await clock.advance(10 * MINUTE)
    expect([...kept.values()].map(({ status }) => status)).toEqual(['failed'])
  })
})
