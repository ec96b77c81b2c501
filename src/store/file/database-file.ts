import { Database } from 'bun:sqlite'
import { existsSync, statSync } from 'node:fs'
import type { Retention } from '../../core/model/config.ts'
import type { Mutes } from '../../core/model/mute.ts'
import type { Snapshot } from '../../core/model/ports.ts'
import type { Write } from '../tables/apply-writes.ts'
import { type Holder, readFacts } from '../tables/facts.ts'
import { readMutes } from '../tables/mutes.ts'
import { type Refusal, refused, setAside, unusable } from './file-check.ts'
import { closeQuietly, closingOnError, dataVersion, type InUse, takeUp } from './file-in-use.ts'
import { loadSnapshot } from './load-snapshot.ts'
import { isDamage, openDatabase } from './open-database.ts'
import { readWithoutRoom } from './read-without-room.ts'
import { DISK_FULL, isDiskFull } from './trouble.ts'
import { GONE, type Lock, takeLock } from './watch-files.ts'

/** The database in the hands of the one daemon that may write it. Everything here blocks its caller. */
export interface DatabaseFile {
  readonly kind: 'opened'
  readonly snapshot: Snapshot
  /** Where a damaged file was put at the start; null when there was none. */
  readonly setAside: string | null
  /** Why nothing can be kept for now; null where it can be. */
  readonly trouble: string | null
  /** Keeps all of the writes or, if it throws, none. */
  apply(writes: readonly Write[], nowMs: number): void
  /** The mutes, if the file may say other ones than when they were read; else null. */
  changedMutes(nowMs: number): Mutes | null
  /** Removes a slice of what is too old; whether more may be left. */
  retain(retention: Retention, nowMs: number): boolean
  /** Moves the file aside and begins an empty one, in which nothing is kept yet. Returns the old one's new name. */
  replace(nowMs: number): string
  /** What others have done to the files that are open, as a reason; null when they are what they were. */
  damage(): string | null
  close(): void
}

/**
 * Opens the file for a daemon. Never throws for what a user can do something about. Where the disk is full, what the file
 * says is read all the same, and it is begun with the first writes that there is room for.
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
    const start = startOrBeginAnew(path, holder, nowMs)
    if (start.kind === 'started') return createDatabaseFile({ path, holder, lock, ...start })
    lock?.release()
    return start
  } catch (error) {
    lock?.release()
    return unusable(path, error)
  }
}

function heldByAnother(path: string): Refusal {
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

interface Start {
  readonly snapshot: Snapshot
  readonly setAside: string | null
  /** Null where there was no room for that. */
  readonly use: InUse | null
  readonly isThere: boolean
}

type Started = Start & { readonly kind: 'started' }

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
    const opened = openDatabase(path)
    if (opened.kind === 'refused') return opened
    const { database } = opened
    const snapshot = closingOnError(database, () => loadSnapshot(database, nowMs))
    const use = takeUp(database, { path, holder, secret: snapshot.secret })
    return { kind: 'started', snapshot, setAside: null, use, isThere: true }
  } catch (error) {
    if (!isDiskFull(error, path)) throw error
    const read = readWithoutRoom(path, nowMs)
    return read.kind === 'refused' ? read : { ...read, kind: 'started', setAside: null, use: null }
  }
}

function createDatabaseFile(held: Start & { path: string; holder: Holder; lock: Lock | null }): DatabaseFile {
  const { path, holder, snapshot } = held
  let { lock, use } = held
  /** Where a damaged file has gone whose place is not taken yet. */
  let aside: string | null = null
  /** Whether others may have changed the mutes unseen, since there was no room to open the file. */
  let areMutesOld = use === null

  const begin = (): InUse => {
    try {
      lock ??= takeLock(`${path}.lock`)
      const opened = lock === null ? heldByAnother(path) : openDatabase(path)
      if (opened.kind === 'refused') throw new Unavailable(opened.reason)
      return takeUp(opened.database, { path, holder, secret: snapshot.secret })
    } catch (error) {
      throw isDiskFull(error, path) ? new Unavailable(DISK_FULL) : error
    }
  }

  const letGo = () => {
    if (use === null) return
    closeQuietly(use.database)
    use.files.close()
    use = null
  }

  return {
    kind: 'opened',
    snapshot,
    setAside: held.setAside,
    trouble: use === null ? DISK_FULL : null,
    apply(writes, atMs) {
      use ??= begin()
      use.apply(writes, atMs)
      if (areMutesOld) use.mutesVersion = null
      areMutesOld = false
    },
    changedMutes(atMs) {
      if (use === null) return null
      const version = dataVersion(use.database)
      if (version === use.mutesVersion) return null
      use.mutesVersion = version
      return readMutes(use.database, atMs)
    },
    retain: (retention, atMs) => use?.retain(retention, atMs) ?? false,
    replace(atMs) {
      letGo()
      // Once it is aside, what stands in its place was begun by an attempt that failed.
      aside ??= statSync(path, { throwIfNoEntry: false }) === undefined ? '' : setAside(path, atMs)
      use = begin()
      const movedTo = aside
      aside = null
      return movedTo
    },
    damage() {
      if (use !== null) return use.files.damage()
      return held.isThere && !existsSync(path) ? GONE : null
    },
    close() {
      sumUpQuietly(use)
      letGo()
      lock?.release()
    },
  }
}

/** What cannot be summed up now, on a full disk or from a damaged history, is summed up by the next daemon. */
function sumUpQuietly(use: InUse | null): void {
  try {
    use?.sumUp()
  } catch {}
}

/** The file could not be begun, and it is not broken either: what to do has to wait until it can. */
export class Unavailable extends Error {}
