import {
  type Command,
  type CommandTemplate,
  type Notification,
  VARIABLE_NAMES,
  type VariableName,
} from '../model/types.ts'
import { placesJson } from '../past/kept-json.ts'
import { environmentName } from '../shell/placeholder.ts'
import { cleanValue } from '../text/cut.ts'
import { formatDuration } from '../text/duration.ts'
import { onOneLine } from '../text/printable.ts'

/** What one run of an alert's command sends: a notification, or the summary of several. */
export interface Message extends Omit<Notification, 'id' | 'incidentId' | 'monitor' | 'atMs' | 'alerts'> {
  readonly monitors: readonly string[]
  readonly incidentIds: readonly string[]
  readonly notificationIds: readonly string[]
  /** What happened, in one line. */
  readonly summary: string
  readonly downtimeMs: number
  readonly attempt: number
  /** How long after the decision this attempt begins. */
  readonly delayedMs: number
  /** Each notification of a digest; else empty. */
  readonly parts: readonly Message[]
}

export type VariableValues = Readonly<Record<VariableName, string>>

export function variablesOf(message: Message): VariableValues {
  return {
    monitor_name: message.monitors.join(', '),
    alert_count: String(message.alertCount),
    alert_message: onOneLine(message.message),
    failure_count: String(message.failureCount),
    last_output: message.output,
    last_success: message.lastSuccessAtMs === null ? 'Never' : timestamp(message.lastSuccessAtMs),
    is_up: String(message.isUp),
    kind: message.kind,
    status: message.status,
    incident_id: message.incidentIds.join(','),
    notification_id: message.notificationIds.join(','),
    started_at: timestamp(message.startedAtMs),
    downtime: formatDuration(message.downtimeMs),
    exit_code: message.exitCode === null ? '' : String(message.exitCode),
    reason: onOneLine(message.reason),
    summary: onOneLine(message.summary),
    description: message.description,
    runbook: message.runbook,
    tags: message.tags.join(','),
    group: message.group,
    hostname: message.hostname,
    url: message.url,
    attempt: String(message.attempt),
    // A message within a second of the decision is not late.
    delayed: message.delayedMs < 1000 ? '' : formatDuration(Math.floor(message.delayedMs / 1000) * 1000),
  }
}

/** The message as one line of JSON, for standard input. */
export function documentOf(message: Message): string {
  const { parts } = message
  const digest = parts.length === 0 ? {} : { notifications: parts.map(fieldsOf) }
  return `${JSON.stringify({ ...fieldsOf(message), ...digest })}\n`
}

function fieldsOf(message: Message) {
  const { attempt: _, delayed: __, ...texts } = variablesOf(message)
  return {
    ...texts,
    alert_count: message.alertCount,
    failure_count: message.failureCount,
    last_success: message.lastSuccessAtMs === null ? null : timestamp(message.lastSuccessAtMs),
    is_up: message.isUp,
    exit_code: message.exitCode,
    tags: message.tags,
    attempt: message.attempt,
    delayed_ms: message.delayedMs,
    ...(message.places !== undefined && { places: placesJson(message.places) }),
  }
}

function timestamp(epochMs: number): string {
  return new Date(epochMs).toISOString()
}

/**
 * Fills the arguments of an alert's command. A value is cleaned, stays inside its argument, and is not itself searched for
 * variables.
 */
export function renderCommand(template: CommandTemplate, values: VariableValues): Command {
  const [program = '', ...rest] = template.map((argument) =>
    argument.map((part) => (typeof part === 'string' ? part : cleanValue(values[part.variable]))).join(''),
  )
  return [program, ...rest]
}

/** The same values, cleaned, under the names that a compiled script uses: `MINITOR_LAST_OUTPUT` and so on. */
export function variableEnvironment(values: VariableValues): Record<string, string> {
  return Object.fromEntries(VARIABLE_NAMES.map((name) => [environmentName(name), cleanValue(values[name])]))
}
