import { type Silence, type SilenceTarget, targetText } from '../../../core/model/mute.ts'
import type { BoardMonitor } from '../../board/board.ts'
import { Reason, SilenceForm, type SilenceProblem, targetWord } from '../parts/silence-form.tsx'
import type { Visit } from '../parts/visit.ts'

interface MonitorActionsProps {
  readonly one: BoardMonitor
  /** Those that mute it, also by its tags. */
  readonly silences: readonly Silence[]
  /** Whether somebody is on its open incident, whatever else mutes it. */
  readonly isAcknowledged: boolean
  readonly problem: SilenceProblem | null
  readonly visit: Visit
}

/** What can be silenced from the page of a monitor: itself, and all that it is part of. */
export function targetsOf({ monitor: { name, group, tags } }: BoardMonitor): readonly SilenceTarget[] {
  return [{ monitor: name }, ...(group === '' ? [] : [{ group }]), ...tags.map((tag) => ({ tag })), 'all']
}

const isOwn = (target: SilenceTarget) => target !== 'all' && 'monitor' in target

export function MonitorActions({ one, silences, isAcknowledged, problem, visit }: MonitorActionsProps) {
  const { monitor, slug, state, standing } = one
  return (
    <section class="actions" id="actions" data-live aria-label="Actions">
      {state.incidentId !== null && !isAcknowledged && (
        <WithReason
          slug={slug}
          action="acknowledge"
          name="Acknowledge"
          effect="Someone is on it: no reminders until it has recovered."
          isMain={standing !== 'maintenance'}
        />
      )}
      {standing !== 'paused' && monitor.heartbeat === null && (
        <form class="check" method="post" action={`/monitors/${slug}/check`}>
          <button type="submit">Check now</button>
        </form>
      )}
      {isAcknowledged && (
        <form method="post" action={`/monitors/${slug}/unacknowledge`}>
          <button type="submit">End acknowledgement</button>
        </form>
      )}
      {silences.map(({ target }) => (
        <form method="post" action={`/monitors/${slug}/unsilence`}>
          <input type="hidden" name="end" value={targetWord(target)} />
          <button type="submit">End silence{isOwn(target) ? '' : ` of ${visit.shown(targetText(target))}`}</button>
        </form>
      ))}
      {isAcknowledged && (
        <WithReason slug={slug} action="acknowledge" name="Acknowledge too" effect="Adds your name and your reason." />
      )}
      <details id="silence" name="action" open={problem !== null}>
        <summary>Silence</summary>
        <SilenceForm
          action={`/monitors/${slug}/silence`}
          targets={targetsOf(one).map((target) => ({
            target,
            text: isOwn(target) ? 'this monitor' : visit.shown(targetText(target)),
          }))}
          problem={problem}
        />
      </details>
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

interface WithReasonProps {
  readonly slug: string
  /** The last part of its address. */
  readonly action: string
  readonly name: string
  readonly effect: string
  /** Whether it is what to press first. */
  readonly isMain?: boolean
}

function WithReason({ slug, action, name, effect, isMain = false }: WithReasonProps) {
  return (
    <details id={action} name="action">
      <summary class={isMain ? 'main' : undefined}>{name}</summary>
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
