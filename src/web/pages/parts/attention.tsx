import { quietText } from '../../../core/model/mute.ts'
import { standingOf } from '../../../core/model/state.ts'
import { plural } from '../../../core/text/plural.ts'
import { type BoardMonitor, lastCheckOf } from '../../board/board.ts'
import { MuteBadge } from './mute-badge.tsx'
import { Shape } from './shapes.tsx'
import { TROUBLES } from './standing-words.ts'
import { Age } from './times.tsx'
import type { Visit } from './visit.ts'

/** More than that nobody reads at once; the rest is a click away. */
const MOST = 12

/** What needs somebody's eyes, the worst first, each with its reason. Nothing where there is nothing. */
export function Attention({ monitors, visit }: { monitors: readonly BoardMonitor[]; visit: Visit }) {
  const troubled = monitors.filter(({ state }) => TROUBLES.includes(standingOf(state)))
  const byAge = troubled.toSorted(
    (one, other) => rankOf(one) - rankOf(other) || (other.sinceMs ?? 0) - (one.sinceMs ?? 0),
  )
  const restCount = byAge.length - MOST
  const worst = byAge[0] === undefined ? 'down' : standingOf(byAge[0].state)
  return (
    <section id="attention" data-live class="attention" aria-labelledby="attention-h" hidden={byAge.length === 0}>
      <h2 id="attention-h">Needs attention</h2>
      <ul>
        {byAge.slice(0, MOST).map((one) => (
          <Trouble one={one} visit={visit} />
        ))}
      </ul>
      {restCount > 0 && (
        <p>
          <a href={`/?status=${worst}`}>… and {plural(restCount, 'other')}</a>
        </p>
      )}
    </section>
  )
}

function rankOf({ state, mute }: BoardMonitor): number {
  return TROUBLES.indexOf(standingOf(state)) * 2 + (mute === null ? 0 : 1)
}

function Trouble({ one, visit }: { one: BoardMonitor; visit: Visit }) {
  const { monitor, slug, state, sinceMs, mute } = one
  const standing = standingOf(state)
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
      {visit.isUser && <Why one={one} visit={visit} />}
    </li>
  )
}

function Why({ one, visit }: { one: BoardMonitor; visit: Visit }) {
  const parts = [lastCheckOf(one)?.reason ?? '', tellingOf(one, visit.nowMs)].filter((part) => part !== '')
  return parts.length === 0 ? null : <p class="why">{visit.shown(parts.join(' · '))}</p>
}

/** Whether anybody was told, and why not. Pure. */
export function tellingOf({ state, quiet, mute, monitor }: BoardMonitor, nowMs: number): string {
  const told = state.alertCount === 0 ? '' : `told ${state.alertCount === 1 ? 'once' : `${state.alertCount} times`}`
  if (monitor.policy.alertDown.length === 0) return 'nobody is told: it has no alert'
  return [told, quietText(mute ?? quiet, nowMs)].filter((part) => part !== '').join(', ')
}
