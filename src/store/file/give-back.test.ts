import { Database } from 'bun:sqlite'
import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { statSync } from 'node:fs'
import { createScratch, openFile } from '../../../test/support/database.ts'
import { failed } from '../../../test/support/history-file.ts'
import { TEST_LIMIT_MS } from '../../../test/support/pace.ts'
import { DAY } from '../../../test/support/time.ts'
import { copyDatabase } from './copy-database.ts'

setDefaultTimeout(TEST_LIMIT_MS)

const scratch = createScratch()
afterAll(scratch.remove)

const NOW = 100 * DAY
const CHECKS = 3000
const CONTENT = 'x'.repeat(4000)
const RETENTION = { checksMs: 7 * DAY, hourlyMs: 90 * DAY, dailyMs: 1825 * DAY }
/** That leaves a tenth. */
const SHORT = { ...RETENTION, checksMs: 6000 }

function fill(path: string): void {
  const file = openFile(path, NOW)
  const checks = Array.from({ length: CHECKS }, (_, index) => {
    const output = `${index} ${CONTENT}`
    return failed('web', NOW - (CHECKS - index) * 20, {
      check: { output },
      state: { lastCheckAtMs: NOW, incidentId: 'i' },
    })
  })
  file.apply(checks, NOW)
  file.close()
}

/** A file as earlier versions have made it. */
function makeOld(path: string): void {
  const database = new Database(path, { readwrite: true })
  database.run('PRAGMA auto_vacuum = NONE')
  database.run('VACUUM')
  expect(database.query('PRAGMA auto_vacuum').get()).toEqual({ auto_vacuum: 0 })
  database.close()
}

/** Slices until nothing is left to do; returns how many. */
function retainAll(file: ReturnType<typeof openFile>, retention: typeof RETENTION): number {
  let count = 1
  while (file.retain(retention, NOW, 0)) if (++count > 10_000) throw new Error('it does not end')
  return count
}

const left = (path: string) => {
  const database = new Database(path, { readonly: true })
  const [row] = database.query<{ count: number }, []>('SELECT count(*) AS count FROM checks').all()
  const ok = database.query('PRAGMA integrity_check').all()
  database.close()
  return { count: row?.count, ok }
}

describe('a shorter retention', () => {
  test.each([
    { name: 'of a file of this version, in slices', age: (_: string) => {}, slices: 10 },
    { name: 'of a file of an earlier version, at once', age: makeOld, slices: 1 },
  ])('makes the file smaller: $name', ({ age, slices }) => {
    const path = scratch.newPath()
    fill(path)
    age(path)
    const before = statSync(path).size
    const file = openFile(path, NOW)
    expect(file.snapshot.monitors.size).toBe(1)
    // While nothing is removed, nothing is given back.
    retainAll(file, RETENTION)
    expect(statSync(path).size).toBe(before)
    expect(retainAll(file, SHORT)).toBeGreaterThan(slices)
    expect(statSync(path).size).toBeLessThan(before / 4)
    file.apply([failed('web', NOW + 1, { state: { incidentId: 'i' } })], NOW + 1)
    // And it stays so: what is free now is for the next rows.
    const after = statSync(path).size
    retainAll(file, SHORT)
    expect(statSync(path).size).toBe(after)
    file.close()
    expect(left(path)).toEqual({ count: CHECKS / 10 + 1, ok: [{ integrity_check: 'ok' }] })
  })

  test('does not wait for a reader, and is made up for later', () => {
    const path = scratch.newPath()
    fill(path)
    const before = statSync(path).size
    const reader = new Database(path, { readonly: true })
    reader.run('BEGIN')
    reader.query('SELECT count(*) FROM checks').get()
    const file = openFile(path, NOW)
    retainAll(file, SHORT)
    expect(reader.query('SELECT count(*) AS count FROM checks').get()).toEqual({ count: CHECKS })
    reader.close()
    file.close()
    expect(statSync(path).size).toBeLessThan(before / 4)
  })

  test('of a restored backup can be given back, too', () => {
    const [path, copy] = [scratch.newPath(), scratch.newPath()]
    fill(path)
    makeOld(path)
    expect(copyDatabase(path, copy).kind).toBe('copied')
    const database = new Database(copy, { readonly: true })
    expect(database.query('PRAGMA auto_vacuum').get()).toEqual({ auto_vacuum: 2 })
    database.close()
  })
})
