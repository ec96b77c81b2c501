import { countStandings, STANDINGS } from '../../../core/model/state.ts'
import { summaryOf, worstOf } from '../../../core/past/words.ts'
import type { BoardMonitor } from '../../board/board.ts'
import { Shape } from '../parts/shapes.tsx'
import type { Visit } from '../parts/visit.ts'
import { NO_GROUP } from './filter.ts'

export type Groups = ReadonlyMap<string, readonly BoardMonitor[]>

/** A line for each group, those in trouble first, where there are too many monitors to show at once. */
export function GroupList({ groups, visit }: { groups: Groups; visit: Visit }) {
  const byTrouble = [...groups].toSorted(([, one], [, other]) => rankOf(one) - rankOf(other))
  return (
    <section class="card" aria-labelledby="groups-h">
      <h2 id="groups-h">Groups</h2>
      <ul class="groups" id="groups" data-live>
        {byTrouble.map(([group, monitors]) => (
          <GroupLine group={group} monitors={monitors} visit={visit} />
        ))}
      </ul>
    </section>
  )
}

function rankOf(monitors: readonly BoardMonitor[]): number {
  return STANDINGS.indexOf(worstOf(countStandings(monitors)))
}

function GroupLine({ group, monitors, visit }: { group: string; monitors: readonly BoardMonitor[]; visit: Visit }) {
  const counts = countStandings(monitors)
  const worst = worstOf(counts)
  return (
    <li>
      <Shape of={worst} />
      <a href={`/?${new URLSearchParams({ group: group === '' ? NO_GROUP : group })}`}>{groupName(group, visit)}</a>
      <span class={`is ${worst}`}>{summaryOf(counts)}</span>
    </li>
  )
}

export function groupName(group: string, visit: Visit): string {
  return group === '' ? 'Without a group' : visit.shown(group)
}
