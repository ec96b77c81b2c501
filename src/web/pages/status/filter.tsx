import { STANDINGS, type Standing } from '../../../core/model/state.ts'
import { isMuted, worstFirst } from '../../../core/past/view.ts'
import type { BoardMonitor } from '../../board/board.ts'
import type { Visit } from '../parts/visit.ts'

/** With more groups or tags than this there is no list to choose from; an address can still name one. */
const MOST_CHOICES = 300

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
  const { groups, tags } = groupsAndTags(monitors)
  return (
    <search>
      <form class="filter" method="get" action="/">
        <label>
          <span class="said">Name</span>
          <input type="search" name="q" value={filter.text} placeholder="Search by name" />
        </label>
        <Choice name="status" chosen={filter.standing} values={visit.isUser ? [...STANDINGS, 'muted'] : STANDINGS} />
        {groups.length > 1 && (
          <Choice
            name="group"
            chosen={filter.group === '' ? NO_GROUP : (filter.group ?? '')}
            values={groups.map((group) => group || NO_GROUP)}
            textOf={(group) => (group === NO_GROUP ? 'without a group' : visit.shown(group))}
          />
        )}
        {visit.isUser && tags.length > 0 && (
          <Choice name="tag" chosen={filter.tag} values={tags} textOf={visit.shown} />
        )}
        <button type="submit">Filter</button>
        {isFiltering(filter) && <a href="/">Show all</a>}
      </form>
    </search>
  )
}

/** All there are; none where there are too many to choose from. */
export function groupsAndTags(monitors: readonly BoardMonitor[]): { groups: string[]; tags: string[] } {
  const few = (names: readonly string[]) => {
    const all = [...new Set(names)]
    return all.length > MOST_CHOICES ? [] : all
  }
  return {
    groups: few(monitors.map(({ monitor }) => monitor.group)),
    tags: few(monitors.flatMap(({ monitor }) => monitor.tags)).sort(),
  }
}

interface ChoiceProps {
  readonly name: string
  /** Empty is any. */
  readonly chosen: string
  readonly values: readonly string[]
  readonly textOf?: (value: string) => string
}

function Choice({ name, chosen, values, textOf = (value) => value }: ChoiceProps) {
  return (
    <label>
      <span class="said">{`${name.charAt(0).toUpperCase()}${name.slice(1)}`}</span>
      <select name={name}>
        <option value="">{`Any ${name}`}</option>
        {values.map((value) => (
          <option value={value} selected={value === chosen}>
            {textOf(value)}
          </option>
        ))}
      </select>
    </label>
  )
}
