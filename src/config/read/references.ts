import type { AlertStep } from '../../core/model/types.ts'
import { nearest } from '../../core/text/nearest.ts'
import type { Node } from '../yaml/node.ts'
import type { Place } from '../yaml/source.ts'
import { quoted } from './issue.ts'
import { complain, type Drafting } from './loading.ts'

/** A map that names others, with the values of its own keys. */
export interface Referrer extends Drafting {
  readonly own: Readonly<Record<string, unknown>>
}

const NOBODY_HAS = {
  alert: 'an alert that is not defined',
  monitor: 'a monitor that is not defined',
  tag: 'a tag that no monitor has',
}
const LISTED = { alert: 'Defined alerts', monitor: 'Defined monitors', tag: 'Tags of monitors' }
type Referable = keyof typeof NOBODY_HAS

export interface Naming {
  readonly key: string
  readonly word: Referable
  readonly known: { has(name: string): boolean }
  /** What to say of a name that is not known. */
  readonly suggest: (name: string) => string
}

/** The keys that name alerts, wherever they stand. */
export const ALERT_LISTS = [
  'alerts',
  'alert_down',
  'alert_up',
  'default_alert_down',
  'default_alert_up',
  'alert_restart',
]

/** Finds names that nobody has and names that stand twice in a list. Values that were no good have no names. */
export function checkNames({ loading, entries, subject, own }: Referrer, { key, word, known, suggest }: Naming): void {
  const node = entries.get(key)?.value
  const value = own[key]
  if (node === undefined || value === undefined) return
  const seen = new Set<string>()
  for (const [index, name] of namesIn(value).entries()) {
    const place = placeOfName(node, index)
    if (seen.has(name)) {
      complain(loading, place, {
        subject,
        message: `${key} names ${quoted(name)} twice`,
        hint: 'remove one of the two',
      })
    } else if (!known.has(name)) {
      const message = `${key} names ${NOBODY_HAS[word]}: ${quoted(name)}`
      complain(loading, place, { subject, message, hint: suggest(name) })
    }
    seen.add(name)
  }
}

/** The names in a value of a schema for them: one, a list, or steps. */
function namesIn(value: unknown): readonly string[] {
  const names = value as string | readonly (string | AlertStep)[]
  return typeof names === 'string' ? [names] : names.map((step) => (typeof step === 'string' ? step : step.alert))
}

/** Where the name at this index stands. */
export function placeOfName(node: Node, index: number): Place {
  const item = node.kind === 'sequence' ? (node.items[index] ?? node) : node
  return item.kind === 'mapping' ? (item.entries.get('alert')?.value ?? item) : item
}

const LONGEST_LIST = 10
/** To compare ten thousand wrong names with ten thousand right ones would take minutes. */
const MOST_COMPARED = 100

/** Makes the function that says what a name that nobody has was perhaps meant to be. */
export function createSuggestion(candidates: readonly string[], word: Referable): (name: string) => string {
  const said = new Map<string, string>()
  const listed = candidates.slice(0, LONGEST_LIST).join(', ') + (candidates.length > LONGEST_LIST ? ', …' : '')
  return (name) => {
    const known = said.get(name)
    if (known !== undefined) return known
    const near = said.size < MOST_COMPARED ? nearest(name, candidates) : null
    const meant = near === null ? '' : `did you mean ${quoted(near)}? `
    const hint = `${meant}${LISTED[word]}: ${listed || 'none'}`
    said.set(name, hint)
    return hint
  }
}
