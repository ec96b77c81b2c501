import { STANDINGS } from '../../../core/model/state.ts'
import type { BoardMonitor } from '../../board/board.ts'
import type { Visit } from '../parts/visit.ts'
import { type Filter, isFiltering, NO_GROUP } from './filter.ts'

/** Nobody looks through more; an address can name the others all the same. */
const MOST_CHOICES = 300

interface FilterFormProps {
  readonly filter: Filter
  readonly monitors: readonly BoardMonitor[]
  readonly visit: Visit
}

/** Search and filter, by an address that can be kept. */
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
            <option value="muted" selected={filter.standing === 'muted'}>
              muted
            </option>
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
        <button type="submit">Show</button>
        {isFiltering(filter) && <a href="/">Show all</a>}
      </form>
    </search>
  )
}
