import type { Engine, JournalState } from '../../core/model/cluster.ts'
import type { Clock, Log } from '../../core/model/ports.ts'
import type { ToldAlone } from '../../core/tell/told-alone.ts'
import type { Fate } from './fate.ts'
import type { HeldTime } from './held-time.ts'
import type { OwnFile, Position } from './own-file.ts'

/** What a server needs in every role. */
export interface RoleParts {
  readonly engine: Pick<Engine, 'journal' | 'base' | 'lease'>
  readonly clock: Clock
  readonly log: Log
  readonly node: string
  readonly takeoverMs: number
  readonly file: OwnFile
  /** Has whoever leads carry on what this server has told by itself. */
  readonly handOver: (told: ToldAlone) => void
  /** How often it is looked for an open lease, or for the engine. */
  readonly lookMs: number
  readonly isStopping: () => boolean
  /** Ends early when the server is to stop. */
  readonly pause: (ms: number) => Promise<void>
  /** The last record that the own file has is asked for there, from now on. */
  readonly setSequence: (sequence: () => number | null) => void
}

/** What ends a time as standby. */
export type Next =
  | { readonly kind: 'lead'; readonly held: HeldTime; readonly fate: Fate; readonly before: string | null }
  | { readonly kind: 'alone'; readonly before: string | null }
  | { readonly kind: 'stopped' }

export interface Found {
  readonly journal: JournalState
  readonly base: Awaited<ReturnType<Engine['base']['look']>>
}

/** What the engine has now; null if it does not answer. */
export async function look({ engine }: Pick<RoleParts, 'engine'>): Promise<Found | null> {
  try {
    const [journal, base] = await Promise.all([engine.journal.state(), engine.base.look()])
    return { journal, base }
  } catch {
    return null
  }
}

/** Whether the journal has another record in the place of the last one that a file has. Rejects if the engine does not answer. */
export async function isForked({ engine }: Pick<RoleParts, 'engine'>, position: Position | null): Promise<boolean> {
  if (position === null || position.sequence === 0) return false
  const id = await engine.journal.idOf(position.sequence)
  return id !== null && id !== position.recordId
}
