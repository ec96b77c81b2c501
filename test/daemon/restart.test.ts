import { Database } from 'bun:sqlite'
import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { wholeTime } from '../../src/core/text/time.ts'
import { eventually } from '../support/eventually.ts'
import { type Life, openSite, type Site } from '../support/site.ts'
import { HOUR } from '../support/time.ts'
import { ask, freePort, sampleIs } from './scrape.ts'

const lines = (...text: readonly string[]) => text.join('\n')

const TELL = "  tell: { command: 'echo {kind} {monitor_name} {incident_id} >>told' }"

/** One monitor that fails while `broken` is there; it notes each run. */
const config = (keys: string, ...alerts: readonly string[]) =>
  lines(
    'check_interval: 100ms',
    `monitors: [ { name: door, command: "echo >>runs; test ! -e broken", alert_after: 1, alert_every: 0, ${keys} } ]`,
    'alerts:',
    ...alerts,
  )

const DOOR = config('alerts: [ tell ], alert_up: [ tell ]', TELL)

async function checks(site: Site, life: Life, count = 5): Promise<void> {
  const before = site.read('runs').length
  await eventually('it checks', () => site.read('runs').length >= before + count, { explain: life.rawLog })
}

async function told(site: Site, life: Life, count: number): Promise<string[]> {
  await eventually(`${count} are told`, () => site.linesOf('told').length >= count, { explain: life.rawLog })
  return site.linesOf('told')
}

async function end(life: Life, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  life.signal(signal)
  await life.exitCode()
}

const statusesOf = (site: Site) =>
  site.rows<{ status: string }>('SELECT status FROM deliveries ORDER BY seq').map(({ status }) => status)

const isSettled = (site: Site, count: number) => () =>
  statusesOf(site).filter((status) => status === 'delivered').length === count

/** Changes the database while no daemon has it. */
function edit(site: Site, sql: string): void {
  const database = new Database(site.path('minitor.db'))
  database.run(sql)
  database.close()
}

