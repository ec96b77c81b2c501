import { explain } from '../../core/decide/judge.ts'
import type { Log, Runner } from '../../core/model/ports.ts'
import type { Alert, Delivery, NotificationKind } from '../../core/model/types.ts'
import { messageFor } from '../../core/tell/digest.ts'
import { renderInput } from '../../core/tell/input.ts'
import { documentOf, renderCommand, variableEnvironment, variablesOf } from '../../core/tell/render.ts'

export interface AttemptResult {
  readonly isDelivered: boolean
  /** Minitor lacked the resources to start the command: not the alert's fault. */
  readonly isVoid: boolean
  /** Null if no command exited. */
  readonly exitCode: number | null
  readonly reason: string
  readonly output: string
}

interface Attempt {
  /** Sent together; at least one. */
  readonly deliveries: readonly Delivery[]
  readonly alert: Alert
  readonly runner: Runner
  readonly log: Log
  /** Hides secrets. */
  readonly mask: (text: string) => string
  readonly runId: string
  /** Unix epoch milliseconds. */
  readonly nowMs: number
}

const TROUBLE: ReadonlySet<NotificationKind> = new Set(['down', 'reminder', 'flapping'])

/** Runs an alert's command once for one delivery, or for all of a digest. Never rejects. */
export async function attempt({ deliveries, alert, runner, log, mask, runId, nowMs }: Attempt): Promise<AttemptResult> {
  const message = messageFor(deliveries, nowMs)
  const values = variablesOf(message)
  if (alert.command === 'log') {
    const isTrouble = deliveries.some(({ notification }) => TROUBLE.has(notification.kind))
    log.write(isTrouble ? 'warn' : 'info', values.alert_message, { monitor: values.monitor_name, alert: alert.name })
    return { isDelivered: true, isVoid: false, exitCode: null, reason: '', output: mask(`${values.alert_message}\n`) }
  }
  const { ending, output } = await runner.run({
    command: renderCommand(alert.command, values),
    env: { ...variableEnvironment(values), ...alert.env },
    workingDirectory: null,
    timeoutMs: alert.timeoutMs,
    runId,
    input: alert.input === null ? documentOf(message) : renderInput(alert.input, values),
  })
  const exitCode = ending.kind === 'exited' ? ending.exitCode : null
  // Before anything is made of it that is stored, shown or cut: half a secret is no longer found.
  const said = { reason: mask(explain(ending)), output: mask(output) }
  return { isDelivered: exitCode === 0, isVoid: ending.kind === 'void', exitCode, ...said }
}
