import { expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LATEST_VERSION } from '../../src/store/file/migrate.ts'
import { eventually } from '../support/eventually.ts'
import { integrityOf, openSite, runIn } from '../support/site.ts'

/**
 * Files that a Minitor of each schema left behind, ended in the middle of two outages: that of `Site` was told, that of
 * `Unsent` was not, as its alert failed, and is acknowledged. Schema 1 was never released: the first file had schema 2.
 */
const FILES = join(import.meta.dir, '../fixtures/schemas')

const CONFIG = `
check_interval: 200ms
defaults: {alert_after: 1, alert_every: 0}
monitors:
  - {name: Site, command: 'echo >>runs; test -e works', alert_down: [tell], alert_up: [tell]}
  - {name: Steady, command: 'true', alert_down: [tell]}
  - {name: Unsent, command: test -e works, alert_down: [lost]}
alerts:
  tell: {command: 'echo {kind} >>told'}
  lost: {command: 'test -e sent && echo {monitor_name} {kind} >>lost', retry_for: 3650d}
`

test('there is a file of every schema before this one', () => {
  const versions = readdirSync(FILES).map((name) => Number.parseInt(name, 10))
  expect(versions.toSorted()).toEqual(Array.from({ length: LATEST_VERSION - 2 }, (_, index) => index + 2))
})

test.each(readdirSync(FILES))('after an upgrade from schema %s, nothing is forgotten or told twice', async (name) => {
  const upgradedMs = Date.now()
  const database = Bun.gunzipSync(Uint8Array.from(readFileSync(join(FILES, name))))
  await using site = openSite({ 'config.yml': CONFIG, 'minitor.db': database, sent: '' })
  const life = site.start()
  await eventually('it has checked three times', () => site.read('runs').length >= 3, { explain: life.rawLog })
  await eventually('what was pending is delivered', () => site.read('lost') !== '', { explain: life.rawLog })
  expect([site.read('lost'), site.read('told')]).toEqual(['Unsent down\n', ''])
  const { stdout } = await runIn(site.directory, { args: ['status', '--json'] })
  const { monitors } = JSON.parse(stdout) as {
    monitors: { name: string; status: string; since: string | null; acknowledged: object | null }[]
  }
  const found = monitors.map(({ name, status, since, acknowledged }) => ({
    name,
    status,
    isOld: status === 'down' && Date.parse(since ?? '') < upgradedMs,
    isAcknowledged: Boolean(acknowledged),
  }))
  expect(found.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual([
    { name: 'Site', status: 'down', isOld: true, isAcknowledged: false },
    { name: 'Steady', status: 'up', isOld: false, isAcknowledged: false },
    { name: 'Unsent', status: 'down', isOld: true, isAcknowledged: true },
  ])

  site.write('works', '')
  await eventually('the recovery is told', () => site.read('told') === 'up\n', { explain: life.rawLog })
  life.signal('SIGTERM')
  expect(await life.exitCode()).toBe(0)
  expect(site.rows('PRAGMA user_version')).toEqual([{ user_version: LATEST_VERSION }])
  expect(integrityOf(site.path('minitor.db'))).toBe('ok')
  expect(life.lines.filter(({ level }) => level === 'error')).toEqual([])
})
