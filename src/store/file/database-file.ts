import { Database } from 'bun:sqlite'
import { existsSync, lstatSync } from 'node:fs'
import type { Retention } from '../../core/model/config.ts'
import type { Mutes } from '../../core/model/mute.ts'
import type { Snapshot } from '../../core/model/ports.ts'
import { type ApplyWrites, createApplyWrites, type Write } from '../tables/apply-writes.ts'
import { createDeliveryRows } from '../tables/deliveries.ts'
import { type Holder, nameHolder, readFacts } from '../tables/facts.ts'
import { type Journaled, type NumberedRecord, readJournaled, readUnpublished } from '../tables/journaled.ts'
import { readMutes } from '../tables/mutes.ts'
import { createRetain } from '../tables/retain.ts'
import { createTrustedClock } from '../tables/trusted-clock.ts'
import { setAside, setLogAside } from './check-file.ts'
import { createGiveBack } from './give-back.ts'
import { loadSnapshot, loadWithoutRoom } from './load-snapshot.ts'
import { closeQuietly, closingOnError, type Lock, openForWriting, takeLock } from './open-for-writing.ts'
import {
  DISK_FULL,
  isDamage,
  isDiskFull,
  type Refusal,
  readAsWritten,
  refused,
  Unavailable,
  unusable,
} from './trouble.ts'
import { GONE, watchFile } from './watch-file.ts'

/** The database in the hands of the one daemon that may write it. Everything here blocks its caller. */
export interface DatabaseFile {
  readonly kind: 'opened'
  readonly path: string
  readonly snapshot: Snapshot
  /** As it was then, too. */
  readonly journaled: Journaled
  /** The new name of a damaged file that was found at the start; null when there was none. */
  readonly setAside: string | null
  /** The new name of the log of another database that was found beside a copy at the start; null when there was none. */
  readonly logSetAside: string | null
  /** Why nothing can be written for now; null where it can be. */
  readonly trouble: string | null
  /** Applies all of the writes or, if it throws, none. */
  apply(writes: readonly Write[], nowMs: number): void
  /** Records that wait to be published, oldest first; those behind the one of this number. */
  unpublished(limit: number, behind?: number): readonly NumberedRecord[]
  /** The mutes, if others may have changed them since they were last read; else null. */
  changedMutes(nowMs: number): Mutes | null
  /** What signs sessions, which others may have changed. */
  secret(): string
  /**
   * Removes a slice of what is too old, unless the clock may be wrong, or gives free space back to the file system; returns
   * whether more may be left.
   */
  retain(retention: Retention, nowMs: number, monotonicMs: number): boolean
  /** Whether nothing is removed for now, since the clock may be wrong. */
  isClockDoubted(): boolean
  /** Moves the file aside; the next writes begin an empty one. Returns the new name, empty where there was no file. */
  replace(nowMs: number): string
  /** What others have done to the open files, as a reason; null while they are what they were. */
  damage(): string | null
  close(): void
}

/**
 * Opens the file for a daemon. Does not throw for what a user can do something about. Where the disk is full, the file is
 * only read, and opened for writing by the first writes that there is room for.
 */
export function openDatabaseFile(path: string, holder: Holder, nowMs: number): DatabaseFile | Refusal {
  let lock: Lock | null = null
  try {
    try {
      lock = takeLock(`${path}.lock`)
      if (lock === null) return heldByAnother(path)
    } catch (error) {
      if (!isDiskFull(error, path)) throw error
    }
    const logSetAside = setLogAside(path, nowMs)
    const started = startOrBeginAnew(path, holder, nowMs)
    if (started.kind === 'started') return createDatabaseFile({ path, holder, lock, logSetAside, ...started })
    lock?.release()
    return started
  } catch (error) {
    lock?.release()
    return unusable(path, error)
  }
}

export function heldByAnother(path: string): Refusal {
  const pid = holderPid(path)
  const who = pid === null ? 'another Minitor' : `another Minitor (pid ${pid})`
  return refused(`${who} already keeps its state in ${path}`, 'stop it, or name another file with --database')
}

/** Null where the file cannot be read. */
function holderPid(path: string): number | null {
  try {
    const database = new Database(path, { readonly: true })
    try {
      return readFacts(database).holder?.pid ?? null
    } finally {
      database.close()
    }
  } catch {
    return null
  }
}

interface Started {
  readonly kind: 'started'
  readonly snapshot: Snapshot
  readonly journaled: Journaled
  readonly setAside: string | null
  /** Null where the disk is full. */
  readonly writer: Writer | null
  readonly isThere: boolean
}

function startOrBeginAnew(path: string, holder: Holder, nowMs: number): Started | Refusal {
  try {
    return start(path, holder, nowMs)
  } catch (error) {
    if (!isDamage(error)) throw error
    const aside = setAside(path, nowMs)
    const anew = start(path, holder, nowMs)
    return anew.kind === 'refused' ? anew : { ...anew, setAside: aside }
  }
}

