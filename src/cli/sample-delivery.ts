import { hostname } from 'node:os'
import { toMonitor } from '../config/read/to-monitor.ts'
import { PENDING } from '../core/model/state.ts'
import type { Alert, CheckResult, Delivery, Monitor, MonitorState, Notification } from '../core/model/types.ts'
import { deliveriesFor, notificationsFor, plainNotification } from '../core/tell/notification.ts'
import { MINUTE_MS } from '../core/text/time.ts'

const EXAMPLE = { name: 'example', description: 'An example', command: ['false'] }

interface Sample {
  readonly alert: Alert
  readonly monitor: Monitor | null
  readonly kind: 'test' | 'down' | 'up'
  readonly nowMs: number
  readonly urlOf: (monitor: string) => string
}

/** A delivery to try an alert with: about a monitor, as if it had just gone down or come up, or just a test. */
export function sampleDelivery({ alert, monitor, kind, nowMs, urlOf }: Sample): Delivery {
  const alerts = [alert.name]
  const [delivery] =
    kind === 'test'
      ? deliveriesFor(
          plainNotification({
            kind,
            id: `test-${nowMs.toString(36)}`,
            monitor: monitor?.name ?? 'example',
            message: `This is a test of the alert "${alert.name}"`,
            atMs: nowMs,
            alerts,
            hostname: hostname(),
          }),
        )
      : outageNotifications({ kind, alerts, monitor: monitor ?? toMonitor(EXAMPLE), nowMs, urlOf }).flatMap(
          deliveriesFor,
        )
  if (delivery === undefined) throw new Error('a notification for one alert makes one delivery')
  return delivery
}

interface Outage extends Pick<Sample, 'nowMs' | 'urlOf'> {
  readonly kind: 'down' | 'up'
  readonly alerts: readonly string[]
  readonly monitor: Monitor
}

function outageNotifications({ kind, alerts, monitor, nowMs, urlOf }: Outage): Notification[] {
  const incidentId = `test-${nowMs.toString(36)}`
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
  const up: MonitorState = { ...PENDING, status: 'up', lastSuccessAtMs: nowMs }
  const check: CheckResult = {
    monitor: monitor.name,
    runId: 'test',
    outcome: kind === 'up' ? 'passed' : 'failed',
    exitCode: kind === 'up' ? 0 : 1,
    reason: kind === 'up' ? 'exit code 0' : 'exit code 1',
    output: 'This is a test: the output of the check stands here.\n',
    startedAtMs: nowMs,
    durationMs: 12,
  }
  const [before, after] = kind === 'up' ? [down, up] : [{ ...down, alertCount: 0 }, down]
  const url = urlOf(monitor.name)
  const occasion = { monitor, check, before, after, atMs: nowMs, hostname: hostname(), url }
  return notificationsFor([{ kind, alerts, incidentId, number: 1 }], occasion)
}
