import { type Silence, type SilenceTarget, targetText } from '../../../core/model/mute.ts'
import type { BoardMonitor } from '../../board/board.ts'
import type { Visit } from '../parts/visit.ts'

/** What is wrong with a form, as a sentence, and what was typed. */
export interface Problem {
  readonly form: 'silence'
  readonly message: string
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
      <SilenceForm slug={slug} problem={problem} />
      {monitor.isEnabled && (
        <WithReason slug={slug} action="pause" name="Pause" effect="It is not checked until somebody resumes it." />
      )}
      {monitor.paused !== undefined && (
        <form method="post" action={`/monitors/${slug}/resume`}>
          <button type="submit">Resume</button>
        </form>
      )}
    </section>
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
        <label>
          Reason
          <input type="text" name="reason" maxlength={200} autocomplete="off" />
        </label>
        <button class="main" type="submit">
          {name}
        </button>
      </form>
    </details>
  )
}

function SilenceForm({ slug, problem }: { slug: string; problem: Problem | null }) {
  return (
    <details id="silence" name="action" open={problem !== null}>
      <summary>Silence</summary>
      <form class="panel" method="post" action={`/monitors/${slug}/silence`}>
        <p>Checks go on; no notifications are sent.</p>
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
        <label>
          Reason
          <input type="text" name="reason" maxlength={200} autocomplete="off" value={problem?.reason} />
        </label>
        <button class="main" type="submit">
          Silence
        </button>
      </form>
    </details>
  )
}
