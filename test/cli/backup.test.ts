import { Database } from 'bun:sqlite'
import { describe, expect, test } from 'bun:test'
import { mkdirSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Workspace } from '../support/executable.ts'
import { createPlace, withDatabase } from './database.ts'

const CONFIG = 'monitors: [{name: web, command: [true]}]\n'

function inCopy<Result>(place: Workspace, work: (copy: Database) => Result, file = 'copy.db'): Result {
  const copy = new Database(join(place.directory, file), { readonly: true })
  try {
    return work(copy)
  } finally {
    copy.close()
  }
}

const first = (database: Database, sql: string) => Object.values(database.query<object, []>(sql).get() ?? {})[0]

describe.concurrent('backup', () => {
  test('copies what is there and says where to, and how much it is', async () => {
    using place = createPlace(CONFIG, { down: ['web'] })
    withDatabase(place, (database) => {
      database.run("INSERT INTO facts VALUES ('noise', ?)", ['x'.repeat(300_000)])
    })
    const { exitCode, stdout, stderr } = await place.minitor('backup', 'copy.db')
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    const { size } = statSync(join(place.directory, 'copy.db'))
    expect(stdout).toBe(
      `copied ${place.directory}/minitor.db to ${place.directory}/copy.db (${Math.round(size / 1024)} KiB)\n`,
    )
    inCopy(place, (copy) => {
      expect(first(copy, 'PRAGMA integrity_check')).toBe('ok')
      expect(first(copy, 'SELECT count(*) FROM incidents WHERE ended_at_ms IS NULL')).toBe(1)
      expect(first(copy, 'PRAGMA user_version')).toBe(
        withDatabase(place, (database) => first(database, 'PRAGMA user_version')),
      )
    })
  })

  test('says so to machines, too', async () => {
    using place = createPlace(CONFIG)
    const { stdout } = await place.minitor('backup', 'copy.db', '--json')
    const file = join(place.directory, 'copy.db')
    expect(JSON.parse(stdout)).toEqual({ file, bytes: statSync(file).size })
  })

  test('can be read by its owner only, whatever the umask says', async () => {
    using place = createPlace(CONFIG)
    expect((await place.shell('umask 0; exec "$MINITOR" backup copy.db')).exitCode).toBe(0)
    expect(statSync(join(place.directory, 'copy.db')).mode & 0o777).toBe(0o600)
  })

  test('holds what only stands in the log of another process yet', async () => {
    using place = createPlace(CONFIG)
    const { exitCode } = await withDatabase(place, async (database) => {
      database.run("INSERT INTO facts VALUES ('late', 'kept')")
      database.run('BEGIN IMMEDIATE')
      database.run("INSERT INTO facts VALUES ('later', 'not committed')")
      return await place.minitor('backup', 'copy.db')
    })
    expect(exitCode).toBe(0)
    const names = inCopy(place, (copy) => copy.query<{ name: string }, []>('SELECT name FROM facts').all())
    expect(names.map(({ name }) => name)).toContain('late')
    expect(names.map(({ name }) => name)).not.toContain('later')
  })

  test('says of no daemon that it holds the copy: its processes are not left-overs', async () => {
    using place = createPlace(CONFIG)
    withDatabase(place, (database) => {
      database.run("INSERT INTO facts VALUES ('holder_pid', 1), ('holder_start_ticks', '1'), ('run_prefixes', '[]')")
    })
    await place.minitor('backup', 'copy.db')
    const names = inCopy(place, (copy) => copy.query<{ name: string }, []>('SELECT name FROM facts').all())
    expect(names.map(({ name }) => name)).toEqual(['alive_at_ms'])
  })

  test('of the database that --database names', async () => {
    using place = createPlace(CONFIG)
    await place.minitor('backup', 'copy.db')
    const { exitCode, stdout } = await place.minitor('backup', 'again.db', '--database', 'copy.db')
    expect(exitCode).toBe(0)
    expect(stdout).toContain('/copy.db to ')
    expect(inCopy(place, (copy) => first(copy, 'PRAGMA integrity_check'), 'again.db')).toBe('ok')
  })
})

