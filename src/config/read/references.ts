import type { AlertStep } from '../../core/model/types.ts'
import { nearest } from '../../core/text/nearest.ts'
import type { Nameable } from '../schema/field.ts'
import type { Node } from '../yaml/node.ts'
import type { Place } from '../yaml/source.ts'
import { quoted } from './issue.ts'
import { complain, type Loading, type Reference } from './loading.ts'

const WORDS: Readonly<Record<Nameable, { readonly unknown: string; readonly listed: string }>> = {
  alert: { unknown: 'an alert that is not defined', listed: 'Defined alerts' },
  monitor: { unknown: 'a monitor that is not defined', listed: 'Defined monitors' },
  tag: { unknown: 'a tag that no monitor has', listed: 'Tags of monitors' },
}

/** Finds names that nobody has, and names that stand twice in a list, wherever a key names others. */
export function checkReferences({ references }: Loading, defined: Readonly<Record<Nameable, Iterable<string>>>): void {
  const namings = {
    alert: createNaming('alert', defined.alert),
    monitor: createNaming('monitor', defined.monitor),
    tag: createNaming('tag', defined.tag),
  }
  for (const reference of references) checkNames(reference, namings[reference.kind])
}

interface Naming {
  readonly known: ReadonlySet<string>
  /** What to say of a name that is not known. */
  readonly suggest: (name: string) => string
}

function checkNames({ loading, key, kind, node, value }: Reference, { known, suggest }: Naming): void {
  const seen = new Set<string>()
  for (const [index, name] of namesIn(value).entries()) {
    const place = placeOfName(node, index)
    if (seen.has(name)) complain(loading, place, `${key} names ${quoted(name)} twice`, 'remove one of the two')
    else if (!known.has(name)) {
      complain(loading, place, `${key} names ${WORDS[kind].unknown}: ${quoted(name)}`, suggest(name))
    }
    seen.add(name)
  }
}

/** The names in a value of a schema for them: one, a list, or steps. */
function namesIn(value: unknown): readonly string[] {
  const names = value as string | readonly (string | AlertStep)[]
  return typeof names === 'string' ? [names] : names.map((step) => (typeof step === 'string' ? step : step.alert))
}

/** The place of the name at this index. */
export function placeOfName(node: Node, index: number): Place {
  const item = node.kind === 'sequence' ? (node.items[index] ?? node) : node
  return item.kind === 'mapping' ? (item.entries.get('alert')?.value ?? item) : item
}

const LONGEST_LIST = 10
/** To compare ten thousand wrong names with ten thousand right ones would take minutes. */
const MOST_COMPARED = 100

function createNaming(kind: Nameable, names: Iterable<string>): Naming {
  const known = new Set(names)
  const candidates = [...known]
  const hints = new Map<string, string>()
  const listed = candidates.slice(0, LONGEST_LIST).join(', ') + (candidates.length > LONGEST_LIST ? ', …' : '')
  const suggest = (name: string) => {
    const given = hints.get(name)
    if (given !== undefined) return given
    const near = hints.size < MOST_COMPARED ? nearest(name, candidates) : null
    const meant = near === null ? '' : `did you mean ${quoted(near)}? `
    const hint = `${meant}${WORDS[kind].listed}: ${listed || 'none'}`
    hints.set(name, hint)
    return hint
  }
  return { known, suggest }
}
