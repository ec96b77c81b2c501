import { constants, Database } from 'bun:sqlite'
import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type { Snapshot } from '../../core/model/ports.ts'
import { checkFile, newerThanThis, type Refusal, refused } from './file-check.ts'
import { loadSnapshot } from './load-snapshot.ts'
import { LATEST_VERSION, migrate, versionOf } from './migrate.ts'
import { Damaged } from './open-database.ts'

export interface WithoutRoom {
  readonly kind: 'read'
  readonly snapshot: Snapshot
  /** Whether there is a file. */
  readonly isThere: boolean
}

/**
 * What a daemon begins with whose disk is full: nothing is made, not even the files that SQLite needs beside a database
 * that others may use, too. Where there is no file yet, that is what an empty one says.
 */
export function readWithoutRoom(path: string, nowMs: number): WithoutRoom | Refusal {
  const found = checkFile(path)
  if (found.kind === 'refused') return found
  if (found.kind === 'damaged') throw new Damaged('it is no database')
  const database = found.kind === 'missing' ? emptyDatabase() : openAlone(path)
  try {
    const refusal = troubleWith(path, versionOf(database))
    if (refusal !== null) return refusal
    return { kind: 'read', snapshot: loadSnapshot(database, nowMs), isThere: found.kind === 'sound' }
  } finally {
    database.close()
  }
}

function emptyDatabase(): Database {
  const database = new Database(':memory:')
  migrate(database)
  return database
}

/** A log that was left behind holds what was written last. Without one, the file is all there is. */
function openAlone(path: string): Database {
  if (existsSync(`${path}-wal`)) {
    const database = new Database(path, { readwrite: true })
    // The index of the log is in memory then.
    database.run('PRAGMA locking_mode = EXCLUSIVE')
    return database
  }
  const flags = constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI
  return new Database(`${pathToFileURL(path).href}?immutable=1`, flags)
}

function troubleWith(path: string, version: number): Refusal | null {
  if (version >= LATEST_VERSION) return newerThanThis(path, version)
  return refused(
    `${path} was written by an older Minitor, and the disk is too full to bring it up to date`,
    'make room on the disk, or go without: --database :memory:',
  )
}
