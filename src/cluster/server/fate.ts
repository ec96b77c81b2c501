import type { JournalState } from '../../core/model/cluster.ts'
import type { FollowedFile, Position } from './own-file.ts'

/** What is to become of a server's own file. */
export type Fate =
  /** It goes on with what the journal has next, if there is more. */
  | 'follow'
  /** Others went on without it: the base copy takes its place. */
  | 'fetch'
  /** There is nothing yet: whoever leads first begins the journal with its own file. */
  | 'begin'
  /** Only another server can help, with a base copy. */
  | 'wait'

interface Known {
  readonly file: Pick<FollowedFile, 'position' | 'unpublishedCount'>
  /** Whether the journal has another record in the place of the file's last one. */
  readonly isForked: boolean
  readonly journal: JournalState
  /** The base copy that there is; null for none. */
  readonly base: { readonly journalId: string; readonly sequence: number } | null
}

/** Pure. */
export function fateOf({ file: { position, unpublishedCount }, isForked, journal, base }: Known): Fate {
  // Whoever has begun it could not give others a copy.
  if (journal.lastSequence === 0 && base === null) return 'begin'
  const isOurs = position?.id === journal.id
  const isThere = isOurs && position.sequence >= journal.firstSequence - 1 && position.sequence <= journal.lastSequence
  // What only it has cannot go into a journal that went on.
  const hasOwn = unpublishedCount > 0 && (!isOurs || position.sequence < journal.lastSequence)
  if (isThere && !hasOwn && !isForked) return 'follow'
  if (base !== null && isOf(base, journal)) return 'fetch'
  return 'wait'
}

/** Whether a copy can follow the journal. */
function isOf(base: { readonly journalId: string; readonly sequence: number }, journal: JournalState): boolean {
  return base.journalId === journal.id && base.sequence >= journal.firstSequence - 1
}

/** How many records the copy may lack, for a server that is new to read them in seconds. */
const LACKS_AT_MOST = 20_000

/** Whether it is time for another base copy: a server that is new, or was away, must find the records after it. Pure. */
export function isCopyDue(
  base: { readonly journalId: string; readonly sequence: number } | null,
  journal: JournalState,
  position: Position,
): boolean {
  if (base === null || base.journalId !== journal.id) return true
  const lacks = position.sequence - base.sequence
  // Once the journal drops records, a copy is good for half of what it keeps.
  const keeps = journal.lastSequence - journal.firstSequence + 1
  return lacks > LACKS_AT_MOST || (journal.firstSequence > 1 && lacks > keeps / 2)
}
