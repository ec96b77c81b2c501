import { type Silence, type SilenceTarget, targetText } from '../../../core/model/mute.ts'
import type { BoardMonitor } from '../../board/board.ts'
import type { Visit } from '../parts/visit.ts'

/** What is wrong with a form, as a sentence, and what was typed. */
export interface Problem {
  readonly form: 'silence'
  readonly message: string
  readonly of: string
  readonly typed: string
  readonly reason: string
}

const DURATIONS = ['1h', '4h', '1d'] as const

interface MonitorActionsProps {
  readonly one: BoardMonitor
  /** Those that mute it, also by its tags. */
  readonly silences: readonly Silence[]
  readonly problem: Problem | null
  readonly visit: Visit
}

/** What can be silenced from the page of a monitor: itself, and all that it is part of. */
export function targetsOf({ monitor: { name, group, tags } }: BoardMonitor): readonly SilenceTarget[] {
  return [{ monitor: name }, ...(group === '' ? [] : [{ group }]), ...tags.map((tag) => ({ tag })), 'all']
}

/** The target of a silence of this monitor, in a form: `monitor`, `tag:edge`, `group:eu`, `all`. */
export function targetWord(target: SilenceTarget): string {
  if (target === 'all') return 'all'
  if ('group' in target) return `group:${target.group}`
  return 'tag' in target ? `tag:${target.tag}` : 'monitor'
}

const isOwn = (target: SilenceTarget) => target !== 'all' && 'monitor' in target

export function MonitorActions({ one, silences, problem, visit }: MonitorActionsProps) {
  const { monitor, slug, state, standing, mute } = one
  return (
    <section class="actions" id="actions" data-live aria-label="Actions">
      {standing !== 'paused' && monitor.heartbeat === null && (
        <form class="check" method="post" action={`/monitors/${slug}/check`}>
          <button type="submit">Check now</button>
        </form>
      )}
      {state.incidentId !== null && mute?.by !== 'acknowledgement' && (
        <WithReason
          slug={slug}
          action="acknowledge"
          name="Acknowledge"
          effect="Someone is on it: no reminders until it has recovered."
        />
      )}
      {mute?.by === 'acknowledgement' && (
        <form method="post" action={`/monitors/${slug}/unacknowledge`}>
          <button type="submit">End acknowledgement</button>
        </form>
      )}
      {silences.map(({ target }) => (
        <form method="post" action={`/monitors/${slug}/unsilence`}>
          <input type="hidden" name="of" value={targetWord(target)} />
          <button type="submit">End silence{isOwn(target) ? '' : ` of ${visit.shown(targetText(target))}`}</button>
        </form>
      ))}
      <SilenceForm one={one} problem={problem} visit={visit} />
      {monitor.isEnabled && (
        <WithReason
          slug={slug}
          action="pause"
          name="Pause"
          effect="No checks until somebody resumes it, also after a restart. An open incident ends."
        />
      )}
      {monitor.paused !== undefined && (
        <form method="post" action={`/monitors/${slug}/resume`}>
          <button type="submit">Resume</button>
        </form>
      )}
      <TestAlert one={one} visit={visit} />
    </section>
  )
}

/** Nothing where nobody is notified. */
function TestAlert({ one: { monitor, slug }, visit }: Pick<MonitorActionsProps, 'one' | 'visit'>) {
  const { alertDown, alertUp } = monitor.policy
  const alerts = [...new Set([...alertDown.map(({ alert }) => alert), ...alertUp])]
  if (alerts.length === 0) return null
  return (
    <details id="test-alert" name="action">
      <summary>Test alert</summary>
      <form class="panel test" method="post" action={`/monitors/${slug}/test-alert`}>
        <p>Runs the alert once, for real, with a message that says that it is a test.</p>
        <label>
          Alert
          <select name="alert">
            {alerts.map((alert) => (
              <option value={alert}>{visit.shown(alert)}</option>
            ))}
          </select>
        </label>
        <button class="main" type="submit">
          Test
        </button>
      </form>
    </details>
  )
}

function Reason({ value }: { value?: string | undefined }) {
  return (
    <label>
      Reason
      <input type="text" name="reason" maxlength={200} autocomplete="off" value={value} />
    </label>
  )
}

interface WithReasonProps {
  readonly slug: string
  /** The last part of its address. */
  readonly action: string
  readonly name: string
  readonly effect: string
}

function WithReason({ slug, action, name, effect }: WithReasonProps) {
  return (
    <details id={action} name="action">
      <summary>{name}</summary>
      <form class="panel" method="post" action={`/monitors/${slug}/${action}`}>
        <p>{effect}</p>
        <Reason />
        <button class="main" type="submit">
          {name}
        </button>
      </form>
    </details>
  )
}

function SilenceForm({ one, problem, visit }: Pick<MonitorActionsProps, 'one' | 'problem' | 'visit'>) {
  return (
    <details id="silence" name="action" open={problem !== null}>
      <summary>Silence</summary>
      <form class="panel" method="post" action={`/monitors/${one.slug}/silence`}>
        <p>Checks go on; no notifications are sent.</p>
        <label>
          What
          <select name="of">
            {targetsOf(one).map((target) => (
              <option value={targetWord(target)} selected={targetWord(target) === problem?.of}>
                {isOwn(target) ? 'this monitor' : visit.shown(targetText(target))}
              </option>
            ))}
          </select>
        </label>
        <fieldset>
          <legend>Duration</legend>
          {DURATIONS.map((duration, index) => (
            <label class="choice">
              <input type="radio" name="duration" value={duration} checked={index === 0} />
              {duration}
            </label>
          ))}
          <label>
            or
            <input
              type="text"
              name="custom"
              size={8}
              placeholder="1h30m"
              autocomplete="off"
              value={problem?.typed}
              aria-invalid={problem === null ? undefined : 'true'}
              aria-describedby={problem === null ? undefined : 'silence-problem'}
            />
          </label>
          {problem !== null && (
            <p class="problem" id="silence-problem" role="alert">
              {problem.message}
            </p>
          )}
        </fieldset>
        <Reason value={problem?.reason} />
        <button class="main" type="submit">
          Silence
        </button>
      </form>
    </details>
  )
}
