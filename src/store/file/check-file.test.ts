import { afterAll, describe, expect, test } from 'bun:test'
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { changeFile, createScratch, HOLDER, openFile } from '../../../test/support/database.ts'
import { checkFile, checkHistory, setAside } from './check-file.ts'
import { openDatabaseFile } from './database-file.ts'
import { LATEST_VERSION } from './migrate.ts'
import { unusable } from './trouble.ts'

const scratch = createScratch()
afterAll(scratch.remove)

/** A file with a database in it. */
function aFile(): string {
  const path = scratch.newPath()
  openFile(path).close()
  return path
}

/** A database whose last change stands in its log only, as after a crash. */
function aCrashedFile(change: (path: string) => void): string {
  const path = aFile()
  const copy = scratch.newPath()
  const file = openFile(path)
  file.apply([], 1)
  change(path)
  for (const suffix of ['', '-wal']) writeFileSync(copy + suffix, readFileSync(path + suffix), { mode: 0o600 })
  file.close()
  return copy
}

/** All that is at that path: names, types, modes and bytes. */
function tracesOf(path: string): string[] {
  return readdirSync(scratch.directory)
    .filter((name) => name.startsWith(basename(path)) && !/\.lock$|-shm$/.test(name))
    .sort()
    .map((name) => {
      const stats = lstatSync(join(scratch.directory, name))
      const bytes = stats.isFile() ? Bun.hash(readFileSync(join(scratch.directory, name))) : ''
      return `${name} ${stats.mode.toString(8)} ${bytes}`
    })
}

const NEWER = `was written by a newer Minitor (schema 99, this one knows ${LATEST_VERSION})`

describe('is refused, and nothing of it is touched', () => {
  const cases: { name: string; make: () => string; reason: string; hint?: string }[] = [
    {
      name: 'D12: a symbolic link to a database',
      make() {
        const path = scratch.newPath()
        symlinkSync(aFile(), path)
        return path
      },
      reason: 'is a symbolic link',
      hint: 'name the file that it points to, with database: or --database',
    },
    {
      name: 'D12: a symbolic link to nothing',
      make() {
        const path = scratch.newPath()
        symlinkSync('nowhere', path)
        return path
      },
      reason: 'is a symbolic link',
    },
    {
      name: 'a directory',
      make() {
        const path = scratch.newPath()
        mkdirSync(path)
        return path
      },
      reason: 'is not a file',
      hint: 'name a file with database: or --database',
    },
    ...[0o620, 0o602, 0o666, 0o777].map((mode) => ({
      name: `D12: a file with mode ${mode.toString(8)}`,
      make() {
        const path = aFile()
        chmodSync(path, mode)
        return path
      },
      reason: 'can be written by other users of this machine',
    })),
    {
      name: 'an empty file that others can write',
      make() {
        const path = scratch.newPath()
        writeFileSync(path, '')
        chmodSync(path, 0o666)
        return path
      },
      reason: 'can be written by other users of this machine',
    },
    ...['monitors:\n\t- { name: web, command: "true" }\n', 'Grüße, 世界\r\n'.repeat(20)].map((text) => ({
      name: `a text file: ${text.slice(0, 9).trim()}`,
      make() {
        const path = scratch.newPath()
        writeFileSync(path, text, { mode: 0o600 })
        return path
      },
      reason: 'is a text file, not a database',
      hint: 'name another file with database: or --database; this one was not touched',
    })),
    {
      name: 'D8: a database of a newer Minitor',
      make() {
        const path = aFile()
        changeFile(path, (database) => database.run('PRAGMA user_version = 99'))
        return path
      },
      reason: NEWER,
      hint: 'start the newer Minitor, or name another file with --database; the file was not touched',
    },
    {
      name: 'D8: one of which only the log says so',
      make() {
        const path = aCrashedFile((open) => changeFile(open, (database) => database.run('PRAGMA user_version = 99')))
        expect(checkFile(path)).toEqual({ kind: 'sound' })
        return path
      },
      reason: NEWER,
    },
  ]
  test.each(cases)('$name', ({ make, reason, hint }) => {
    const path = make()
    const before = tracesOf(path)
    const opened = openDatabaseFile(path, HOLDER, 0)
    if (opened.kind !== 'refused') throw new Error('it was opened')
    expect(opened.reason).toBe(`${path} ${reason}`)
    if (hint !== undefined) expect(opened.hint).toBe(hint)
    expect(tracesOf(path)).toEqual(before)
    // Nor is it held: whoever mends it need not stop anything.
    const again = openDatabaseFile(path, HOLDER, 0)
    expect(again).toEqual(opened)
  })
})

