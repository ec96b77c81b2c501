import { describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync, readlinkSync, renameSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { NO_MUTES } from '../../src/core/model/mute.ts'
import { readMutes } from '../../src/store/tables/mutes.ts'
import { eventually } from '../support/eventually.ts'
import { createWorkspace, type Workspace } from '../support/executable.ts'
import { createPlace, withDatabase } from './database.ts'

const CONFIG = `monitors:
  - {name: web, command: [true], tags: [edge, eu]}
  - {name: api, command: [true], tags: [edge]}
`

const mutesIn = (place: Workspace) => withDatabase(place, (database) => readMutes(database, Date.now()))

describe.concurrent('wrong usage', () => {
  test.each([
    { args: ['silence', 'wbe', '2h'], says: 'there is no monitor "wbe"', hint: 'did you mean "web"?' },
    { args: ['silence', '--tag', 'edeg', '2h'], says: 'no monitor has the tag "edeg"', hint: 'did you mean "edge"?' },
    {
      args: ['silence', '2h', 'web'],
      says: '"web" is not a duration',
      hint: 'the name comes first: minitor silence web 2h',
    },
    { args: ['silence', 'web', '99y'], says: 'a silence lasts 366d at most', hint: 'enabled: false' },
    { args: ['silence', 'web', '0'], says: '"0" is not a duration', hint: 'minitor silence <name> 2h' },
    { args: ['silence', 'web', '200y'], says: '"200y" is not a duration', hint: 'minitor silence' },
    { args: ['silence', '--all', 'long'], says: '"long" is not a duration', hint: 'minitor silence --all 2h' },
    { args: ['silence', 'web'], says: 'give a duration', hint: 'minitor silence <name> 2h' },
    { args: ['silence'], says: 'name what to silence, and for how long', hint: 'minitor silence <name> 2h' },
    { args: ['silence', '--tag', 'edge'], says: 'name what to silence', hint: 'minitor silence --tag <tag> 2h' },
    {
      args: ['silence', '--tag', 'edge', 'web', '2h'],
      says: '"web" is too much',
      hint: '--tag takes the place of a name',
    },
    { args: ['silence', '--all', 'web', '2h'], says: '"web" is too much', hint: '--all takes the place of a name' },
    { args: ['silence', '--all', '--tag', 'edge', '2h'], says: '--tag', hint: '' },
    { args: ['silence', 'web', '2h', '3h'], says: 'there is no monitor "2h"', hint: 'there are: web, api' },
    { args: ['unsilence'], says: 'name a monitor', hint: 'or use --tag, --group or --all' },
    { args: ['unsilence', 'wbe'], says: 'there is no monitor "wbe"', hint: 'did you mean "web"?' },
    { args: ['unsilence', '--tag', 'edeg'], says: 'no monitor has the tag "edeg"', hint: 'did you mean "edge"?' },
    { args: ['unsilence', '--all', 'web'], says: '"web" is too much', hint: '--all takes the place of a name' },
    { args: ['ack', 'wbe'], says: 'there is no monitor "wbe"', hint: 'did you mean "web"?' },
    { args: ['ack'], says: "missing required argument 'name'", hint: '' },
  ])('$args', async ({ args, says, hint }) => {
    using place = createPlace(CONFIG, { down: ['web'] })
    const { exitCode, stdout, stderr } = await place.minitor(...args)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toStartWith(`error: `)
    expect(stderr).toContain(says)
    expect(stderr).toContain(hint)
    expect(mutesIn(place)).toEqual({ ...NO_MUTES, silences: [], acknowledgements: [] })
  })

  test('a tag where no monitor has one', async () => {
    using place = createPlace('monitors: [{name: web, command: [true]}]\n')
    expect((await place.minitor('silence', '--tag', 'edge', '2h')).stderr).toBe(
      'error: no monitor has the tag "edge"\n  = help: give monitors tags: in the configuration\n',
    )
  })
})

describe.concurrent('a database that cannot be used', () => {
  const commands = [
    ['silence', 'web', '2h'],
    ['unsilence', '--all'],
    ['ack', 'web'],
  ]

  test.each(commands)('that is not there, or not a file: %s', async (...args) => {
    using place = createWorkspace({ 'config.yml': CONFIG })
    const missing = await place.minitor(...args)
    expect(missing).toMatchObject({ exitCode: 2, stdout: '' })
    expect(missing.stderr).toMatch(
      /^error: there is no database \/.*\/minitor\.db\n {2}= help: has the daemon been started\?/,
    )
    const inMemory = await place.minitor(...args, '--database', ':memory:')
    expect(inMemory).toMatchObject({ exitCode: 2, stdout: '' })
    expect(inMemory.stderr).toStartWith('error: the daemon keeps its state in memory, where no command can read it\n')
    expect(place.files()).toEqual(['config.yml'])
  })

  test.each([
    { name: 'of a newer Minitor', version: 99, says: 'was written by a newer Minitor (schema 99, this one knows' },
    {
      name: 'of an older Minitor',
      version: 1,
      says: 'which brings the file up to date',
    },
  ])('$name is refused and left as it is', async ({ version, says }) => {
    using place = createPlace(CONFIG)
    withDatabase(place, (database) => database.run(`PRAGMA user_version = ${version}`))
    const before = readFileSync(join(place.directory, 'minitor.db'))
    const { exitCode, stdout, stderr } = await place.minitor('silence', 'web', '2h')
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toContain(says)
    expect(readFileSync(join(place.directory, 'minitor.db')).equals(before)).toBe(true)
  })

  test('an empty file, some other file, a link', async () => {
    using place = createPlace(CONFIG)
    place.write('empty.db', '')
    place.write('other.db', 'x'.repeat(5000))
    renameSync(join(place.directory, 'minitor.db'), join(place.directory, 'real.db'))
    symlinkSync('real.db', join(place.directory, 'minitor.db'))
    for (const [file, says] of [
      ['empty.db', 'is empty'],
      ['other.db', 'is a text file, not a database'],
      ['minitor.db', 'is a symbolic link'],
    ] as const) {
      const { exitCode, stderr } = await place.minitor('silence', 'web', '2h', '--database', file)
      expect(exitCode).toBe(2)
      expect(stderr).toContain(says)
    }
    expect(place.read('other.db')).toBe('x'.repeat(5000))
  })

  test('one that another process has locked for a moment is waited for', async () => {
    using place = createPlace(CONFIG)
    const silenced = await withLock(place, async (release) => {
      const child = place.start('silence', 'web', '2h')
      await eventually('it has the database open', () => hasOpen(child.pid, 'minitor.db'))
      // Not to wait for anything: so long the lock is held.
      await Bun.sleep(700)
      release()
      return { exitCode: await child.exited, stderr: await child.stderr.text() }
    })
    expect(silenced).toEqual({ exitCode: 0, stderr: '' })
    expect(mutesIn(place).silences).toHaveLength(1)
  })

  test('one that stays locked is refused', async () => {
    using place = createPlace(CONFIG)
    const { exitCode, stderr } = await withLock(place, () => place.minitor('silence', 'web', '2h'))
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/^error: another process keeps \/.*minitor\.db locked\n {2}= help: try again later\n$/)
  })
})

async function withLock<Result>(place: Workspace, work: (release: () => void) => Promise<Result>): Promise<Result> {
  return await withDatabase(place, async (database) => {
    database.run('BEGIN IMMEDIATE')
    return await work(() => database.run('ROLLBACK'))
  })
}

function hasOpen(pid: number, name: string): boolean {
  return readdirSync(`/proc/${pid}/fd`).some((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).endsWith(`/${name}`)
    } catch {
      return false
    }
  })
}
