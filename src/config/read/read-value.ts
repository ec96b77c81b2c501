import { nearest } from '../../core/text/nearest.ts'
import { coreScalar } from '../yaml/core-scalar.ts'
import type { Node, ScalarNode } from '../yaml/node.ts'
import type { Place } from '../yaml/source.ts'
import { addSecrets, complain, type Loading } from './loading.ts'
import { isPrivateVariable } from './secrets.ts'

/**
 * The ways to read a value; the first that its schema accepts counts: as YAML types it, with text from the environment
 * as text; all of it as text, as it is written; as YAML types it, with text from the environment typed like the rest.
 */
export const READINGS = ['typed', 'text', 'retyped'] as const

export interface Reader {
  readonly loading: Loading
  /** Shell scripts are left alone: the shell expands variables itself. */
  readonly isScript: boolean
  /** Whether keys that begin with `x-` are values like the others. */
  readonly keepsFree: boolean
  /** What to write for a value from the environment or a file; the value itself if not given. */
  readonly insert: ((value: string) => string) | undefined
}

export const BROKEN = Symbol('a mistake was found in the value')

/** A value without places, or BROKEN. */
export function readPlain(node: Node, reading: (typeof READINGS)[number], reader: Reader): unknown {
  let isBroken = false
  const read = (part: Node): unknown => {
    if (part.kind === 'sequence') return part.items.map(read)
    if (part.kind === 'mapping') {
      const object: Record<string, unknown> = {}
      for (const [key, { value }] of part.entries)
        if (reader.keepsFree || !key.startsWith('x-')) object[key] = read(value)
      return object
    }
    const value = readScalar(part, reading, reader)
    if (value === undefined) isBroken = true
    return value
  }
  const plain = read(node)
  return isBroken ? BROKEN : plain
}

function readScalar(node: ScalarNode, reading: (typeof READINGS)[number], reader: Reader): ScalarNode['value'] {
  if (node.value === null || node.value === undefined) return node.value
  if (typeof node.value !== 'string') return reading === 'text' ? node.text : node.value
  if (!node.text.includes('$')) return node.text
  if (reader.isScript) {
    addScriptSecrets(node.text, reader.loading)
    return node.text
  }
  const text = interpolate(node, reader)
  return text !== undefined && reading === 'retyped' ? coreScalar(text) : text
}

/** Remembers the values of variables that a script names as `$NAME` or `${NAME…}`; a name too many does no harm. */
function addScriptSecrets(script: string, loading: Loading): void {
  const names = [...script.matchAll(/\$\{?([A-Za-z_]\w*)/g)].map(([, name = '']) => name)
  const values = names.filter(isPrivateVariable).map((name) => loading.surroundings.environment[name] ?? '')
  addSecrets(loading, values)
}

const REFERENCE = /\$\$|\$\{(?:file:([^}]*)|([A-Za-z_]\w*)(?::-([^}]*))?)\}/g

/**
 * Replaces `${NAME}`, `${NAME:-default}` (also where the variable is empty), `${file:/path}` and `$$`; any other dollar
 * stays. Nothing is replaced in what is inserted. Undefined where a value cannot be had.
 */
function interpolate(node: ScalarNode, { loading, insert = (value) => value }: Reader): string | undefined {
  const { environment, readFile } = loading.surroundings
  let isWhole = true
  const lack = (reference: string, message: string, hint: string) => {
    isWhole = false
    complain(loading, placeOf(node, reference), message, hint)
    return ''
  }
  const take = (value: string) => {
    addSecrets(loading, [value])
    return insert(value)
  }
  const text = node.text.replace(REFERENCE, (reference: string, path?: string, name?: string, fallback?: string) => {
    if (path !== undefined) {
      const file = readFile(path)
      if ('text' in file) return take(file.text.replace(/\r?\n$/, ''))
      return lack(
        reference,
        `cannot read ${path}: ${file.trouble}`,
        'for the text itself write the dollar twice: $${…}',
      )
    }
    if (name === undefined) return '$'
    const value = environment[name]
    if (value !== undefined && (value !== '' || fallback === undefined)) return take(value)
    return fallback ?? lack(reference, `the environment variable ${name} is not set`, hintFor(name, environment))
  })
  return isWhole ? text : undefined
}

function hintFor(name: string, environment: Loading['surroundings']['environment']): string {
  const near = nearest(name, Object.keys(environment))
  const meant = near === null ? 'set it' : `did you mean \${${near}}? Otherwise set it`
  return `${meant}, or give a default: \${${name}:-…}; for the text itself write $\${${name}}`
}

function placeOf(node: ScalarNode, reference: string): Place {
  const start = node.source.text.indexOf(reference, node.start)
  return start === -1 || start >= node.end ? node : { source: node.source, start, end: start + reference.length }
}
