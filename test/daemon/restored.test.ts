import { describe, expect, test } from 'bun:test'
import { copyFileSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs'
import { canMount } from '../crash-loop/tmpfs.ts'
import { rowsOf } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { integrityOf, type Life, openSite, runIn, type Site } from '../support/site.ts'

const CONFIG = [
  'check_interval: 100ms',
  'defaults: { alert_after: 1, alert_every: 0, alerts: [ tell ], alert_up: [ tell ] }',
  'monitors: [ { name: door, command: "echo >>runs; test ! -e broken" } ]',
  'alerts: { tell: { command: "echo {kind} >>told" } }',
].join('\n')

const minitor = (site: Site, ...args: string[]) => runIn(site.directory, { args })
const isLog = (name: string) => name.endsWith('-wal')
const logsAside = (site: Site) =>
  readdirSync(site.directory).filter((name) => /^minitor\.db\.replaced-[\dTZ]+-wal$/.test(name))
const checksOf = (site: Site) => site.rows('SELECT 1 FROM checks').length

async function checks(site: Site, life: Life): Promise<void> {
  const before = site.read('runs').length
  await eventually('it checks', () => site.read('runs').length >= before + 3, { explain: life.rawLog })
}

/** A daemon with a backup, `bk.db`, of the time before an outage that was told. */
async function siteWithBackup(): Promise<{ site: Site; life: Life }> {
  const site = openSite({ 'config.yml': CONFIG })
  const life = site.start()
  await eventually('checks are saved', () => site.read('runs') !== '' && checksOf(site) > 0, { explain: life.rawLog })
  expect((await minitor(site, 'backup', 'bk.db')).exitCode).toBe(0)
  site.write('broken', '')
  await eventually('it is told', () => site.read('told') === 'down\n', { explain: life.rawLog })
  return { site, life }
}

describe.concurrent('J10: a backup that is copied by hand', () => {
  test('beside the old log: the log is set aside, and the daemon goes on from the copy', async () => {
    const { site, life } = await siteWithBackup()
    await using _ = site
    await life.kill()
    expect(readdirSync(site.directory).filter(isLog)).toEqual(['minitor.db-wal'])
    copyFileSync(site.path('bk.db'), site.path('minitor.db'))
    const saved = rowsOf(site.path('bk.db'), 'SELECT started_at_ms FROM checks')

    // A command that would apply the old log to the copy does nothing.
    for (const args of [['status'], ['silence', 'door', '1h'], ['backup', 'other.db']]) {
      const { exitCode, stderr } = await minitor(site, ...args)
      expect({ exitCode, stderr }).toEqual({
        exitCode: 2,
        stderr: expect.stringContaining('is a copy beside the log of another database'),
      })
    }
    const second = site.start()
    await second.line(({ level, msg }) => level === 'warn' && msg.includes('put beside the log of another'))
    await checks(site, second)
    expect(logsAside(site)).toHaveLength(1)
    expect(second.lines.filter(({ level }) => level === 'error')).toEqual([])
    await second.kill()
    const rows = site.rows('SELECT started_at_ms FROM checks')
    for (const row of saved) expect(rows).toContainEqual(row)

    // Its own log is kept, although nothing may have been written back to the copy yet.
    const third = site.start()
    await checks(site, third)
    expect(logsAside(site)).toHaveLength(1)
    expect(checksOf(site)).toBeGreaterThanOrEqual(rows.length)
    expect(integrityOf(site.path('minitor.db'))).toBe('ok')
  })

  test('over the file of a running daemon: it keeps what it knows, in a new file', async () => {
    const { site, life } = await siteWithBackup()
    await using _ = site
    copyFileSync(site.path('bk.db'), site.path('minitor.db'))
    await life.line(({ msg }) => msg.includes('a copy was written over the file'))
    await life.line(({ msg }) => msg.includes('saved again'))
    await life.kill()
    const second = site.start()
    await checks(site, second)
    site.remove('broken')
    await eventually('the recovery is told', () => site.read('told') === 'down\nup\n', { explain: second.rawLog })
    expect(integrityOf(site.path('minitor.db'))).toBe('ok')
  })
})

test('J10: the index of the log is cut off beside a running daemon: nothing is lost', async () => {
  const { site, life } = await siteWithBackup()
  await using _ = site
  const told = "SELECT 1 FROM deliveries WHERE status = 'delivered'"
  await eventually('that is saved', () => site.rows(told).length === 1)
  const saved = checksOf(site)
  truncateSync(site.path('minitor.db-shm'), 0)
  // The kernel may end it: the file is mapped into its memory.
  await eventually('it goes on, or has ended', () => life.isOver() || checksOf(site) > saved)
  if (!life.isOver()) await life.kill()
  const second = site.start()
  await checks(site, second)
  site.remove('broken')
  await eventually('the recovery is told', () => site.read('told') === 'down\nup\n', { explain: second.rawLog })
  expect(checksOf(site)).toBeGreaterThanOrEqual(saved)
  expect(integrityOf(site.path('minitor.db'))).toBe('ok')
  expect(second.lines.filter(({ level }) => level === 'error')).toEqual([])
})

const isMounting = canMount()
if (!isMounting) console.error('skipped: J10 needs root, to mount')

test.skipIf(!isMounting).each(['minitor.db', 'my data.db'])(
  'J10: a database that is mounted by itself (%s) is refused',
  async (name) => {
    await using site = openSite({ 'config.yml': CONFIG, [name]: '' })
    mkdirSync(site.path('host'))
    writeFileSync(site.path('host/minitor.db'), '', { mode: 0o600 })
    const life = site.start({
      args: ['run', '--database', name],
      wrapper: ['unshare', '--mount', 'sh', '-c', 'mount --bind host/minitor.db "$0"; exec "$@"', name],
    })
    expect(await life.exitCode()).toBe(2)
    expect(life.stderr()).toContain(`${name} is mounted by itself`)
    expect(life.stderr()).toContain('mount the directory that it is in')
  },
)
