import { because, type Silence, type SilenceTarget, targetText } from '../../../core/model/mute.ts'
import type { BoardMonitor } from '../../board/board.ts'
import { At } from '../parts/figures.tsx'
import { SilenceForm, type SilenceProblem, targetWord } from '../parts/silence-form.tsx'
import type { Visit } from '../parts/visit.ts'
import { type Filter, groupsAndTags, queryOf } from './filter.tsx'

interface SilencesProps {
  readonly monitors: readonly BoardMonitor[]
  readonly filter: Filter
  readonly silences: readonly Silence[]
  readonly problem: SilenceProblem | null
  readonly visit: Visit
}

/** What can be silenced from the list: everything, or all of a group or tag. */
export function listTargets(monitors: readonly BoardMonitor[]): SilenceTarget[] {
  const { groups, tags } = groupsAndTags(monitors)
  return ['all', ...groups.filter((group) => group !== '').map((group) => ({ group })), ...tags.map((tag) => ({ tag }))]
}

/** Silences many monitors at once, beginning with those that the list is filtered by, and ends what is silent; for users. */
export function Silences({ monitors, filter, silences, problem, visit }: SilencesProps) {
  const chosen = filter.tag !== '' ? { tag: filter.tag } : filter.group ? { group: filter.group } : 'all'
  const targets = listTargets(monitors).map((target) => ({
    target,
    text: visit.shown(targetText(target)),
    isChosen: targetWord(target) === targetWord(chosen),
  }))
  const query = queryOf(filter)
  return (
    <section class="actions" id="silences" data-live aria-label="Silences">
      <details id="silence" name="action" open={problem !== null}>
        <summary>{silences.length === 0 ? 'Silence' : `Silences (${silences.length})`}</summary>
        <SilenceForm action={`/silence?${query}`} targets={targets} problem={problem}>
          {silences.length > 0 && (
            <ul class="silent">
              {silences.map((silence) => (
                <li>
                  <span>
                    {visit.shown(targetText(silence.target))} until <At ms={silence.untilMs} visit={visit} />
                    {visit.shown(because(silence))}
                  </span>
                  <button
                    type="submit"
                    formaction={`/unsilence?${query}`}
                    name="end"
                    value={targetWord(silence.target)}
                  >
                    End
                  </button>
                </li>
              ))}
            </ul>
          )}
        </SilenceForm>
      </details>
    </section>
  )
}
