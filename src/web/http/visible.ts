import type { Monitor } from '../../core/model/types.ts'
import type { BoardMonitor } from '../board/board.ts'
import type { Viewer } from './viewer.ts'
import type { WebContext } from './web-context.ts'

/** What one viewer may see of the board. */
export interface Visible {
  monitors(): readonly BoardMonitor[]
  bySlug(slug: string): BoardMonitor | undefined
  /** Whether they may know of a monitor of this name. The public knows of none that is not in the configuration. */
  knows(name: string): boolean
}

/** Name, tags and group of a monitor; one that is not in the configuration has only its name. */
export function labelsOf(name: string, { board }: Pick<WebContext, 'board'>): Pick<Monitor, 'name' | 'tags' | 'group'> {
  const { tags = [], group = '' } = board.monitors().find(({ monitor }) => monitor.name === name)?.monitor ?? {}
  return { name, tags, group }
}

/** Users see all monitors; the public sees those that are `public`, and no sign of any other. */
export function visibleTo(viewer: Viewer, { board, present }: Pick<WebContext, 'board' | 'present'>): Visible {
  if (viewer.kind === 'user') {
    return { monitors: () => board.monitors(), bySlug: (slug) => board.bySlug(slug), knows: () => true }
  }
  const { publicGroups } = present.web
  const isShown = ({ monitor: { isPublic, group } }: BoardMonitor) =>
    isPublic ?? (publicGroups === null || publicGroups.includes(group))
  const monitors = () => board.monitors().filter(isShown)
  let names: ReadonlySet<string> | undefined
  return {
    monitors,
    bySlug(slug) {
      const one = board.bySlug(slug)
      return one !== undefined && isShown(one) ? one : undefined
    },
    knows(name) {
      names ??= new Set(monitors().map(({ monitor }) => monitor.name))
      return names.has(name)
    },
  }
}
