import type { Database } from 'bun:sqlite'
import { statSync } from 'node:fs'
import type { Retention } from '../core/config.ts'
import type { Mutes } from '../core/mute.ts'
import type { Snapshot } from '../core/ports.ts'
import { createApplyWrites } from './apply-writes.ts'
import { createDeliveryRows } from './delivery-rows.ts'
import { type Refusal, refused, setAside, unusable } from './file-check.ts'
import { loadSnapshot, readFact, runPrefixesIn } from './load-snapshot.ts'
import { takeLock } from './lock.ts'
import { readMutes } from './mutes.ts'
import { beginAnew, isDamage, type Opened, openDatabase } from './open-database.ts'
import { lookAfter } from './open-files.ts'
import { createRetain } from './retain.ts'
import type { Write } from './write.ts'

/** Who holds the file, for a second daemon to name and for the next one to clean up after. */
export interface Holder {
  readonly pid: number
  readonly startTicks: string
  /** With what the ids of its runs begin. */
  readonly runPrefix: string
}

/** The database in the hands of the one daemon that may write it. Everything here blocks its caller. */
export interface DatabaseFile {
  readonly kind: 'opened'
  readonly snapshot: Snapshot
  /** Where a damaged file was put at the start; null when there was none. */
  readonly setAside: string | null
  /** Keeps all of the writes or, if it throws, none. */
  apply(writes: readonly Write[], nowMs: number): void
  /** The mutes, if somebody else has written to the file since they were read; else null. */
  changedMutes(nowMs: number): Mutes | null
  /** Removes a slice of what is too old; whether more may be left. */
  retain(retention: Retention, nowMs: number): boolean
  /** Moves the file aside and begins an empty one, in which nothing is kept yet. Returns the old one's new name. */
  replace(nowMs: number): string
  /** What others have done to the files that are open, as a reason; null when they are what they were. */
  damage(): string | null
  close(): void
}

/** Opens the file for a daemon. Never throws for what a user can do something about. */
export function openDatabaseFile(path: string, holder: Holder, nowMs: number): DatabaseFile | Refusal {
  try {
    const lock = takeLock(`${path}.lock`)
    if (lock === null) return heldByAnother(path)
    try {
      const opened = openDatabase(path, nowMs)
      if (opened.kind === 'opened') return holdOrBeginAnew({ path, holder, lock, opened, nowMs })
      lock.release()
      return opened
    } catch (error) {
      lock.release()
      throw error
    }
  } catch (error) {
    return unusable(path, error)
  }
}

function heldByAnother(path: string): Refusal {
  const pid = readFact(path, 'holder_pid')
  const who = pid === null ? 'another Minitor' : `another Minitor (pid ${pid})`
  return refused(`${who} already keeps its state in ${path}`, 'stop it, or name another file with --database')
}

interface Held {
  readonly path: string
  readonly holder: Holder
  readonly lock: { release(): void }
  readonly opened: Opened
  readonly nowMs: number
}

function holdOrBeginAnew(held: Held): DatabaseFile {
  try {
    return hold(held)
  } catch (error) {
    closeQuietly(held.opened.database)
    if (!isUnreadable(error)) throw error
    return hold({ ...held, opened: beginAnew(held.path, held.nowMs) })
  }
}

/** Of a schema or a document that is no longer what was written. SQLite's own look at its pages does not find that. */
function isUnreadable(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return isDamage(error) || error instanceof SyntaxError || /^SQLITE_(?:ERROR|TOOBIG)/.test(code)
}

function hold({ path, holder, lock, opened, nowMs }: Held): DatabaseFile {
  let use = handle(opened.database)
  sumUpQuietly(use)
  const snapshot = loadSnapshot(use.database, use.deliveries.load(), nowMs)
  nameHolder(use.database, holder)
  keepSecret(use.database, snapshot.secret)
  let files = lookAfter(path)
  /** Where a damaged file has gone whose place is not taken yet. */
  let aside: string | null = null
  return {
    kind: 'opened',
    snapshot,
    setAside: opened.setAside,
    apply: (writes, atMs) => use.apply(writes, atMs),
    changedMutes(atMs) {
      const version = dataVersion(use.database)
      if (version === use.dataVersion) return null
      use.dataVersion = version
      return readMutes(use.database, atMs)
    },
    retain: (retention, atMs) => use.retain(retention, atMs),
    replace(atMs) {
      closeQuietly(use.database)
      files.close()
      // Once it is aside, what stands in its place was begun by an attempt that failed.
      aside ??= statSync(path, { throwIfNoEntry: false }) === undefined ? '' : setAside(path, atMs)
      const next = openDatabase(path, atMs)
      if (next.kind === 'refused') throw new Error(next.reason)
      use = handle(next.database)
      nameHolder(use.database, holder)
      keepSecret(use.database, snapshot.secret)
      files = lookAfter(path)
      const movedTo = aside
      aside = null
      return movedTo
    },
    damage: () => files.damage(),
    close() {
      sumUpQuietly(use)
      closeQuietly(use.database)
      files.close()
      lock.release()
    },
  }
}

function handle(database: Database) {
  const deliveries = createDeliveryRows(database)
  return {
    database,
    deliveries,
    ...createApplyWrites(database, deliveries),
    retain: createRetain(database),
    dataVersion: dataVersion(database),
  }
}

/** A daemon that is killed in its start has not yet ended what the one before has left: that is still to be found. */
const PREFIXES_KEPT = 20

function nameHolder(database: Database, { pid, startTicks, runPrefix }: Holder): void {
  const set = database.query('INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)')
  database.transaction(() => {
    set.run('holder_pid', pid)
    set.run('holder_start_ticks', startTicks)
    const others = runPrefixesIn(database).slice(1 - PREFIXES_KEPT)
    set.run('run_prefixes', JSON.stringify([...others, runPrefix]))
  })()
}

function keepSecret(database: Database, secret: string): void {
  database.query("INSERT OR REPLACE INTO facts (name, value) VALUES ('secret', ?)").run(secret)
}

/** Goes up when another connection has changed the file. */
function dataVersion(database: Database): number {
  return database.query<{ data_version: number }, []>('PRAGMA data_version').get()?.data_version ?? 0
}

/** What cannot be summed up now, on a full disk or from a damaged history, keeps nobody from what else is known. */
function sumUpQuietly(use: ReturnType<typeof handle>): void {
  try {
    use.sumUp()
  } catch {}
}

/** Closing writes the log back into the file; if the disk does not let it, the log stays and is read at the next start. */
function closeQuietly(database: Database): void {
  try {
    database.close()
  } catch {}
}
