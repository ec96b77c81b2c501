import { rmSync } from 'node:fs'
import type { FollowedFile, OwnFile, WatchingFile } from '../../../src/cluster/server/own-file.ts'
import type { Engine } from '../../../src/core/model/cluster.ts'
import type { Clock, Log } from '../../../src/core/model/ports.ts'
import { putInPlace } from '../../../src/store/file/restore-database.ts'
import type { Write } from '../../../src/store/tables/apply-writes.ts'
import type { ServerAccess } from '../../../src/store/thread/database-thread.ts'
import { type DurableStore, openDurableStore } from '../../../src/store/thread/durable-store.ts'
import { createJournaledAccess } from '../../../src/store/thread/journaled-access.ts'

interface Options {
  readonly path: string
  readonly open: () => ServerAccess
  readonly engine: Engine
  readonly clock: Clock
  readonly log: Log
  readonly node: string
  readonly newId: () => string
  readonly onSetAside: () => void
  /** Starts the daemon. `abandonStore` closes the store without saving what is left. */
  readonly watch: (
    store: DurableStore,
    abandonStore: () => Promise<void>,
    tookOverFrom: string | null,
  ) => ReturnType<WatchingFile['watch']>
}

/** As src/cluster-daemon.ts has it. */
export function createOwnFile({ path, open, engine, clock, log, node, newId, onSetAside, watch }: Options): OwnFile {
  /** What the file had of its own when it was opened last. */
  let ownCount = 0
  return {
    async follow(): Promise<FollowedFile> {
      const access = open()
      const opening = await access.open()
      if (opening.kind === 'refused') throw new Error(`${opening.reason}; ${opening.hint}`)
      const { position, leader: before, unpublishedCount } = opening.journaled
      ownCount = unpublishedCount
      let leader = before
      return {
        position,
        leader: () => leader?.node ?? null,
        unpublishedCount,
        isNew: position === null && opening.snapshot.lastAliveAtMs === null,
        async apply(record, at) {
          const writes = JSON.parse(record.writes) as Write[]
          const applied = await access.apply([...writes, { kind: 'position', position: at }], record.nowMs)
          if (applied.kind === 'failed') return applied
          for (const write of writes) if (write.kind === 'leader') leader = write.leader
          return { kind: 'kept' }
        },
        close: () => access.close(),
      }
    },
    async write(events): Promise<WatchingFile> {
      const access = createJournaledAccess({ access: open(), journal: engine.journal, clock, node, newId, ...events })
      const store = await openDurableStore({ access, clock, log })
      if ('kind' in store) throw new Error(`${store.reason}; ${store.hint}`)
      const abandonStore = async () => {
        store.abandon()
        await access.abandon()
      }
      return {
        position: access.position,
        lead: access.lead,
        goAlone: access.goAlone,
        begin: access.begin,
        async copy(use) {
          const copy = `${path}.copy`
          const copied = await access.copyTo(copy)
          if (copied.kind === 'refused') throw new Error(copied.reason)
          try {
            if (copied.position === null) throw new Error('the database follows no journal')
            await use(copy, copied.position)
          } finally {
            rmSync(copy, { force: true })
          }
        },
        watch: ({ tookOverFrom }) => watch(store, abandonStore, tookOverFrom),
        close: abandonStore,
      }
    },
    async replace(get) {
      const draft = `${path}.fetched`
      try {
        rmSync(draft, { force: true })
        await get(draft)
        const aside = putInPlace(path, draft, clock.wallMs())
        if (aside !== null && typeof aside !== 'string') throw new Error(aside.reason)
        if (ownCount > 0) onSetAside()
        return aside
      } finally {
        rmSync(draft, { force: true })
      }
    },
  }
}
