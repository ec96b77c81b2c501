import { describe, expect, test } from 'bun:test'
import { chownSync, existsSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readMutes } from '../../src/store/tables/mutes.ts'
import { startDaemon } from '../support/daemon-process.ts'
import { rowsOf } from '../support/database.ts'
import { createWorkspace, type Workspace } from '../support/executable.ts'
import { createPlace, withDatabase } from './database.ts'

const CONFIG = 'monitors: [{name: web, command: [true]}]\n'

const reasonsIn = (place: Pick<Workspace, 'directory'>) =>
  withDatabase(place, (database) => readMutes(database, Date.now()).silences.map(({ reason }) => reason))

/** A place with a backup from before its last silence. */
async function createRestorable(): Promise<Workspace> {
  const place = createPlace(CONFIG, { down: ['web'] })
  await place.minitor('silence', 'web', '2h', '--reason', 'before')
  await place.minitor('backup', 'bk.db')
  await place.minitor('silence', 'web', '2h', '--reason', 'after')
  return place
}

describe.concurrent('J10: restore', () => {
  test('puts a backup in the place of the database, sets that aside, and says what it did', async () => {
    using place = await createRestorable()
    const { exitCode, stdout, stderr } = await place.minitor('restore', 'bk.db')
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    const aside = place.files().find((name) => /^minitor\.db\.before-restore-\d{8}T\d{6}Z$/.test(name)) ?? ''
    expect(stdout).toMatch(
      new RegExp(
        `^restored ${place.directory}/minitor\\.db from bk\\.db \\(\\d+ KiB\\)\nThe database before it is now ${place.directory}/${aside}\\.\nStart the daemon again\\.\n$`,
      ),
    )
    expect(reasonsIn(place)).toEqual(['before'])
    expect(rowsOf(join(place.directory, aside), 'SELECT reason FROM silences')).toContainEqual({ reason: 'after' })
    expect(statSync(join(place.directory, 'minitor.db')).mode & 0o777).toBe(0o600)
    expect(existsSync(join(place.directory, 'bk.db'))).toBe(true)
  })

  test('for machines', async () => {
    using place = await createRestorable()
    const { stdout } = await place.minitor('restore', 'bk.db', '--json')
    const file = join(place.directory, 'minitor.db')
    const { size } = statSync(file)
    expect(JSON.parse(stdout)).toEqual({
      file,
      bytes: size,
      set_aside: expect.stringContaining('minitor.db.before-restore-'),
    })
  })

  test('twice in a second', async () => {
    using place = await createRestorable()
    const both = await Promise.all([place.minitor('restore', 'bk.db'), place.minitor('restore', 'bk.db')])
    // One at a time: the second may come while the first has the lock.
    expect(both.map(({ exitCode }) => exitCode)).toContain(0)
    for (let count = 0; count < 3; count++) expect((await place.minitor('restore', 'bk.db')).exitCode).toBe(0)
    expect(reasonsIn(place)).toEqual(['before'])
    expect(
      place.files().filter((name) => name.includes('before-restore') && !/-(?:wal|shm)$/.test(name)).length,
    ).toBeGreaterThanOrEqual(4)
    expect(place.files().filter((name) => name.includes('restoring'))).toEqual([])
  })

  test('where there is no database any more, or a damaged one, or only its log', async () => {
    using place = await createRestorable()
    for (const spoil of [
      () => rmSync(join(place.directory, 'minitor.db')),
      () => writeFileSync(join(place.directory, 'minitor.db'), Buffer.alloc(9000, 7)),
      () => {
        rmSync(join(place.directory, 'minitor.db'))
        writeFileSync(join(place.directory, 'minitor.db-wal'), 'the log of another database')
      },
    ]) {
      spoil()
      expect(await place.minitor('restore', 'bk.db')).toMatchObject({ exitCode: 0, stderr: '' })
      expect(reasonsIn(place)).toEqual(['before'])
      expect(existsSync(join(place.directory, 'minitor.db-wal'))).toBe(false)
    }
  })

  test('of a database of a newer Minitor: after going back to an older one', async () => {
    using place = await createRestorable()
    withDatabase(place, (database) => database.run('PRAGMA user_version = 99'))
    expect((await place.minitor('restore', 'bk.db')).exitCode).toBe(0)
    expect(reasonsIn(place)).toEqual(['before'])
  })

  test('beside a configuration that cannot be read, or by the name of the database', async () => {
    using place = await createRestorable()
    place.write('config.yml', 'monitrs: []\n')
    const { exitCode, stderr } = await place.minitor('restore', 'bk.db')
    expect(exitCode).toBe(0)
    expect(stderr).toStartWith('warning: the configuration is used as far as it can be read')
    expect(await place.minitor('restore', 'bk.db', '--database', 'new.db')).toMatchObject({ exitCode: 0, stderr: '' })
    expect(rowsOf(join(place.directory, 'new.db'), 'SELECT reason FROM silences')).toContainEqual({ reason: 'before' })
  })

  test.skipIf(process.getuid?.() !== 0)('by root, for the user that the daemon runs as', async () => {
    using place = await createRestorable()
    chownSync(join(place.directory, 'minitor.db'), 65533, 65533)
    rmSync(join(place.directory, 'minitor.db.lock'), { force: true })
    expect((await place.minitor('restore', 'bk.db')).exitCode).toBe(0)
    for (const file of ['minitor.db', 'minitor.db.lock']) {
      const { uid, gid } = statSync(join(place.directory, file))
      expect({ file, uid, gid }).toEqual({ file, uid: 65533, gid: 65533 })
    }
  })

  test.each([
    { name: 'a file that is not there', file: 'nowhere.db', says: 'there is no file' },
    { name: 'the database itself', file: 'minitor.db', says: 'is the database itself' },
    { name: 'the configuration', file: 'config.yml', says: 'is a text file, not a database' },
    { name: 'some bytes', file: 'bytes.db', says: 'is no database' },
    { name: 'an empty file', file: 'empty.db', says: 'is no database' },
    { name: 'a part of a backup', file: 'part.db', says: 'part.db' },
    { name: 'a link', file: 'link.db', says: 'is a symbolic link' },
    { name: 'a backup of a newer Minitor', file: 'newer.db', says: 'was written by a newer Minitor' },
  ])('is refused, and changes nothing: $name', async ({ file, says }) => {
    using place = await createRestorable()
    place.write('bytes.db', Buffer.alloc(5000, 3))
    place.write('empty.db', '')
    place.write('part.db', (await Bun.file(join(place.directory, 'bk.db')).bytes()).slice(0, 9000))
    symlinkSync('bk.db', join(place.directory, 'link.db'))
    const newer = await Bun.file(join(place.directory, 'bk.db')).bytes()
    newer[63] = 99
    place.write('newer.db', newer)
    for (const name of ['bytes.db', 'empty.db', 'part.db', 'newer.db']) await place.shell(`chmod 600 ${name}`)
    const before = place.files().filter((name) => !name.endsWith('.lock'))
    const { exitCode, stdout, stderr } = await place.minitor('restore', file)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toContain(says)
    expect(place.files().filter((name) => !name.endsWith('.lock'))).toEqual(before)
    expect(reasonsIn(place)).toEqual(['after'])
  })

  test('a configuration that was named as the database is not moved', async () => {
    using place = await createRestorable()
    const { exitCode, stderr } = await place.minitor('restore', 'bk.db', '--database', 'config.yml')
    expect(exitCode).toBe(2)
    expect(stderr).toContain('is a text file, not a database')
    expect(place.read('config.yml')).toBe(CONFIG)
  })
})