function start(path: string, holder: Holder, nowMs: number): Started | Refusal {
  try {
    const opened = openForWriting(path)
    if (opened.kind === 'refused') return opened
    const { database } = opened
    const { snapshot, journaled } = closingOnError(database, () => ({
      snapshot: loadSnapshot(database, nowMs),
      journaled: readJournaled(database),
    }))
    const writer = createWriter(database, { path, holder, snapshot })
    return { kind: 'started', snapshot, journaled, setAside: null, writer, isThere: true }
  } catch (error) {
    if (!isDiskFull(error, path)) throw error
    const loaded = loadWithoutRoom(path, nowMs)
    return loaded.kind === 'refused' ? loaded : { ...loaded, kind: 'started', setAside: null, writer: null }
  }
}

function createDatabaseFile(
  started: Started & Pick<DatabaseFile, 'path' | 'logSetAside'> & { holder: Holder; lock: Lock | null },
): DatabaseFile {
  const { path, holder, snapshot, journaled } = started
  let { lock, writer, isThere } = started
  let { secret } = snapshot
  /** The version of the file whose mutes were read last; null when they must be read again. */
  let mutesVersion = writer?.version() ?? null

  const begin = (): Writer => {
    lock ??= takeLock(`${path}.lock`)
    const opened = lock === null ? heldByAnother(path) : openForWriting(path)
    if (opened.kind === 'refused') throw new Unavailable(opened.reason)
    return createWriter(opened.database, { path, holder, snapshot: { ...snapshot, secret } })
  }

  return {
    kind: 'opened',
    path,
    snapshot,
    journaled,
    setAside: started.setAside,
    logSetAside: started.logSetAside,
    trouble: writer === null ? DISK_FULL : null,
    apply(writes, atMs) {
      if (writer !== null) return writer.apply(writes, atMs)
      const begun = begin()
      try {
        begun.apply(writes, atMs)
      } catch (error) {
        begun.close()
        throw error
      }
      writer = begun
      // While a file that was there could not be opened, others may have changed its mutes.
      mutesVersion = isThere ? null : writer.version()
    },
    unpublished: (limit, behind) => writer?.unpublished(limit, behind) ?? [],
    changedMutes(atMs) {
      const version = writer?.version() ?? mutesVersion
      if (writer === null || version === mutesVersion) return null
      mutesVersion = version
      return writer.mutes(atMs)
    },
    secret() {
      secret = writer?.secret() ?? secret
      return secret
    },
    retain: (retention, atMs, monotonicMs) => writer?.retain(retention, atMs, monotonicMs) ?? false,
    isClockDoubted: () => writer?.isClockDoubted() ?? false,
    replace(atMs) {
      writer?.close()
      writer = null
      isThere = false
      return lstatSync(path, { throwIfNoEntry: false }) === undefined ? '' : setAside(path, atMs)
    },
    damage() {
      if (writer !== null) return writer.damage()
      return isThere && !existsSync(path) ? GONE : null
    },
    close() {
      try {
        writer?.sumUp()
      } catch {
        // On a full disk, or from a damaged history: the next daemon sums up.
      }
      writer?.close()
      lock?.release()
    },
  }
}

/** The open file. */
interface Writer extends ApplyWrites {
  readonly retain: DatabaseFile['retain']
  readonly isClockDoubted: DatabaseFile['isClockDoubted']
  readonly unpublished: DatabaseFile['unpublished']
  /** Goes up when another connection has changed the file. */
  version(): number
  mutes(nowMs: number): Mutes
  /** Null where it was removed. */
  secret(): string | null
  /** See DatabaseFile. */
  damage(): string | null
  close(): void
}

/** Names the holder in the file. Closes the database if it throws. */
function createWriter(
  database: Database,
  { path, holder, snapshot }: { path: string; holder: Holder; snapshot: Snapshot },
): Writer {
  return closingOnError(database, () =>
    readAsWritten(() => {
      nameHolder(database, holder, snapshot)
      const writes = createApplyWrites(database, createDeliveryRows(database))
      const retain = createRetain(database)
      const giveBack = createGiveBack(database)
      const isClockTrusted = createTrustedClock(database)
      let isDoubted = false
      const files = watchFile(path)
      return {
        ...writes,
        retain(retention, nowMs, monotonicMs) {
          isDoubted = !isClockTrusted(nowMs, monotonicMs)
          return !isDoubted && (retain(retention, nowMs) || giveBack())
        },
        isClockDoubted: () => isDoubted,
        unpublished: (limit, behind) => readUnpublished(database, limit, behind),
        version: () => database.query<{ data_version: number }, []>('PRAGMA data_version').get()?.data_version ?? 0,
        mutes: (nowMs) => readMutes(database, nowMs),
        secret: () => readFacts(database).secret,
        damage: () => files.damage(),
        close() {
          closeQuietly(database)
          files.close()
        },
      }
    }),
  )
}
