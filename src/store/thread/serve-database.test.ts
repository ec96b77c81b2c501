import { Database } from 'bun:sqlite'
import { afterAll, describe, expect, test } from 'bun:test'
import { rmSync, writeFileSync } from 'node:fs'
import { createScratch, openFile, rowsOf, startDatabase } from '../../../test/support/database.ts'
import { aChange } from '../../../test/support/samples.ts'
import type { Change } from '../../core/model/ports.ts'
import type { Delivery } from '../../core/model/types.ts'
import type { DatabaseFile } from '../file/database-file.ts'
import type { Write } from '../tables/apply-writes.ts'
import { tryApply } from './serve-database.ts'

const scratch = createScratch()
afterAll(scratch.remove)

const check = (name: string, atMs = 1): Write => ({ kind: 'check', change: aChange(name, atMs, { isRoutine: true }) })
const [mail] = aChange('web', 1, { alerts: ['mail'] }).deliveries as [Delivery]
const REFUSED: Write = { kind: 'delivery', delivery: { ...mail, attemptCount: Number.NaN }, following: [] }
const BUG: Write = { kind: 'check', change: null as unknown as Change }

const namesIn = (path: string) =>
  rowsOf<{ name: string }>(path, 'SELECT name FROM monitors ORDER BY id').map(({ name }) => name)

describe('with writes that can never be kept', () => {
  test.each<{ name: string; writes: Write[]; kept: string[]; refused: RegExp[] }>([
    { name: 'none', writes: [check('a'), check('b')], kept: ['a', 'b'], refused: [] },
    { name: 'nothing at all', writes: [], kept: [], refused: [] },
    {
      name: 'one that the tables refuse',
      writes: [check('a'), REFUSED, check('b')],
      kept: ['a', 'b'],
      refused: [/NOT NULL/],
    },
    {
      name: 'one that is a bug of ours',
      writes: [BUG, check('a')],
      kept: ['a'],
      refused: [/TypeError|null is not an object/],
    },
    { name: 'nothing else', writes: [REFUSED], kept: [], refused: [/NOT NULL/] },
    {
      name: 'several',
      writes: [REFUSED, check('a'), BUG, check('b'), REFUSED],
      kept: ['a', 'b'],
      refused: [/NOT NULL/, /null/, /NOT NULL/],
    },
  ])('$name: all others are kept, in order, and it is said why', ({ writes, kept, refused }) => {
    const path = scratch.newPath()
    const file = openFile(path)
    const applied = tryApply(file, writes, 5)
    if (applied.kind !== 'kept') throw new Error(applied.reason)
    expect(applied.refused.map((reason, index) => refused[index]?.test(reason))).toEqual(refused.map(() => true))
    expect(namesIn(path)).toEqual(kept)
    expect(rowsOf(path, 'SELECT sum(failed_count) AS count FROM roll_ups')).toEqual([
      { count: kept.length === 0 ? null : 2 * kept.length },
    ])
    expect(tryApply(file, [check('next')], 6)).toEqual({ kind: 'kept', refused: [] })
    file.close()
  })
})

