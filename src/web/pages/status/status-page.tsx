import type { Announcement, Silence } from '../../../core/model/mute.ts'
import { countStandings, STANDINGS } from '../../../core/model/state.ts'
import { TROUBLES, worstFirst } from '../../../core/past/view.ts'
import { headlineOf, summaryOf, worstOf } from '../../../core/past/words.ts'
import { plural } from '../../../core/text/plural.ts'
import type { BoardMonitor } from '../../board/board.ts'
import { Announcements } from '../parts/announcements.tsx'
import type { RecentChecks } from '../parts/check-strip.tsx'
import { Layout } from '../parts/layout.tsx'
import { Shape } from '../parts/marks.tsx'
import type { SilenceProblem } from '../parts/silence-form.tsx'
import type { Visit } from '../parts/visit.ts'
import { applyFilter, type Filter, FilterForm, isFiltering, NO_GROUP, queryOf } from './filter.tsx'
import { MonitorTable } from './monitor-table.tsx'
import { Attention, Overall, OwnTroubles } from './overall.tsx'
import { Silences } from './silences.tsx'

/** At most this many are on one page, so that none weighs more than 300 kB. */
const MOST = 100

/** With so few, nobody needs a filter. */
const FEW = 10

interface StatusPageProps {
  readonly monitors: readonly BoardMonitor[]
  readonly announcements: readonly Announcement[]
  readonly silences: readonly Silence[]
  readonly troubles: readonly string[]
  readonly filter: Filter
  readonly listing: Listing
  readonly recent: RecentChecks
  /** What was wrong with the form that was sent. */
  readonly problem: SilenceProblem | null
  readonly visit: Visit
}

export function StatusPage(props: StatusPageProps) {
  const { monitors, announcements, silences, troubles, filter, listing, recent, problem, visit } = props
  const counts = countStandings(monitors)
  const worst = worstOf(counts)
  const title = TROUBLES.includes(worst) ? headlineOf(counts) : ''
  return (
    <Layout visit={visit} title={title} standing={worst} at="status" isLive={problem === null}>
      <Announcements announcements={announcements} visit={visit} />
      <div class="top">
        <Overall monitors={monitors} visit={visit} />
        {visit.isUser && (
          <Silences monitors={monitors} filter={filter} silences={silences} problem={problem} visit={visit} />
        )}
      </div>
      <OwnTroubles troubles={troubles} visit={visit} />
      {!isFiltering(filter) && <Attention monitors={monitors} visit={visit} />}
      {(monitors.length > FEW || isFiltering(filter)) && (
        <FilterForm filter={filter} monitors={monitors} visit={visit} />
      )}
      {listing.kind === 'group list' && <GroupList groups={listing.groups} visit={visit} />}
      {listing.kind === 'grouped' && <Grouped groups={listing.groups} recent={recent} visit={visit} />}
      {listing.kind === 'paged' && <Listed listing={listing} filter={filter} recent={recent} visit={visit} />}
    </Layout>
  )
}

/** What the page lists: all monitors by group, one page of some, or groups only, one line each. */
export type Listing =
  | { readonly kind: 'grouped'; readonly groups: Groups }
  | { readonly kind: 'group list'; readonly groups: Groups }
  | { readonly kind: 'paged'; readonly heading: string; readonly paged: Paged<BoardMonitor> }

/** `page` is the one in the address. */
export function listingOf(
  monitors: readonly BoardMonitor[],
  { filter, page, visit }: Pick<StatusPageProps, 'filter' | 'visit'> & { readonly page: string | undefined },
): Listing {
  const paged = (found: readonly BoardMonitor[], heading: string) =>
    ({ kind: 'paged', heading, paged: pageOf(found, page, MOST) }) as const
  if (isFiltering(filter)) {
    const found = applyFilter(monitors, filter)
    return paged(found, filter.group === null ? plural(found.length, 'monitor') : groupName(filter.group, visit))
  }
  const groups: Groups = Map.groupBy(monitors, ({ monitor }) => monitor.group)
  if (monitors.length <= MOST) return { kind: 'grouped', groups }
  if (groups.size > 1 && groups.size <= MOST * 4) return { kind: 'group list', groups }
  return paged(worstFirst(monitors), 'Monitors')
}

/** The monitors that have a row of their own. */
export function listedIn(listing: Listing): readonly BoardMonitor[] {
  if (listing.kind === 'paged') return listing.paged.items
  return listing.kind === 'grouped' ? [...listing.groups.values()].flat() : []
}

interface ListProps {
  readonly recent: RecentChecks
  readonly visit: Visit
}

function Grouped({ groups, recent, visit }: ListProps & { groups: Groups }) {
  return (
    <div id="all" data-live>
      {[...groups].map(([group, monitors], index) => (
        <section class="card" aria-labelledby={`g-${index}`}>
          <h2 id={`g-${index}`}>{group === '' ? 'Monitors' : groupName(group, visit)}</h2>
          <MonitorTable monitors={monitors} recent={recent} visit={visit} heading={`g-${index}`} />
        </section>
      ))}
    </div>
  )
}

type ListedProps = ListProps & { filter: Filter; listing: Extract<Listing, { kind: 'paged' }> }

function Listed({ listing: { heading, paged }, filter, recent, visit }: ListedProps) {
  const { items, ...pages } = paged
  return (
    <section class="card" id="all" data-live aria-labelledby="list-h">
      <h2 id="list-h">{heading}</h2>
      {items.length === 0 ? (
        <p class="nothing">No monitors match.</p>
      ) : (
        <MonitorTable monitors={items} recent={recent} visit={visit} heading="list-h" />
      )}
      <Pager {...pages} address={(number) => `/?${queryOf(filter, number)}`} />
    </section>
  )
}

type Groups = ReadonlyMap<string, readonly BoardMonitor[]>

/** One line per group, worst first, where there are too many monitors to show. */
function GroupList({ groups, visit }: { groups: Groups; visit: Visit }) {
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

function groupName(group: string, visit: Visit): string {
  return group === '' ? 'Without a group' : visit.shown(group)
}

/** One page of a long list, counted from 1. */
interface Paged<Item> {
  readonly items: readonly Item[]
  readonly page: number
  readonly pageCount: number
}

/** The page asked for, or the last one there is. */
function pageOf<Item>(all: readonly Item[], asked: string | undefined, size: number): Paged<Item> {
  const pageCount = Math.max(1, Math.ceil(all.length / size))
  const page = Math.min(Math.max(1, Number.parseInt(asked ?? '1', 10) || 1), pageCount)
  return { items: all.slice((page - 1) * size, page * size), page, pageCount }
}

interface PagerProps extends Omit<Paged<unknown>, 'items'> {
  readonly address: (page: number) => string
}

function Pager({ page, pageCount, address }: PagerProps) {
  if (pageCount === 1) return null
  return (
    <nav class="pager" aria-label="More of the list">
      {page > 1 && (
        <a rel="prev" href={address(page - 1)}>
          Previous
        </a>
      )}
      <span>
        Page {page} of {pageCount}
      </span>
      {page < pageCount && (
        <a rel="next" href={address(page + 1)}>
          Next
        </a>
      )}
    </nav>
  )
}
