import { describe, expect, test } from 'bun:test'
import { samplesOf, sampleValue } from '../../../test/fixtures/telemetry.ts'
import { alert, delivers, failsIf, start } from '../../../test/support/delivery-stage.ts'
import { EXITED_0 } from '../../../test/support/fake-runner.ts'
import { MINUTE, SECOND } from '../../../test/support/time.ts'
import type { Ending } from '../../core/model/types.ts'
import { fingerprintOf } from './trial.ts'

describe('delivery', () => {
  test('C1: a failing alert is retried and visible; the others go out', async () => {
    const { clock, loop, tell, told, log } = start(
      [alert('broken'), alert('mail')],
      failsIf((run) => run.command[0] === 'broken'),
    )
    tell('down', 'web', ['broken', 'mail'])
    await clock.advance(10 * SECOND)
    expect(told().filter((one) => one.startsWith('mail'))).toEqual(['mail web down'])
    expect(told().filter((one) => one.startsWith('broken')).length).toBe(4)
    expect(loop.pendingCount).toBe(1)
    await clock.advance(10 * MINUTE)
    expect(loop.troubles()).toEqual(['1 notification could not be delivered for over 5 minutes'])
    await clock.advance(60 * MINUTE)
    expect(loop.pendingCount).toBe(0)
    expect(loop.failedCount).toBe(1)
    expect(log.lines.map((line) => line.message)).toContain(
      'alert broken for "web" (down) failed for good: exit code 1',
    )
  })

  test('what a failed alert said is the reason, its first line that says something', async () => {
    const { clock, tell, log } = start([alert('mail')], () => ({
      takesMs: SECOND,
      ending: { kind: 'exited', exitCode: 75 },
      output: '\npostdrop: warning: mail_queue_enter: Permission denied\nmore\n',
    }))
    tell('down', 'web', ['mail'])
    await clock.advance(61 * MINUTE)
    expect(log.lines.map((line) => line.message)).toContain(
      'alert mail for "web" (down) failed for good: postdrop: warning: mail_queue_enter: Permission denied (exit code 75)',
    )
  })

  test('a secret that an alert prints is hidden before what it said is cut', async () => {
    const { clock, tell, kept, loop, log } = start([alert('mail')], () => ({
      takesMs: SECOND,
      ending: { kind: 'exited', exitCode: 75 },
      output: `${'a'.repeat(140)}hunter22${'b'.repeat(500)}\n`,
    }))
    tell('down', 'web', ['mail'])
    await clock.advance(61 * MINUTE)
    const shown = JSON.stringify([[...kept.values()], loop.troubles(), log.lines])
    expect(shown).toContain('aa***bb')
    expect(shown).not.toMatch(/ah|hunt/)
  })

  test('C14: an alert that has reached nobody stays trouble for an hour, or until it reaches somebody', async () => {
    let isBroken = true
    const { clock, loop, tell } = start([alert('mail'), alert('sms')], (run) => ({
      takesMs: SECOND,
      ending: isBroken && run.command[0] === 'mail' ? { kind: 'exited', exitCode: 1 } : EXITED_0,
    }))
    tell('down', 'web', ['mail', 'sms'])
    await clock.advance(61 * MINUTE)
    expect(loop.troubles()).toEqual(['alert mail has reached nobody: exit code 1'])
    await clock.advance(60 * MINUTE)
    expect(loop.troubles()).toEqual([])
    tell('down', 'dns', ['mail'])
    await clock.advance(61 * MINUTE)
    expect(loop.troubles()).toHaveLength(1)
    isBroken = false
    tell('down', 'api', ['mail'])
    await clock.advance(2 * SECOND)
    expect(loop.troubles()).toEqual([])
  })

  test('C3: an alert that takes long delays neither other alerts nor other monitors', async () => {
    const { clock, tell, told } = start([alert('slow'), alert('mail')], (run) => ({
      takesMs: run.command[0] === 'slow' ? 30 * SECOND : SECOND,
      ending: EXITED_0,
    }))
    tell('down', 'web', ['slow', 'mail'])
    tell('down', 'api', ['slow', 'mail'])
    await clock.advance(SECOND)
    expect(told()).toEqual(['slow web down', 'mail web down', 'slow api down', 'mail api down'])
  })

  test('C6: 500 monitors fail at once: bounded concurrency, everything told, in order', async () => {
    const { clock, runner, loop, tell } = start([alert('mail')], delivers)
    for (let index = 0; index < 500; index++) tell('down', `m${index}`, ['mail'])
    await clock.advance(2 * MINUTE)
    expect(runner.mostRunning).toBe(8)
    expect(runner.started.map(({ run }) => run.env.MINITOR_MONITOR_NAME)).toEqual(
      Array.from({ length: 500 }, (_, index) => `m${index}`),
    )
    expect(loop.pendingCount).toBe(0)
  })

  test('C7: up and down at every check with a slow alert: the order is kept', async () => {
    const { clock, tell, told } = start([alert('mail')], () => ({ takesMs: 20 * SECOND, ending: EXITED_0 }))
    for (let incident = 1; incident <= 3; incident++) {
      tell('down', 'web', ['mail'], `i${incident}`)
      await clock.advance(SECOND)
      tell('up', 'web', ['mail'], `i${incident}`)
      await clock.advance(SECOND)
    }
    await clock.advance(5 * MINUTE)
    expect(told()).toEqual(Array.from({ length: 3 }, () => ['mail web down', 'mail web up']).flat())
  })

  test('C8: a recovery while the down is retried comes after it', async () => {
    const { clock, tell, told } = start(
      [alert('mail')],
      failsIf((_, count) => count < 3),
    )
    tell('down', 'web', ['mail'])
    await clock.advance(2 * SECOND)
    tell('up', 'web', ['mail'])
    await clock.advance(MINUTE)
    expect(told()).toEqual([...Array(4).fill('mail web down'), 'mail web up'])
  })

  test('C8: a recovery is dropped with a down that reached nobody', async () => {
    const { clock, loop, tell, told } = start(
      [alert('mail', { retryForMs: 5 * SECOND })],
      failsIf(() => true),
    )
    tell('down', 'web', ['mail'])
    await clock.advance(SECOND)
    tell('up', 'web', ['mail'])
    await clock.advance(MINUTE)
    expect(told().every((one) => one === 'mail web down')).toBe(true)
    expect(loop.pendingCount).toBe(0)
  })

  test('a recovery replaces a reminder that nobody has heard', async () => {
    const { clock, tell, told } = start([alert('mail')], () => ({ takesMs: 10 * SECOND, ending: EXITED_0 }))
    tell('down', 'web', ['mail'])
    await clock.advance(SECOND)
    tell('reminder', 'web', ['mail'])
    tell('up', 'web', ['mail'])
    await clock.advance(MINUTE)
    expect(told()).toEqual(['mail web down', 'mail web up'])
  })

  test('a reminder that fails for good after the recovery is dropped, not failed', async () => {
    const { clock, loop, tell, told } = start(
      [alert('mail', { retryForMs: 0 })],
      failsIf((run) => run.env.MINITOR_KIND === 'reminder'),
    )
    tell('down', 'web', ['mail'])
    await clock.advance(2 * SECOND)
    tell('reminder', 'web', ['mail'])
    tell('up', 'web', ['mail'])
    await clock.advance(MINUTE)
    expect(told()).toEqual(['mail web down', 'mail web reminder', 'mail web up'])
    expect([loop.pendingCount, loop.failedCount]).toEqual([0, 0])
  })

  test('a fallback takes over when retries are over, and hears of the recovery too', async () => {
    const sms = alert('sms', { retryForMs: 5 * SECOND, fallback: 'mail' })
    const { clock, loop, tell, told } = start(
      [sms, alert('mail')],
      failsIf((run) => run.command[0] === 'sms'),
    )
    tell('down', 'web', ['sms'])
    await clock.advance(MINUTE)
    tell('up', 'web', ['sms'])
    await clock.advance(MINUTE)
    expect(told().filter((one) => one.startsWith('mail'))).toEqual(['mail web down', 'mail web up'])
    expect(told()).not.toContain('sms web up')
    expect(loop.pendingCount).toBe(0)
  })

  test('a fallback that is told anyway is not told twice', async () => {
    const sms = alert('sms', { retryForMs: SECOND, fallback: 'mail' })
    const { clock, tell, told } = start(
      [sms, alert('mail')],
      failsIf((run) => run.command[0] === 'sms'),
    )
    tell('down', 'web', ['sms', 'mail'])
    await clock.advance(MINUTE)
    expect(told().filter((one) => one.startsWith('mail'))).toEqual(['mail web down'])
  })

  test('a fallback that had told nobody, and so dropped the recovery, tells it once it takes over', async () => {
    const mail = alert('mail', { retryForMs: 20 * SECOND, fallback: 'sms' })
    let isSmsUp = false
    const { clock, loop, tell, told } = start(
      [alert('sms', { retryForMs: 0 }), mail],
      failsIf((run) => run.command[0] === 'mail' || !isSmsUp),
    )
    tell('down', 'web', ['sms'])
    await clock.advance(SECOND)
    tell('down', 'web', ['mail'])
    tell('up', 'web', ['sms', 'mail'])
    await clock.advance(SECOND)
    isSmsUp = true
    await clock.advance(MINUTE)
    expect(told().filter((one) => one.startsWith('sms'))).toEqual(['sms web down', 'sms web down', 'sms web up'])
    expect(loop.pendingCount).toBe(0)
  })

  test('a repeated attempt carries the same notification and its number', async () => {
    const { clock, runner, tell } = start(
      [alert('mail')],
      failsIf((_, count) => count === 0),
    )
    tell('down', 'web', ['mail'])
    await clock.advance(10 * SECOND)
    const [first, second] = runner.started.map(({ run }) => run)
    expect(second?.env.MINITOR_NOTIFICATION_ID).toBe(first?.env.MINITOR_NOTIFICATION_ID as string)
    expect([first?.env.MINITOR_ATTEMPT, second?.env.MINITOR_ATTEMPT]).toEqual(['1', '2'])
    expect([first?.env.MINITOR_DELAYED, second?.env.MINITOR_DELAYED]).toEqual(['', '2s'])
    expect(JSON.parse(second?.input ?? '')).toMatchObject({ kind: 'down', attempt: 2, is_up: false, tags: [] })
  })

  test('J5: want of resources is not the alert’s fault: it is retried beyond retry_for, and trouble at once', async () => {
    const exhausted: Ending = { kind: 'void', reason: 'too many open files', isExhausted: true }
    const { clock, loop, told, tell } = start([alert('mail', { retryForMs: 0 })], (_, count) => ({
      takesMs: 1,
      ending: count < 3 ? exhausted : EXITED_0,
    }))
    tell('down', 'web', ['mail'])
    await clock.advance(100)
    expect(loop.troubles()).toEqual(['alert mail cannot be run: too many open files'])
    await clock.advance(MINUTE)
    expect(told()).toHaveLength(4)
    expect(loop.troubles()).toEqual([])
  })

  test('an alert that the configuration no longer has fails openly', async () => {
    const { clock, loop, tell, log } = start([], delivers)
    tell('down', 'web', ['gone'])
    await clock.advance(SECOND)
    expect(loop.failedCount).toBe(1)
    expect(log.lines[0]?.fields.reason).toBe('there is no alert "gone" any more')
  })

  test('a wall clock that is set back delays no retry', async () => {
    const { clock, tell, told } = start(
      [alert('mail')],
      failsIf((_, count) => count === 0),
    )
    tell('down', 'web', ['mail'])
    await clock.advance(1500)
    clock.setWall(clock.wallMs() - 60 * MINUTE)
    await clock.advance(10 * SECOND)
    expect(told()).toHaveLength(2)
  })

  test('closing waits for what is under way and starts nothing more', async () => {
    const { clock, loop, tell, told } = start([alert('mail')], () => ({ takesMs: 5 * SECOND, ending: EXITED_0 }))
    tell('down', 'web', ['mail'])
    tell('up', 'web', ['mail'])
    let isClosed = false
    const closed = loop.close(7 * SECOND).then(() => {
      isClosed = true
    })
    await clock.advance(4 * SECOND)
    expect(isClosed).toBe(false)
    await clock.advance(2 * SECOND)
    await closed
    expect(told()).toEqual(['mail web down'])
  })

  test('a reload that takes an alert away lets what waits for it fail openly, at once', async () => {
    const { clock, loop, tell, setAlerts, messages } = start(
      [alert('mail'), alert('up-mail')],
      failsIf(() => true),
    )
    tell('down', 'web', ['mail'])
    tell('up', 'web', ['up-mail'])
    await clock.advance(20 * SECOND)
    setAlerts([alert('up-mail')])
    await clock.advance(1)
    expect(loop.pendingCount).toBe(0)
    expect(loop.failedCount).toBe(1)
    expect(messages()).toContain('alert mail for "web" (down) failed for good: there is no alert "mail" any more')
  })

  test('no timer outlives the loop: a retry to come does not keep the process from ending', async () => {
    const { clock, loop, tell } = start(
      [alert('mail'), alert('digest', { digestMs: MINUTE })],
      failsIf(() => true),
    )
    tell('down', 'web', ['mail', 'digest'])
    await clock.advance(1500)
    await loop.close(0)
    expect(clock.timerCount).toBe(0)
    expect(loop.pendingCount).toBe(2)
  })

  test('a store that is out is no reason to say so at every delivery, nor to stop', async () => {
    const { clock, loop, tell, log } = start([alert('mail')], delivers, { isStoreOut: true })
    for (let index = 0; index < 50; index++) tell('down', `m${index}`, ['mail'])
    await clock.advance(MINUTE)
    expect(loop.pendingCount).toBe(0)
    expect(log.lines.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([])
    expect(log.lines.find(({ level }) => level === 'debug')?.message).toBe(
      'a delivery is not saved yet, going on from memory: database is locked',
    )
  })

  test('notes how an alert went: at first, when that changes, and for another definition', async () => {
    let isBroken = true
    const { clock, tell, setAlerts, trials } = start(
      [alert('mail'), alert('log', { command: 'log' })],
      failsIf(() => isBroken),
    )
    tell('down', 'web', ['mail', 'log'])
    await clock.advance(10 * SECOND)
    isBroken = false
    await clock.advance(MINUTE)
    tell('down', 'db', ['mail'])
    await clock.advance(MINUTE)
    const other = alert('mail', { env: { TOKEN: 'hunter22' } })
    setAlerts([other])
    tell('down', 'dns', ['mail'])
    await clock.advance(MINUTE)
    expect(trials.map(({ isDelivered, reason }) => [isDelivered, reason])).toEqual([
      [false, 'exit code 1'],
      [true, ''],
      [true, ''],
    ])
    const [failed, delivered, anew] = trials.map(({ fingerprint }) => fingerprint)
    expect([failed, delivered]).toEqual([fingerprintOf(alert('mail')), fingerprintOf(alert('mail'))])
    expect(anew).toBe(fingerprintOf(other))
    expect(JSON.stringify(trials)).not.toContain('hunter22')
  })

  test('metrics: what reached somebody by alert and monitor, what is pending, and what failed', async () => {
    const { clock, loop, tell } = start(
      [alert('mail'), alert('sms')],
      failsIf((run) => run.command[0] === 'sms'),
    )
    tell('down', 'web', ['mail', 'sms'])
    tell('up', 'web', ['mail'])
    tell('down', 'db', ['gone'])
    await clock.advance(10 * SECOND)
    expect(samplesOf(loop.families(), 'minitor_alert_total')).toEqual([
      { labels: { alert: 'mail', monitor: 'web' }, value: 2 },
    ])
    expect(sampleValue(loop.families(), 'minitor_deliveries_pending')).toBe(1)
    expect(sampleValue(loop.families(), 'minitor_deliveries_failed_total')).toBe(1)
  })
})
