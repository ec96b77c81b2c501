import { Database } from 'bun:sqlite'
import { describe, expect, test } from 'bun:test'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { canMount, mountTmpfs } from '../crash-loop/tmpfs.ts'
import { eventually } from '../support/eventually.ts'
import { complaintsIn } from '../support/log-book.ts'
import { integrityOf, type Life, openSite, type Site } from '../support/site.ts'
import { YEAR } from '../support/time.ts'

const MIGRATIONS = join(import.meta.dir, '../../src/store/migrations')
const LATEST_VERSION = readdirSync(MIGRATIONS).length

const CONFIG = [
  'check_interval: 100ms',
  'defaults: { alert_after: 1, alert_every: 0, alerts: [ tell ], alert_up: [ tell ] }',
  'monitors:',
  '  - { name: door, command: "echo >>runs; test ! -e broken" }',
  '  - { name: wall, command: "true" }',
  "alerts: { tell: { command: 'echo {kind} {monitor_name} {incident_id} >>told', shell: bash } }",
].join('\n')

const isMounting = canMount()
if (!isMounting) console.error('skipped: D4 needs root, to mount')

/** A site with the database that a daemon left in the middle of an outage of `door` that was told. */
async function siteInOutage(): Promise<Site> {
  const site = openSite({ 'config.yml': CONFIG, broken: '' })
  const life = site.start()
  await eventually('it is told', () => site.read('told') !== '')
  await stop(life)
  return site
}

async function stop(life: Life): Promise<void> {
  life.signal('SIGTERM')
  expect(await life.exitCode()).toBe(0)
}

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

/** Changes a file in one's own way; what is to remain in its log does not go into the file. */
function edit(file: string, change: (database: Database) => void): void {
  const database = new Database(file)
  change(database)
  database.close()
}

/** What a user is told who cannot be helped: exit code 2, and nothing but that text. */
async function refusal(life: Life): Promise<string> {
  expect(await life.exitCode()).toBe(2)
  expect(life.rawLog()).toBe('')
  return life.stderr()
}

async function checks(site: Site, life: Life, count = 3): Promise<void> {
  const before = site.read('runs').length
  await eventually('it checks', () => site.read('runs').length >= before + count, { explain: life.rawLog })
}

describe.concurrent('D4: a directory that nothing can be written to', () => {
  test.skipIf(!isMounting)('is refused with the reason and what to do; :memory: runs there', async () => {
    await using site = openSite({ 'config.yml': CONFIG })
    using disk = mountTmpfs(site.path('disk'), 'size=2m')
    disk.remount('ro')
    const text = await refusal(site.start({ args: ['--database', 'disk/minitor.db'] }))
    expect(text).toContain(site.path('disk/minitor.db'))
    expect(text).toContain('read-only')
    expect(text).toContain(`make ${site.path('disk')} writable`)
    expect(text).toContain('--database :memory:')
    const life = site.start({ args: ['--database', ':memory:'] })
    await checks(site, life)
    expect(readdirSync(site.path('disk'))).toEqual([])
  })

  test.skipIf(!isMounting)('and one with a database in it is refused in the same way', async () => {
    await using site = await siteInOutage()
    using disk = mountTmpfs(site.path('disk'), 'size=2m')
    copyFileSync(site.path('minitor.db'), site.path('disk/minitor.db'))
    disk.remount('ro')
    expect(await refusal(site.start({ args: ['--database', 'disk/minitor.db'] }))).toContain('read-only')
  })

  test('one that is missing is named', async () => {
    await using site = openSite({ 'config.yml': CONFIG })
    expect(await refusal(site.start({ args: ['--database', 'nowhere/minitor.db'] }))).toContain(site.path('nowhere'))
  })
})

