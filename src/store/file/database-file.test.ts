import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import fc from 'fast-check'
import { canMount, mountTmpfs } from '../../../test/crash-loop/tmpfs.ts'
import { changeFile, createScratch, HOLDER, openFile, rowsOf } from '../../../test/support/database.ts'
import { TEST_LIMIT_MS } from '../../../test/support/pace.ts'
import { aChange } from '../../../test/support/samples.ts'
import { PENDING } from '../../core/model/state.ts'
import { tryApply } from '../thread/serve-database.ts'
import { changeMutesIn, type MuteChanges } from './change-mutes.ts'
import { checkHistory } from './check-file.ts'
import { type DatabaseFile, openDatabaseFile } from './database-file.ts'
import { LATEST_VERSION } from './migrate.ts'
import { readDatabase } from './open-for-reading.ts'
import { openForWriting } from './open-for-writing.ts'

setDefaultTimeout(TEST_LIMIT_MS)

const scratch = createScratch()
afterAll(scratch.remove)

const PAGE = 4096
const NOW = Date.parse('2026-08-01T12:34:56.789Z')
const ASIDE = '.corrupt-20260801T123456Z'

/** A database with forty outages of eight monitors. */
function aFile(): string {
  const path = scratch.newPath()
  const file = openFile(path)
  const changes = Array.from({ length: 40 }, (_, index) =>
    aChange(`m${index % 8}`, 1000 + index, { alerts: ['mail'], quiet: 'x'.repeat(300) }),
  )
  file.apply(
    changes.map((change) => ({ kind: 'check', change })),
    5,
  )
  file.close()
  return path
}

function harm(path: string, change: (bytes: Buffer) => Buffer): void {
  writeFileSync(path, change(readFileSync(path)))
}

/** The first page of a table or an index. */
function pageOf(path: string, name: string): number {
  return (
    rowsOf<{ rootpage: number }>(path, `SELECT rootpage FROM sqlite_master WHERE name = '${name}'`)[0]?.rootpage ?? 0
  )
}

const fillPage = (page: number, value: number) => (bytes: Buffer) => bytes.fill(value, (page - 1) * PAGE, page * PAGE)

const asidesOf = (path: string) =>
  readdirSync(dirname(path)).filter(
    (name) => name.startsWith(`${basename(path)}.corrupt-`) && !/-(?:wal|shm)$/.test(name),
  )

function modesOf(path: string): Record<string, string> {
  const names = readdirSync(dirname(path)).filter((name) => name.startsWith(basename(path)))
  return Object.fromEntries(
    names.map((name) => [
      name.slice(basename(path).length),
      (statSync(join(dirname(path), name)).mode & 0o777).toString(8),
    ]),
  )
}

/** Whether a change can be kept, and is there when the file is opened again. */
function works(file: DatabaseFile, path: string): boolean {
  const kept = tryApply(file, [{ kind: 'check', change: aChange('new', 9000) }], 9000)
  file.close()
  const again = openFile(path)
  const isThere = again.snapshot.monitors.has('new')
  again.close()
  return kept.kind === 'kept' && isThere
}

describe('permissions', () => {
  function withUmask<Result>(mask: number, work: () => Result): Result {
    const old = process.umask(mask)
    try {
      return work()
    } finally {
      process.umask(old)
    }
  }

  test.each([0o000, 0o022, 0o077, 0o177])('of all files are the owner’s alone, with umask %o', (mask) => {
    const path = scratch.newPath()
    withUmask(mask, () => {
      const file = openFile(path)
      file.apply([{ kind: 'check', change: aChange('web', 1) }], 1)
      expect(modesOf(path)).toEqual({
        '': '600',
        '-wal': '600',
        '-shm': '600',
        '.lock': '600',
      })
      file.close()
    })
    expect(modesOf(path)).toEqual({ '': '600', '.lock': '600' })
  })

  test('of a file that is begun anew are, too', () => {
    const path = aFile()
    harm(path, (bytes) => bytes.fill(0))
    withUmask(0, () => {
      const file = openFile(path, NOW)
      file.replace(NOW)
      file.apply([], NOW)
      expect(modesOf(path)).toEqual({
        '': '600',
        '-wal': '600',
        '-shm': '600',
        '.lock': '600',
        [ASIDE]: '600',
        [`${ASIDE}-2`]: '600',
      })
      file.close()
    })
  })

  test('of an empty file that somebody made are tightened', () => {
    const path = scratch.newPath()
    writeFileSync(path, '')
    chmodSync(path, 0o644)
    openFile(path).close()
    expect(modesOf(path)['']).toBe('600')
  })
})