describe('is found', () => {
  const cases: { name: string; make: () => string; kind: string }[] = [
    { name: 'missing where there is none', make: () => scratch.newPath(), kind: 'missing' },
    {
      name: 'missing where it is empty',
      make() {
        const path = scratch.newPath()
        writeFileSync(path, '', { mode: 0o600 })
        return path
      },
      kind: 'missing',
    },
    { name: 'sound where it is a database', make: aFile, kind: 'sound' },
    ...[0o400, 0o600, 0o644, 0o700].map((mode) => ({
      name: `sound with mode ${mode.toString(8)}`,
      make() {
        const path = aFile()
        chmodSync(path, mode)
        return path
      },
      kind: 'sound',
    })),
    ...(
      [
        ['D5: whose header is zero', (bytes: Buffer) => bytes.fill(0, 0, 100)],
        ['D5: whose first letter is another', (bytes: Buffer) => bytes.fill('s', 0, 1)],
        ['D5: that is cut off in the header', (bytes: Buffer) => bytes.subarray(0, 99)],
        ['D5: of one byte', (bytes: Buffer) => bytes.subarray(0, 1)],
        ['D5: of random bytes', () => Buffer.from(crypto.getRandomValues(new Uint8Array(5000)))],
      ] as const
    ).map(([name, harm]) => ({
      name: `damaged: ${name}`,
      make() {
        const path = aFile()
        writeFileSync(path, harm(readFileSync(path)))
        return path
      },
      kind: 'damaged',
    })),
  ]
  test.each(cases)('$name', ({ make, kind }) => {
    const path = make()
    const before = tracesOf(path)
    expect(checkFile(path).kind).toBe(kind as 'sound')
    expect(tracesOf(path)).toEqual(before)
  })
})

describe('what is set aside', () => {
  const AT = Date.parse('2026-08-01T12:34:56.789Z')

  test('keeps its bytes and its log, under a name that says when', () => {
    const path = scratch.newPath()
    for (const suffix of ['', '-wal', '-shm']) writeFileSync(path + suffix, `bytes${suffix}`)
    const aside = setAside(path, AT)
    expect(aside).toBe(`${path}.corrupt-20260801T123456Z`)
    for (const suffix of ['', '-wal', '-shm']) expect(readFileSync(aside + suffix, 'utf8')).toBe(`bytes${suffix}`)
    expect(tracesOf(path).map((line) => line.split(' ')[0])).toEqual([basename(aside), `${basename(aside)}-wal`])
  })

  test('takes the place of nothing', () => {
    const path = scratch.newPath()
    const names = ['one', 'two', 'three'].map((bytes) => {
      writeFileSync(path, bytes)
      return setAside(path, AT)
    })
    expect(names.map((name) => name.slice(`${path}.corrupt-20260801T123456Z`.length))).toEqual(['', '-2', '-3'])
    expect(names.map((name) => readFileSync(name, 'utf8'))).toEqual(['one', 'two', 'three'])
  })
})

test('a file in which nothing was written yet has no damaged history', () => {
  const path = scratch.newPath()
  writeFileSync(path, '')
  expect(checkHistory(path)).toBe('ok')
})

test('a device is no file', () => {
  expect(checkFile('/dev/null')).toMatchObject({ kind: 'refused', reason: '/dev/null is not a file' })
})

test.each(['-wal', '-shm', '-journal'])('a FIFO in the place of its %s is refused, not waited for', (suffix) => {
  const path = aFile()
  rmSync(path + suffix, { force: true })
  expect(Bun.spawnSync(['mkfifo', path + suffix]).success).toBe(true)
  expect(checkFile(path)).toMatchObject({
    kind: 'refused',
    reason: `${path}${suffix}, which belongs to the database, is not a file`,
  })
})

test('what the system says comes with what to do', () => {
  expect(unusable('/var/m.db', new Error('EROFS: read-only file system'))).toEqual({
    kind: 'refused',
    reason: 'cannot keep state in /var/m.db: EROFS: read-only file system',
    hint: 'make /var writable for Minitor, name another file with database: or --database, or go without: --database :memory:',
  })
})
