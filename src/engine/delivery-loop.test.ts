import { describe, expect, test } from 'bun:test'
import { createFakeClock } from '../../test/fake-clock.ts'
import { createFakeRunner, EXITED_0, EXITED_1 } from '../../test/fake-runner.ts'
import { anAlert, collectLog } from '../../test/samples.ts'
import { deliveriesFor, plainNotification } from '../core/notification.ts'
import type { CommandRun } from '../core/ports.ts'
import type { Alert, Delivery, Ending, NotificationKind } from '../core/types.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import { createDeliveryLoop } from './delivery-loop.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND

type Behave = (run: CommandRun, count: number) => { takesMs: number; ending: Ending; output?: string }

function start(alerts: readonly Alert[], behave: Behave) {
  const clock = createFakeClock(Date.UTC(2026, 0, 1))
  const runner = createFakeRunner(clock, behave)
  const log = collectLog()
  let count = 0
  const loop = createDeliveryLoop({
    clock,
    runner,
    log,
    store: createMemoryStore(),
    random: () => 1,
    nextRunId: () => `run-${++count}`,
  })
  loop.setAlerts(new Map(alerts.map((alert) => [alert.name, alert])))
  let made = 0
  const tell = (
    kind: NotificationKind,
    monitor: string,
    names: readonly string[],
    incidentId = `${monitor}-1`,
  ): Delivery[] => {
    const about = {
      kind: 'test',
      id: `${incidentId}-${++made}`,
      monitor,
      message: kind,
      alerts: names,
      hostname: 'h',
    } as const
    const plain = plainNotification({ ...about, atMs: clock.wallMs() })
    const notification = { ...plain, kind, incidentId, values: { ...plain.values, kind } }
    const deliveries = deliveriesFor(notification)
    loop.enqueue(deliveries)
    return deliveries
  }
  /** What each command was told, in the order of their starts: `mail web down`. */
  const told = () =>
    runner.started.map(({ run }) => `${run.command[0]} ${run.env.MINITOR_MONITOR_NAME} ${run.env.MINITOR_KIND}`)
  return { clock, runner, log, loop, tell, told }
}

function alert(name: string, changes: Partial<Alert> = {}): Alert {
  return anAlert({ name, command: [[name]], ...changes })
}

const delivers: Behave = () => ({ takesMs: SECOND, ending: EXITED_0 })
const failsIf =
  (isFailing: (run: CommandRun, count: number) => boolean): Behave =>
  (run, count) => ({ takesMs: SECOND, ending: isFailing(run, count) ? EXITED_1 : EXITED_0 })

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
    expect(loop.troubles()).toEqual(['1 notifications could not be delivered for over 5 minutes'])
    await clock.advance(60 * MINUTE)
    expect(loop.pendingCount).toBe(0)
    expect(loop.failedCount).toBe(1)
    expect(log.lines.map((line) => line.message)).toContain('"web": down could not be delivered by broken: exit code 1')
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
    expect(JSON.parse(second?.input ?? '')).toMatchObject({ kind: 'down', attempt: 2, is_up: true, tags: [] })
  })

  test('want of resources is not the alert’s fault: it is retried beyond retry_for', async () => {
    const exhausted: Ending = { kind: 'void', reason: 'too many open files', isExhausted: true }
    const { clock, told, tell } = start([alert('mail', { retryForMs: 0 })], (_, count) => ({
      takesMs: 1,
      ending: count < 3 ? exhausted : EXITED_0,
    }))
    tell('down', 'web', ['mail'])
    await clock.advance(MINUTE)
    expect(told()).toHaveLength(4)
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
})
