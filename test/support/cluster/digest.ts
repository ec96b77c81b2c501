import { Database } from 'bun:sqlite'
import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { openForWriting } from '../../../src/store/file/open-for-writing.ts'
import { createApplyWrites } from '../../../src/store/tables/apply-writes.ts'
import { createDeliveryRows } from '../../../src/store/tables/deliveries.ts'
import { opened } from '../database.ts'

/** Without what belongs to one file alone: who has it, and how far it trusts the clock. */
const FACTS = "SELECT * FROM facts WHERE name NOT LIKE 'holder_%' AND name <> 'clock'"
/** Without what passes have printed: that is there until the next one, or for longer where the file was closed between. */
const CHECKS = `SELECT monitor_id, started_at_ms, outcome, exit_code, duration_us, reason, quiet, measured, planned,
  CASE WHEN outcome > 1 THEN output END FROM checks`

/**
 * What is in the file of a server, by table: files that follow one journal have the same, once they are equally far. The
 * file may be in use; it is copied to `copy`, and summed up there as it would be when it is closed.
 */
export function digestOf(path: string, copy: string): Readonly<Record<string, string>> {
  rmSync(copy, { force: true })
  const source = new Database(path, { readonly: true })
  try {
    source.run('PRAGMA busy_timeout = 5000')
    source.run('VACUUM INTO ?', [copy])
  } finally {
    source.close()
  }
  const { database } = opened(openForWriting(copy))
  try {
    createApplyWrites(database, createDeliveryRows(database)).sumUp()
    const tables = database
      .query<{ name: string }, []>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
      .all()
    return Object.fromEntries(tables.map(({ name }) => [name, digestOfTable(database, name)]))
  } finally {
    database.close()
    for (const suffix of ['', '-wal', '-shm']) rmSync(copy + suffix, { force: true })
  }
}

function digestOfTable(database: Database, table: string): string {
  const query = table === 'facts' ? FACTS : table === 'checks' ? CHECKS : `SELECT * FROM "${table}"`
  const rows = database.query(query).values() as unknown[][]
  const lines = rows.map((row) =>
    JSON.stringify(row, (_, value) => (value instanceof Uint8Array ? value.toHex() : value)),
  )
  return `${rows.length} rows, ${createHash('sha256').update(lines.sort().join('\n')).digest('hex').slice(0, 16)}`
}
