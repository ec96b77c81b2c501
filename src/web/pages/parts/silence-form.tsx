import type { Child } from 'hono/jsx'
import {
  LONGEST_REASON,
  LONGEST_SILENCE_MS,
  SILENCE_TOO_LONG,
  type Silence,
  type SilenceTarget,
} from '../../../core/model/mute.ts'
import { parseDuration } from '../../../core/text/duration.ts'
import type { WebContext } from '../../http/web-context.ts'
import type { Sent } from './answer-form.ts'
import { answerMessage } from './answer-page.tsx'

/** What is wrong with a form, as a sentence, and what was typed. */
export interface SilenceProblem {
  readonly message: string
  readonly of: string
  readonly typed: string
  readonly reason: string
}

/** A target in a form: `monitor:web`, `tag:edge`, `group:eu`, `all`. */
export function targetWord(target: SilenceTarget): string {
  if (target === 'all') return 'all'
  if ('group' in target) return `group:${target.group}`
  return 'tag' in target ? `tag:${target.tag}` : `monitor:${target.monitor}`
}

const DURATIONS = ['1h', '4h', '1d'] as const

interface SilenceFormProps {
  readonly action: string
  readonly targets: readonly { readonly target: SilenceTarget; readonly text: string; readonly isChosen?: boolean }[]
  readonly problem: SilenceProblem | null
  /** Below the button that silences, which is the first: Enter presses it. */
  readonly children?: Child
}

export function SilenceForm({ action, targets, problem, children }: SilenceFormProps) {
  return (
    <form class="panel" method="post" action={action}>
      <p>Checks go on; no notifications are sent.</p>
      <label>
        What
        <select name="of">
          {targets.map(({ target, text, isChosen }) => (
            <option
              value={targetWord(target)}
              selected={problem === null ? isChosen : targetWord(target) === problem.of}
            >
              {text}
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
      {children}
    </form>
  )
}

export function Reason({ value }: { value?: string | undefined }) {
  return (
    <label>
      Reason
      <input type="text" name="reason" maxlength={LONGEST_REASON} autocomplete="off" value={value} />
    </label>
  )
}

interface SilencingOptions {
  /** Those that the form may name. */
  readonly targets: readonly SilenceTarget[]
  /** Shows the form again, with what is wrong with it. */
  readonly again: (problem: SilenceProblem) => Promise<Response>
}

/** Silences the target that such a form names. */
export async function silenceAsSent(
  { context, field, who, reason }: Sent,
  web: WebContext,
  { targets, again }: SilencingOptions,
): Promise<Response | undefined> {
  const of = field('of')
  const target = targets.find((one) => targetWord(one) === of)
  if (target === undefined) {
    // The page that was sent may be older than the configuration.
    const message = 'There is no such monitor, group or tag any more.'
    return answerMessage(context, web, { status: 409, title: 'Nothing to silence', message })
  }
  const typed = field('custom').trim()
  const durationMs = parseDuration(typed === '' ? field('duration') : typed) ?? 0
  if (durationMs > 0 && durationMs <= LONGEST_SILENCE_MS) {
    await web.actions.silence({ target, untilMs: web.clock() + durationMs, reason, who })
    return undefined
  }
  const message =
    durationMs > 0
      ? `“${typed}” is too long: ${SILENCE_TOO_LONG}.`
      : `“${typed}” is not a time. Write it like 30m, 2h or 1d.`
  return await again({ message, of, typed, reason })
}

/** Ends the one of these silences that a form names; it may have ended meanwhile. */
export async function unsilenceAsSent(
  { field, who }: Sent,
  { actions }: WebContext,
  silences: readonly Silence[],
): Promise<undefined> {
  const silence = silences.find(({ target }) => targetWord(target) === field('end'))
  if (silence !== undefined) await actions.unsilence(silence.target, who)
}