describe('with a file that cannot be written', () => {
  test('none is kept while another process holds it; then all are', () => {
    const path = scratch.newPath()
    const file = openFile(path)
    const other = new Database(path, { readwrite: true })
    other.run('BEGIN IMMEDIATE')
    expect(tryApply(file, [check('a'), check('b')], 5)).toEqual({
      kind: 'failed',
      reason: 'another process holds the database',
      isDamaged: false,
    })
    other.run('ROLLBACK')
    other.close()
    expect(namesIn(path)).toEqual([])
    expect(tryApply(file, [check('a'), check('b')], 5)).toEqual({ kind: 'kept', refused: [] })
    expect(namesIn(path)).toEqual(['a', 'b'])
    file.close()
  })

  test('none is kept when the disk is full in the middle; then all are', () => {
    const path = scratch.newPath()
    const { database, apply, all } = startDatabase(path)
    const file = { path, apply, damage: () => null } as unknown as DatabaseFile
    const [{ page_count: pages } = {}] = all('PRAGMA page_count')
    database.run(`PRAGMA max_page_count = ${Number(pages) + 2}`)
    const writes = Array.from({ length: 200 }, (_, index) => check(`m${index}`))
    expect(tryApply(file, writes, 5)).toEqual({ kind: 'failed', reason: 'the disk is full', isDamaged: false })
    expect(database.inTransaction).toBe(false)
    expect(namesIn(path)).toEqual([])
    database.run('PRAGMA max_page_count = 100000')
    expect(tryApply(file, writes, 5)).toEqual({ kind: 'kept', refused: [] })
    expect(all('SELECT count(*) AS count FROM checks')).toEqual([{ count: 200 }])
    database.close()
  })

  test('that is read-only is no damage', () => {
    const path = scratch.newPath()
    const { database, apply } = startDatabase(path)
    database.run('PRAGMA query_only = 1')
    expect(tryApply({ path, apply, damage: () => null } as unknown as DatabaseFile, [check('a')], 5)).toEqual({
      kind: 'failed',
      reason: 'the disk or the file is read-only',
      isDamaged: false,
    })
    database.close()
  })

  test.each([
    { name: 'is gone', harm: (path: string) => rmSync(path) },
    {
      name: 'is another',
      harm(path: string) {
        rmSync(path)
        writeFileSync(path, 'x'.repeat(5000))
      },
    },
    { name: 'was written over', harm: (path: string) => writeFileSync(path, 'x'.repeat(5000)) },
    { name: 'has lost its log', harm: (path: string) => rmSync(`${path}-wal`) },
  ])('that $name is damaged', ({ harm }) => {
    const path = scratch.newPath()
    const file = openFile(path)
    tryApply(file, [check('a')], 5)
    harm(path)
    expect(tryApply(file, [check('b')], 5)).toMatchObject({ kind: 'failed', isDamaged: true })
    file.close()
  })
})

describe('with what the system says', () => {
  const failing = (error: Error): DatabaseFile =>
    ({
      path: scratch.newPath(),
      damage: () => null,
      apply: () => {
        throw error
      },
    }) as unknown as DatabaseFile
  const withCode = (message: string, code: string) => Object.assign(new Error(message), { code })

  test.each([
    { code: 'SQLITE_FULL', isDamaged: false, reason: 'the disk is full' },
    { code: 'SQLITE_READONLY_DBMOVED', isDamaged: false, reason: 'the disk or the file is read-only' },
    { code: 'SQLITE_BUSY_SNAPSHOT', isDamaged: false, reason: 'another process holds the database' },
    { code: 'SQLITE_IOERR_WRITE', isDamaged: false, reason: 'message (SQLITE_IOERR_WRITE)' },
    { code: 'SQLITE_CANTOPEN', isDamaged: false, reason: 'message (SQLITE_CANTOPEN)' },
    { code: 'SQLITE_CORRUPT_INDEX', isDamaged: true, reason: 'message (SQLITE_CORRUPT_INDEX)' },
    { code: 'SQLITE_NOTADB', isDamaged: true, reason: 'message (SQLITE_NOTADB)' },
    { code: 'EMFILE', isDamaged: false, reason: 'message (EMFILE)' },
    { code: 'EIO', isDamaged: false, reason: 'message (EIO)' },
  ])('$code: nothing is lost', ({ code, isDamaged, reason }) => {
    expect(tryApply(failing(withCode('message', code)), [check('a'), check('b')], 5)).toEqual({
      kind: 'failed',
      reason,
      isDamaged,
    })
  })

  test.each([
    { name: 'by what SQLite says', error: withCode('message', 'SQLITE_CONSTRAINT_NOTNULL') },
    { name: 'by what the runtime says', error: withCode('message', 'ERR_INVALID_ARG_TYPE') },
    { name: 'by having no code', error: new TypeError('message') },
  ])('a bug of ours, known $name, is not tried again', ({ error }) => {
    expect(tryApply(failing(error), [check('a')], 5)).toEqual({
      kind: 'kept',
      refused: [expect.stringContaining('message')],
    })
  })
})
