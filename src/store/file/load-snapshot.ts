import { constants, Database } from 'bun:sqlite'
import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type { Snapshot } from '../../core/model/ports.ts'
import { createDeliveryRows } from '../tables/deliveries.ts'
import { newSecret, readFacts } from '../tables/facts.ts'
import { type Journaled, readJournaled } from '../tables/journaled.ts'
import { readStates } from '../tables/monitors.ts'
import { readMutes } from '../tables/mutes.ts'
import { checkFile, newerThanThis } from './check-file.ts'
import { LATEST_VERSION, migrate, versionOf } from './migrate.ts'
import { Damaged, type Refusal, readAsWritten, refused } from './trouble.ts'

/** What a daemon begins with. Throws `Damaged` where the file does not say what Minitor would have written. */
export function loadSnapshot(database: Database, nowMs: number): Snapshot {
  return readAsWritten(() => {
    const { aliveAtMs, secret, endedSessions, installation } = readFacts(database)
    return {
      monitors: readStates(database),
      deliveries: createDeliveryRows(database).load(),
      mutes: readMutes(database, nowMs),
      lastAliveAtMs: aliveAtMs,
      secret: secret ?? newSecret(),
      endedSessions,
      installation: installation ?? crypto.randomUUID(),
    }
  })
}

export interface LoadedWithoutRoom {
  readonly kind: 'loaded'
  readonly snapshot: Snapshot
  readonly journaled: Journaled
  /** Whether there is a file. */
  readonly isThere: boolean
}

/**
 * The same for a daemon whose disk is full: makes nothing, not even the files that SQLite needs beside a database that
 * others may use, too. A file that is missing reads as an empty one.
 */
export function loadWithoutRoom(path: string, nowMs: number): LoadedWithoutRoom | Refusal {
  const found = checkFile(path)
  if (found.kind === 'refused') return found
  if (found.kind === 'damaged') throw new Damaged('it is no database')
  const database = found.kind === 'missing' ? emptyDatabase() : openAlone(path)
  try {
    const version = versionOf(database)
    if (version < LATEST_VERSION) return olderThanThis(path)
    const newer = newerThanThis(path, version)
    if (newer !== null) return newer
    const [snapshot, journaled] = [loadSnapshot(database, nowMs), readJournaled(database)]
    return { kind: 'loaded', snapshot, journaled, isThere: found.kind === 'sound' }
  } finally {
    database.close()
  }
}

function emptyDatabase(): Database {
  const database = new Database(':memory:')
  migrate(database)
  return database
}

/** A log that was left behind has the last writes. Without one, the file is complete. */
function openAlone(path: string): Database {
  if (existsSync(`${path}-wal`)) {
    const database = new Database(path, { readwrite: true })
    // Then the index of the log is in memory.
    database.run('PRAGMA locking_mode = EXCLUSIVE')
    return database
  }
  const flags = constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI
  return new Database(`${pathToFileURL(path).href}?immutable=1`, flags)
}

function olderThanThis(path: string): Refusal {
  return refused(
    `${path} was written by an older Minitor, and the disk is too full to bring it up to date`,
    'make room on the disk, or go without: --database :memory:',
  )
}