describe('a file that cannot be used', () => {
  test.each([
    {
      name: 'whose directory is missing',
      path: () => join(scratch.directory, 'missing', 'm.db'),
      directory: 'missing',
    },
    {
      name: 'whose directory is a file',
      path() {
        writeFileSync(join(scratch.directory, 'file'), '')
        return join(scratch.directory, 'file', 'm.db')
      },
      directory: 'file',
    },
  ])('$name is refused with what to do', ({ path, directory }) => {
    const refused = openDatabaseFile(path(), HOLDER, NOW)
    expect(refused).toEqual({
      kind: 'refused',
      reason: expect.stringContaining(`cannot keep state in ${path()}: `),
      hint: `make ${join(scratch.directory, directory)} writable for Minitor, name another file with database: or --database, or go without: --database :memory:`,
    })
  })

  test('leaves nothing open and nothing held', () => {
    const path = aFile()
    changeFile(path, (database) => database.run('PRAGMA user_version = 1'))
    // The second step finds its table there already.
    const refused = openDatabaseFile(path, HOLDER, NOW)
    expect(refused).toMatchObject({
      kind: 'refused',
      reason: `cannot keep state in ${path}: table checks already exists`,
    })
    expect(
      readdirSync('/proc/self/fd')
        .map(targetOf)
        .filter((target) => target.startsWith(path)),
    ).toEqual([])
    changeFile(path, (database) => database.run(`PRAGMA user_version = ${LATEST_VERSION}`))
    openFile(path).close()
  })
})

function targetOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return ''
  }
}

