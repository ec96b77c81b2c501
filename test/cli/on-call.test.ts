import { describe, expect, test } from 'bun:test'
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { readMutes } from '../../src/store/tables/mutes.ts'
import type { Workspace } from '../support/executable.ts'
import { createPlace, withDatabase } from './database.ts'

const CONFIG = `monitors:
  - {name: web, command: [true], tags: [edge]}
  - {name: api, command: [true], tags: [edge]}
`

const SECRET = `monitors:
  - {name: web, command: [curl, "\${SEC}"], tags: [edge]}
  - {name: api, command: [true], tags: [edge]}
`

interface Trouble {
  readonly name: string
  readonly spoil: (place: Workspace) => void
  readonly says: string
}

const writes = (config: string | Uint8Array) => (place: Workspace) => place.write('config.yml', config)

/** A directory in the place of the file, in which the database is, too. */
function becomesDirectory(place: Workspace, spoil: (directory: string) => void): void {
  rmSync(join(place.directory, 'config.yml'))
  mkdirSync(join(place.directory, 'config.yml'))
  place.write('config.yml/a.yml', CONFIG)
  renameSync(join(place.directory, 'minitor.db'), join(place.directory, 'config.yml/minitor.db'))
  spoil(join(place.directory, 'config.yml'))
}

const makeFifo = (path: string) => Bun.spawnSync(['mkfifo', path])

/** What goes wrong with a configuration, while the daemon rightly runs on. */
const TROUBLES: readonly Trouble[] = [
  { name: 'a variable of the daemon', spoil: writes(SECRET), says: 'the environment variable SEC is not set' },
  {
    name: 'a variable in a name',
    spoil: writes(CONFIG.replace('web', `"\${SITE}"`)),
    says: 'the environment variable SITE is not set',
  },
  { name: 'a wrong key', spoil: writes(CONFIG.replace('monitors', 'monitrs')), says: 'the key "monitrs" is not known' },
  { name: 'a wrong value', spoil: writes(`check_interval: soon\n${CONFIG}`), says: 'check_interval' },
  { name: 'the same name twice', spoil: writes(CONFIG.replace('api', 'web')), says: 'two monitors named' },
  { name: 'an alert that is gone', spoil: writes(CONFIG.replace('tags', 'alerts: [mail], tags')), says: 'mail' },
  { name: 'a sentence', spoil: writes('half of it\n'), says: 'must be a map' },
  { name: 'no YAML', spoil: writes(`${CONFIG}  - {name: "`), says: 'config.yml:' },
  { name: 'nothing', spoil: writes(''), says: 'the configuration is empty' },
  { name: 'bytes', spoil: writes(Uint8Array.of(0x61, 0xff, 0xfe)), says: 'not UTF-8' },
  { name: 'a tab', spoil: writes(CONFIG.replace('  -', '\t-')), says: 'config.yml:' },
  {
    name: 'no file',
    spoil: (place) => rmSync(join(place.directory, 'config.yml')),
    says: 'cannot read config.yml: there is no such file',
  },
  {
    name: 'a secret that is not there',
    spoil: writes(CONFIG.replace('true', `"\${file:/nonexistent/key}"`)),
    says: 'cannot read /nonexistent/key: there is no such file',
  },
  {
    name: 'a FIFO as a secret',
    spoil: (place) => {
      makeFifo(join(place.directory, 'key'))
      place.write('config.yml', CONFIG.replace('true', `"\${file:key}"`))
    },
    says: 'cannot read key: it is not a file',
  },
  {
    name: 'a FIFO as the file',
    spoil: (place) => {
      rmSync(join(place.directory, 'config.yml'))
      makeFifo(join(place.directory, 'config.yml'))
    },
    says: 'cannot read config.yml: it is not a file',
  },
  {
    name: 'a device as a secret',
    spoil: writes(CONFIG.replace('true', `"\${file:/dev/zero}"`)),
    says: 'cannot read /dev/zero: it is not a file',
  },
  {
    name: 'a file of a directory that is gone',
    spoil: (place) => becomesDirectory(place, (path) => symlinkSync('nowhere', join(path, 'b.yml'))),
    says: 'there is no such file',
  },
  {
    name: 'a FIFO in a directory',
    spoil: (place) => becomesDirectory(place, (path) => makeFifo(join(path, 'b.yml'))),
    says: 'it is not a file',
  },
]

