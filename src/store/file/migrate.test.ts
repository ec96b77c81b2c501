import { Database } from 'bun:sqlite'
import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { createScratch } from '../../../test/support/database.ts'
import { TEST_LIMIT_MS } from '../../../test/support/pace.ts'
import { LATEST_VERSION, migrate, versionOf } from './migrate.ts'

setDefaultTimeout(TEST_LIMIT_MS)

const scratch = createScratch()
afterAll(scratch.remove)

const open = (path = scratch.newPath()) => new Database(path, { create: true, readwrite: true })

function schemaOf(database: Database): string[] {
  return database
    .query<{ sql: string }, []>('SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name')
    .all()
    .map(({ sql }) => sql)
}

const ONE = 'CREATE TABLE one (x INTEGER) STRICT; INSERT INTO one VALUES (1)'
const TWO = 'CREATE TABLE two (x INTEGER) STRICT; INSERT INTO two SELECT x + 1 FROM one'
const THREE = 'ALTER TABLE one ADD COLUMN y INTEGER; UPDATE one SET y = (SELECT x FROM two)'

describe('steps', () => {
  test('are each taken once, in order', () => {
    const database = open()
    migrate(database, [ONE])
    expect(versionOf(database)).toBe(1)
    migrate(database, [ONE, TWO, THREE])
    expect(versionOf(database)).toBe(3)
    migrate(database, [ONE, TWO, THREE])
    expect(database.query('SELECT * FROM one').all()).toEqual([{ x: 1, y: 2 }])
    expect(database.query('SELECT * FROM two').all()).toEqual([{ x: 2 }])
  })

  test('of an older Minitor leave a newer file alone', () => {
    const database = open()
    migrate(database, [ONE, TWO])
    const before = schemaOf(database)
    migrate(database, [ONE])
    expect([versionOf(database), schemaOf(database)]).toEqual([2, before])
  })

  test.each([
    { name: 'at its begin', broken: `CREATE TABLE one (y); ${TWO}` },
    {
      name: 'in its middle',
      broken: `CREATE TABLE two (x); UPDATE one SET x = 9; INSERT INTO none VALUES (1); ${THREE}`,
    },
    { name: 'at its end', broken: `${TWO}; ${THREE}; SELECT raise_nothing()` },
  ])('that fail $name leave what there was, and the next start completes them', ({ broken }) => {
    const path = scratch.newPath()
    const database = open(path)
    expect(() => migrate(database, [ONE, broken, THREE])).toThrow()
    expect(database.inTransaction).toBe(false)
    expect([versionOf(database), schemaOf(database)]).toEqual([1, ['CREATE TABLE one (x INTEGER) STRICT']])
    expect(database.query('SELECT x FROM one').all()).toEqual([{ x: 1 }])
    database.close()
    const again = open(path)
    migrate(again, [ONE, TWO, THREE])
    expect(versionOf(again)).toBe(3)
    expect(again.query('SELECT * FROM one').all()).toEqual([{ x: 1, y: 2 }])
  })

  test('fail while another process writes, and are taken after it', () => {
    const path = scratch.newPath()
    const database = open(path)
    database.run('PRAGMA journal_mode = WAL')
    const other = open(path)
    other.run('BEGIN IMMEDIATE')
    expect(() => migrate(database, [ONE])).toThrow('database is locked')
    other.run('ROLLBACK')
    migrate(database, [ONE])
    expect(versionOf(database)).toBe(1)
  })
})

test('D9: killed anywhere in a migration, the next start completes it', async () => {
  const untouched = scratch.newPath()
  open(untouched).close()
  const whole = open()
  migrate(whole)
  for (const [index, kill] of [
    // Killed within each step, and at its end.
    "sql.includes('CREATE TABLE incidents')",
    "sql.includes('user_version = 1')",
    "sql.includes('CREATE TABLE checks')",
    "sql.includes('user_version = 2')",
    "sql.includes('CREATE TABLE pings')",
    "sql.includes('user_version = 3')",
    "sql.includes('summed_to_ms')",
    "sql.includes('user_version = 4')",
  ].entries()) {
    const path = scratch.newPath()
    copyFileSync(untouched, path)
    const script = `
      import { Database } from 'bun:sqlite'
      import { migrate } from ${JSON.stringify(join(import.meta.dir, 'migrate.ts'))}
      const database = new Database(${JSON.stringify(path)}, { readwrite: true })
      database.run('PRAGMA journal_mode = WAL')
      const run = database.run.bind(database)
      database.run = (sql, ...values) => {
        const done = run(sql, ...values)
        if (${kill}) process.kill(process.pid, 'SIGKILL')
        return done
      }
      migrate(database)`
    const child = Bun.spawn([process.execPath, '-e', script], { stderr: 'inherit' })
    await child.exited
    expect(child.signalCode).toBe('SIGKILL')
    const database = open(path)
    expect(versionOf(database)).toBe(Math.floor(index / 2))
    migrate(database)
    expect(versionOf(database)).toBe(LATEST_VERSION)
    expect(schemaOf(database)).toEqual(schemaOf(whole))
    database.close()
  }
})