describe.concurrent('a restart', () => {
  test.each(['SIGKILL', 'SIGTERM'] as const)(
    'C9: %s in an outage that ends meanwhile: exactly one message, the recovery that was owed',
    async (signal) => {
      await using site = openSite({ 'config.yml': DOOR, broken: '' })
      const first = site.start()
      await told(site, first, 1)
      await eventually('that is kept', isSettled(site, 1))
      await end(first, signal)
      site.remove('broken')
      const second = site.start()
      const [down = '', ...others] = await told(site, second, 2)
      expect(others).toEqual([down.replace('down', 'up')])
      await checks(site, second, 10)
      await eventually('that is kept', isSettled(site, 2))
      await end(second, signal)
      const third = site.start()
      await checks(site, third, 10)
      expect(site.linesOf('told')).toHaveLength(2)
    },
  )

  test.each(['SIGKILL', 'SIGTERM'] as const)(
    'C10: %s during an outage, three times: no second down, and reminders count on',
    async (signal) => {
      await using site = openSite({
        'config.yml': config(
          'alert_every: 3, alerts: [ tell ]',
          "  tell: { command: 'echo {notification_id} {kind} {failure_count} {alert_count} >>told' }",
        ).replace('alert_every: 0, ', ''),
        broken: '',
      })
      for (let restart = 0; restart < 4; restart++) {
        const toldBefore = site.linesOf('told').length
        const life = site.start()
        await told(site, life, toldBefore + 3)
        await end(life, signal)
      }
      // Of those that were under way at a kill, one may come twice.
      const texts = [...new Set(site.linesOf('told'))].map((line) => line.split(' ').slice(1).join(' '))
      expect(texts.length).toBeGreaterThan(8)
      expect(texts).toEqual(
        texts.map((_, index) => `${index === 0 ? 'down' : 'reminder'} ${1 + 3 * index} ${1 + index}`),
      )
    },
  )

  test('C4: kill -9 after the commit, before the sending: told by the next one', async () => {
    const wait = 'echo $$ >>begun; until test -e go; do sleep 0.02; done'
    await using site = openSite({
      'config.yml': config('alerts: [ tell ]', `  tell: { command: '${wait}; echo {kind} {notification_id} >>told' }`),
      broken: '',
    })
    const first = site.start()
    await eventually('the alert is about to tell', () => site.read('begun') !== '')
    await first.kill()
    expect(statusesOf(site)).toEqual(['pending'])
    const second = site.start()
    await second.line(({ msg }) => msg.includes('of the last Minitor still ran'))
    site.write('go', '')
    expect(await told(site, second, 1)).toEqual([expect.stringMatching(/^down \S+-1$/)])
    await eventually('that is kept', isSettled(site, 1))
    await checks(site, second, 10)
    expect(site.linesOf('told')).toHaveLength(1)
    expect(site.linesOf('begun')).toHaveLength(2)
  })

  test('C5: kill -9 after the sending, before the mark: told again under the same id', async () => {
    await using site = openSite({
      'config.yml': config(
        'alerts: [ tell ]',
        "  tell: { command: 'echo {kind} {notification_id} {incident_id} >>told; test -e quick || sleep 600', timeout: 1h }",
      ),
      broken: '',
    })
    const first = site.start()
    await told(site, first, 1)
    await first.kill()
    expect(statusesOf(site)).toEqual(['pending'])
    site.write('quick', '')
    const second = site.start()
    const [line = '', ...again] = await told(site, second, 2)
    expect(again).toEqual([line])
    await eventually('that is kept', isSettled(site, 1))
    await second.kill()
    await checks(site, site.start(), 10)
    expect(site.linesOf('told')).toEqual([line, line])
  })

  test('C14: an alert that reaches nobody is seen: in metrics, in the database, and in time on /healthz', async () => {
    const port = await freePort()
    await using site = openSite({
      'config.yml': config(
        'alerts: [ dead ], alert_up: [ dead ]',
        "  dead: { command: 'echo no line; test -e works && echo {kind} >>told' }",
      ),
      broken: '',
    })
    const args = ['--listen', `127.0.0.1:${port}`]
    const health = async () => {
      const response = await eventually('an answer', () => ask(`http://127.0.0.1:${port}/healthz`))
      return { status: response.status, text: await response.text() }
    }
    const first = site.start({ args })
    await first.watches()
    await eventually('it was tried', () => site.rows('SELECT 1 FROM deliveries WHERE attempt_count > 0').length === 1)
    expect(site.rows('SELECT alert, status, reason FROM deliveries')).toEqual([
      { alert: 'dead', status: 'pending', reason: 'no line (exit code 1)' },
    ])
    await sampleIs(port, 1, 'minitor_deliveries_pending')
    expect((await health()).status).toBe(200)
    await first.kill()
    // As if ten minutes had passed.
    edit(site, 'UPDATE deliveries SET created_at_ms = created_at_ms - 600000')
    const second = site.start({ args })
    await second.watches()
    const { status, text } = await health()
    expect({ status, text }).toEqual({ status: 503, text: expect.stringContaining('could not be delivered') })
    site.write('works', '')
    expect(await told(site, second, 1)).toEqual(['down'])
    await eventually('it is healthy', async () => (await health()).status === 200)
    await sampleIs(port, 0, 'minitor_deliveries_pending')
  })

  test.each([
    { how: 'by a reload', isRestart: false },
    { how: 'over a restart', isRestart: true },
  ])(
    'C15: an alert removed $how with a delivery pending: that fails openly, and the others go on',
    async ({ isRestart }) => {
      const both = config(
        'alerts: [ gone, tell ], alert_up: [ gone, tell ]',
        TELL,
        "  gone: { command: 'echo >>tried; false' }",
      )
      await using site = openSite({ 'config.yml': both, broken: '' })
      let life = site.start()
      await told(site, life, 1)
      await eventually('it was tried', () => site.rows('SELECT 1 FROM deliveries WHERE attempt_count > 0').length > 0)
      if (isRestart) await life.kill()
      site.write('config.yml', DOOR)
      if (isRestart) life = site.start()
      else life.signal('SIGHUP')
      const failed = await life.line({ level: 'error' })
      expect(failed.msg).toBe('"door": down could not be delivered by gone: there is no alert "gone" any more')
      const kept = () => site.rows("SELECT reason FROM deliveries WHERE alert = 'gone' AND status = 'failed'")
      await eventually('that is kept', () => kept().length === 1)
      expect(kept()).toEqual([{ reason: 'there is no alert "gone" any more' }])
      const tries = site.read('tried')
      site.remove('broken')
      const [down = '', up] = await told(site, life, 2)
      expect(up).toBe(down.replace('down', 'up'))
      expect(site.read('tried')).toBe(tries)
    },
  )

  test('H4: kill -9 with 10 checks running: their processes are ended by the next one, its own are not', async () => {
    const monitors = (count: number, command: string) =>
      Array.from({ length: count }, (_, index) => `  - { name: m${index}, command: "${command}", timeout: 1h }`)
    await using site = openSite({
      'config.yml': lines(
        'monitors:',
        ...monitors(9, 'sleep 600 & sleep 600'),
        '  - { name: deaf, command: "trap : TERM; sleep 600; sleep 600", timeout: 1h }',
      ),
    })
    const first = site.start()
    await eventually('all run', () => site.descendants().length === 9 * 3 + 2)
    await first.kill()
    const leftovers = site.descendants()
    expect(leftovers).toHaveLength(9 * 3 + 2)
    const second = site.start()
    await second.line({
      msg: `${leftovers.length} processes of the last Minitor still ran and were ended`,
      level: 'warn',
    })
    await eventually('the new ones run', () => site.descendants().length === 9 * 3 + 2)
    expect(site.descendants().filter((pid) => leftovers.includes(pid))).toEqual([])
    const own = site.descendants()
    await end(second, 'SIGTERM')
    expect(site.descendants()).toEqual([])
    expect(own).toHaveLength(9 * 3 + 2)
  })

  test('H4: and if that one is killed before they have ended, by the one after', async () => {
    await using site = openSite({
      // It has to be killed, which is not done at once.
      'config.yml': `monitors: [ { name: deaf, command: "trap '' TERM; sleep 600; sleep 600", timeout: 1h } ]`,
    })
    const first = site.start()
    await eventually('it runs', () => site.descendants().length === 2)
    await first.kill()
    const leftovers = site.descendants()
    const second = site.start()
    await eventually('its own runs', () => site.descendants().length === 4)
    await second.kill()
    const third = site.start()
    await eventually('of three one is left', () => site.descendants().length === 2)
    expect(site.descendants().filter((pid) => leftovers.includes(pid))).toEqual([])
    await end(third, 'SIGTERM')
    expect(site.descendants()).toEqual([])
  })

  test('B9: twenty restarts: the schedule goes on, and not everything runs anew', async () => {
    const count = 10
    await using site = openSite({
      'config.yml': lines(
        'check_interval: 2m',
        'monitors:',
        ...Array.from({ length: count }, (_, index) => `  - { name: m${index}, command: "echo m${index} >>runs" }`),
      ),
    })
    const first = site.start()
    await first.watches()
    await eventually('each was checked', () => site.rows('SELECT 1 FROM checks').length === count)
    await first.kill()
    for (let restart = 0; restart < 20; restart++) {
      const life = site.start()
      await life.watches()
      await life.kill()
    }
    expect(site.linesOf('runs')).toHaveLength(count)
  })
})