describe('D5: a damaged file is set aside as it was, and a new one works', () => {
  const cases: { name: string; change: (path: string) => (bytes: Buffer) => Buffer }[] = [
    { name: 'header zeroed', change: () => (bytes) => bytes.fill(0, 0, 100) },
    { name: 'an absurd version', change: () => (bytes) => bytes.fill(0xa7, 60, 64) },
    { name: 'an absurd format', change: () => (bytes) => bytes.fill(0xa7, 44, 48) },
    { name: 'first page zeroed behind the header', change: () => (bytes) => bytes.fill(0, 100, PAGE) },
    { name: 'cut off in the header', change: () => (bytes) => bytes.subarray(0, 50) },
    { name: 'cut off after the first page', change: () => (bytes) => bytes.subarray(0, PAGE) },
    { name: 'cut off in the middle', change: () => (bytes) => bytes.subarray(0, 3 * PAGE + 17) },
    { name: 'all random', change: () => (bytes) => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes.length))) },
    ...[
      'facts',
      'monitors',
      'incidents',
      'notifications',
      'deliveries',
      'silences',
      'deliveries_pending',
      'notifications_by_monitor',
      'incidents_by_start',
    ].flatMap((name) =>
      [0, 0xff].map((value) => ({
        name: `${name} overwritten with ${value}`,
        change: (path: string) => fillPage(pageOf(path, name), value),
      })),
    ),
    {
      name: 'a state that is no longer what was written',
      change: () => (bytes) => {
        bytes[bytes.indexOf('{"status":"down"')] = 0x20
        return bytes
      },
    },
    {
      name: 'a notification that is no longer what was written',
      change: () => (bytes) => {
        const document = '{"id":"m'
        for (let at = bytes.indexOf(document); at >= 0; at = bytes.indexOf(document, at)) bytes[at] = 0x20
        return bytes
      },
    },
    {
      name: 'a column that has another name',
      change: () => (bytes) => {
        // Where the schema has outgrown a page, a copy of it may be left behind.
        const column = 'until_ms INTEGER'
        for (let at = bytes.indexOf(column); at >= 0; at = bytes.indexOf(column, at)) bytes.write('xxxxxxxx', at)
        return bytes
      },
    },
  ]
  test.each(cases)('$name', ({ change }) => {
    const path = aFile()
    harm(path, change(path))
    const bytes = readFileSync(path)
    const file = openFile(path, NOW)
    expect(file.setAside).toBe(path + ASIDE)
    expect(asidesOf(path)).toEqual([basename(path) + ASIDE])
    // SQLite may have looked at it, but has not changed what can be read.
    expect(readFileSync(path + ASIDE).length).toBe(bytes.length)
    expect(file.snapshot).toMatchObject({
      monitors: new Map(),
      deliveries: [],
      lastAliveAtMs: null,
    })
    expect(works(file, path)).toBe(true)
  })

  test('its log goes with it', () => {
    const path = scratch.newPath()
    const file = openFile(path)
    file.apply([{ kind: 'check', change: aChange('web', 1) }], 1)
    const [bytes, log] = [readFileSync(path), readFileSync(`${path}-wal`)]
    file.close()
    writeFileSync(path, bytes.fill(0, 0, 100))
    writeFileSync(`${path}-wal`, log)
    openFile(path, NOW).close()
    expect(readFileSync(`${path}${ASIDE}-wal`)).toEqual(log)
  })

  test('a table that is gone is damage, too', () => {
    const path = aFile()
    changeFile(path, (database) => database.run('DROP TABLE silences'))
    const file = openFile(path, NOW)
    expect(file.setAside).toBe(path + ASIDE)
    expect(works(file, path)).toBe(true)
  })

  test('a damaged history does not keep a daemon from its state, and is found beside the work', () => {
    const path = aFile()
    harm(path, fillPage(pageOf(path, 'checks'), 0xff))
    const file = openFile(path, NOW)
    expect(file.setAside).toBeNull()
    expect(file.snapshot.monitors.size).toBe(8)
    expect(checkHistory(path)).toContain('checks')
    expect(tryApply(file, [{ kind: 'check', change: aChange('m1', 9000) }], 9000)).toMatchObject({
      kind: 'failed',
      isDamaged: true,
    })
    expect(file.replace(NOW)).toBe(path + ASIDE)
    expect(works(file, path)).toBe(true)
  })

  test('whatever bytes change behind the header: it is opened or set aside, and what cannot be written any more is known to be damaged', () => {
    const original = readFileSync(aFile())
    const path = scratch.newPath()
    const runs = fc.record({
      at: fc.integer({ min: 100, max: original.length - 1 }),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
    })
    fc.assert(
      fc.property(runs, ({ at, bytes }) => {
        const copy = Buffer.from(original)
        copy.set(bytes.subarray(0, original.length - at), at)
        for (const name of readdirSync(dirname(path))) {
          if (name.startsWith(basename(path))) rmSync(join(dirname(path), name))
        }
        writeFileSync(path, copy, { mode: 0o600 })
        const file = openFile(path, NOW)
        for (const monitor of ['m1', 'new']) {
          const write = { kind: 'check', change: aChange(monitor, 9000, { alerts: ['mail'] }) } as const
          const applied = tryApply(file, [write], 9000)
          if (applied.kind === 'kept') expect(applied.refused).toEqual([])
          else {
            expect(applied.isDamaged).toBe(true)
            file.replace(NOW)
            expect(tryApply(file, [write], 9000)).toEqual({ kind: 'kept', refused: [] })
          }
        }
        file.close()
        const again = openFile(path)
        // Some damage is seen only once writes have moved it about.
        expect(again.snapshot.monitors.has('new') || again.setAside !== null).toBe(true)
        again.close()
      }),
      { numRuns: 60 },
    )
  })
})

describe('D2: copies of the file and its log, taken while it is written', () => {
  test('open, and hold what was kept by then', () => {
    const path = scratch.newPath()
    const file = openFile(path)
    for (let count = 1; count <= 30; count++) {
      file.apply([{ kind: 'check', change: aChange(`m${count}`, count, { alerts: ['mail'] }) }], count)
      const copy = scratch.newPath()
      for (const suffix of ['', '-wal']) writeFileSync(copy + suffix, readFileSync(path + suffix), { mode: 0o600 })
      const copied = openFile(copy)
      expect([copied.snapshot.monitors.size, copied.snapshot.deliveries.length]).toEqual([count, count])
      copied.close()
    }
    file.close()
  })
})

describe('a log that is cut off', () => {
  test('loses the last transactions, whole ones, and nothing before', () => {
    const path = scratch.newPath()
    const file = openFile(path)
    for (let count = 1; count <= 12; count++) {
      file.apply([{ kind: 'check', change: aChange(`m${count}`, count, { alerts: ['mail'] }) }], count)
    }
    const [bytes, log] = [readFileSync(path), readFileSync(`${path}-wal`)]
    file.close()
    let last = Infinity
    for (let length = log.length; length > 0; length -= 9001) {
      const copy = scratch.newPath()
      writeFileSync(copy, bytes, { mode: 0o600 })
      writeFileSync(`${copy}-wal`, log.subarray(0, length), { mode: 0o600 })
      const copied = openFile(copy)
      const { monitors, deliveries } = copied.snapshot
      expect(deliveries.length).toBe(monitors.size)
      expect([...monitors.keys()]).toEqual(Array.from({ length: monitors.size }, (_, index) => `m${index + 1}`))
      expect(monitors.size).toBeLessThanOrEqual(last)
      last = monitors.size
      copied.close()
    }
    expect(last).toBeLessThan(12)
  })
})

