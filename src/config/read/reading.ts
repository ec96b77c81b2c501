import { coreScalar } from '../yaml/core-scalar.ts'
import type { Node, ScalarNode } from '../yaml/node.ts'
import { interpolate, shellVariables } from './interpolate.ts'
import { type Complaint, complain, keepSecrets, type Loading } from './loading.ts'
import { isPrivateVariable } from './secrets.ts'

/**
 * A value can be read in several ways, the first that fits counts: as YAML types it, with text from the environment as
 * text; all of it as text, as it is written; as YAML types it, with text from the environment typed like the rest.
 */
export const READINGS = ['typed', 'text', 'retyped'] as const

export interface Reader {
  readonly loading: Loading
  readonly subject: string
  /** Shell scripts are left alone: the shell expands variables itself. */
  readonly isScript: boolean
  /** What to write for a value from the environment or a file. */
  readonly insert: (value: string) => string
}

/** A value without places, or BROKEN where a mistake was found in it. */
export function readPlain(node: Node, reading: (typeof READINGS)[number], reader: Reader): unknown {
  let isBroken = false
  const read = (part: Node): unknown => {
    if (part.kind === 'sequence') return part.items.map(read)
    if (part.kind === 'mapping') {
      const object: Record<string, unknown> = {}
      for (const [key, { value }] of part.entries) if (!key.startsWith('x-')) object[key] = read(value)
      return object
    }
    const value = readScalar(part, reading, reader)
    if (value === undefined) isBroken = true
    return value
  }
  const plain = read(node)
  return isBroken ? BROKEN : plain
}

export const BROKEN = Symbol('a mistake was found in the value')

function readScalar(node: ScalarNode, reading: (typeof READINGS)[number], reader: Reader): ScalarNode['value'] {
  if (node.value === null || node.value === undefined) return node.value
  if (typeof node.value !== 'string') return reading === 'text' ? node.text : node.value
  if (!node.text.includes('$')) return node.text
  if (reader.isScript) {
    keepScriptSecrets(node.text, reader.loading)
    return node.text
  }
  const { text, taken, problems } = interpolate(node.text, reader.loading.surroundings, reader.insert)
  keepSecrets(reader.loading, taken)
  for (const { reference, message, hint } of problems) {
    complain(reader.loading, placeOf(node, reference), { subject: reader.subject, message, hint } satisfies Complaint)
  }
  if (problems.length > 0) return undefined
  return reading === 'retyped' ? coreScalar(text) : text
}

function keepScriptSecrets(script: string, { surroundings, ...loading }: Loading): void {
  const values = shellVariables(script)
    .filter(isPrivateVariable)
    .map((name) => surroundings.environment[name] ?? '')
  keepSecrets({ surroundings, ...loading }, values)
}

function placeOf(
  node: ScalarNode,
  reference: string,
): ScalarNode | { source: ScalarNode['source']; start: number; end: number } {
  const start = node.source.text.indexOf(reference, node.start)
  return start === -1 || start >= node.end ? node : { source: node.source, start, end: start + reference.length }
}