const COMMANDS: readonly (readonly string[])[] = [
  ['status'],
  ['history', 'web'],
  ['incidents'],
  ['silence', 'web', '2h'],
  ['silence', '--tag', 'edge', '2h'],
  ['silence', '--all', '2h'],
  ['unsilence', '--all'],
  ['ack', 'web'],
  ['backup', 'copy.db'],
]

const withDatabaseOf = (command: string) => [...command.split(' '), '--database', 'minitor.db']

async function runAll(place: Workspace, commands = COMMANDS) {
  const ran: { command: string; exitCode: number; stdout: string; stderr: string }[] = []
  for (const command of commands) {
    const { exitCode, stdout, stderr } = await place.minitor(...command)
    ran.push({ command: command.join(' '), exitCode, stdout, stderr })
  }
  return ran
}

describe.concurrent('J13: commands for people on call go on beside a configuration that cannot be read', () => {
  test.each(TROUBLES)('$name', async ({ spoil, says }) => {
    using place = createPlace(CONFIG, { down: ['web', 'api'] })
    spoil(place)
    for (const { command, exitCode, stdout, stderr } of await runAll(place)) {
      expect(`${command}: ${stderr}`).toStartWith(
        `${command}: warning: the configuration is used as far as it can be read: `,
      )
      expect(stderr.split('\n')).toHaveLength(2)
      expect(stderr).toContain(says)
      expect(`${command}: ${exitCode}`).toBe(`${command}: ${command === 'status' ? 1 : 0}`)
      expect(stdout).not.toBe('')
    }
  })

  test.each(TROUBLES)('$name: with --database, too', async ({ spoil }) => {
    using place = createPlace(CONFIG, { down: ['web', 'api'] })
    renameSync(join(place.directory, 'minitor.db'), join(place.directory, 'other.db'))
    place.write('minitor.db', '')
    spoil(place)
    const commands = ['status', 'ack web', 'backup copy.db'].map((command) => [
      ...command.split(' '),
      '--database',
      'other.db',
    ])
    for (const { command, exitCode, stderr } of await runAll(place, commands)) {
      expect(`${command}: ${exitCode} ${stderr}`).toStartWith(`${command}: ${command.startsWith('status') ? 1 : 0}`)
      if (command.startsWith('backup')) expect(stderr).toBe('')
    }
  })

  test('no configuration at all, and a database that is named: nothing is said of it', async () => {
    using place = createPlace(CONFIG, { down: ['web', 'api'] })
    rmSync(join(place.directory, 'config.yml'))
    for (const { command, stderr } of await runAll(place, ['status', 'ack web', 'history web'].map(withDatabaseOf))) {
      expect(`${command}: ${stderr}`).toBe(`${command}: `)
    }
    const { stderr } = await place.minitor('status', '--database', 'minitor.db', '--config', 'other.yml')
    expect(stderr).toContain('cannot read other.yml: there is no such file')
  })

  test.each(TROUBLES)('$name: status shows what is watched', async ({ spoil }) => {
    using place = createPlace(CONFIG, { down: ['web', 'api'] })
    spoil(place)
    const { monitors } = JSON.parse((await place.minitor('status', '--json')).stdout) as {
      monitors: { name: string; status: string }[]
    }
    expect(monitors.map(({ name, status }) => `${name} ${status}`).toSorted()).toEqual(['api down', 'web down'])
  })

  test('a monitor that the file does not have any more, or has switched off, is still watched', async () => {
    using place = createPlace(CONFIG, { down: ['web', 'api'] })
    place.write('config.yml', 'monitors: [{name: web, command: [true], enabled: false, tags: [x], wrong: 1}]\n')
    const { stdout } = await place.minitor('status')
    expect(stdout).toContain('All 2 down')
    expect((await place.minitor('ack', 'api')).exitCode).toBe(0)
    expect((await place.minitor('history', 'api')).stdout).toContain('"api" is down')
  })

  test('a name that neither the file nor the database has is still refused', async () => {
    using place = createPlace(SECRET, { down: ['web'] })
    const { exitCode, stderr } = await place.minitor('silence', 'wbe', '2h')
    expect(exitCode).toBe(2)
    expect(stderr).toContain('there is no monitor "wbe"')
    expect(stderr).toContain('did you mean "web"?')
  })

  test('a tag that cannot be looked up is taken as it is', async () => {
    using place = createPlace('half of it', { down: ['web'] })
    expect((await place.minitor('silence', '--tag', 'edge', '2h')).stdout).toStartWith('tag "edge" silenced for 2h')
    const { silences } = withDatabase(place, (database) => readMutes(database, Date.now()))
    expect(silences.map(({ target }) => target)).toEqual([{ tag: 'edge' }])
  })

  test('a maintenance window whose tags cannot be read mutes nothing in what is shown', async () => {
    const window = `maintenance: [{schedule: "* * * * *", duration: 1h, tags: ["\${TAG}"]}]\n`
    using place = createPlace(window + CONFIG, { down: ['web'] })
    expect((await place.minitor('status')).stdout).not.toContain('maintenance')
  })

  test('an alert that cannot be read is not said to be missing', async () => {
    using place = createPlace(CONFIG.replace('tags', `alerts: ["\${MAIL}"], tags`), { down: ['web', 'api'] })
    const lines = (await place.minitor('status')).stdout.split('\n')
    expect(lines.find((line) => line.includes('web'))).not.toContain('it has no alert')
  })
})

