import { Database } from 'bun:sqlite'
import { describe, expect, test } from 'bun:test'
import { copyFileSync, mkdirSync } from 'node:fs'
import { rowsOf } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { limitMs } from '../support/pace.ts'
import { createRandom } from '../support/random.ts'
import { integrityOf, type Life, openSite, type Site, uptimeMs } from '../support/site.ts'
import { NOTE_START } from './starts.ts'

const MONITORS = Array.from({ length: 10 }, (_, index) => `m${index}`)

const INTERVAL_MS = limitMs(100)

const quiet = (intervalMs: number) =>
  [
    `check_interval: ${intervalMs}ms`,
    'defaults: { alert_after: 1, alert_every: 0, alerts: [ tell ], alert_up: [ tell ] }',
    'monitors:',
    ...MONITORS.map((name) => `  - { name: ${name}, command: '${NOTE_START}; test ! -e ${name}-broken' }`),
    `alerts: { tell: { command: 'read -r up rest </proc/uptime; echo "$up" {kind} {monitor_name} {incident_id} >>told' } }`,
  ].join('\n')

/** When checks began, in milliseconds of uptime, oldest first. */
function startsBetween(site: Site, fromMs: number, toMs: number): number[] {
  return site
    .linesOf('starts')
    .map((line) => Number(line.split(' ')[0]) * 1000)
    .filter((atMs) => atMs >= fromMs && atMs <= toMs)
    .toSorted((one, other) => one - other)
}

/** The longest time in which no check at all began. */
function longestGapMs(site: Site, fromMs: number, toMs: number): number {
  const starts = [fromMs, ...startsBetween(site, fromMs, toMs), toMs]
  return Math.max(...starts.slice(1).map((atMs, index) => atMs - (starts[index] ?? atMs)))
}

const toldOf = (site: Site, kind: string, monitor: string) =>
  site.linesOf('told').filter((line) => line.includes(` ${kind} ${monitor} `))

async function untilUptime(atMs: number): Promise<void> {
  await eventually('the time has come', () => uptimeMs() >= atMs)
}

describe.concurrent('D7: another process holds the database', () => {
  test.each([{ heldMs: 3000 }, { heldMs: 8000 }])(
    'for $heldMs ms: checks on schedule, alerts go out, nothing is lost',
    async ({ heldMs }) => {
      await using site = openSite({ 'config.yml': quiet(INTERVAL_MS), 'm0-broken': '' })
      const life = site.start()
      await eventually('the first outage is told', () => toldOf(site, 'down', 'm0').length === 1)

      const database = new Database(site.path('minitor.db'))
      database.run('PRAGMA busy_timeout = 5000')
      database.run('BEGIN IMMEDIATE')
      const fromMs = uptimeMs()
      site.write('m1-broken', '')
      site.remove('m0-broken')
      await eventually('an outage is told', () => toldOf(site, 'down', 'm1').length === 1)
      await eventually('a recovery is told', () => toldOf(site, 'up', 'm0').length === 1)
      await untilUptime(fromMs + heldMs)
      const toMs = uptimeMs()
      database.run('ROLLBACK')
      database.close()
      await eventually(
        'all is kept',
        () => site.rows("SELECT 1 FROM deliveries WHERE status = 'delivered'").length === 3,
      )

      // Checks that waited for the lock would have waited until it was given back, or for the two seconds after which
      // the daemon tries again.
      expect(longestGapMs(site, fromMs, toMs)).toBeLessThan(heldMs / 3)
      const due = ((toMs - fromMs) / INTERVAL_MS + 2) * MONITORS.length
      expect(startsBetween(site, fromMs, toMs).length).toBeLessThanOrEqual(due)

      life.signal('SIGTERM')
      expect(await life.exitCode()).toBe(0)
      const [kept] = site.rows<{ count: number }>('SELECT count(*) AS count FROM checks')
      // Those that were under way at the end count for nothing.
      expect(site.linesOf('starts').length - (kept?.count ?? 0)).toBeWithin(0, MONITORS.length + 1)
      expect(site.linesOf('told')).toHaveLength(3)
      const errors = life.lines.filter(({ level }) => level === 'error').map(({ msg }) => msg)
      expect(errors).toEqual(
        errors.length === 0 ? [] : ['state and history cannot be saved for now: another process holds the database'],
      )
      expect(integrityOf(site.path('minitor.db'))).toBe('ok')
    },
  )
})

