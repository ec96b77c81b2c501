import { describe, expect, test } from 'bun:test'
import { aMonitor } from '../../../test/support/samples.ts'
import { MINUTE } from '../../../test/support/time.ts'
import { PENDING } from '../model/state.ts'
import type { CheckResult, MonitorState } from '../model/types.ts'
import { deliveriesFor, notificationsFor } from './notification.ts'

const T0 = Date.UTC(2026, 0, 1)

const MONITOR = aMonitor({ description: 'The blog', runbook: 'restart it', tags: ['edge', 'web'], group: 'public' })
const FAILED: CheckResult = {
  monitor: 'web',
  runId: 'r',
  outcome: 'failed',
  exitCode: 7,
  reason: 'exit code 7',
  output: 'refused\n',
  startedAtMs: T0 + 2 * MINUTE,
  durationMs: 12,
}
const FAILING: MonitorState = {
  ...PENDING,
  status: 'failing',
  failureCount: 2,
  outageStartedAtMs: T0,
  lastSuccessAtMs: T0 - MINUTE,
}
const DOWN: MonitorState = {
  ...FAILING,
  status: 'down',
  failureCount: 3,
  alertCount: 1,
  incidentId: 'i',
  notificationCount: 1,
}
const UP: MonitorState = { ...PENDING, status: 'up', lastSuccessAtMs: T0 + 5 * MINUTE }

function down() {
  const occasion = {
    monitor: MONITOR,
    check: FAILED,
    before: FAILING,
    after: DOWN,
    atMs: T0 + 2 * MINUTE,
    hostname: 'box',
    url: 'http://box/monitors/web',
  }
  return notificationsFor([{ kind: 'down', alerts: ['log', 'mail'], incidentId: 'i', number: 1 }], occasion)
}

describe('notificationsFor', () => {
  test('an outage is told with all that is known', () => {
    expect(down()[0]).toEqual({
      id: 'i-1',
      incidentId: 'i',
      kind: 'down',
      monitor: 'web',
      atMs: T0 + 2 * MINUTE,
      alerts: ['log', 'mail'],
      message: 'web check has failed 3 times',
      isUp: false,
      status: 'down',
      alertCount: 1,
      failureCount: 3,
      startedAtMs: T0,
      lastSuccessAtMs: T0 - MINUTE,
      exitCode: 7,
      reason: 'exit code 7',
      output: 'refused',
      description: 'The blog',
      runbook: 'restart it',
      tags: ['edge', 'web'],
      group: 'public',
      hostname: 'box',
      url: 'http://box/monitors/web',
    })
  })

  test('a recovery is told in the figures of the outage that it ends', () => {
    const check: CheckResult = { ...FAILED, outcome: 'passed', exitCode: 0, reason: 'exit code 0', output: 'fine' }
    const occasion = {
      monitor: MONITOR,
      check,
      before: DOWN,
      after: UP,
      atMs: T0 + 5 * MINUTE,
      hostname: 'box',
      url: '',
    }
    const [up] = notificationsFor([{ kind: 'up', alerts: ['mail'], incidentId: 'i', number: 2 }], occasion)
    expect(up?.id).toBe('i-up')
    expect(up?.incidentId).toBe('i')
    expect(up).toMatchObject({
      message: 'web check is up again!',
      isUp: true,
      status: 'up',
      failureCount: 3,
      startedAtMs: T0,
      output: 'fine',
    })
  })

  test('two tellings of one check have ids of their own', () => {
    const tellings = [
      { kind: 'reminder', alerts: ['log'], incidentId: 'i', number: 2 },
      { kind: 'down', alerts: ['sms'], incidentId: 'i', number: 3 },
    ] as const
    const occasion = {
      monitor: MONITOR,
      check: FAILED,
      before: DOWN,
      after: { ...DOWN, notificationCount: 3 },
      atMs: T0,
      hostname: 'box',
      url: '',
    }
    expect(notificationsFor(tellings, occasion).map(({ id }) => id)).toEqual(['i-2', 'i-3'])
  })
})

test('each alert gets a delivery, due at once', () => {
  const deliveries = down().flatMap(deliveriesFor)
  expect(deliveries.map(({ id, alert, status, nextAttemptAtMs }) => ({ id, alert, status, nextAttemptAtMs }))).toEqual([
    { id: 'i-1/log', alert: 'log', status: 'pending', nextAttemptAtMs: T0 + 2 * MINUTE },
    { id: 'i-1/mail', alert: 'mail', status: 'pending', nextAttemptAtMs: T0 + 2 * MINUTE },
  ])
})
