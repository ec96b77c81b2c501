import { rmSync } from 'node:fs'
import type { FollowedFile, OwnFile, WatchingEvents, WatchingFile } from './cluster/server/own-file.ts'
import type { Beginning, Engine, JournalRecord } from './core/model/cluster.ts'
import type { Retention } from './core/model/config.ts'
import type { Clock, Log } from './core/model/ports.ts'
import type { ToldAlone } from './core/tell/told-alone.ts'
import { putBack, putInPlace } from './store/file/restore-database.ts'
import type { Write } from './store/tables/apply-writes.ts'
import { createToldWrites } from './store/tables/told-writes.ts'
import type { ServerAccess } from './store/thread/database-thread.ts'
import { type DurableStore, openDurableStore } from './store/thread/durable-store.ts'
import { createJournaledAccess } from './store/thread/journaled-access.ts'

interface Options {
  readonly path: string
  readonly open: () => ServerAccess
  readonly engine: Pick<Engine, 'journal'>
  readonly clock: Clock
  readonly log: Log
  readonly node: string
  /** Unique, in all lives of all servers. */
  readonly newId: () => string
  readonly retention: () => Retention
  /** How many records the file has that are to be published is asked for there, from now on. */
  readonly setUnpublished: (count: () => number) => void
  /** Starts the daemon. */
  readonly watch: (store: ServerStore, beginning: Beginning) => ReturnType<WatchingFile['watch']>
}

/** How many records are read at once. */
const READ_AT_ONCE = 50

/** The store of a server that watches. */
export interface ServerStore extends DurableStore {
  /** Saves nothing more; returns what was told and is not saved. */
  leave(): ToldAlone
  /** Closes it without saving what is left. */
  closeAbandoned(): Promise<void>
}

/** A server's database, in the hands of a thread of its own in every role. */
export function createOwnFile(options: Options): OwnFile {
  const { path, open, engine, clock, log, node, newId, retention, setUnpublished, watch } = options
  return {
    async follow(): Promise<FollowedFile> {
      const access = open()
      const opening = await access.open()
      if (opening.kind === 'refused') throw new Error(`${opening.reason}; ${opening.hint}`)
      if (opening.setAside !== null) {
        log.write('error', `the database is damaged and was set aside as ${opening.setAside}`)
      }
      const { position, leader: before, unpublishedCount } = opening.journaled
      let leader = before
      let damage: string | null = null
      access.setRetention(retention())
      setUnpublished(() => unpublishedCount)
      access.onDamage((reason) => {
        damage = reason
      })
      return {
        position,
        leader: () => leader?.node ?? null,
        unpublishedCount,
        isNew: position === null && opening.snapshot.lastAliveAtMs === null,
        async apply(record: JournalRecord, at) {
          if (damage !== null) return { kind: 'failed', reason: damage, isDamaged: true }
          const writes = JSON.parse(record.writes) as Write[]
          const applied = await access.apply([...writes, { kind: 'position', position: at }], record.nowMs)
          if (applied.kind === 'failed') return applied
          for (const write of writes) if (write.kind === 'leader') leader = write.leader
          for (const reason of applied.refused) log.write('error', `a bug in Minitor, please report it: ${reason}`)
          return { kind: 'kept' }
        },
        async told() {
          const told = createToldWrites()
          for (let behind = 0; ; ) {
            const records = await access.unpublished(READ_AT_ONCE, behind)
            for (const { writes, nowMs } of records) told.add(JSON.parse(writes) as Write[], nowMs)
            const last = records.at(-1)
            if (last === undefined) return { node, monitors: told.read() }
            behind = last.number
          }
        },
        close: () => access.close(),
      }
    },
    async write(events: WatchingEvents): Promise<WatchingFile> {
      const access = createJournaledAccess({
        access: open(),
        journal: engine.journal,
        clock,
        node,
        newId,
        ...events,
      })
      setUnpublished(access.unpublishedCount)
      const opened = await openDurableStore({ access, clock, log })
      if ('kind' in opened) throw new Error(`${opened.reason}; ${opened.hint}`)
      const store: ServerStore = {
        ...opened,
        leave() {
          const told = createToldWrites()
          told.add(opened.abandon(), clock.wallMs())
          return { node, monitors: told.read() }
        },
        async closeAbandoned() {
          opened.abandon()
          await access.abandon()
        },
      }
      return {
        position: access.position,
        lead: access.lead,
        goAlone: access.goAlone,
        keepLast: access.keepLast,
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
        watch: (beginning) => watch(store, beginning),
        close: store.closeAbandoned,
      }
    },
    async putBack(aside) {
      putBack(path, aside)
    },
    async replace(get, { isWorthKeeping }) {
      const draft = `${path}.fetched`
      try {
        rmSync(draft, { force: true })
        await get(draft)
        const aside = putInPlace(path, draft, clock.wallMs())
        if (aside !== null && typeof aside !== 'string') throw new Error(aside.reason)
        if (isWorthKeeping || aside === null) return aside
        for (const suffix of ['', '-wal', '-shm']) rmSync(aside + suffix, { force: true })
        return null
      } finally {
        rmSync(draft, { force: true })
      }
    },
  }
}