test('D7: nothing is told before it is kept: killed while the database is held, it tells afterwards', async () => {
  await using site = openSite({ 'config.yml': quiet(100) })
  const first = site.start()
  await eventually('all are up', () => first.lines.filter(({ status }) => status === 'up').length === MONITORS.length)
  const database = new Database(site.path('minitor.db'))
  database.run('PRAGMA busy_timeout = 5000')
  database.run('BEGIN IMMEDIATE')
  const held = site.linesOf('starts').length
  site.write('m0-broken', '')
  await first.line({ monitor: 'm0', status: 'down' })
  // News waits for the disk for five seconds at most.
  await eventually('others are checked', () => site.linesOf('starts').length > held + 2 * MONITORS.length)
  expect(site.linesOf('told')).toEqual([])
  await first.kill()
  database.run('ROLLBACK')
  database.close()
  expect(site.rows('SELECT 1 FROM incidents')).toEqual([])

  const second = site.start()
  await eventually('it is told', () => toldOf(site, 'down', 'm0').length === 1, { explain: second.rawLog })
  const [incident] = site.rows<{ id: string }>('SELECT id FROM incidents')
  expect(site.read('told')).toEndWith(` down m0 ${incident?.id}\n`)
})

const COUNT = 20
const COPIES = 20

const RESTLESS = [
  'check_interval: 100ms',
  'defaults: { alert_after: 1, alert_every: 1, alerts: [ tell ], alert_up: [ tell ] }',
  'monitors:',
  // Each fails three times of four, at its own pace.
  ...Array.from(
    { length: COUNT },
    (_, index) => `  - { name: m${index}, command: 'echo output of ${'x'.repeat(500)}; test $(( $$ % 4 )) = 0' }`,
  ),
  'alerts: { tell: { command: "true" } }',
].join('\n')

interface KeptState {
  readonly name: string
  /** As the state has it. */
  readonly incidentId: string | null
  readonly toldCount: number
  /** As the other tables have it. */
  readonly openId: string | null
  readonly notifications: number
  readonly deliveries: number
}

/** What one transaction writes is there as a whole: the state, its incident, and all that was to be told of it. */
function isWhole(file: string): void {
  expect(integrityOf(file)).toBe('ok')
  const states = rowsOf<KeptState>(
    file,
    `SELECT m.name, json_extract(m.state, '$.incidentId') AS incidentId,
       iif(i.id IS NULL, 0, json_extract(m.state, '$.notificationCount')) AS toldCount, i.id AS openId,
       (SELECT count(*) FROM notifications n WHERE n.incident_id = i.id) AS notifications,
       (SELECT count(*) FROM notifications n JOIN deliveries d ON d.notification_id = n.id
        WHERE n.incident_id = i.id) AS deliveries
     FROM monitors m LEFT JOIN incidents i ON i.monitor_id = m.id AND i.ended_at_ms IS NULL`,
  )
  expect(states).toHaveLength(COUNT)
  const torn = states.filter(
    ({ incidentId, openId, toldCount, notifications, deliveries }) =>
      incidentId !== openId || notifications !== toldCount || deliveries !== toldCount,
  )
  expect(torn).toEqual([])
}

/** A copy of the file and its log as they are at this moment, while the daemon stands still in the middle of its work. */
function copyFrozen(site: Site, life: Life, directory: string): string {
  life.signal('SIGSTOP')
  mkdirSync(site.path(directory))
  for (const name of ['minitor.db', 'minitor.db-wal']) copyFileSync(site.path(name), site.path(`${directory}/${name}`))
  life.signal('SIGCONT')
  return site.path(`${directory}/minitor.db`)
}

test('D2: copies of the file and its log, taken at any moment, open and are whole', async () => {
  const random = createRandom(Date.now())
  await using site = openSite({ 'config.yml': RESTLESS })
  const life = site.start()
  await life.watches()
  const count = () => site.rows<{ count: number }>('SELECT count(*) AS count FROM monitors')[0]?.count
  await eventually('all are checked', () => count() === COUNT)
  for (let index = 0; index < COPIES; index++) {
    await Bun.sleep(random.between(0, 150))
    const copy = copyFrozen(site, life, `copy-${index}`)
    isWhole(copy)
  }
  expect(life.lines.filter(({ level }) => level === 'error')).toEqual([])

  // And Minitor itself goes on from one of them.
  site.write('other.yml', RESTLESS)
  const other = site.start({ args: ['--config', 'other.yml', '--database', 'copy-0/minitor.db'] })
  await other.watches()
  await life.kill()
  expect(other.lines.filter(({ level }) => level === 'error')).toEqual([])
})