describe.concurrent('D6: a second daemon', () => {
  test('on the same file is refused, and told the pid of the first, which goes on', async () => {
    await using site = openSite({ 'config.yml': CONFIG, 'other.yml': CONFIG })
    const first = site.start()
    await checks(site, first)
    for (const config of ['config.yml', 'other.yml']) {
      const text = await refusal(site.start({ args: ['--config', config] }))
      expect(text).toContain(`another Minitor (pid ${first.pid}) already keeps its state in ${site.path('minitor.db')}`)
      expect(text).toContain('--database')
    }
    await checks(site, first)
    expect(complaintsIn(first.lines)).toEqual([])
    await stop(first)
    await checks(site, site.start({ args: ['--config', 'other.yml'] }))
  })

  test('of many that start at once, one watches and all others name it', async () => {
    await using site = openSite({ 'config.yml': CONFIG })
    const lives = Array.from({ length: 5 }, () => site.start())
    await eventually('four have ended', () => lives.filter(({ isOver }) => isOver()).length === 4)
    const [first] = lives.filter(({ isOver }) => !isOver())
    await first?.watches()
    for (const life of lives.filter(({ isOver }) => isOver())) {
      // The first one may not yet have written down who it is.
      expect(await refusal(life)).toMatch(new RegExp(`another Minitor (\\(pid ${first?.pid}\\) )?already keeps`))
    }
  })
})

describe.concurrent('D8: a file of a newer Minitor', () => {
  const NEWER = `was written by a newer Minitor (schema 99, this one knows ${LATEST_VERSION})`

  test('is refused and stays as it is, byte for byte', async () => {
    await using site = await siteInOutage()
    edit(site.path('minitor.db'), (database) => database.run('PRAGMA user_version = 99'))
    const before = readFileSync(site.path('minitor.db'))
    expect(await refusal(site.start())).toContain(NEWER)
    expect(readFileSync(site.path('minitor.db')).equals(before)).toBe(true)
    expect(readdirSync(site.directory).filter((name) => name.includes('corrupt'))).toEqual([])
  })

  test('is refused also where the version stands only in its log', async () => {
    await using site = await siteInOutage()
    await using newer = openSite({ 'config.yml': CONFIG })
    edit(site.path('minitor.db'), (database) => {
      database.run('PRAGMA user_version = 99')
      for (const name of ['minitor.db', 'minitor.db-wal']) copyFileSync(site.path(name), newer.path(name))
    })
    const bytes = () => ['minitor.db', 'minitor.db-wal'].map((name) => readFileSync(newer.path(name), 'latin1'))
    const before = bytes()
    expect(before[0]).toHaveLength(statSync(site.path('minitor.db')).size)
    expect(await refusal(newer.start())).toContain(NEWER)
    expect(bytes()).toEqual(before)
  })
})

/** The same database as the first version of Minitor that had one would have written it. */
function toVersion1(site: Site): void {
  edit(site.path('old.db'), (database) => {
    database.run('PRAGMA journal_mode = WAL')
    database.run(readFileSync(join(MIGRATIONS, '001-state.sql'), 'utf8'))
    database.run('PRAGMA user_version = 1')
    database.run(`ATTACH '${site.path('minitor.db')}' AS new`)
    for (const table of ['facts', 'monitors', 'incidents', 'notifications', 'deliveries', 'silences']) {
      const columns = database
        .query<{ names: string }, []>(`SELECT group_concat(name) AS names FROM pragma_table_info('${table}', 'main')`)
        .get()?.names
      database.run(`INSERT INTO main.${table} SELECT ${columns} FROM new.${table}`)
    }
  })
  for (const name of readdirSync(site.directory).filter((file) => file.startsWith('minitor.db'))) site.remove(name)
  copyFileSync(site.path('old.db'), site.path('minitor.db'))
  chmodSync(site.path('minitor.db'), 0o600)
}

// After the log has appeared, with which all writing begins. Not all at once, as the machine would then be too slow.
const DELAYS_MS = [0, 4, 8, 12, 16].map((offsetMs) => Array.from({ length: 4 }, (_, index) => offsetMs + index))

