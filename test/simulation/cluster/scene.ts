import type { ModelEngine } from '../../support/cluster/model-engine.ts'
import type { Life, Timeline } from '../timeline.ts'
import type { Accuse } from '../witness.ts'

/** One process of a node. */
export interface NodeLife extends Life {
  readonly node: string
  /** How it died, or stood still, at least once. */
  hasFailed: boolean
  /** Of all its leads. */
  readonly epochs: Set<number>
}

/** What witnesses see of a world. */
export interface Scene {
  readonly timeline: Timeline
  readonly model: ModelEngine
  readonly accuse: Accuse
  readonly note: (line: string) => void
}
