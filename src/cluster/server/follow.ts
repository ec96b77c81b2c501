import type { JournalRecord } from '../../core/model/cluster.ts'
import type { FollowedFile, Position } from './own-file.ts'
import type { RoleParts } from './role-parts.ts'

const AGAIN_MS = 1000

/** A file on its way through the journal. */
export interface Following {
  position(): Position
  /** Whether it cannot go on: what comes next is gone, or cannot be written. */
  hasGap(): boolean
  /** Whether what comes next follows on something else than the file has. */
  isForked(): boolean
  close(): Promise<void>
}

/** Applies each record of the journal to the file, one after the other. One that cannot be written for now is tried again. */
export function follow(
  own: FollowedFile,
  from: Position,
  { engine, clock, log }: Pick<RoleParts, 'engine' | 'clock' | 'log'>,
): Following {
  let position = from
  let isGap = false
  let isForked = false
  let isClosed = false
  let isInTrouble = false
  let applying: Promise<unknown> = Promise.resolve()

  const apply = async (record: JournalRecord, next: Position): Promise<boolean> => {
    const underway = own.apply(record, next)
    applying = underway
    const applied = await underway
    if (applied.kind === 'kept') {
      position = next
      if (isInTrouble) log.write('info', 'the journal of the cluster is followed again')
      isInTrouble = false
      return true
    }
    if (!isInTrouble) log.write('error', `the journal of the cluster cannot be followed for now: ${applied.reason}`)
    isInTrouble = true
    isGap ||= applied.isDamaged
    return false
  }

  const take = async (sequence: number, record: JournalRecord): Promise<void> => {
    // What only this file has does not fit.
    if (own.unpublishedCount > 0 || record.previousId !== position.recordId) isForked = true
    while (!isClosed && !isGap && !isForked) {
      if (await apply(record, { id: from.id, sequence, recordId: record.id })) return
      await new Promise<void>((resolve) => clock.setTimer(AGAIN_MS, resolve))
    }
    // Nothing may come after it.
    await new Promise(() => {})
  }

  const followed = engine.journal.follow(from.sequence + 1, take, () => {
    isGap = true
  })
  return {
    position: () => position,
    hasGap: () => isGap,
    isForked: () => isForked,
    async close() {
      isClosed = true
      void followed.close()
      await applying
    },
  }
}