describe('D9: killed in the first milliseconds of a start', () => {
  const atAllMoments = async (kill: (delayMs: number) => Promise<void>) => {
    for (const delays of DELAYS_MS) {
      const ends = await Promise.allSettled(delays.map(kill))
      for (const end of ends) if (end.status === 'rejected') throw end.reason
    }
  }
  const killAfter = async (site: Site, delayMs: number) => {
    const life = site.start()
    while (!existsSync(site.path('minitor.db-wal')) && !life.isOver()) await Bun.sleep(0)
    await Bun.sleep(delayMs)
    await life.kill()
  }
  const endsWhole = async (site: Site, life: Life) => {
    await stop(life)
    expect(life.lines.filter(({ level }) => level === 'error')).toEqual([])
    expect(site.rows('PRAGMA user_version')).toEqual([{ user_version: LATEST_VERSION }])
    expect(integrityOf(site.path('minitor.db'))).toBe('ok')
  }

  test('on no file: the next start completes', async () => {
    await atAllMoments(async (delayMs) => {
      await using site = openSite({ 'config.yml': CONFIG })
      await killAfter(site, delayMs)
      const life = site.start()
      await checks(site, life)
      await endsWhole(site, life)
    })
  })

  test('on a file of version 1: the next start completes, and what was known is still known', async () => {
    await using origin = await siteInOutage()
    toVersion1(origin)
    await atAllMoments(async (delayMs) => {
      await using site = openSite({ 'config.yml': CONFIG, broken: '' })
      copyFileSync(origin.path('minitor.db'), site.path('minitor.db'))
      expect(site.rows('PRAGMA user_version')).toEqual([{ user_version: 1 }])
      await killAfter(site, delayMs)
      site.remove('broken')
      const life = site.start()
      await eventually('the recovery is told', () => site.read('told') !== '', { explain: life.rawLog })
      expect(site.read('told')).toBe(origin.read('told').replace('down', 'up'))
      await endsWhole(site, life)
    })
  })
})

test('D11: rows from a year ahead: it runs, checks at once, tells, and counts what was lived through', async () => {
  await using site = openSite({
    'config.yml': CONFIG.replace('echo {kind}', 'test -e works && echo {kind}'),
    broken: '',
  })
  const first = site.start()
  await eventually('a delivery has failed', () => first.lines.some(({ alert }) => alert === 'tell'))
  await stop(first)
  edit(site.path('minitor.db'), (database) => {
    const times = ['outageStartedAtMs', 'lastToldAtMs', 'lastSuccessAtMs', 'lastCheckAtMs']
    const later = times.map((name) => `'$.${name}', json_extract(state, '$.${name}') + ${YEAR}`).join(', ')
    database.run(`UPDATE monitors SET state = json_set(state, ${later}), slot_at_ms = slot_at_ms + ${YEAR},
      counted_to_ms = counted_to_ms + ${YEAR}, summed_to_ms = summed_to_ms + ${YEAR}`)
    database.run(`UPDATE facts SET value = value + ${YEAR} WHERE name = 'alive_at_ms'`)
    database.run(`UPDATE checks SET started_at_ms = started_at_ms + ${YEAR}`)
    database.run(`UPDATE roll_ups SET start_ms = start_ms + ${YEAR}, up_ms = 0, down_ms = 0`)
    database.run(`UPDATE incidents SET started_at_ms = started_at_ms + ${YEAR}, opened_at_ms = opened_at_ms + ${YEAR}`)
    database.run(`UPDATE deliveries SET created_at_ms = created_at_ms + ${YEAR},
      next_attempt_at_ms = next_attempt_at_ms + ${YEAR}`)
    database.run(`INSERT INTO silences (target_kind, target, created_at_ms, until_ms, reason)
      VALUES ('monitor', 'wall', ${Date.now() + YEAR}, ${Date.now() + 2 * YEAR}, 'another year')`)
    database.run(`INSERT INTO unwatched (from_ms, monitor_id, to_ms)
      VALUES (${Date.now() + YEAR}, 0, ${Date.now() + YEAR + 1000})`)
  })
  site.write('works', '')
  const startedMs = Date.now()
  const runsBefore = site.read('runs').length
  const life = site.start()
  await life.watches()
  await eventually('it is checked at once', () => site.read('runs').length > runsBefore)
  await eventually('what was owed is told', () => /^down door \S+\n$/.test(site.read('told')))
  site.remove('broken')
  await eventually('the recovery is told', () => /^down door (\S+)\nup door \1\n$/.test(site.read('told')))
  await checks(site, life, 5)
  await stop(life)
  const livedMs = Date.now() - startedMs
  const counted = site.rows<{ ms: number; least: number }>(
    'SELECT sum(up_ms + down_ms) AS ms, min(min(up_ms, down_ms)) AS least FROM roll_ups WHERE span = ? GROUP BY monitor_id',
    'day',
  )
  expect(counted).toHaveLength(2)
  for (const { ms, least } of counted) {
    expect(ms).toBeWithin(1, livedMs + 1)
    expect(least).toBeGreaterThanOrEqual(0)
  }
  expect(life.lines.filter(({ level }) => level === 'error')).toEqual([])
  expect(integrityOf(site.path('minitor.db'))).toBe('ok')
})

