import type { Place } from './source.ts'

/** A part of a YAML document, with its place. A node and its aliases are one object. */
export type Node = ScalarNode | SequenceNode | MappingNode

export interface ScalarNode extends Place {
  readonly kind: 'scalar'
  /** The scalar as text, whatever its type: quotes, escapes and folding undone. */
  readonly text: string
  /** The scalar as YAML 1.2's core schema types it; undefined where a mistake was found in it. */
  readonly value: string | number | boolean | null | undefined
}

export interface SequenceNode extends Place {
  readonly kind: 'sequence'
  readonly items: readonly Node[]
}

export interface MappingNode extends Place {
  readonly kind: 'mapping'
  readonly entries: ReadonlyMap<string, Entry>
}

export interface Entry {
  readonly key: ScalarNode
  readonly value: Node
}

/** Where a map begins: its first key in block style, its brace in flow style. */
export function startOf({ source, start, end, entries }: MappingNode): Place {
  const [first] = entries.values()
  return { source, start, end: first?.key.end ?? end }
}

/** A list that is being filled. */
export interface Sequence extends SequenceNode {
  readonly items: Node[]
  end: number
}

/** A map that is being filled. */
export interface Mapping extends MappingNode {
  readonly entries: Map<string, Entry>
  end: number
}

/** A collection that is being read. */
export interface Frame {
  readonly node: Sequence | Mapping
  readonly anchor: string | null
  /** `undefined` while a mapping waits for a key; null when its key cannot be used. */
  key: ScalarNode | null | undefined
  readonly merges: Node[]
  /** Whether something that cannot be a key stands where one should; the map is then left out. */
  isBroken: boolean
  /** Values in it, with aliases expanded. */
  size: number
}

/** Stands in a frame for the merge key `<<`, which does not become a key of the map. */
export const MERGE: ScalarNode = {
  kind: 'scalar',
  source: { file: '', text: '' },
  start: 0,
  end: 0,
  text: '<<',
  value: '<<',
}
