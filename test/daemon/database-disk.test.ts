import { describe, expect, test } from 'bun:test'
import { canMount, mountTmpfs } from '../crash-loop/tmpfs.ts'
import { rowsOf } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { integrityOf, type Life, openSite, type Site } from '../support/site.ts'
import { ask, freePort } from './scrape.ts'

const CONFIG = [
  'check_interval: 100ms',
  'defaults: { alert_after: 1, alert_every: 0, alerts: [ tell ], alert_up: [ tell ] }',
  "alerts: { tell: { command: 'echo {kind} {monitor_name} {incident_id} >>told' } }",
  'monitors:',
  '  - { name: door, command: "echo >>runs; test ! -e door-broken" }',
  '  - { name: wall, command: "test ! -e wall-broken" }',
].join('\n')

/** What a failing check prints is kept. */
const CHATTER = '  - { name: chatter, command: "head -c 3000 /dev/urandom | base64; false", alerts: [], alert_up: [] }'

const isMounting = canMount()
if (!isMounting) console.error('skipped: D3 needs root, to mount')

const DATABASE = 'disk/minitor.db'
const DELIVERED = "SELECT 1 FROM deliveries WHERE status = 'delivered'"
const FULL = 'state and history cannot be saved for now: the disk is full'

async function checks(site: Site, life: Life, count = 5): Promise<void> {
  const before = site.read('runs').length
  await eventually('it checks', () => site.read('runs').length >= before + count, { explain: life.rawLog })
}

function startOn(site: Site, port: number): Life {
  return site.start({ args: ['--database', DATABASE, '--listen', `127.0.0.1:${port}`] })
}

async function healthOf(port: number): Promise<{ status: number; text: string }> {
  const response = await eventually('an answer', () => ask(`http://127.0.0.1:${port}/healthz`))
  return { status: response.status, text: await response.text() }
}

async function becomesHealthy(port: number): Promise<void> {
  await eventually('it is healthy', async () => (await healthOf(port)).status === 200)
}

/** Checks go on, an outage and a recovery are told, it is said once, and /healthz says it, too. */
async function goesOnFull(site: Site, life: Life, port: number): Promise<void> {
  await life.line({ level: 'error', msg: FULL })
  const toldBefore = site.linesOf('told').length
  site.write('wall-broken', '')
  await eventually('it is told', () => site.linesOf('told').length > toldBefore)
  site.remove('wall-broken')
  await eventually('so is the end', () => site.linesOf('told').length > toldBefore + 1)
  // More than what a kill may cost.
  await checks(site, life, 25)
  site.write('door-broken', '')
  await eventually('and another', () => site.linesOf('told').length > toldBefore + 2)
  await checks(site, life)
  const { status, text } = await healthOf(port)
  expect({ status, text }).toEqual({ status: 503, text: expect.stringContaining('the disk is full') })
  expect(life.lines.filter(({ level }) => level === 'error').map(({ msg }) => msg)).toEqual([FULL])
}

/** Space has returned: all is kept, also what could not be for a while, and the next daemon knows it. */
async function isKeptAgain(site: Site, life: Life, port: number): Promise<void> {
  await life.line(({ msg }) => msg.startsWith('state and history are saved again'))
  await becomesHealthy(port)
  await checks(site, life)
  const told = site.linesOf('told')
  await eventually('what was told is kept', () => rowsOf(site.path(DATABASE), DELIVERED).length === told.length)
  await life.kill()

  const next = startOn(site, port)
  await checks(site, next)
  expect(site.linesOf('told')).toEqual(told)
  site.remove('door-broken')
  await eventually('the recovery is told', () => site.linesOf('told').length > told.length)
  expect(site.linesOf('told').at(-1)).toBe(told.at(-1)?.replace('down', 'up'))
  next.signal('SIGTERM')
  expect(await next.exitCode()).toBe(0)
  expect(next.lines.filter(({ level }) => level === 'error')).toEqual([])
  expect(integrityOf(site.path(DATABASE))).toBe('ok')
}