test('J10: restore is refused while a daemon has the database; afterwards, also after kill -9, it takes the backup up', async () => {
  const config = 'check_interval: 100ms\nmonitors: [{name: web, command: "echo >>runs"}]\n'
  await using daemon = startDaemon({ config })
  await daemon.line({ monitor: 'web', status: 'up' })
  expect((await daemon.minitor('backup', 'bk.db')).exitCode).toBe(0)
  expect((await daemon.minitor('silence', 'web', '2h', '--reason', 'after')).exitCode).toBe(0)
  const refused = await daemon.minitor('restore', 'bk.db')
  expect(refused.exitCode).toBe(2)
  expect(refused.stderr).toContain(`another Minitor (pid ${daemon.pid}) already keeps its state in`)
  expect(refused.stderr).toContain('stop it first')
  daemon.signal('SIGKILL')
  await daemon.exitCode()
  expect(existsSync(join(daemon.directory, 'minitor.db-wal'))).toBe(true)
  expect(await daemon.minitor('restore', 'bk.db')).toMatchObject({ exitCode: 0, stderr: '' })

  const database = join(daemon.directory, 'minitor.db')
  await using next = startDaemon({ config, args: ['run', '--database', database] })
  await next.line(({ msg }) => msg.includes('watches 1 monitor'))
  expect(next.lines.filter(({ level }) => level === 'error')).toEqual([])
  const history = await next.minitor('history', 'web', '--json', '--database', database)
  expect(JSON.parse(history.stdout).checks.length).toBeGreaterThan(0)
  expect(rowsOf(database, 'SELECT * FROM silences')).toEqual([])
})

describe.concurrent('backup to standard output', () => {
  test('is the copy, and nothing else', async () => {
    using place = createPlace(CONFIG, { down: ['web'] })
    const { exitCode, stderr } = await place.shell('"$MINITOR" backup - >out.db')
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(rowsOf(join(place.directory, 'out.db'), 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
    expect(place.files().filter((name) => !/-(?:wal|shm)$/.test(name))).toEqual(['config.yml', 'minitor.db', 'out.db'])
  })

  test('through a pipe, whatever its size', async () => {
    using place = createPlace(CONFIG)
    withDatabase(place, (database) => {
      database.run("INSERT INTO facts VALUES ('noise', randomblob(3000000))")
    })
    await place.shell(
      'mkdir tmp; TMPDIR=$PWD/tmp "$MINITOR" backup - | (sleep 0.2; cat) | gzip | gunzip >out.db; ls tmp >left',
    )
    expect(rowsOf(join(place.directory, 'out.db'), 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
    expect(place.read('left')).toBe('')
  })

  test('that cannot be written is an error', async () => {
    using place = createPlace(CONFIG)
    const { exitCode, stderr } = await place.shell('"$MINITOR" backup - >/dev/full')
    expect(exitCode).toBe(2)
    expect(stderr).toStartWith('error: cannot write the copy to standard output: ')
  })

  test('is refused on a terminal, and beside --json', async () => {
    using place = createPlace(CONFIG)
    const { exitCode, stdout } = await place.onTerminal({}, 'backup', '-')
    expect(exitCode).toBe(2)
    expect(stdout).toContain('send it to a file or a pipe')
    expect((await place.minitor('backup', '-', '--json')).exitCode).toBe(2)
  })

  test('where there is no database', async () => {
    using place = createWorkspace({ 'config.yml': CONFIG })
    expect(await place.minitor('backup', '-')).toMatchObject({ exitCode: 2, stdout: '' })
  })
})
