import { Database } from 'bun:sqlite'
import { checkTable, isDamage } from './open-database.ts'

/** The tables that a start does not wait for: they are large, and no decision rests on them. */
const TABLES = ['checks', 'roll_ups', 'series', 'measured_hours', 'unwatched']

/** Looks through the history of a file, through a connection of its own: `ok`, or what is wrong. */
export function checkHistory(path: string): string {
  let database: Database | null = null
  try {
    database = new Database(path, { readonly: true })
    for (const table of TABLES) {
      const finding = checkTable(database, table)
      if (finding !== 'ok') return `${table}: ${finding}`
    }
    return 'ok'
  } catch (error) {
    // What cannot be looked at now, a busy file say, is not therefore damaged.
    return isDamage(error) && error instanceof Error ? error.message : 'ok'
  } finally {
    database?.close()
  }
}