describe.concurrent('D12: a file that others could change what Minitor believes by', () => {
  test.each([
    { name: 'is world-writable', spoil: (site: Site) => chmodSync(site.path('minitor.db'), 0o666), says: 'chmod 600' },
    { name: 'is group-writable', spoil: (site: Site) => chmodSync(site.path('minitor.db'), 0o660), says: 'chmod 600' },
    {
      name: 'is a symbolic link',
      spoil(site: Site) {
        copyFileSync(site.path('minitor.db'), site.path('real.db'))
        site.remove('minitor.db')
        symlinkSync('real.db', site.path('minitor.db'))
      },
      says: 'is a symbolic link',
    },
    {
      name: 'is a symbolic link to nothing',
      spoil(site: Site) {
        site.remove('minitor.db')
        symlinkSync('nowhere', site.path('minitor.db'))
      },
      says: 'is a symbolic link',
    },
    {
      name: 'is a directory',
      spoil(site: Site) {
        site.remove('minitor.db')
        mkdirSync(site.path('minitor.db'))
      },
      says: 'is not a file',
    },
  ])('$name: refused, with what to do', async ({ spoil, says }) => {
    await using site = await siteInOutage()
    spoil(site)
    const text = await refusal(site.start())
    expect(text).toContain(site.path('minitor.db'))
    expect(text).toContain(says)
    expect(text).toContain('= help:')
  })

  test('with umask 000 all that Minitor makes is for its owner only', async () => {
    await using site = openSite({ 'config.yml': CONFIG, broken: '' })
    const wrapper = ['sh', '-c', 'umask 000; exec "$@"', 'sh']
    const life = site.start({ wrapper })
    await eventually('it is told', () => site.read('told') !== '')
    const files = () => readdirSync(site.directory).filter((name) => name.startsWith('minitor.db'))
    expect(files()).toEqual(
      expect.arrayContaining(['minitor.db', 'minitor.db-wal', 'minitor.db-shm', 'minitor.db.lock']),
    )
    for (const name of files()) expect({ name, mode: modeOf(site.path(name)) }).toEqual({ name, mode: '600' })
    site.write('minitor.db', 'no database')
    await eventually('it is set aside', () => files().some((name) => name.includes('corrupt')))
    await life.line(({ msg }) => msg.includes('saved again'))
    for (const name of files()) expect({ name, mode: modeOf(site.path(name)) }).toEqual({ name, mode: '600' })
    expect(existsSync(site.path('minitor.db-wal'))).toBe(true)
  })
})