describe.concurrent('a backup that cannot be made leaves nothing behind', () => {
  const refused = async (place: Workspace, ...args: string[]) => {
    const before = place.files().filter((name) => !/-(wal|shm)$/.test(name))
    const { exitCode, stdout, stderr } = await place.minitor('backup', ...args)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toMatch(/^error: .*\n {2}= help: .*\n$/)
    expect(place.files().filter((name) => !/-(wal|shm)$/.test(name))).toEqual(before)
    return stderr
  }

  test('as there is something of that name', async () => {
    using place = createPlace(CONFIG)
    place.write('file', 'precious')
    mkdirSync(join(place.directory, 'directory'))
    symlinkSync('nowhere', join(place.directory, 'link'))
    for (const name of ['file', 'directory', 'link', 'minitor.db']) {
      expect(await refused(place, name)).toContain(`/${name} is there already`)
    }
    expect(place.read('file')).toBe('precious')
  })

  test.each([
    { name: 'there is no such directory', file: 'none/copy.db', says: 'there is no directory /' },
    { name: 'the directory cannot be written', file: '/sys/copy.db', says: 'to /sys/copy.db: ' },
    { name: 'the directory is a file', file: 'config.yml/copy.db', says: '/config.yml/copy.db: ' },
    { name: 'the name is too long', file: `${'x'.repeat(300)}.db`, says: 'cannot copy ' },
  ])('as $name', async ({ file, says }) => {
    using place = createPlace(CONFIG)
    expect(await refused(place, file)).toContain(says)
  })

  test('as the disk takes no more', async () => {
    using place = createPlace(CONFIG)
    withDatabase(place, (database) => {
      database.run("INSERT INTO facts VALUES ('noise', ?)", ['x'.repeat(300_000)])
    })
    const before = place.files()
    const { exitCode, stderr } = await place.shell('trap "" XFSZ; ulimit -f 200; exec "$MINITOR" backup copy.db')
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/^error: .*copy\.db.*\n {2}= help: .*nothing was left in .*\n$/)
    expect(place.files().filter((name) => !/-(wal|shm)$/.test(name))).toEqual(before)
  })

  test('as there is no database, or none that is one', async () => {
    using place = createPlace(CONFIG)
    place.write('other.db', 'x'.repeat(5000))
    place.write('empty.db', '')
    expect(await refused(place, 'copy.db', '--database', 'none.db')).toContain('there is no database /')
    expect(await refused(place, 'copy.db', '--database', ':memory:')).toContain('keeps its state in memory')
    expect(await refused(place, 'copy.db', '--database', 'other.db')).toContain(
      '/other.db is a text file, not a database',
    )
    expect(await refused(place, 'copy.db', '--database', 'empty.db')).toContain('/empty.db is no database')
  })

  test('as the database is damaged', async () => {
    using place = createPlace(CONFIG, { down: ['web'] })
    const content = Buffer.from(await Bun.file(join(place.directory, 'minitor.db')).bytes())
    content.fill(0xff, 4096, content.length)
    place.write('minitor.db', content)
    expect(await refused(place, 'copy.db')).toContain('/minitor.db is damaged: ')
  })

  test('as another one was faster: exactly one of several at once is made', async () => {
    using place = createPlace(CONFIG)
    withDatabase(place, (database) => {
      // So that all have begun before the first one is through.
      database.run("INSERT INTO facts VALUES ('noise', zeroblob(30000000))")
    })
    const all = await Promise.all(Array.from({ length: 4 }, () => place.minitor('backup', 'copy.db')))
    expect(all.map(({ exitCode }) => exitCode).sort()).toEqual([0, 2, 2, 2])
    expect(place.files().filter((name) => name.startsWith('copy.db'))).toEqual(['copy.db'])
  })
})
