import type { Silence, SilenceTarget } from '../../../core/model/mute.ts'
import type { BoardMonitor } from '../../board/board.ts'
import type { Visit } from '../parts/visit.ts'

/** What was wrong with a form: a whole sentence, and what had been typed. */
export interface Problem {
  readonly form: 'silence'
  readonly message: string
  readonly typed: string
  readonly reason: string
}

const DURATIONS = ['1h', '4h', '1d'] as const

interface MonitorActionsProps {
  readonly one: BoardMonitor
  /** Those that keep it quiet, also by its tags. */
  readonly silences: readonly Silence[]
  readonly problem: Problem | null
  readonly visit: Visit
}

/** Names the target of a silence of a monitor in a form: `monitor`, `tag:edge`, `all`. Pure. */
export function targetWord(target: SilenceTarget): string {
  if (target === 'all') return 'all'
  return 'tag' in target ? `tag:${target.tag}` : 'monitor'
}

function ofWhat(target: SilenceTarget, visit: Visit): string {
  if (target === 'all') return ' of all monitors'
  return 'tag' in target ? ` of everything with the tag ${visit.shown(target.tag)}` : ''
}

/** What users can do with a monitor. */
export function MonitorActions({ one, silences, problem, visit }: MonitorActionsProps) {
  const { monitor, slug, state, standing, mute } = one
  return (
    <section class="actions" id="actions" data-live aria-label="Actions">
      {standing !== 'paused' && monitor.heartbeat === null && (
        <form method="post" action={`/monitors/${slug}/check`}>
          <button type="submit">Check now</button>
        </form>
      )}
      {state.incidentId !== null && mute?.by !== 'acknowledgement' && <Acknowledge slug={slug} />}
      {silences.map(({ target }) => (
        <form method="post" action={`/monitors/${slug}/unsilence`}>
          <input type="hidden" name="of" value={targetWord(target)} />
          <button type="submit">End the silence{ofWhat(target, visit)}</button>
        </form>
      ))}
      <SilenceForm slug={slug} problem={problem} />
    </section>
  )
}

function Acknowledge({ slug }: { slug: string }) {
  return (
    <details id="acknowledge">
      <summary>Acknowledge</summary>
      <form class="panel" method="post" action={`/monitors/${slug}/acknowledge`}>
        <p>Someone is on it: no reminders until it has recovered.</p>
        <label>
          What others should know
          <input type="text" name="reason" maxlength={200} autocomplete="off" />
        </label>
        <button class="main" type="submit">
          Acknowledge
        </button>
      </form>
    </details>
  )
}

function SilenceForm({ slug, problem }: { slug: string; problem: Problem | null }) {
  return (
    <details id="silence" open={problem !== null}>
      <summary>Silence</summary>
      <form class="panel" method="post" action={`/monitors/${slug}/silence`}>
        <p>It is checked on, but trouble is not told.</p>
        <fieldset>
          <legend>For how long</legend>
          {DURATIONS.map((duration, index) => (
            <label class="choice">
              <input type="radio" name="duration" value={duration} checked={index === 0} />
              {duration}
            </label>
          ))}
          <label>
            or another time
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
          Why
          <input type="text" name="reason" maxlength={200} autocomplete="off" value={problem?.reason} />
        </label>
        <button class="main" type="submit">
          Silence
        </button>
      </form>
    </details>
  )
}