/** A second daemon does not start, whatever the first can keep. */
async function isAlone(site: Site, life: Life): Promise<void> {
  const second = startOn(site, await freePort())
  expect(await second.exitCode()).toBe(2)
  expect(second.stderr()).toContain('already keeps its state in')
  expect(life.isOver()).toBe(false)
}

describe.concurrent('D3: the disk is full', () => {
  test.skipIf(!isMounting)('of something else: checks and alerts go on, it is said, nothing is lost', async () => {
    await using site = openSite({ 'config.yml': CONFIG })
    using disk = mountTmpfs(site.path('disk'), 'size=2m')
    const port = await freePort()
    const life = startOn(site, port)
    await checks(site, life)
    await becomesHealthy(port)
    disk.fill()
    await goesOnFull(site, life, port)
    disk.free()
    await isKeptAgain(site, life, port)
    const [kept] = rowsOf<{ count: number }>(
      site.path(DATABASE),
      "SELECT count(*) AS count FROM checks c JOIN monitors m ON m.id = c.monitor_id WHERE m.name = 'door'",
    )
    // Of either daemon the last one may have been under way.
    expect(site.linesOf('runs').length - (kept?.count ?? 0)).toBeWithin(0, 13)
  })

  test.skipIf(!isMounting)('of the database itself: checks and alerts go on, it is said, nothing is lost', async () => {
    await using site = openSite({ 'config.yml': `${CONFIG}\n${CHATTER}\n` })
    using disk = mountTmpfs(site.path('disk'), 'size=1m')
    const port = await freePort()
    const life = startOn(site, port)
    await life.line({ level: 'error', msg: FULL })
    await goesOnFull(site, life, port)
    disk.remount('size=16m')
    await isKeptAgain(site, life, port)
  })

  test.skipIf(!isMounting).each([
    { end: 'SIGTERM', fill: 'fill', options: 'size=2m' },
    { end: 'SIGKILL', fill: 'fill', options: 'size=2m' },
    { end: 'SIGTERM', fill: 'fillWithFiles', options: 'size=2m,nr_inodes=20' },
  ] as const)(
    'at the start, after $end and with $fill: what the file says is known',
    async ({ end, fill, options }) => {
      await using site = openSite({ 'config.yml': CONFIG })
      using disk = mountTmpfs(site.path('disk'), options)
      const first = startOn(site, await freePort())
      site.write('wall-broken', '')
      await eventually('it is told', () => site.linesOf('told').length === 1)
      await eventually('which is kept', () => rowsOf(site.path(DATABASE), DELIVERED).length === 1)
      first.signal(end)
      await first.exitCode()
      if (fill === 'fillWithFiles') site.remove('disk/minitor.db.lock')
      disk[fill]()

      const port = await freePort()
      const life = startOn(site, port)
      await life.line({ level: 'error', msg: FULL })
      await checks(site, life)
      const [down = ''] = site.linesOf('told')
      site.remove('wall-broken')
      await eventually('the recovery is told', () => site.linesOf('told').length > 1)
      expect(site.linesOf('told')).toEqual([down, down.replace('down', 'up')])
      await goesOnFull(site, life, port)
      if (fill === 'fill') await isAlone(site, life)
      disk.free()
      await isKeptAgain(site, life, port)
    },
  )

  test.skipIf(!isMounting)('at the very first start: it begins with nothing, and keeps all in the end', async () => {
    await using site = openSite({ 'config.yml': CONFIG })
    using disk = mountTmpfs(site.path('disk'), 'size=2m')
    disk.fill()
    const port = await freePort()
    const life = startOn(site, port)
    await goesOnFull(site, life, port)
    await isAlone(site, life)
    disk.free()
    await isKeptAgain(site, life, port)
  })
})
