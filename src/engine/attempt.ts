import { formatDuration } from '../core/duration.ts'
import { explain } from '../core/judge.ts'
import { notificationDocument } from '../core/notification.ts'
import type { Log, Runner } from '../core/ports.ts'
import { renderCommand, variableEnvironment } from '../core/render.ts'
import type { Alert, Delivery } from '../core/types.ts'

export interface AttemptResult {
  readonly isDelivered: boolean
  /** Minitor could not start the command for want of resources: no fault of the alert. */
  readonly isVoid: boolean
  /** Null where nothing ran to its own end. */
  readonly exitCode: number | null
  readonly reason: string
  readonly output: string
}

interface Attempt {
  readonly delivery: Delivery
  readonly alert: Alert
  readonly runner: Runner
  readonly log: Log
  readonly runId: string
  /** Unix epoch milliseconds. */
  readonly nowMs: number
}

/** Runs an alert's command once for one delivery. Never rejects. */
export async function attempt({ delivery, alert, runner, log, runId, nowMs }: Attempt): Promise<AttemptResult> {
  const { notification } = delivery
  if (alert.command === 'log') {
    const { kind, values } = notification
    const isTrouble = kind === 'down' || kind === 'reminder'
    log.write(isTrouble ? 'warn' : 'info', values.alert_message, { monitor: notification.monitor, alert: alert.name })
    return { isDelivered: true, isVoid: false, exitCode: null, reason: '', output: `${values.alert_message}\n` }
  }
  const number = delivery.attemptCount + 1
  const delayedMs = Math.max(0, nowMs - notification.atMs)
  const delayed = delayedMs < DELAYED_MS ? '' : formatDuration(roundToSeconds(delayedMs))
  const values = { ...notification.values, attempt: String(number), delayed }
  const { ending, output } = await runner.run({
    command: renderCommand(alert.command, values),
    env: { ...variableEnvironment(values), ...alert.env },
    workingDirectory: null,
    timeoutMs: alert.timeoutMs,
    runId,
    input: notificationDocument(notification, number, delayedMs),
  })
  const exitCode = ending.kind === 'exited' ? ending.exitCode : null
  return { isDelivered: exitCode === 0, isVoid: ending.kind === 'void', exitCode, reason: explain(ending), output }
}

/** What comes within a second of the decision is not called late. */
const DELAYED_MS = 1000

function roundToSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000
}
