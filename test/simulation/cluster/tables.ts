import { Database } from 'bun:sqlite'
import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { openDatabaseFile } from '../../../src/store/file/database-file.ts'

/** What is a file's own, or its process's. */
const OWN_FACTS = ['holder_pid', 'holder_start_ticks', 'journal']

/** How far a file has which journal. */
export function positionOf(path: string): string {
  const database = new Database(path, { readonly: true })
  try {
    return String(database.query<{ value: unknown }, []>("SELECT value FROM facts WHERE name = 'journal'").get()?.value)
  } finally {
    database.close()
  }
}

/** All that is in a file which a process has open, but what is its own: a line for each row, by table. */
export function contentOf(path: string): ReadonlyMap<string, readonly string[]> {
  const copy = `${path}.look`
  for (const suffix of ['', '-wal']) if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix)
  // When a process ends, it writes what it has put off.
  const opened = openDatabaseFile(copy, { pid: 1, startTicks: '' }, 0)
  if (opened.kind === 'refused') throw new Error(opened.reason)
  opened.close()
  const database = new Database(copy, { readonly: true })
  try {
    const tables = database
      .query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      .all()
    return new Map(
      tables.map(({ name }) => {
        const rows = database.query<Record<string, unknown>, []>(`SELECT * FROM "${name}"`).all()
        const shared = name === 'facts' ? rows.filter((row) => !OWN_FACTS.includes(String(row.name))) : rows
        return [name, shared.map((row) => JSON.stringify(sharedPart(name, row))).sort()]
      }),
    )
  } finally {
    database.close()
    for (const suffix of ['', '-wal', '-shm', '.lock']) rmSync(copy + suffix, { force: true })
  }
}

/** Without what depends on when a process began: the output of the last pass that it has written, whether a slot was stored. */
function sharedPart(table: string, row: Record<string, unknown>): Record<string, unknown> {
  if (table === 'checks' && row.outcome === 0) return { ...row, output: null }
  return table === 'monitors' ? { ...row, slot_at_ms: null } : row
}

/** What two files do not have in common, a line for each table. */
export function differences(one: ReturnType<typeof contentOf>, other: ReturnType<typeof contentOf>): readonly string[] {
  return [...new Set([...one.keys(), ...other.keys()])].flatMap((table) => {
    const [left, right] = [new Set(one.get(table)), new Set(other.get(table))]
    const [more, less] = [[...left.difference(right)], [...right.difference(left)]]
    if (more.length === 0 && less.length === 0) return []
    return [`${table}: ${more.length} | ${less.length}: ${more.slice(0, 2).join(' ')} | ${less.slice(0, 2).join(' ')}`]
  })
}
