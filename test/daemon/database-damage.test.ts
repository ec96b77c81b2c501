import { Database } from 'bun:sqlite'
import { describe, expect, test } from 'bun:test'
import { closeSync, openSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs'
import { rowsOf } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { integrityOf, type Life, openSite, type Site } from '../support/site.ts'

const CONFIG = [
  'check_interval: 100ms',
  'defaults: { alert_after: 1, alert_every: 0, alerts: [ tell ], alert_up: [ tell ] }',
  'monitors:',
  '  - { name: door, command: "echo >>runs; test ! -e door-broken" }',
  '  - { name: wall, command: "test ! -e wall-broken" }',
  "alerts: { tell: { command: 'echo {kind} {monitor_name} {incident_id} >>told' } }",
].join('\n')

const PAGE_BYTES = 4096
const DATABASE = 'minitor.db'

/** What was set aside: the databases, without their logs. */
const asides = (site: Site) => readdirSync(site.directory).filter((name) => /\.corrupt-[\dTZ-]+$/.test(name))
const errorsOf = (life: Life) => life.lines.filter(({ level }) => level === 'error').map(({ msg }) => msg)

/** Writes zeroes over a part of a file that somebody may have open. */
function zero(path: string, from = 0, length = statSync(path).size - from): void {
  const fd = openSync(path, 'r+')
  writeSync(fd, new Uint8Array(length), 0, length, from)
  closeSync(fd)
}

async function stop(life: Life): Promise<void> {
  life.signal('SIGTERM')
  expect(await life.exitCode()).toBe(0)
}

async function checks(site: Site, life: Life): Promise<void> {
  const before = site.read('runs').length
  await eventually('it checks', () => site.read('runs').length >= before + 3, { explain: life.rawLog })
}

/** A site in an outage of `door` that was told; its daemon has ended as it should, and all is in the one file. */
async function siteInOutage(): Promise<Site> {
  const site = openSite({ 'config.yml': CONFIG, 'door-broken': '' })
  const life = site.start()
  await eventually('it is told', () => site.read('told') !== '')
  await checks(site, life)
  await stop(life)
  return site
}

/** No matter what happened before, it keeps what it sees, in a sound file, and tells the recovery of `door` once. */
async function goesOn(site: Site, life: Life): Promise<void> {
  await checks(site, life)
  site.remove('door-broken')
  await eventually('the recovery is told', () => site.read('told').includes('up door'), { explain: life.rawLog })
  await stop(life)
  expect(integrityOf(site.path(DATABASE))).toBe('ok')
  const [kept] = site.rows<{ count: number }>('SELECT count(*) AS count FROM checks')
  expect(kept?.count).toBeGreaterThan(3)
}

describe.concurrent('D5: a database that is damaged when Minitor starts', () => {
  test.each([
    { name: 'its header zeroed', spoil: (path: string) => zero(path, 0, 100) },
    { name: 'a page of what a restart needs zeroed', spoil: (path: string) => zeroRoot(path, 'deliveries') },
    { name: 'a page of an index zeroed', spoil: (path: string) => zeroRoot(path, 'notifications_by_monitor') },
    { name: 'truncated to half', spoil: (path: string) => truncateSync(path, statSync(path).size / 2) },
    { name: 'cut within the header', spoil: (path: string) => truncateSync(path, 50) },
    {
      name: 'random bytes',
      spoil: (path: string) => Bun.write(path, crypto.getRandomValues(new Uint8Array(5 * PAGE_BYTES))),
    },
  ])('$name: set aside as it is, loudly; a new one begins', async ({ spoil }) => {
    await using site = await siteInOutage()
    await spoil(site.path(DATABASE))
    const damaged = readFileSync(site.path(DATABASE))
    const life = site.start()
    await life.watches()
    const [aside = '', ...others] = asides(site)
    expect(others).toEqual([])
    expect(aside).toMatch(/^minitor\.db\.corrupt-\d{8}T\d{6}Z$/)
    expect(readFileSync(site.path(aside)).equals(damaged)).toBe(true)
    expect(statSync(site.path(aside)).mode & 0o777).toBe(0o600)
    expect(errorsOf(life)).toEqual([expect.stringContaining(`was set aside as ${site.path(aside)}`)])
    await goesOn(site, life)
  })

  test('cut to nothing while its log holds news: set aside, too', async () => {
    await using site = openSite({ 'config.yml': CONFIG, 'door-broken': '' })
    const first = site.start()
    await eventually('it is told', () => site.read('told') !== '')
    await first.kill()
    truncateSync(site.path(DATABASE), 0)
    const life = site.start()
    await life.watches()
    expect(asides(site)).toHaveLength(1)
    expect(errorsOf(life)).toHaveLength(1)
    await goesOn(site, life)
  })

  test('an empty file holds nothing to set aside: it becomes the database', async () => {
    await using site = openSite({ 'config.yml': CONFIG, [DATABASE]: '', 'door-broken': '' })
    const life = site.start()
    await goesOn(site, life)
    expect(asides(site)).toEqual([])
    expect(errorsOf(life)).toEqual([])
    expect(statSync(site.path(DATABASE)).mode & 0o777).toBe(0o600)
  })

  test('a second one is set aside beside the first', async () => {
    await using site = await siteInOutage()
    for (const count of [1, 2, 3]) {
      zero(site.path(DATABASE), 0, 100)
      const life = site.start()
      await checks(site, life)
      await stop(life)
      expect(asides(site)).toHaveLength(count)
    }
  })
})

/** Writes zeroes over the page with which a table or an index begins. */
function zeroRoot(path: string, name: string): void {
  const [root] = rowsOf<{ rootpage: number }>(path, 'SELECT rootpage FROM sqlite_master WHERE name = ?', name)
  zero(path, ((root?.rootpage ?? 0) - 1) * PAGE_BYTES, PAGE_BYTES)
}

test('D5: a page of the history zeroed: found beside the work, and what is known now is kept', async () => {
  await using site = await siteInOutage()
  const database = new Database(site.path(DATABASE))
  database.run(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
    INSERT INTO checks (monitor_id, started_at_ms, outcome, duration_us, output) SELECT 1, i, 0, 1, hex(randomblob(20)) FROM n`)
  database.run('PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
  const pages = statSync(site.path(DATABASE)).size / PAGE_BYTES
  zero(site.path(DATABASE), Math.floor(pages / 2) * PAGE_BYTES, PAGE_BYTES)
  const first = site.start()
  await first.line(({ msg }) => msg.startsWith('the database is damaged: checks:'))
  await first.line(({ msg }) => msg.includes('saved again') || msg.includes('begins anew'))
  await checks(site, first)
  await eventually('the new one holds what is known', () => site.rows('SELECT id FROM deliveries').length > 0)
  await first.kill()
  expect(asides(site)).toHaveLength(1)
  expect(site.linesOf('told')).toHaveLength(1)
  const second = site.start()
  await goesOn(site, second)
  expect(errorsOf(second)).toEqual([])
  expect(toldOnce(site)).toEqual(['down door', 'up door'])
})

/** What was told, all of one monitor under one incident. */
function toldOnce(site: Site): string[] {
  const told = site.linesOf('told').map((line) => line.split(' '))
  for (const monitor of ['door', 'wall']) {
    expect(new Set(told.filter(([, name]) => name === monitor).map(([, , incident]) => incident)).size).toBeLessThan(2)
  }
  return told.map(([kind, monitor]) => `${kind} ${monitor}`)
}

describe.concurrent('D5: a database that is damaged while Minitor runs', () => {
  test.each([
    { name: 'zeroes written over it', spoil: (path: string) => zero(path), isSetAside: true },
    { name: 'its header zeroed', spoil: (path: string) => zero(path, 0, 100), isSetAside: true },
    { name: 'cut to nothing', spoil: (path: string) => truncateSync(path, 0), isSetAside: true },
    { name: 'zeroes written over its log', spoil: (path: string) => zero(`${path}-wal`), isSetAside: true },
    { name: 'its log deleted', spoil: (path: string) => rmSync(`${path}-wal`), isSetAside: true },
    { name: 'deleted', spoil: (path: string) => rmSync(path), isSetAside: false },
    {
      name: 'deleted with all that belongs to it',
      spoil: (path: string) => ['', '-wal', '-shm'].map((suffix) => rmSync(path + suffix)),
      isSetAside: false,
    },
    {
      name: 'replaced by another file',
      spoil(path: string) {
        rmSync(path)
        return Bun.write(path, 'something else')
      },
      isSetAside: true,
    },
  ])('$name: checks and alerts go on, and nothing known is lost', async ({ spoil, isSetAside }) => {
    await using site = openSite({ 'config.yml': CONFIG, 'door-broken': '' })
    const first = site.start()
    await eventually('it is told', () => site.read('told') !== '')
    await eventually(
      'and that is kept',
      () => site.rows("SELECT 1 FROM deliveries WHERE status = 'delivered'").length === 1,
    )
    await spoil(site.path(DATABASE))
    site.write('wall-broken', '')
    await eventually('the next outage is told', () => site.linesOf('told').length === 2)
    await first.line(({ msg }) => msg.includes('history begins anew'))
    await first.line(({ msg }) => msg.includes('saved again'))
    await checks(site, first)
    expect(errorsOf(first)).toHaveLength(2)
    expect(asides(site)).toHaveLength(isSetAside ? 1 : 0)
    const settled = "SELECT 1 FROM deliveries WHERE status = 'delivered'"
    await eventually('what was told is kept', () => site.rows(settled).length === 2)
    await first.kill()

    const second = site.start()
    await checks(site, second)
    site.remove('wall-broken')
    await eventually('its recovery is told', () => site.read('told').includes('up wall'), { explain: second.rawLog })
    await goesOn(site, second)
    expect(errorsOf(second)).toEqual([])
    expect(toldOnce(site)).toEqual(['down door', 'down wall', 'up wall', 'up door'])
  })
})
