import type { LogLevel } from '../../core/model/log-settings.ts'
import { type Mutes, quietText } from '../../core/model/mute.ts'
import { scriptOf } from '../../core/model/policy-words.ts'
import type { LogFields } from '../../core/model/ports.ts'
import type { CheckResult, Command, Monitor, Mute, Run } from '../../core/model/types.ts'
import { plural } from '../../core/text/plural.ts'
import type { Watched } from './watched.ts'

type Line = [LogLevel, string, LogFields]

/** The log line for a change of status: what ran, what it printed, and what that means now. */
export function describeChange({ monitor, state }: Watched, check: CheckResult): Line {
  const isTrouble = state.status === 'failing' || state.status === 'down'
  const count = isTrouble && state.failureCount > 1 ? ` (${state.failureCount} times)` : ''
  const reason = isTrouble ? `: ${check.reason}${count}` : ''
  return [
    isTrouble ? 'warn' : 'info',
    `"${monitor.name}" is ${state.status}${reason}`,
    {
      monitor: monitor.name,
      status: state.status,
      outcome: check.outcome,
      exit_code: check.exitCode,
      duration_ms: Math.round(check.durationMs),
      command: shown(monitor.command),
      output: check.output,
      incident: state.incidentId,
    },
  ]
}

/** The log line for a check that changed nothing. */
export function describeCheck({ monitor, outcome, reason, durationMs, output }: CheckResult): Line {
  return [
    'debug',
    `"${monitor}" ${outcome}: ${reason}`,
    { monitor, outcome, duration_ms: Math.round(durationMs), output },
  ]
}

/** The log line for a notification that was due and is not sent. */
export function describeMute({ monitor }: Watched, mute: Mute): Line {
  return ['info', `"${monitor.name}" stays quiet: ${quietText(mute)}`, { monitor: monitor.name, muted_by: mute.by }]
}

/** The log lines for processes that a command left behind. */
export function describeLeftovers({ name: monitor }: Monitor, { escapeeCount, isUnkillable }: Run): Line[] {
  const lines: Line[] = []
  if (escapeeCount > 0) {
    const processes = plural(escapeeCount, 'process', 'processes')
    lines.push(['warn', `"${monitor}": ${processes} had left its group and were ended`, { monitor }])
  }
  if (isUnkillable) lines.push(['error', `"${monitor}": a process of its command cannot be killed`, { monitor }])
  return lines
}

/** The log's line for mutes that people have changed. */
export function describeMutes({ silences, acknowledgements }: Mutes): string {
  return `the mutes have changed: ${plural(silences.length, 'silence')}, ${plural(acknowledgements.length, 'acknowledgement')}`
}

function shown(command: Command | null): readonly string[] | null {
  const script = command === null ? null : scriptOf(command)
  return script === null ? command : [script]
}
