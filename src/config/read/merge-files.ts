import type { Entry, MappingNode, Node } from '../yaml/node.ts'
import { whereabouts } from '../yaml/source.ts'
import { describe } from './issue.ts'
import { complain, type Loading } from './loading.ts'

/** The top level of all files together. */
export interface Merged {
  /** Keys with a plain value. */
  readonly settings: ReadonlyMap<string, Entry>
  readonly defaults: ReadonlyMap<string, Entry>
  readonly alerts: ReadonlyMap<string, Entry>
  /** Null where no file has the key. */
  readonly monitors: readonly Node[] | null
}

/** Puts files together: monitors one after the other, alerts and defaults by name. Twice the same is a mistake. */
export function mergeFiles(loading: Loading, roots: readonly MappingNode[]): Merged {
  const settings = new Map<string, Entry>()
  const defaults = new Map<string, Entry>()
  const alerts = new Map<string, Entry>()
  let monitors: Node[] | null = null
  const maps = { defaults, alerts }
  for (const [key, entry] of roots.flatMap(({ entries }) => [...entries])) {
    const { value } = entry
    if (key === 'monitors') {
      monitors ??= []
      if (value.kind === 'sequence') for (const item of value.items) monitors.push(item)
      else complainOfKind(loading, { key, value, expected: 'a list', hint: 'begin each monitor with "- name: …"' })
    } else if (key === 'defaults' || key === 'alerts') {
      if (value.kind === 'mapping') for (const pair of value.entries) add(loading, maps[key], pair)
      else complainOfKind(loading, { key, value, expected: 'a map', hint: 'write KEY: VALUE, indented, one a line' })
    } else add(loading, settings, [key, entry])
  }
  return { settings, defaults, alerts, monitors }
}

function add(loading: Loading, map: Map<string, Entry>, [key, entry]: [string, Entry]): void {
  const first = map.get(key)
  if (first === undefined) map.set(key, entry)
  else if (!key.startsWith('x-')) {
    const hint = `it is given before at ${whereabouts(first.key)}`
    complain(loading, entry.key, { subject: '', message: `${JSON.stringify(key)} is given twice`, hint })
  }
}

interface WrongKind {
  readonly key: string
  readonly value: Node
  readonly expected: string
  readonly hint: string
}

function complainOfKind(loading: Loading, { key, value, expected, hint }: WrongKind): void {
  if (value.kind === 'scalar' && value.value === undefined) return
  complain(loading, value, { subject: '', message: `${key} must be ${expected}, not ${describe(value)}`, hint })
}
