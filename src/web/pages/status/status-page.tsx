import { countStandings } from '../../../core/model/state.ts'
import { TROUBLES, worstFirst } from '../../../core/past/view.ts'
import { headlineOf, worstOf } from '../../../core/past/words.ts'
import { plural } from '../../../core/text/plural.ts'
import type { BoardMonitor } from '../../board/board.ts'
import { Attention } from '../parts/attention.tsx'
import { Layout } from '../parts/layout.tsx'
import { Pager, pageOf } from '../parts/paging.tsx'
import type { Visit } from '../parts/visit.ts'
import { applyFilter, type Filter, isFiltering, queryOf } from './filter.ts'
import { FilterForm } from './filter-form.tsx'
import { GroupList, type Groups, groupName } from './group-list.tsx'
import { MonitorTable } from './monitor-table.tsx'
import { Overall } from './overall.tsx'

/** More than that are not shown at once, so that no page weighs more than 300 kB. */
const MOST = 200
/** On one page of a list of them. */
const PAGE_SIZE = 100

/** Of so few one sees the one that one looks for. */
const FEW = 10

interface StatusPageProps {
  readonly monitors: readonly BoardMonitor[]
  readonly troubles: readonly string[]
  readonly filter: Filter
  /** Of the list, as the address has it. */
  readonly page: string | undefined
  readonly visit: Visit
}

export function StatusPage({ monitors, troubles, filter, page, visit }: StatusPageProps) {
  const counts = countStandings(monitors)
  const worst = worstOf(counts)
  const title = TROUBLES.includes(worst) ? headlineOf(counts) : ''
  return (
    <Layout visit={visit} title={title} standing={worst} at="status" isLive>
      <Overall monitors={monitors} troubles={troubles} visit={visit} />
      {!isFiltering(filter) && <Attention monitors={monitors} visit={visit} />}
      {(monitors.length > FEW || isFiltering(filter)) && (
        <FilterForm filter={filter} monitors={monitors} visit={visit} />
      )}
      <Monitors monitors={monitors} filter={filter} page={page} visit={visit} />
    </Layout>
  )
}

function Monitors({ monitors, filter, page, visit }: Omit<StatusPageProps, 'troubles'>) {
  if (isFiltering(filter)) {
    const found = applyFilter(monitors, filter)
    const heading = filter.group === null ? plural(found.length, 'monitor') : groupName(filter.group, visit)
    return <Listed found={found} heading={heading} filter={filter} page={page} visit={visit} />
  }
  const groups: Groups = Map.groupBy(monitors, ({ monitor }) => monitor.group)
  if (monitors.length <= MOST) return <Grouped groups={groups} visit={visit} />
  if (groups.size > 1 && groups.size <= MOST * 2) return <GroupList groups={groups} visit={visit} />
  return <Listed found={worstFirst(monitors)} heading="Monitors" filter={filter} page={page} visit={visit} />
}

function Grouped({ groups, visit }: { groups: Groups; visit: Visit }) {
  return (
    <div id="all" data-live>
      {[...groups].map(([group, monitors], index) => (
        <section class="card" aria-labelledby={`g-${index}`}>
          <h2 id={`g-${index}`}>{group === '' ? 'Monitors' : groupName(group, visit)}</h2>
          <MonitorTable monitors={monitors} visit={visit} heading={`g-${index}`} />
        </section>
      ))}
    </div>
  )
}

interface ListedProps extends Omit<StatusPageProps, 'monitors' | 'troubles'> {
  readonly found: readonly BoardMonitor[]
  readonly heading: string
}

function Listed({ found, heading, filter, page, visit }: ListedProps) {
  const { items, ...paged } = pageOf(found, page, PAGE_SIZE)
  return (
    <section class="card" id="all" data-live aria-labelledby="list-h">
      <h2 id="list-h">{heading}</h2>
      {items.length === 0 ? (
        <p class="nothing">No monitors match.</p>
      ) : (
        <MonitorTable monitors={items} visit={visit} heading="list-h" />
      )}
      <Pager {...paged} address={(number) => `/?${queryOf(filter, number)}`} />
    </section>
  )
}
