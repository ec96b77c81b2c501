import type { Entry, MappingNode, Node, ScalarNode, SequenceNode } from './node.ts'

/** A list to which items are still added. */
export interface Sequence extends SequenceNode {
  readonly items: Node[]
  end: number
}

/** A map to which pairs are still added. */
export interface Mapping extends MappingNode {
  readonly entries: Map<string, Entry>
  end: number
}

/** A collection that is not yet complete. */
export interface Frame {
  readonly node: Sequence | Mapping
  readonly anchor: string | null
  /** `undefined` while a mapping waits for a key; null when its key cannot be used. */
  key: ScalarNode | null | undefined
  readonly merges: Node[]
  /** Whether a key was found that is none; nothing more is said of such a map. */
  isBroken: boolean
  /** Values in it, with aliases expanded. */
  size: number
}

/** Stands in a frame for the merge key `<<`, which is no key of the map. */
export const MERGE: ScalarNode = {
  kind: 'scalar',
  source: { file: '', text: '' },
  start: 0,
  end: 0,
  text: '<<',
  value: '<<',
}
