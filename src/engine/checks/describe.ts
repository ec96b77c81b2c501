import { type Action, actionOf } from '../../core/model/action.ts'
import type { LogLevel } from '../../core/model/log-settings.ts'
import { isSameTarget, type Mutes, quietText, type Silence } from '../../core/model/mute.ts'
import { scriptOf } from '../../core/model/policy-words.ts'
import type { LogFields } from '../../core/model/ports.ts'
import { isTrouble } from '../../core/model/state.ts'
import type { CheckResult, Command, Monitor, Mute, Run } from '../../core/model/types.ts'
import { actionEvent, outcomeWords } from '../../core/past/events.ts'
import { causeText } from '../../core/past/summary.ts'
import { excerpt } from '../../core/text/cut.ts'
import { plural } from '../../core/text/plural.ts'
import { named } from '../../core/text/printable.ts'
import { localTime } from '../../core/text/time.ts'
import type { Watched } from './watched.ts'

type Line = [LogLevel, string, LogFields]

/** The log shows both ends of a longer line. */
const CAUSE_CHARS = 300

function causeOf({ outcome, reason, output }: CheckResult): string {
  return excerpt(causeText({ reason: outcome === 'passed' ? '' : reason, output }), CAUSE_CHARS)
}

/**
 * The log line for a change of status: what ran, what it printed, and what that means now. In a maintenance, trouble is
 * no news.
 */
export function describeChange(
  { monitor, state }: Pick<Watched, 'monitor' | 'state'>,
  check: CheckResult,
  mute: Mute | null,
): Line {
  const isFailing = isTrouble(state.status)
  const isPlanned = mute?.by === 'maintenance'
  const count = state.failureCount > 1 ? `; ${plural(state.failureCount, 'failure')}` : ''
  const cause = isFailing ? `${isPlanned ? ' in maintenance' : ''}: ${causeOf(check)}${count}` : ''
  return [
    isFailing && !isPlanned ? 'warn' : 'info',
    `${named(monitor.name)} is ${state.status}${cause}`,
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
export function describeCheck(check: CheckResult): Line {
  const { monitor, outcome, durationMs, output } = check
  const { word, why } = outcomeWords({ outcome, reason: causeOf(check) })
  return [
    'debug',
    `${named(monitor)} ${word}${why === '' ? '' : `: ${why}`}`,
    { monitor, outcome, duration_ms: Math.round(durationMs), output },
  ]
}

/** The log line for a notification that was due and is not sent. */
export function describeMute({ monitor }: Watched, mute: Mute): Line {
  return [
    'info',
    `${named(monitor.name)} stays quiet: ${quietText(mute)}`,
    { monitor: monitor.name, muted_by: mute.by },
  ]
}

/** The log lines for processes that a command left behind. */
export function describeLeftovers({ name: monitor }: Monitor, { escapeeCount, isUnkillable }: Run): Line[] {
  const lines: Line[] = []
  if (escapeeCount > 0) {
    const processes = plural(escapeeCount, 'process', 'processes')
    lines.push(['warn', `${named(monitor)}: ${processes} had left its group and were ended`, { monitor }])
  }
  if (isUnkillable) lines.push(['error', `${named(monitor)}: a process of its command cannot be killed`, { monitor }])
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
export function describeMutes(changed: MutesChanged): Line[] {
  return actionsIn(changed).map((action) => {
    const { word, text } = actionEvent(action, (atMs) => localTime(atMs, changed.nowMs))
    return ['info', `${word} ${text}`.trimEnd(), { who: action.who }]
  })
}

function actionsIn({ before, after, nowMs, who, monitorOf }: MutesChanged): Action[] {
  const action = (kind: Action['kind'], about: Partial<Action>) => actionOf({ kind, atMs: nowMs, who, ...about })
  const added = <One>(of: (mutes: Mutes) => readonly One[]) => missing(of(after), of(before))
  const gone = <One>(of: (mutes: Mutes) => readonly One[]) => missing(of(before), of(after))
  const isReplaced = ({ target }: Silence) => after.silences.some((one) => isSameTarget(one.target, target))
  const ofIncident = (kind: Action['kind'], { incidentId, ...about }: { incidentId: string } & Partial<Action>) => {
    const monitor = monitorOf(incidentId)
    return monitor === undefined ? [] : [action(kind, { ...about, target: { monitor } })]
  }
  return [
    ...added(({ silences }) => silences).map((one) => action('silenced', one)),
    ...gone(({ silences }) => silences)
      .filter((one) => one.untilMs > nowMs && !isReplaced(one))
      .map(({ target, untilMs }) => action('unsilenced', { target, untilMs })),
    ...added(({ acknowledgements }) => acknowledgements).flatMap((one) => ofIncident('acknowledged', one)),
    // With its incident, it ends without a word.
    ...gone(({ acknowledgements }) => acknowledgements)
      .filter(({ incidentId }) => !after.acknowledgements.some((one) => one.incidentId === incidentId))
      .flatMap(({ incidentId }) => ofIncident('unacknowledged', { incidentId })),
    ...added(({ pauses }) => pauses).map(({ monitor, who, reason }) =>
      action('paused', { target: { monitor }, who, reason }),
    ),
    ...gone(({ pauses }) => pauses).map(({ monitor }) => action('resumed', { target: { monitor } })),
    ...added(({ announcements }) => announcements).map(({ text, untilMs, who }) =>
      action('announced', { untilMs, who, reason: text }),
    ),
    ...gone(({ announcements }) => announcements)
      .filter(({ untilMs }) => untilMs === null || untilMs > nowMs)
      .map(({ text }) => action('announcement_ended', { reason: text })),
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
