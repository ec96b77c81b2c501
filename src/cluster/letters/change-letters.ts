import type { Letters } from '../../core/model/cluster.ts'
import { openLetter, sealLetter } from './letter.ts'

/** `refused`: some of it may have been made, but not all; `reason` is for people. */
export type Changed = { readonly kind: 'made' } | { readonly kind: 'refused'; readonly reason: string }

/** Has whoever leads make changes; resolves once they are committed. Rejects with `NoLeader`, or as letters do. */
export async function sendChanges<Change>(letters: Letters, changes: readonly Change[]): Promise<Changed> {
  for await (const part of await letters.ask('mutes', sealLetter({ changes }))) return openLetter<Changed>(part).head
  throw new Error('the leader has given no answer')
}

/** The leader's side: makes the changes one after the other with `make`. Returns how to stop. */
export function answerChanges<Change>(letters: Letters, make: (change: Change) => Promise<void>): () => void {
  return letters.answer('mutes', async function* (letter) {
    const { changes } = openLetter<{ readonly changes: readonly Change[] }>(letter).head
    yield sealLetter(await all(changes, make))
  })
}

async function all<Change>(changes: readonly Change[], make: (change: Change) => Promise<void>): Promise<Changed> {
  try {
    for (const change of changes) await make(change)
    return { kind: 'made' }
  } catch (error) {
    return { kind: 'refused', reason: error instanceof Error ? error.message : String(error) }
  }
}
