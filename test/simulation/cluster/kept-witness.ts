import { Database } from 'bun:sqlite'
import type { Change } from '../../../src/core/model/ports.ts'
import type { Write } from '../../../src/store/tables/apply-writes.ts'
import type { NodeLife, Scene } from './scene.ts'

/** Judges what servers keep: in the journal once, in order, and for ever. */
export interface KeptWitness {
  /** A server was told that this is kept. */
  kept(life: NodeLife, change: Change): void
  /** What names the next incident of a monitor, as the journal has it; undefined if that is not known. */
  fineSinceMs(monitor: string): number | null | undefined
  /** Looks at what is new in the journal. */
  look(): void
  /** `paths` are all files of all servers, with those that were set aside. */
  judgeEnd(paths: readonly string[]): void
}

export function createKeptWitness({ model, accuse }: Scene): KeptWitness {
  const kept = new Map<string, string>()
  const journaled = new Map<string, number>()
  const fine = new Map<string, number | null>()
  const ids = new Set<string>()
  const writers = new Map<number, string>()
  let looked = 0
  let epoch = 0

  const judgeWrites = (writes: readonly Write[], sequence: number) => {
    for (const write of writes) {
      if (write.kind === 'state') fine.set(write.monitor, write.state.fineSinceMs)
      if (write.kind !== 'check') continue
      fine.set(write.change.check.monitor, write.change.state.fineSinceMs)
      const { runId } = write.change.check
      const before = journaled.get(runId)
      if (before !== undefined) accuse('nothing is in the journal twice', `${runId} in ${before} and ${sequence}`)
      journaled.set(runId, sequence)
    }
  }

  return {
    kept: (life, { check }) => void kept.set(keyOf(check.monitor, check.startedAtMs), `${life.node}/${life.number}`),
    fineSinceMs: (monitor) => fine.get(monitor),
    look() {
      const { records } = model
      if ((records.at(-1)?.sequence ?? 0) <= looked) return
      for (const { sequence, record, id, by } of records.slice(looked - (records[0]?.sequence ?? 1))) {
        if (sequence <= looked) continue
        looked = sequence
        // A lead that was taken anew, and not confirmed, gives way to the one before.
        if (record.epoch < epoch && writers.get(epoch) !== by) {
          accuse('one server leads at a time', `epoch ${record.epoch} of ${by} after ${epoch}`)
        }
        epoch = record.epoch
        const writer = writers.get(epoch) ?? by
        if (writer !== by) accuse('one server leads at a time', `epoch ${epoch} of ${writer} and ${by}`)
        writers.set(epoch, by)
        if (ids.has(id)) accuse('nothing is in the journal twice', `record ${id}`)
        ids.add(id)
        judgeWrites(JSON.parse(record.writes) as Write[], sequence)
      }
    },
    judgeEnd(paths) {
      const found = new Set<string>()
      for (const path of paths) {
        const database = new Database(path, { readonly: true })
        for (const { name, atMs } of database.query<Row, []>(CHECKS).all()) found.add(keyOf(name, atMs))
        database.close()
      }
      for (const [key, by] of kept) if (!found.has(key)) accuse('what is kept is not lost', `${key} of ${by}`)
    },
  }
}

interface Row {
  readonly name: string
  readonly atMs: number
}

const CHECKS = 'SELECT m.name, c.started_at_ms AS atMs FROM checks c JOIN monitors m ON m.id = c.monitor_id'

function keyOf(monitor: string, startedAtMs: number): string {
  return `${monitor} at ${Math.round(startedAtMs)}`
}
