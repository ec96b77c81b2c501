import { describe, expect, test } from 'bun:test'
import { startTicksOf } from '../../src/control/run-file.ts'
import type { Acknowledgement } from '../../src/core/model/mute.ts'
import { readMutes } from '../../src/store/tables/mutes.ts'
import type { Workspace } from '../support/executable.ts'
import { HOUR } from '../support/time.ts'
import { createPlace, withDatabase } from './database.ts'

const CONFIG = `monitors:
  - {name: web, command: [true], tags: [edge, eu], group: eu}
  - {name: api, command: [true], tags: [edge], group: eu}
  - {name: "odd\\u200b", command: [true]}
  - {name: "Cafe\u0301 Bar", command: [true]}
`
const NOTE = /\nNo daemon is running on \/.*minitor\.db: this takes effect when one starts\.\n$/

const mutesIn = (place: Workspace) => withDatabase(place, (database) => readMutes(database, Date.now()))
const silencesIn = (place: Workspace) => mutesIn(place).silences.map(({ target, reason }) => [target, reason])

/** What the daemon writes into its file when it takes it. */
function claim(place: Workspace, pid: number, startTicks: string): void {
  withDatabase(place, (database) => {
    database.run("INSERT INTO facts VALUES ('holder_pid', ?), ('holder_start_ticks', ?)", [pid, startTicks])
  })
}

/** As if this very process were the daemon. */
const claimAlive = (place: Workspace) => claim(place, process.pid, startTicksOf(process.pid) ?? '')

describe.concurrent('silence', () => {
  test.each([
    { args: ['web', '2h'], target: { monitor: 'web' }, says: '"web" silenced for 2h, until' },
    {
      args: ['--tag', 'edge', '90'],
      target: { tag: 'edge' },
      says: 'tag "edge" (2 monitors) silenced for 1m30s, until',
    },
    { args: ['45m', '--tag=eu'], target: { tag: 'eu' }, says: 'tag "eu" (1 monitor) silenced for 45m, until' },
    { args: ['--all', '1d'], target: 'all', says: 'all monitors silenced for 1d, until' },
    { args: ['--group', 'eu', '1h'], target: { group: 'eu' }, says: 'group "eu" (2 monitors) silenced for 1h, until' },
    { args: ['WEB', '1h'], target: { monitor: 'web' }, says: '"web" silenced for 1h, until' },
    {
      args: ['cafe\u0301-bar', '1h'],
      target: { monitor: 'Caf\u00e9 Bar' },
      says: '"Caf\u00e9 Bar" silenced for 1h, until',
    },
    { args: ['odd\u200b', '1h'], target: { monitor: 'odd\u200b' }, says: '"odd\\u200b" silenced for 1h, until' },
  ])('$args', async ({ args, target, says }) => {
    using place = createPlace(CONFIG)
    claimAlive(place)
    const { exitCode, stdout, stderr } = await place.minitor('silence', ...args, '--reason', 'moving')
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout.slice(0, says.length)).toBe(says)
    expect(stdout.slice(says.length)).toMatch(/^ (\d{4}-\d\d-\d\d )?\d\d:\d\d(:\d\d)? \(\S+\)\n$/)
    expect(silencesIn(place) as unknown[]).toEqual([[target, 'moving']])
  })

  test('several names, each with a silence of its own, or none at all', async () => {
    using place = createPlace(CONFIG)
    const { stdout } = await place.minitor('silence', 'web', 'api', '2h', '--json')
    expect(JSON.parse(stdout)).toMatchObject([{ monitor: 'web' }, { monitor: 'api' }])
    expect((await place.minitor('silence', 'web', 'wbe', '3h')).exitCode).toBe(2)
    expect(silencesIn(place) as unknown[]).toEqual([
      [{ monitor: 'web' }, ''],
      [{ monitor: 'api' }, ''],
    ])
  })

  test('says until when in the zone of this machine', async () => {
    using place = createPlace(CONFIG)
    const { stdout } = await place.minitorWith({ TZ: 'Asia/Kathmandu' }, 'silence', 'web', '2h')
    const [silence] = mutesIn(place).silences
    const until = new Date(silence?.untilMs ?? 0).toLocaleTimeString('sv', { timeZone: 'Asia/Kathmandu' }).slice(0, 5)
    expect(stdout).toContain(`${until} (Asia/Kathmandu)\n`)
  })

  test('lasts as long as it says, and can be read by machines', async () => {
    using place = createPlace(CONFIG)
    claimAlive(place)
    const beforeMs = Date.now()
    const { stdout } = await place.minitor('silence', 'web', '2h', '--json')
    const [silence] = mutesIn(place).silences
    const untilMs = silence?.untilMs ?? 0
    expect(untilMs - 2 * HOUR).toBeWithin(beforeMs, Date.now() + 1)
    expect(JSON.parse(stdout)).toEqual({
      monitor: 'web',
      tag: null,
      group: null,
      until: new Date(untilMs).toISOString(),
      duration_ms: 2 * HOUR,
      reason: '',
      replaced: 0,
      has_daemon: true,
    })
  })

  test('takes the place of an older one of the same target, and of no other', async () => {
    using place = createPlace(CONFIG)
    await place.minitor('silence', 'web', '2h', '--reason', 'first')
    await place.minitor('silence', '--tag', 'edge', '2h')
    await place.minitor('silence', '--all', '2h')
    const { stdout } = await place.minitor('silence', 'web', '1h', '--reason', 'second')
    expect(stdout).toMatch(/\nIt replaces a silence until (\S+ )?\d\d:\d\d\.\n/)
    expect(silencesIn(place)).toEqual([
      [{ tag: 'edge' }, ''],
      ['all', ''],
      [{ monitor: 'web' }, 'second'],
    ])
    const again = JSON.parse((await place.minitor('silence', 'web', '1h', '--json')).stdout)
    expect(again.replaced).toBe(1)
  })
})