describe.concurrent('the time without a daemon', () => {
  test('is told to alert_restart once, kept as not watched, and counted neither as up nor as down', async () => {
    await using site = openSite({
      'config.yml': lines(
        'check_interval: 100ms',
        'alert_restart: [ back ]',
        'monitors:',
        '  - { name: door, command: "echo >>runs; test ! -e broken", alert_after: 1, alert_every: 0 }',
        '  - { name: wall, command: "true" }',
        "alerts: { back: { command: 'echo {kind} {downtime} {started_at} {alert_message} >>told' } }",
      ),
      broken: '',
    })
    const startedMs = Date.now()
    const first = site.start()
    await checks(site, first)
    await first.kill()
    // As if an hour had passed.
    const times = ['outageStartedAtMs', 'lastToldAtMs', 'lastSuccessAtMs', 'lastCheckAtMs']
    const earlier = times.map((name) => `'$.${name}', json_extract(state, '$.${name}') - ${HOUR}`).join(', ')
    edit(
      site,
      `UPDATE monitors SET state = json_set(state, ${earlier}), slot_at_ms = slot_at_ms - ${HOUR},
         counted_to_ms = counted_to_ms - ${HOUR}, summed_to_ms = summed_to_ms - ${HOUR}`,
    )
    edit(site, `UPDATE checks SET started_at_ms = started_at_ms - ${HOUR}`)
    edit(site, `UPDATE facts SET value = value - ${HOUR} WHERE name = 'alive_at_ms'`)
    edit(site, 'DELETE FROM roll_ups')
    const [alive] = site.rows<{ value: number }>("SELECT value FROM facts WHERE name = 'alive_at_ms'")
    const aliveAtMs = alive?.value ?? 0

    const second = site.start()
    const [line = ''] = await told(site, second, 1)
    const since = new Date(aliveAtMs).toISOString()
    expect(line).toMatch(new RegExp(`^restarted 1h\\S* ${since} Minitor is back on \\S+: nothing was watched for 1h`))
    expect(line).toEndWith(`since ${wholeTime(aliveAtMs)}`)
    await checks(site, second, 10)
    await end(second, 'SIGTERM')
    expect(site.linesOf('told')).toEqual([line])

    const livedMs = Date.now() - startedMs
    const [gap, ...others] = site.rows<{ from_ms: number; to_ms: number; monitor_id: number }>(
      'SELECT * FROM unwatched',
    )
    expect(others).toEqual([])
    expect(gap).toMatchObject({ from_ms: aliveAtMs, monitor_id: 0 })
    expect((gap?.to_ms ?? 0) - aliveAtMs).toBeWithin(HOUR, HOUR + livedMs)
    const sums = site.rows<{ name: string; up: number; down: number }>(
      `SELECT m.name, sum(r.up_ms) AS up, sum(r.down_ms) AS down FROM roll_ups r JOIN monitors m ON m.id = r.monitor_id
       WHERE r.span = 'hour' GROUP BY m.name ORDER BY m.name`,
    )
    expect(sums).toEqual([
      { name: 'door', up: 0, down: expect.any(Number) },
      { name: 'wall', up: expect.any(Number), down: 0 },
    ])
    for (const { up, down } of sums) expect(up + down).toBeWithin(500, livedMs)
  })

  test('is told once for each restart, also where the one that told it was killed', async () => {
    await using site = openSite({
      'config.yml': lines(
        'check_interval: 100ms',
        'alert_restart: [ back ]',
        'monitors: [ { name: door, command: "echo >>runs" } ]',
        "alerts: { back: { command: 'echo {notification_id} >>told; test -e quick || sleep 600', timeout: 1h } }",
      ),
    })
    const first = site.start()
    await checks(site, first)
    await first.kill()
    const second = site.start()
    const [one = ''] = await told(site, second, 1)
    await second.kill()
    site.write('quick', '')
    const third = site.start()
    await told(site, third, 3)
    await eventually('both are kept', isSettled(site, 2))
    const ids = site.linesOf('told')
    expect(ids.filter((id) => id === one)).toHaveLength(2)
    expect(new Set(ids).size).toBe(2)
  })
})

