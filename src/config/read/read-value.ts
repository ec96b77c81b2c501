import { nearest } from '../../core/text/nearest.ts'
import { coreScalar } from '../yaml/core-scalar.ts'
import type { Node, ScalarNode } from '../yaml/node.ts'
import type { Place } from '../yaml/source.ts'
import { addSecrets, complain, type Loading } from './loading.ts'
import { isSecretInName, isShown } from './secrets.ts'

/**
 * The ways to read a value; the first that its schema accepts counts: as YAML types it, with text from the environment
 * as text; all of it as text, as it is written; as YAML types it, with text from the environment typed like the rest.
 */
export const READINGS = ['typed', 'text', 'retyped'] as const

export interface Reader {
  readonly loading: Loading
  /** The key that is read. */
  readonly key: string
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
  const read = (part: Node, use: string): unknown => {
    if (part.kind === 'sequence') return part.items.map((item) => read(item, use))
    if (part.kind === 'mapping') {
      const object: Record<string, unknown> = {}
      for (const [key, { value }] of part.entries)
        if (reader.keepsFree || !key.startsWith('x-')) object[key] = read(value, `${use}.${key}`)
      return object
    }
    const value = readScalar(part, reading, { ...reader, key: use })
    if (value === undefined) isBroken = true
    return value
  }
  const plain = read(node, reader.key)
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
  for (const { 1: name = '', index } of script.matchAll(/\$\{?([A-Za-z_]\w*)/g)) {
    const value = loading.surroundings.environment[name] ?? ''
    addSecrets(loading, { name, value, use: '', before: script.slice(0, index) })
  }
}

const REFERENCE = /\$\$|\$\{(?:file:([^}]*)|([A-Za-z_]\w*)(?::-([^}]*))?)\}/g

/**
 * Replaces `${NAME}`, `${NAME:-default}` (also where the variable is empty), `${file:/path}` and `$$`; any other dollar
 * stays. Nothing is replaced in what is inserted. Undefined where a value cannot be had.
 */
function interpolate(node: ScalarNode, { loading, key: use, insert = (value) => value }: Reader): string | undefined {
  const { environment, readFile } = loading.surroundings
  let isWhole = true
  const lack = (reference: string, message: string, hint: string) => {
    isWhole = false
    complain(loading, placeOf(node, reference), message, hint)
    return ''
  }
  const take = (name: string | null, value: string, at: number) => {
    // What stands in a name is seen by everybody, and is no secret.
    if (!isShown(use)) addSecrets(loading, { name, value, use, before: node.text.slice(0, at) })
    return insert(value)
  }
  const text = node.text.replace(REFERENCE, (reference, path?: string, name?: string, fallback?: string, at = 0) => {
    if (path !== undefined) {
      const file = readFile(path)
      if ('text' in file) return take(null, file.text.replace(/\r?\n$/, ''), at)
      return lack(
        reference,
        `cannot read ${path}: ${file.trouble}`,
        'for the text itself write the dollar twice: $${…}',
      )
    }
    if (name === undefined) return '$'
    const value = environment[name]
    if (isSecretInName({ name, use })) {
      return lack(reference, `${use} must not hold the secret ${name}`, 'names stand in addresses and metrics')
    }
    if (value !== undefined && (value !== '' || fallback === undefined)) return take(name, value, at)
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