describe.concurrent('without a daemon', () => {
  test('it is kept, and said that it holds later', async () => {
    using place = createPlace(CONFIG, { down: ['web'] })
    const silenced = await place.minitor('silence', 'web', '2h')
    expect(silenced).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringMatching(NOTE) })
    expect((await place.minitor('ack', 'web')).stdout).toMatch(NOTE)
    expect((await place.minitor('unsilence', 'web')).stdout).toMatch(NOTE)
    expect(JSON.parse((await place.minitor('silence', 'web', '2h', '--json')).stdout).has_daemon).toBe(false)
    expect(place.files()).toEqual(['config.yml', 'minitor.db'])
  })

  test.each([
    { name: 'another process has its number now', startTicks: '1', hasDaemon: false },
    { name: 'it is there', startTicks: startTicksOf(process.pid) ?? '', hasDaemon: true },
  ])('its number is in the file, and $name', async ({ startTicks, hasDaemon }) => {
    using place = createPlace(CONFIG)
    claim(place, process.pid, startTicks)
    const { stdout } = await place.minitor('silence', 'web', '2h')
    expect(NOTE.test(stdout)).toBe(!hasDaemon)
  })
})

describe.concurrent('unsilence', () => {
  test('ends the silence of a name and says what else keeps it silent', async () => {
    using place = createPlace(CONFIG)
    claimAlive(place)
    for (const args of [['web'], ['api'], ['--tag', 'eu'], ['--all']]) await place.minitor('silence', ...args, '2h')
    const { exitCode, stdout, stderr } = await place.minitor('unsilence', 'web')
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    const time = '(\\S+ )?\\d\\d:\\d\\d'
    expect(stdout).toMatch(
      new RegExp(
        `^"web": silence ended early \\(was until ${time}, \\S+\\)\n` +
          `"web" is still silenced, by a silence of tag "eu" \\(1 monitor\\) until ${time}\n` +
          `"web" is still silenced, by a silence of all monitors until ${time}\n$`,
      ),
    )
    expect(silencesIn(place).map(([target]) => target)).toEqual([{ monitor: 'api' }, { tag: 'eu' }, 'all'])
  })

  test('--tag ends that of the tag, --all every one', async () => {
    using place = createPlace(CONFIG)
    for (const args of [['web'], ['--tag', 'eu'], ['--tag', 'edge'], ['--all']]) {
      await place.minitor('silence', ...args, '2h', '--reason', 'why')
    }
    const ofTag = JSON.parse((await place.minitor('unsilence', '--tag', 'eu', '--json')).stdout)
    expect(ofTag).toEqual({
      ended: [
        {
          monitor: null,
          tag: 'eu',
          group: null,
          until: expect.stringMatching(/^20\S+Z$/),
          reason: 'why',
          who: expect.stringMatching(/ \(command line\)$/),
        },
      ],
      has_daemon: false,
    })
    const { exitCode, stdout } = await place.minitor('unsilence', '--all')
    expect(exitCode).toBe(0)
    expect(stdout.match(/^.*: silence ended early/gm)).toEqual([
      '"web": silence ended early',
      'tag "edge" (2 monitors): silence ended early',
      'all monitors: silence ended early',
    ])
    expect(silencesIn(place)).toEqual([])
  })

  test.each([
    { args: ['web'], says: 'there is no silence of "web": there is nothing to end\n' },
    { args: ['--tag', 'edge'], says: 'there is no silence of tag "edge" (2 monitors): there is nothing to end\n' },
    { args: ['--all'], says: 'there is no silence: there is nothing to end\n' },
  ])('$args with nothing to end', async ({ args, says }) => {
    using place = createPlace(CONFIG)
    expect(await place.minitor('unsilence', ...args)).toMatchObject({ exitCode: 1, stdout: '', stderr: says })
    const { exitCode, stdout } = await place.minitor('unsilence', ...args, '--json')
    expect([exitCode, JSON.parse(stdout)]).toEqual([1, { ended: [], has_daemon: false }])
  })

  test('takes several names, and says of each whether there was anything to end', async () => {
    using place = createPlace(CONFIG)
    for (const name of ['web', 'api']) await place.minitor('silence', name, '2h')
    const all = await place.minitor('unsilence', 'WEB', 'api')
    expect(all).toMatchObject({ exitCode: 0, stderr: '' })
    expect(all.stdout.match(/^.*: silence ended early/gm)).toEqual([
      '"web": silence ended early',
      '"api": silence ended early',
    ])
    await place.minitor('silence', 'web', '2h')
    const one = await place.minitor('unsilence', 'api', 'web')
    expect(one).toMatchObject({ exitCode: 0, stderr: 'there is no silence of "api": there is nothing to end\n' })
    expect(silencesIn(place)).toEqual([])
  })

  test('one that has run out is nothing to end', async () => {
    using place = createPlace(CONFIG)
    await place.minitor('silence', 'web', '1ms')
    expect((await place.minitor('unsilence', 'web')).exitCode).toBe(1)
  })

  test('of a monitor that the configuration has no more', async () => {
    using place = createPlace(CONFIG)
    await place.minitor('silence', 'api', '2h')
    place.write('config.yml', 'monitors: [{name: web, command: [true]}]\n')
    expect((await place.minitor('unsilence', 'api')).exitCode).toBe(0)
    expect((await place.minitor('unsilence', 'api')).exitCode).toBe(2)
  })
})