describe.concurrent('J13: where the database is', () => {
  test.each([
    { name: 'beside mistakes', config: `database: state/m.db\nmonitrs: []\n` },
    { name: 'with a default', config: `database: "\${STATE:-state}/m.db"\n${SECRET}` },
    { name: 'where nothing else is YAML', config: `database: "state/m.db"  # here\nmonitors:\n  - {name: "\n` },
    { name: 'at the end, in lines of its own', config: `monitors: [{\ndatabase:\n  state/m.db\n` },
  ])('$name', async ({ config }) => {
    using place = createPlace(CONFIG, { down: ['web'] })
    mkdirSync(join(place.directory, 'state'))
    renameSync(join(place.directory, 'minitor.db'), join(place.directory, 'state/m.db'))
    place.write('config.yml', config)
    expect((await place.minitor('ack', 'web')).exitCode).toBe(0)
  })

  test('a place that hangs on a variable is not guessed', async () => {
    using place = createPlace(`database: "\${STATE}/m.db"\n${CONFIG}`, { down: ['web'] })
    const { exitCode, stderr } = await place.minitor('silence', 'web', '2h')
    expect(exitCode).toBe(2)
    expect(stderr).toContain(
      'error: the configuration does not tell where the database is: the environment variable STATE is not set\n' +
        '  = help: name the file with --database\n',
    )
    expect((await place.minitor('silence', 'web', '2h', '--database', 'minitor.db')).exitCode).toBe(0)
    expect((await place.minitorWith({ STATE: '.' }, 'status')).stderr).toContain('there is no database')
  })

  test('nothing of a whole configuration is said', async () => {
    using place = createPlace(CONFIG, { down: ['web'] })
    for (const { command, stderr } of await runAll(place)) expect(`${command}: ${stderr}`).toBe(`${command}: `)
  })
})
