import { STANDINGS, type Standing } from '../../../core/model/state.ts'
import { worstFirst } from '../../../core/past/view.ts'
import type { BoardMonitor } from '../../board/board.ts'

/** Which monitors are asked for; empty is all of them. */
export interface Filter {
  /** A part of the name. */
  readonly text: string
  readonly standing: Standing | 'muted' | ''
  readonly group: string | null
  readonly tag: string
}

/** Stands for the monitors without a group in an address; a group of that very name can only be searched by its monitors. */
export const NO_GROUP = '-'

/** The filter that an address asks for; the public knows of no tags. Pure. */
export function filterOf(query: (key: string) => string | undefined, isUser: boolean): Filter {
  const status = query('status') ?? ''
  const group = query('group') ?? ''
  return {
    text: (query('q') ?? '').trim(),
    standing: status === 'muted' ? status : (STANDINGS.find((standing) => standing === status) ?? ''),
    group: group === '' ? null : group === NO_GROUP ? '' : group,
    tag: isUser ? (query('tag') ?? '') : '',
  }
}

/** The query of a page with this filter, without its question mark. Pure. */
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

/** Those that are asked for, worst first. */
export function applyFilter(monitors: readonly BoardMonitor[], filter: Filter): BoardMonitor[] {
  const text = filter.text.toLowerCase()
  const found = monitors.filter(
    ({ monitor, standing, mute }) =>
      (filter.group === null || monitor.group === filter.group) &&
      (filter.tag === '' || monitor.tags.includes(filter.tag)) &&
      (filter.standing === '' || (filter.standing === 'muted' ? mute !== null : standing === filter.standing)) &&
      (text === '' || monitor.name.toLowerCase().includes(text)),
  )
  return worstFirst(found)
}