describe.concurrent('ack', () => {
  test('of an open incident', async () => {
    using place = createPlace(CONFIG, { down: ['web', 'api'] })
    claimAlive(place)
    const beforeMs = Date.now()
    const { exitCode, stdout, stderr } = await place.minitor('ack', 'web', '--reason', 'Ada is on it')
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toMatch(/^"web" acknowledged: no reminders until it recovers\. Failing for 1m\d*s?\.\n$/)
    const { acknowledgements } = mutesIn(place)
    expect(acknowledgements).toMatchObject([{ incidentId: expect.stringMatching(/^web-/), reason: 'Ada is on it' }])
    expect(acknowledgements[0]?.atMs).toBeWithin(beforeMs, Date.now() + 1)
  })

  test('again, for machines: a second one adds to the first', async () => {
    using place = createPlace(CONFIG, { down: ['web'] })
    await place.minitor('ack', 'web', '--reason', 'first')
    const { stdout } = await place.minitor('ack', 'web', '--json', '--reason', 'second')
    const [acknowledgement] = mutesIn(place).acknowledgements
    expect(JSON.parse(stdout)).toEqual({
      monitor: 'web',
      incident_id: acknowledgement?.incidentId,
      acknowledged_at: new Date(acknowledgement?.atMs ?? 0).toISOString(),
      reason: 'first; second',
      has_daemon: false,
    })
    expect(acknowledgement?.reason).toBe('first; second')
  })

  test('again, without a reason: who is on it, and why, stays', async () => {
    using place = createPlace(CONFIG, { down: ['web'] })
    await place.minitor('ack', 'web', '--reason', 'Ops: replacing disk')
    const [before] = mutesIn(place).acknowledgements
    const { stdout } = await place.minitor('ack', 'web')
    expect(stdout).toMatch(/\nIt was acknowledged \d+s ago by \S+ \(command line\): Ops: replacing disk\.\n/)
    expect(mutesIn(place).acknowledgements).toEqual([before as Acknowledgement])
    expect((await place.minitor('status')).stdout).toContain('Ops: replacing disk')
    expect((await place.minitor('ack', 'web', '--reason', 'Ada: at the rack')).stdout).toContain(
      'Your reason is added.',
    )
    expect((await place.minitor('incidents')).stdout).toContain('Ops: replacing disk; Ada: at the rack')
  })

  test('without an open incident', async () => {
    using place = createPlace(CONFIG, { down: ['api'] })
    expect(await place.minitor('ack', 'web')).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: '"web" has no open incident: there is nothing to acknowledge\n',
    })
    const { exitCode, stdout } = await place.minitor('ack', 'web', '--json')
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([1, { incident_id: null, acknowledged_at: null }])
    expect(mutesIn(place).acknowledgements).toEqual([])
  })
})

describe.concurrent('unack', () => {
  test('ends the acknowledgement, and says what it was', async () => {
    using place = createPlace(CONFIG, { down: ['web'] })
    await place.minitor('ack', 'web', '--reason', 'a mistake')
    expect(await place.minitor('unack', 'web')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(
        /^"web": acknowledgement ended \(was: a mistake\): reminders are no longer held back\.\n/,
      ),
      stderr: '',
    })
    expect(mutesIn(place).acknowledgements).toEqual([])
    expect(await place.minitor('unack', 'web')).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: '"web" has no acknowledged incident: there is nothing to end\n',
    })
    await place.minitor('ack', 'web')
    expect(JSON.parse((await place.minitor('unack', 'web', '--json')).stdout)).toMatchObject({
      monitor: 'web',
      incident_id: expect.stringMatching(/^web-/),
      reason: '',
    })
    expect(JSON.parse((await place.minitor('unack', 'web', '--json')).stdout)).toMatchObject({ incident_id: null })
  })
})