describe.concurrent('D10: a monitor that is renamed, removed, added again', () => {
  const WITHOUT = DOOR.replaceAll('door', 'gate')

  test.each([
    { how: 'by reloads', isRestart: false },
    { how: 'over restarts', isRestart: true },
  ])('$how: its incident ends as removed, without a recovery; it comes back as new', async ({ isRestart }) => {
    await using site = openSite({ 'config.yml': DOOR, broken: '' })
    let life = site.start()
    const become = async (text: string) => {
      if (isRestart) await life.kill()
      site.write('config.yml', text)
      if (isRestart) life = site.start()
      else life.signal('SIGHUP')
    }
    const incidents = () =>
      site.rows<{ name: string; ending: string | null }>(
        'SELECT m.name, i.ending FROM incidents i JOIN monitors m ON m.id = i.monitor_id ORDER BY i.opened_at_ms',
      )
    await told(site, life, 1)
    await eventually('that is kept', isSettled(site, 1))

    await become(WITHOUT)
    await told(site, life, 2)
    await eventually('the incident has ended', () => incidents()[0]?.ending !== null)
    await eventually('that is kept', isSettled(site, 2))
    await become(DOOR)
    await told(site, life, 3)
    await eventually('the other has ended', () => incidents()[1]?.ending !== null)
    await eventually('that is kept', isSettled(site, 3))
    site.remove('broken')
    const lines = (await told(site, life, 4)).map((line) => line.split(' '))
    expect(lines.map(([kind, monitor]) => `${kind} ${monitor}`)).toEqual([
      'down door',
      'down gate',
      'down door',
      'up door',
    ])
    const [first, second, third, last] = lines.map(([, , incident]) => incident)
    expect(new Set([first, second, third]).size).toBe(3)
    expect(last).toBe(third ?? '')
    await eventually('all have ended', () => incidents().every(({ ending }) => ending !== null))
    expect(incidents()).toEqual([
      { name: 'door', ending: 'removed' },
      { name: 'gate', ending: 'removed' },
      { name: 'door', ending: 'recovered' },
    ])
    expect(life.lines.filter(({ level }) => level === 'error')).toEqual([])
  })
})

test('the story: killed in an outage, mended while nobody watches, started again', async () => {
  await using site = openSite({ 'config.yml': DOOR })
  const first = site.start()
  await first.line({ monitor: 'door', status: 'up' })
  site.write('broken', '')
  await told(site, first, 1)
  await eventually('that is kept', isSettled(site, 1))
  await first.kill()
  site.remove('broken')
  const second = site.start()
  await told(site, second, 2)
  await checks(site, second, 10)
  expect(readFileSync(site.path('told'), 'utf8')).toMatch(/^down door (\S+)\nup door \1\n$/)
})
