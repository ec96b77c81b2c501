import type { LogLevel } from '../../core/model/log-settings.ts'
import { because, isSameTarget, type Mutes, quietText, type Silence, targetText } from '../../core/model/mute.ts'
import { scriptOf } from '../../core/model/policy-words.ts'
import type { LogFields } from '../../core/model/ports.ts'
import type { CheckResult, Command, Monitor, Mute, Run } from '../../core/model/types.ts'
import { plural } from '../../core/text/plural.ts'
import { localTime } from '../../core/text/time.ts'
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

interface MutesChanged {
  readonly before: Mutes
  readonly after: Mutes
  readonly nowMs: number
  /** Who has changed them; empty where only the change itself may say so. */
  readonly who: string
  /** The monitor whose open incident this is; undefined if it has ended. */
  readonly monitorOf: (incidentId: string) => string | undefined
}

/** The log's lines for what people have set: what, until when, why and who. */
export function describeMutes({ before, after, nowMs, who, monitorOf }: MutesChanged): Line[] {
  const time = (atMs: number) => localTime(atMs, nowMs)
  const line = (text: string, reason: string, by = who): Line => [
    'info',
    text + because({ who: by, reason }),
    { who: by },
  ]
  const added = <One>(of: (mutes: Mutes) => readonly One[]) => missing(of(after), of(before))
  const gone = <One>(of: (mutes: Mutes) => readonly One[]) => missing(of(before), of(after))
  const isReplaced = ({ target }: Silence) => after.silences.some((one) => isSameTarget(one.target, target))
  return [
    ...added(({ silences }) => silences).map((one) =>
      line(`silenced ${targetText(one.target)} until ${time(one.untilMs)}`, one.reason, one.who),
    ),
    ...gone(({ silences }) => silences)
      .filter((one) => one.untilMs > nowMs && !isReplaced(one))
      .map((one) => line(`silence of ${targetText(one.target)} ended early (was until ${time(one.untilMs)})`, '')),
    ...added(({ acknowledgements }) => acknowledgements).flatMap(({ incidentId, reason, who: by }) => {
      const monitor = monitorOf(incidentId)
      return monitor === undefined ? [] : [line(`acknowledged "${monitor}"`, reason, by)]
    }),
    // With its incident, it ends without a word.
    ...gone(({ acknowledgements }) => acknowledgements)
      .filter(({ incidentId }) => !after.acknowledgements.some((one) => one.incidentId === incidentId))
      .flatMap(({ incidentId }) => {
        const monitor = monitorOf(incidentId)
        return monitor === undefined ? [] : [line(`acknowledgement of "${monitor}" ended`, '')]
      }),
    ...added(({ pauses }) => pauses).map((one) => line(`paused "${one.monitor}"`, one.reason, one.who)),
    ...gone(({ pauses }) => pauses).map((one) => line(`resumed "${one.monitor}"`, '')),
    ...added(({ announcements }) => announcements).map(({ text, untilMs, who: by }) =>
      line(`announced${untilMs === null ? '' : ` until ${time(untilMs)}`}`, text, by),
    ),
    ...gone(({ announcements }) => announcements)
      .filter(({ untilMs }) => untilMs === null || untilMs > nowMs)
      .map(({ text }) => line('announcement ended', text)),
  ]
}

function missing<One>(these: readonly One[], those: readonly One[]): readonly One[] {
  const known = new Set(those.map((one) => JSON.stringify(one)))
  return these.filter((one) => !known.has(JSON.stringify(one)))
}

function shown(command: Command | null): readonly string[] | null {
  const script = command === null ? null : scriptOf(command)
  return script === null ? command : [script]
}