describe('replacing the file', () => {
  test('begins an empty one, in which the holder is named', () => {
    const path = aFile()
    const file = openFile(path)
    expect(file.replace(NOW)).toBe(path + ASIDE)
    file.apply([], NOW)
    expect(rowsOf(path, 'SELECT count(*) AS count FROM monitors')).toEqual([{ count: 0 }])
    expect(rowsOf(path, "SELECT value FROM facts WHERE name = 'holder_pid'")).toEqual([{ value: HOLDER.pid }])
    expect(rowsOf(path + ASIDE, 'SELECT count(*) AS count FROM monitors')).toEqual([{ count: 8 }])
    expect(works(file, path)).toBe(true)
  })

  test('says so when there was nothing any more', () => {
    const path = aFile()
    const file = openFile(path)
    rmSync(path)
    expect(file.replace(NOW)).toBe('')
    expect(asidesOf(path)).toEqual([])
    expect(works(file, path)).toBe(true)
  })

  test('by one that cannot be begun again and again sets nothing else aside', () => {
    const path = aFile()
    const file = openFile(path)
    // What SQLite would make stands in its way.
    mkdirSync(`${path}-journal`)
    writeFileSync(join(`${path}-journal`, 'x'), '')
    expect(file.replace(NOW)).toBe(path + ASIDE)
    for (let count = 0; count < 3; count++) {
      expect(tryApply(file, [], NOW + count * 1000)).toMatchObject({ kind: 'failed', isDamaged: false })
    }
    expect(asidesOf(path)).toEqual([basename(path) + ASIDE])
    rmSync(`${path}-journal`, { recursive: true })
    expect(tryApply(file, [], NOW + 9000)).toEqual({ kind: 'kept', refused: [] })
    expect(asidesOf(path)).toEqual([basename(path) + ASIDE])
    expect(works(file, path)).toBe(true)
  })

  test('does not follow a link that took the place of the file', () => {
    const path = aFile()
    const other = aFile()
    const bytes = readFileSync(other)
    const file = openFile(path)
    rmSync(path)
    symlinkSync(other, path)
    file.replace(NOW)
    expect(readFileSync(other)).toEqual(bytes)
    expect(works(file, path)).toBe(true)
  })
})

test('every commit waits for the disk, and the log is cut back', () => {
  const opened = openForWriting(scratch.newPath())
  if (opened.kind === 'refused') throw new Error(opened.reason)
  const { database } = opened
  const pragma = (name: string) => Object.values(database.query(`PRAGMA ${name}`).get() as object)[0]
  expect([pragma('journal_mode'), pragma('synchronous'), pragma('journal_size_limit')]).toEqual([
    'wal',
    2,
    16 * 1024 * 1024,
  ])
  database.close()
})

const isMounting = canMount()
if (!isMounting) console.error('skipped: a full disk needs root, to mount')

/** Of outages, mutes, and passes after passes, of which some are not summed up yet. */
function write(path: string, isClosed: boolean): string {
  const file = openFile(path)
  const changes = [
    aChange('web', 1000, { alerts: ['mail', 'sms'] }),
    ...[2000, 3000, 4000].map((atMs) => aPass('dns', atMs)),
  ]
  file.apply(
    changes.map((change) => ({ kind: 'check', change })),
    5,
  )
  const silence = { target: { tag: 'db' }, untilMs: 9e12, reason: 'why' }
  file.apply([{ kind: 'mutes', change: { kind: 'silence', silence, atMs: 1 } }], 6)
  file.apply([{ kind: 'check', change: aPass('dns', 5000) }], 7)
  const copy = scratch.newPath()
  if (isClosed) file.close()
  for (const suffix of ['', '-wal']) if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix)
  if (!isClosed) file.close()
  return copy
}

function aPass(monitor: string, atMs: number) {
  const state = { ...PENDING, status: 'up', lastSuccessAtMs: atMs, lastCheckAtMs: atMs } as const
  const change = aChange(monitor, atMs, { isRoutine: atMs > 2000, slotAtMs: atMs - 5 })
  return { ...change, check: { ...change.check, outcome: 'passed' }, state } as const
}

