import type { Database } from 'bun:sqlite'
import state from '../migrations/001-state.sql' with { type: 'text' }
import history from '../migrations/002-history.sql' with { type: 'text' }
import pings from '../migrations/003-pings.sql' with { type: 'text' }
import summedTo from '../migrations/004-summed-to.sql' with { type: 'text' }
import measured from '../migrations/005-measured.sql' with { type: 'text' }
import typedNotifications from '../migrations/006-typed-notifications.sql' with { type: 'text' }
import people from '../migrations/007-people.sql' with { type: 'text' }
import planned from '../migrations/008-planned.sql' with { type: 'text' }
import actions from '../migrations/009-actions.sql' with { type: 'text' }
import cluster from '../migrations/010-cluster.sql' with { type: 'text' }

/** In order; the file's `user_version` is the number of those it has. */
export const STEPS: readonly string[] = [
  state,
  history,
  pings,
  summedTo,
  measured,
  typedNotifications,
  people,
  planned,
  actions,
  cluster,
]

export const LATEST_VERSION: number = STEPS.length

/** Brings a database up to date. */
export function migrate(database: Database): void {
  takeSteps(database, STEPS)
}

/** Takes the steps that the file does not have yet, one transaction each: whenever that is cut short, the next start goes on. */
export function takeSteps(database: Database, steps: readonly string[]): void {
  for (const [index, sql] of steps.entries()) {
    if (versionOf(database) > index) continue
    database.run('BEGIN IMMEDIATE')
    try {
      database.run(sql)
      database.run(`PRAGMA user_version = ${index + 1}`)
      database.run('COMMIT')
    } catch (error) {
      if (database.inTransaction) database.run('ROLLBACK')
      throw error
    }
  }
}

export function versionOf(database: Database): number {
  return database.query<{ user_version: number }, []>('PRAGMA user_version').get()?.user_version ?? 0
}
