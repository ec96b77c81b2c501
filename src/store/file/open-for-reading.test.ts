import { Database } from 'bun:sqlite'
import { afterAll, describe, expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { createScratch } from '../../../test/support/database.ts'
import { keepHistory, passed } from '../../../test/support/history-file.ts'
import { readMonitors } from '../tables/monitors.ts'
import { LATEST_VERSION } from './migrate.ts'
import { openForReading, readDatabase } from './open-for-reading.ts'

const scratch = createScratch()
afterAll(scratch.remove)

function kept(): string {
  const path = scratch.newPath()
  keepHistory(path, [passed('web', 1000)], { aliveAtMs: 1000 })
  return path
}

function change(path: string, ...statements: readonly string[]): string {
  const database = new Database(path)
  for (const statement of statements) database.run(statement)
  database.close()
  return path
}

const names = (database: Database) => [...readMonitors(database).keys()]

describe('a file that cannot be read is refused with a reason', () => {
  test.each([
    {
      name: 'of an older Minitor',
      make: () => change(kept(), `PRAGMA user_version = ${LATEST_VERSION - 1}`),
      says: 'older Minitor',
      hint: 'start the daemon of this version once',
    },
    {
      name: 'of a newer Minitor',
      make: () => change(kept(), `PRAGMA user_version = ${LATEST_VERSION + 1}`),
      says: 'newer Minitor',
      hint: 'not touched',
    },
    {
      name: 'that is text',
      make: () => {
        const path = scratch.newPath()
        writeFileSync(path, 'monitors:\n'.repeat(100), { mode: 0o600 })
        return path
      },
      says: 'is a text file, not a database',
      hint: '--database',
    },
    {
      name: 'of another program',
      make: () => change(kept(), 'DROP TABLE deliveries', 'DROP TABLE monitors'),
      says: 'is not a database of Minitor',
      hint: '--database',
    },
    {
      name: 'that is empty',
      make: () => {
        const path = scratch.newPath()
        writeFileSync(path, '', { mode: 0o600 })
        return path
      },
      says: 'is empty',
      hint: 'start the daemon',
    },
    {
      name: 'that is damaged',
      make: () => {
        const path = change(kept(), 'PRAGMA wal_checkpoint(TRUNCATE)')
        const bytes = readFileSync(path)
        bytes.fill(0xff, 100)
        writeFileSync(path, bytes)
        return path
      },
      says: 'is damaged',
      hint: 'log',
    },
    { name: 'that is a directory', make: () => '/tmp', says: 'is not a file', hint: '--database' },
  ])('$name', ({ make, says, hint }) => {
    const path = make()
    const reading = readDatabase(path, names)
    expect(reading).toMatchObject({ kind: 'refused' })
    if (reading.kind !== 'refused') return
    expect(reading.reason).toContain(says)
    expect(reading.hint).toContain(hint)
  })
})

// Each would keep its reader busy for ever, or is the door to something that would.
test.each([
  {
    name: 'a view',
    statement: 'CREATE VIEW endless AS WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x FROM n) SELECT x FROM n',
  },
  { name: 'a trigger', statement: 'CREATE TRIGGER more AFTER INSERT ON facts BEGIN DELETE FROM facts; END' },
  { name: 'a virtual table', statement: 'CREATE VIRTUAL TABLE words USING fts5 (x)' },
])('a file with $name in it is not one of Minitor', ({ statement }) => {
  const path = change(kept(), statement)
  expect(openForReading(path)).toMatchObject({ kind: 'refused', reason: `${path} is not a database of Minitor` })
})

test('what is read is of one moment, while a writer goes on', () => {
  const path = kept()
  const writer = new Database(path)
  const reading = readDatabase(path, (database) => {
    const before = names(database)
    writer.run("INSERT INTO monitors (name) VALUES ('api')")
    return { before, after: names(database) }
  })
  expect(reading).toEqual({ kind: 'read', result: { before: ['web'], after: ['web'] } })
  expect(readDatabase(path, names)).toEqual({ kind: 'read', result: ['web', 'api'] })
  writer.close()
})

test('reads beside a writer in the middle of a transaction, and changes nothing', () => {
  const path = kept()
  const writer = new Database(path)
  writer.run('BEGIN IMMEDIATE')
  writer.run("INSERT INTO monitors (name) VALUES ('api')")
  expect(readDatabase(path, names)).toEqual({ kind: 'read', result: ['web'] })
  const reader = openForReading(path)
  if (reader.kind === 'refused') throw new Error(reader.reason)
  expect(() => reader.database.run("INSERT INTO monitors (name) VALUES ('dns')")).toThrow('readonly')
  reader.database.close()
  writer.run('ROLLBACK')
  writer.close()
})

test('a bug is thrown, not told as a fault of the file', () => {
  const wrong = () => readDatabase(kept(), (database) => database.query('SELECT no_such_column FROM monitors').all())
  expect(wrong).toThrow('no such column')
})
