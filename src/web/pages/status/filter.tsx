import { STANDINGS, type Standing } from '../../../core/model/state.ts'
import { isMuted, worstFirst } from '../../../core/past/view.ts'
import type { BoardMonitor } from '../../board/board.ts'
import type { Visit } from '../parts/visit.ts'

/** With more groups or tags than this there is no list to choose from; an address can still name one. */
export const MOST_CHOICES = 300

/** Which monitors to list; empty is all. */
export interface Filter {
  /** A part of the name. */
  readonly text: string
  readonly standing: Standing | 'muted' | ''
  readonly group: string | null
  readonly tag: string
}

/** The monitors without a group, in an address. A group of that name cannot be chosen there. */
export const NO_GROUP = '-'

/** The filter in an address; tags are for users. */
export function filterOf(query: (key: string) => string | undefined, isUser: boolean): Filter {
  const status = query('status') ?? ''
  const group = query('group') ?? ''
  return {
    text: (query('q') ?? '').trim(),
    standing: status === 'muted' && isUser ? status : (STANDINGS.find((standing) => standing === status) ?? ''),
    group: group === '' ? null : group === NO_GROUP ? '' : group,
    tag: isUser ? (query('tag') ?? '') : '',
  }
}

/** The query of a page with this filter, without its question mark. */
export function queryOf({ text, standing, group, tag }: Filter, page = 1): string {
  const query = new URLSearchParams()
  if (text !== '') query.set('q', text)
  if (standing !== '') query.set('status', standing)
  if (group !== null) query.set('group', group === '' ? NO_GROUP : group)
  if (tag !== '') query.set('tag', tag)
  if (page > 1) query.set('page', String(page))
  return query.toString()
}

export function isFiltering({ text, standing, group, tag }: Filter): boolean {
  return text !== '' || standing !== '' || group !== null || tag !== ''
}

/** The matching monitors, worst first. */
export function applyFilter(monitors: readonly BoardMonitor[], filter: Filter): BoardMonitor[] {
  const text = filter.text.toLowerCase()
  const found = monitors.filter(
    (one) =>
      (filter.group === null || one.monitor.group === filter.group) &&
      (filter.tag === '' || one.monitor.tags.includes(filter.tag)) &&
      (filter.standing === '' || (filter.standing === 'muted' ? isMuted(one) : one.standing === filter.standing)) &&
      (text === '' || one.monitor.name.toLowerCase().includes(text)),
  )
  return worstFirst(found)
}

interface FilterFormProps {
  readonly filter: Filter
  readonly monitors: readonly BoardMonitor[]
  readonly visit: Visit
}

/** Search and filter; the address can be bookmarked. */
export function FilterForm({ filter, monitors, visit }: FilterFormProps) {
  const groups = [...new Set(monitors.map(({ monitor }) => monitor.group))]
  const tags = visit.isUser ? [...new Set(monitors.flatMap(({ monitor }) => monitor.tags))].sort() : []
  return (
    <search>
      <form class="filter" method="get" action="/">
        <label>
          <span class="said">Name</span>
          <input type="search" name="q" value={filter.text} placeholder="Search by name" />
        </label>
        <label>
          <span class="said">Status</span>
          <select name="status">
            <option value="">Any status</option>
            {STANDINGS.map((standing) => (
              <option value={standing} selected={filter.standing === standing}>
                {standing}
              </option>
            ))}
            {visit.isUser && (
              <option value="muted" selected={filter.standing === 'muted'}>
                muted
              </option>
            )}
          </select>
        </label>
        {groups.length > 1 && groups.length <= MOST_CHOICES && (
          <label>
            <span class="said">Group</span>
            <select name="group">
              <option value="">Any group</option>
              {groups.map((group) => (
                <option value={group === '' ? NO_GROUP : group} selected={filter.group === group}>
                  {group === '' ? 'without a group' : visit.shown(group)}
                </option>
              ))}
            </select>
          </label>
        )}
        {tags.length > 0 && tags.length <= MOST_CHOICES && (
          <label>
            <span class="said">Tag</span>
            <select name="tag">
              <option value="">Any tag</option>
              {tags.map((tag) => (
                <option value={tag} selected={filter.tag === tag}>
                  {visit.shown(tag)}
                </option>
              ))}
            </select>
          </label>
        )}
        <button type="submit">Filter</button>
        {isFiltering(filter) && <a href="/">Show all</a>}
      </form>
    </search>
  )
}
