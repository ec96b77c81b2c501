import type { SilenceTarget } from '../../core/model/mute.ts'

/** A target in two columns. That of all monitors has no name. */
export interface StoredTarget {
  readonly target_kind: string
  readonly target: string
}

export function toTarget({ target_kind: kind, target }: StoredTarget): SilenceTarget {
  if (kind === 'monitor') return { monitor: target }
  if (kind === 'group') return { group: target }
  return kind === 'tag' ? { tag: target } : 'all'
}

export function fromTarget(target: SilenceTarget): [kind: string, name: string] {
  if (target === 'all') return ['all', '']
  const [named] = Object.entries(target)
  return named ?? ['all', '']
}
