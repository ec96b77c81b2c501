import { isTroubled, worstFirst } from '../../../core/past/view.ts'
import { notifiedText, reasonText } from '../../../core/past/words.ts'
import { plural } from '../../../core/text/plural.ts'
import type { BoardMonitor } from '../../board/board.ts'
import { MuteBadge } from './mute-badge.tsx'
import { Shape } from './shapes.tsx'
import { Age } from './times.tsx'
import type { Visit } from './visit.ts'

/** More than that nobody reads at once; the rest is a click away. */
const MOST = 12

/** What needs somebody's eyes, the worst first, each with its reason. Nothing where there is nothing. */
export function Attention({ monitors, visit }: { monitors: readonly BoardMonitor[]; visit: Visit }) {
  const troubled = worstFirst(monitors.filter(isTroubled))
  const restCount = troubled.length - MOST
  return (
    <section id="attention" data-live class="attention" aria-labelledby="attention-h" hidden={troubled.length === 0}>
      <h2 id="attention-h">{visit.isUser ? 'Needs attention' : 'Ongoing incidents'}</h2>
      <ul>
        {troubled.slice(0, MOST).map((one) => (
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
  const { monitor, slug, standing, sinceMs, mute } = one
  return (
    <li class={standing}>
      <Shape of={standing} />
      <p class="what">
        <a href={`/monitors/${slug}`}>{visit.shown(monitor.name)}</a>{' '}
        <span class={`is ${standing}`}>
          {standing}
          {sinceMs !== null && (
            <>
              {' for '}
              <Age sinceMs={sinceMs} nowMs={visit.nowMs} />
            </>
          )}
        </span>{' '}
        <MuteBadge mute={mute} visit={visit} />
      </p>
      <Why one={one} visit={visit} />
    </li>
  )
}

/** Why it stands there, whether anybody was notified, and why nobody is: for users. */
export function Why({ one, visit }: { one: BoardMonitor; visit: Visit }) {
  const parts = [reasonText(one), notifiedText(one, visit.nowMs)].filter((part) => part !== '')
  return !visit.isUser || parts.length === 0 ? null : <p class="why">{visit.shown(parts.join(' · '))}</p>
}
