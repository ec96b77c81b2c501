import { countStandings } from '../../../core/model/state.ts'
import { isMuted, isTroubled, worstFirst } from '../../../core/past/view.ts'
import { headlineOf, restOf, worstOf } from '../../../core/past/words.ts'
import { plural } from '../../../core/text/plural.ts'
import type { BoardMonitor } from '../../board/board.ts'
import { Age, Breakable } from '../parts/figures.tsx'
import { MuteBadge, Shape, Why } from '../parts/marks.tsx'
import type { Visit } from '../parts/visit.ts'

/** Nobody reads more at once; the rest is a click away. */
const MOST_TROUBLED = 12
const MOST_OWN = 10

interface OverallProps {
  readonly monitors: readonly BoardMonitor[]
  readonly visit: Visit
}

/** The state of everything. */
export function Overall({ monitors, visit }: OverallProps) {
  const counts = countStandings(monitors)
  const worst = worstOf(counts)
  const mutedCount = monitors.filter(isMuted).length
  const rest = restOf(counts).join(' · ')
  return (
    <div aria-live="polite">
      <section id="overall" data-live class={`overall ${worst}`} aria-labelledby="overall-h">
        <Shape of={worst} />
        <div>
          <h1 id="overall-h">{headlineOf(counts)}</h1>
          <p>
            {rest}
            {visit.isUser && mutedCount > 0 && (
              <>
                {rest !== '' && ' · '}
                <a href="/?status=muted">{mutedCount} muted</a>
              </>
            )}
          </p>
        </div>
      </section>
    </div>
  )
}

/** While Minitor itself has trouble, what it shows of others may be old. */
export function OwnTroubles({ troubles, visit }: { troubles: readonly string[]; visit: Visit }) {
  return (
    <div aria-live="polite">
      <section id="own-troubles" data-live class="notice" hidden={troubles.length === 0} aria-label="Minitor itself">
        <p>
          <strong>Minitor itself has trouble.</strong>
          {visit.isUser ? '' : ' What is shown here may be incomplete.'}
        </p>
        {visit.isUser && (
          <ul>
            {troubles.slice(0, MOST_OWN).map((trouble) => (
              <li>{visit.shown(trouble)}</li>
            ))}
            {troubles.length > MOST_OWN && <li>… and {plural(troubles.length - MOST_OWN, 'other')}</li>}
          </ul>
        )}
      </section>
    </div>
  )
}

/** The monitors in trouble, worst first, each with its reason. Hidden where there are none. */
export function Attention({ monitors, visit }: OverallProps) {
  const troubled = worstFirst(monitors.filter(isTroubled))
  const restCount = troubled.length - MOST_TROUBLED
  return (
    <section id="attention" data-live class="attention" aria-labelledby="attention-h" hidden={troubled.length === 0}>
      <h2 id="attention-h">{visit.isUser ? 'Needs attention' : 'Ongoing incidents'}</h2>
      <ul>
        {troubled.slice(0, MOST_TROUBLED).map((one) => (
          <Trouble one={one} visit={visit} />
        ))}
      </ul>
      {restCount > 0 && (
        <p>
          <a href={`/?status=${troubled[0]?.standing}`}>… and {plural(restCount, 'other')}</a>
        </p>
      )}
    </section>
  )
}

function Trouble({ one, visit }: { one: BoardMonitor; visit: Visit }) {
  const { monitor, slug, standing, sinceMs } = one
  return (
    <li class={standing}>
      <Shape of={standing} />
      <p class="what">
        <a href={`/monitors/${slug}`}>
          <Breakable text={visit.shown(monitor.name)} />
        </a>{' '}
        <span class={`is ${standing}`}>
          {standing}
          {sinceMs !== null && (
            <>
              {' for '}
              <Age sinceMs={sinceMs} nowMs={visit.nowMs} />
            </>
          )}
        </span>{' '}
        <MuteBadge one={one} visit={visit} />
      </p>
      <Why one={one} visit={visit} />
    </li>
  )
}
