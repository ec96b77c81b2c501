import { hostname } from 'node:os'
import { toMonitor } from '../config/read/to-monitor.ts'
import { PENDING } from '../core/model/state.ts'
import type {
  Alert,
  CheckResult,
  Delivery,
  Monitor,
  MonitorState,
  Notification,
  NotificationKind,
} from '../core/model/types.ts'
import {
  deliveriesFor,
  notificationsFor,
  plainNotification,
  SAMPLE_OUTPUT,
  testNotification,
} from '../core/tell/notification.ts'
import { MINUTE_MS } from '../core/text/time.ts'

export const SAMPLE_KINDS = [
  'test',
  'down',
  'reminder',
  'up',
  'flapping',
  'restarted',
] as const satisfies NotificationKind[]

const EXAMPLES = ['example', 'Küche', 'a "quoted" name']

interface Sample {
  readonly alert: Alert
  readonly monitor: Monitor | null
  readonly kind: NotificationKind
  /** Whether others come with it. */
  readonly isDigest: boolean
  readonly nowMs: number
  readonly urlOf: (monitor: string) => string
}

/**
 * Deliveries to try an alert with, to be sent together: about a monitor, as if that had just happened, or just a test; in a
 * digest, with the trouble and the recovery of others.
 */
export function sampleDeliveries({ alert, monitor, kind, isDigest, nowMs, urlOf }: Sample): Delivery[] {
  const alerts = [alert.name]
  const [example, other, third] = EXAMPLES.map((name) =>
    toMonitor({ name, description: 'An example', command: ['false'] }),
  )
  const about = (kind: NotificationKind, monitor: Monitor | undefined) =>
    monitor === undefined ? [] : notificationsAbout(kind, monitor, { alerts, nowMs, urlOf })
  const first = about(kind, monitor ?? example)
  const others = isDigest ? [...about('down', other), ...about('up', third)] : []
  return [...first, ...others].flatMap(deliveriesFor)
}

type Circumstances = Pick<Sample, 'nowMs' | 'urlOf'> & { readonly alerts: readonly string[] }

function notificationsAbout(kind: NotificationKind, monitor: Monitor, circumstances: Circumstances): Notification[] {
  const { alerts, nowMs } = circumstances
  const plain = { id: `test-${nowMs.toString(36)}`, atMs: nowMs, alerts, hostname: hostname() }
  if (kind === 'test') return [testNotification({ ...plain, monitor: monitor.name })]
  if (kind === 'restarted') {
    const message = `Minitor is back on ${hostname()}: nothing was watched for 5m`
    return [plainNotification({ ...plain, kind, monitor: 'Minitor', message, sinceMs: nowMs - 5 * MINUTE_MS })]
  }
  return outageNotifications(kind, monitor, circumstances)
}

function outageNotifications(
  kind: 'down' | 'reminder' | 'up' | 'flapping',
  monitor: Monitor,
  { alerts, nowMs, urlOf }: Circumstances,
): Notification[] {
  const incidentId = `test-${nowMs.toString(36)}`
  const isUp = kind === 'up'
  const { alertAfter } = monitor.policy
  const down: MonitorState = {
    ...PENDING,
    status: 'down',
    failureCount: alertAfter.kind === 'time' ? 1 : alertAfter.count,
    alertCount: 1,
    outageStartedAtMs: nowMs - 5 * MINUTE_MS,
    incidentId,
    lastSuccessAtMs: nowMs - 6 * MINUTE_MS,
  }
  const reminded: MonitorState = { ...down, failureCount: down.failureCount + 1, alertCount: 2 }
  const up: MonitorState = { ...PENDING, status: 'up', lastSuccessAtMs: nowMs }
  const check: CheckResult = {
    monitor: monitor.name,
    runId: 'test',
    outcome: isUp ? 'passed' : 'failed',
    exitCode: isUp ? 0 : 1,
    reason: isUp ? 'exit code 0' : 'exit code 1',
    output: SAMPLE_OUTPUT,
    startedAtMs: nowMs,
    durationMs: 12,
  }
  const [before, after] = isUp
    ? [down, up]
    : kind === 'reminder'
      ? [down, reminded]
      : [{ ...down, alertCount: 0 }, down]
  const url = urlOf(monitor.name)
  const occasion = { monitor, check, before, after, atMs: nowMs, hostname: hostname(), url }
  return notificationsFor([{ kind, alerts, incidentId, number: 1 }], occasion)
}
