import { countStandings } from '../../../core/model/state.ts'
import { headlineOf, restOf, worstOf } from '../../../core/past/words.ts'
import { plural } from '../../../core/text/plural.ts'
import type { BoardMonitor } from '../../board/board.ts'
import { Shape } from '../parts/shapes.tsx'
import type { Visit } from '../parts/visit.ts'

interface OverallProps {
  readonly monitors: readonly BoardMonitor[]
  readonly troubles: readonly string[]
  readonly visit: Visit
}

/** The first thing that is seen: how all of it is, and how Minitor itself is. */
export function Overall({ monitors, troubles, visit }: OverallProps) {
  const counts = countStandings(monitors)
  const worst = worstOf(counts)
  const mutedCount = monitors.filter(({ mute }) => mute !== null).length
  const rest = restOf(counts).join(' · ')
  return (
    <div aria-live="polite">
      <section id="overall" data-live class={`overall ${worst}`} aria-labelledby="overall-h">
        <Shape of={worst} />
        <div>
          <h1 id="overall-h">{headlineOf(counts)}</h1>
          <p>
            {rest}
            {mutedCount > 0 && (
              <>
                {rest !== '' && ' · '}
                <a href="/?status=muted">{mutedCount} muted</a>
              </>
            )}
          </p>
        </div>
      </section>
      <OwnTroubles troubles={troubles} visit={visit} />
    </div>
  )
}

/** While Minitor itself is not well, what it says of others may be old. */
export function OwnTroubles({ troubles, visit }: Omit<OverallProps, 'monitors'>) {
  return (
    <section id="own-troubles" data-live class="notice" hidden={troubles.length === 0} aria-label="Minitor itself">
      <p>
        <strong>Minitor itself has trouble.</strong>
        {visit.isUser ? '' : ' What is shown here may be incomplete.'}
      </p>
      {visit.isUser && (
        <ul>
          {troubles.slice(0, 10).map((trouble) => (
            <li>{visit.shown(trouble)}</li>
          ))}
          {troubles.length > 10 && <li>… and {plural(troubles.length - 10, 'other')}</li>}
        </ul>
      )}
    </section>
  )
}
