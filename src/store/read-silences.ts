import { Database } from 'bun:sqlite'
import type { Silence } from '../core/mute.ts'
import { readMutes } from './mutes.ts'

/** The silences in a daemon's database that have not run out. Throws what the system or SQLite says. */
export function readSilences(path: string, nowMs: number): readonly Silence[] {
  const database = new Database(path, { readonly: true })
  try {
    return readMutes(database, nowMs).silences
  } finally {
    database.close()
  }
}
