import type { Entry, MappingNode, Node } from '../yaml/node.ts'
import { whereabouts } from '../yaml/source.ts'
import { describe, quoted } from './issue.ts'
import { complain, type Entries, type Loading } from './loading.ts'

/** The top level of all files together. */
export interface Merged {
  /** All keys but those below. */
  readonly settings: Entries
  readonly defaults: Entries
  readonly alerts: Entries
  readonly monitors: readonly Node[]
  /** Whether a file has something else than a list of monitors, which is a finding. */
  readonly hasWrongMonitors: boolean
}

/** Puts files together: monitors one after the other, alerts and defaults by name. Twice the same is a mistake. */
export function mergeFiles(loading: Loading, roots: readonly MappingNode[]): Merged {
  const settings = new Map<string, Entry>()
  const maps = { defaults: new Map<string, Entry>(), alerts: new Map<string, Entry>() }
  const monitors: Node[] = []
  let hasWrongMonitors = false
  for (const [key, entry] of roots.flatMap(({ entries }) => [...entries])) {
    const { value } = entry
    if (key === 'monitors') {
      if (value.kind === 'sequence') for (const item of value.items) monitors.push(item)
      else {
        hasWrongMonitors = true
        complainOfKind(loading, value, 'monitors must be a list', 'begin each monitor with "- name: …"')
      }
    } else if (key === 'defaults' || key === 'alerts') {
      if (value.kind === 'mapping') for (const pair of value.entries) add(loading, maps[key], pair)
      else complainOfKind(loading, value, `${key} must be a map`, 'write KEY: VALUE, indented, one a line')
    } else add(loading, settings, [key, entry])
  }
  return { settings, ...maps, monitors, hasWrongMonitors }
}

function add(loading: Loading, map: Map<string, Entry>, [key, entry]: [string, Entry]): void {
  const first = map.get(key)
  if (first === undefined) map.set(key, entry)
  else if (!key.startsWith('x-')) {
    complain(loading, entry.key, `${quoted(key)} is given twice`, `first given at ${whereabouts(first.key)}`)
  }
}

function complainOfKind(loading: Loading, value: Node, expected: string, hint: string): void {
  if (value.kind === 'scalar' && value.value === undefined) return
  complain(loading, value, `${expected}, not ${describe(value)}`, hint)
}
