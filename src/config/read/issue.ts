import type { z } from 'zod'
import { excerpt } from '../../core/text/cut.ts'
import { named, printable } from '../../core/text/printable.ts'
import { wordsOf } from '../schema/field.ts'
import type { Node } from '../yaml/node.ts'
import { whereabouts } from '../yaml/source.ts'
import { complain, type Loading } from './loading.ts'

type Issue = z.core.$ZodIssue

/** Where a wrong value may be a password: it is not shown. */
const SECRET_KEYS: readonly string[] = ['users', 'tokens', 'feed_key', 'password', 'token', 'nkey', 'servers']

/** `FILE:LINE` of what stands below such a key, in `web`, its `auth` or `cluster`: no mistake shows these lines. */
export function secretLines(roots: readonly Node[]): ReadonlySet<string> {
  const linesOf = (node: Node): string[] => {
    const inner =
      node.kind === 'scalar'
        ? []
        : node.kind === 'sequence'
          ? node.items
          : [...node.entries.values()].map(({ value }) => value)
    return [whereabouts(node), ...inner.flatMap(linesOf)]
  }
  const web = roots.flatMap((root) => childOf(root, 'web') ?? [])
  const cluster = roots.flatMap((root) => childOf(root, 'cluster') ?? [])
  const maps = [...cluster, ...web, ...web.flatMap((node) => childOf(node, 'auth') ?? [])]
  return new Set(maps.flatMap((node) => SECRET_KEYS.flatMap((key) => childOf(node, key) ?? [])).flatMap(linesOf))
}

/** Turns what the schema of a key found in its value into findings at the places meant, in the schema's own words. */
export function complainOf(
  loading: Loading,
  issues: readonly Issue[],
  { key, node }: { key: string; node: Node },
): void {
  for (const issue of issues.flatMap(innermost)) {
    const { found, isMissing } = nodeAt(node, issue.path)
    const variable = bracedWord(found)
    const label = [key, ...issue.path.filter((part) => typeof part === 'string')].join('.')
    const { expected, hint } = wordsOf(issue.message)
    if (variable !== null) {
      complain(
        loading,
        found,
        `${key} has {${variable}} without quotes, which is a map in YAML`,
        `quote it: "{${variable}}"`,
      )
    } else if (isMissing) {
      complain(loading, found, `${label} is missing`, null)
    } else if (issue.code === 'unrecognized_keys') {
      for (const unknown of issue.keys) {
        const place = (found.kind === 'mapping' && found.entries.get(unknown)?.key) || found
        complain(loading, place, `${key} has a key that is not known: ${quoted(unknown)}`, hint)
      }
    } else if (SECRET_KEYS.includes(key)) {
      complain(loading, found, `${label} ${expected}`, hint)
    } else {
      complain(loading, found, `${label} ${expected}, not ${describe(found)}`, hint)
    }
  }
}

/** The issues of that branch of a union which got furthest: where the kind of value was right. */
function innermost(issue: Issue): readonly Issue[] {
  const inner = issue.code === 'invalid_key' ? [issue.issues] : issue.code === 'invalid_union' ? issue.errors : []
  const branch = inner.find((issues) => !issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0))
  if (branch === undefined) return [issue]
  return branch.flatMap((deeper) => innermost({ ...deeper, path: [...issue.path, ...deeper.path] }))
}

interface Target {
  readonly found: Node
  readonly isMissing: boolean
}

function nodeAt(node: Node, path: readonly PropertyKey[]): Target {
  let target: Target = { found: node, isMissing: false }
  for (const part of path) {
    const child = childOf(target.found, part)
    if (child === undefined) return { ...target, isMissing: true }
    target = { found: child, isMissing: false }
  }
  return target
}

export function childOf(node: Node, part: PropertyKey): Node | undefined {
  if (node.kind === 'sequence' && typeof part === 'number') return node.items[part]
  return node.kind === 'mapping' ? node.entries.get(String(part))?.value : undefined
}

/** `{last_output}` without quotes is a map with one key that has no value. */
export function bracedWord(node: Node): string | null {
  if (node.kind !== 'mapping' || node.entries.size !== 1 || node.source.text[node.start] !== '{') return null
  for (const [word, { value }] of node.entries) return value.kind === 'scalar' && value.value === null ? word : null
  return null
}

/** What stands in the file. A value from the environment is not shown: it may be a secret. */
export function describe(node: Node): string {
  if (node.kind === 'sequence') return 'a list'
  if (node.kind === 'mapping') return 'a map'
  if (node.value === null) return 'nothing'
  if (typeof node.value === 'number') return `the number ${excerpt(node.text, 60)}`
  if (typeof node.value === 'boolean') return node.text
  return `${node.text.includes('${') ? 'the value of' : 'the text'} ${quoted(node.text)}`
}

/** A text of the user in quotes, as names are, on one line and not too long. */
export function quoted(text: string): string {
  const shown = excerpt(text, 60)
  // Every monitor's name comes here, and nearly none needs that.
  return named(/\p{Cc}/u.test(shown) ? printable(shown, { newlines: 'escape' }) : shown)
}
