import type { Place } from './source.ts'

/** What a YAML document is made of, with places. A node that is referred to by aliases is one and the same object. */
export type Node = ScalarNode | SequenceNode | MappingNode

export interface ScalarNode extends Place {
  readonly kind: 'scalar'
  /** The scalar as text, whatever its type: quotes, escapes and folding undone. */
  readonly text: string
  /** The scalar as YAML 1.2's core schema types it; undefined where a mistake was already found. */
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

/** Where a map begins: its first key in block style, its brace in flow style. Pure. */
export function startOf({ source, start, end, entries }: MappingNode): Place {
  const [first] = entries.values()
  return { source, start, end: first?.key.end ?? end }
}