describe.skipIf(!isMounting)('on a full disk', () => {
  test.each([
    { name: 'that was closed', isClosed: true },
    { name: 'whose log was left behind', isClosed: false },
  ])('a file $name says the same as on any other', ({ isClosed }) => {
    const original = write(scratch.newPath(), isClosed)
    const directory = scratch.newPath()
    using disk = mountTmpfs(directory, 'size=1m')
    const path = join(directory, 'm.db')
    for (const suffix of ['', '-wal']) {
      if (existsSync(original + suffix)) copyFileSync(original + suffix, path + suffix)
    }
    expect(existsSync(`${path}-wal`)).toBe(!isClosed)
    disk.fill()
    const file = openDatabaseFile(path, HOLDER, 0)
    if (file.kind === 'refused') throw new Error(file.reason)
    const elsewhere = openFile(original)
    expect(file.trouble).toBe('the disk is full')
    expect(file.snapshot).toEqual(elsewhere.snapshot)
    expect(file.snapshot.monitors.get('dns')).toMatchObject({ state: { lastSuccessAtMs: 5000 }, slotAtMs: 4995 })
    expect(file.snapshot.mutes.silences).toHaveLength(1)
    elsewhere.close()

    const change = aChange('new', 9000)
    const full = { kind: 'failed', reason: 'the disk is full', isDamaged: false } as const
    expect(tryApply(file, [{ kind: 'check', change }], 9000)).toEqual(full)
    disk.free()
    expect(tryApply(file, [{ kind: 'check', change }], 9000)).toEqual({ kind: 'kept', refused: [] })
    // Who changed them while the file could not be opened, nobody has heard of.
    expect(file.changedMutes(0)).toEqual(file.snapshot.mutes)
    expect(file.changedMutes(0)).toBeNull()
    file.close()
    const again = openFile(path)
    expect([...again.snapshot.monitors.keys()].sort()).toEqual(['dns', 'new', 'web'])
    expect(again.snapshot.secret).toBe(file.snapshot.secret)
    again.close()
  })

  test('commands beside the daemon say what is the matter', () => {
    const directory = scratch.newPath()
    using disk = mountTmpfs(directory, 'size=1m')
    const path = join(directory, 'm.db')
    openFile(path).close()
    disk.fill()
    const refusal = (about: string) => ({ kind: 'refused', reason: about, hint: 'make room on the disk' })
    expect(readDatabase(path, () => 0)).toEqual(refusal(`cannot read ${path}: the disk is full`) as never)
    disk.free()
    const file = openFile(path)
    disk.fill()
    const work = (changes: MuteChanges) => {
      for (let count = 0; count < 10_000; count++) {
        changes.silence({ target: { tag: `${count}` }, untilMs: 9e12, reason: 'x'.repeat(900) }, 1)
      }
    }
    expect(changeMutesIn(path, work)).toEqual(refusal(`cannot write to ${path}: the disk is full`) as never)
    file.close()
  })

  test('one that must be brought up to date first is refused, and left as it is', () => {
    const directory = scratch.newPath()
    using disk = mountTmpfs(directory, 'size=1m')
    const path = join(directory, 'm.db')
    openFile(path).close()
    changeFile(path, (database) => database.run('PRAGMA user_version = 4'))
    disk.fill()
    expect(openDatabaseFile(path, HOLDER, 0)).toEqual({
      kind: 'refused',
      reason: `${path} was written by an older Minitor, and the disk is too full to bring it up to date`,
      hint: 'make room on the disk, or go without: --database :memory:',
    })
  })

  test('one that is taken away to make room is missed', () => {
    const directory = scratch.newPath()
    using disk = mountTmpfs(directory, 'size=1m')
    const path = join(directory, 'm.db')
    openFile(path).close()
    disk.fill()
    const file = openFile(path)
    expect(tryApply(file, [], 1)).toMatchObject({ kind: 'failed', isDamaged: false })
    Bun.spawnSync(['rm', path])
    expect(tryApply(file, [], 1)).toEqual({
      kind: 'failed',
      reason: 'the file is gone from its place',
      isDamaged: true,
    })
    disk.free()
    expect(file.replace(1)).toBe('')
    expect(tryApply(file, [], 1)).toEqual({ kind: 'kept', refused: [] })
    file.close()
    expect(statSync(path).size).toBeGreaterThan(0)
  })
})
