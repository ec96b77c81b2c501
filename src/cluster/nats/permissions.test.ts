import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '@nats-io/transport-node'
import { requireDebianPackage } from '../../../test/support/debian.ts'
import { openTestEngine } from '../../../test/support/engine.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { hasNats, startNats } from '../../../test/support/nats.ts'
import { aCard } from '../../../test/support/samples.ts'
import type { WorkItem, WorkResult } from '../../core/model/cluster.ts'
import type { EngineAccess, Place } from '../../core/model/cluster-config.ts'
import type { LogLevel } from '../../core/model/log-settings.ts'

const EXAMPLE = join(import.meta.dir, '../../..', 'examples', 'cluster')
const PASSWORDS = ['SERVER', 'NAS', 'HOME', 'VPS_A'].map((user) => `${user}_PASSWORD: "secret-of-${user}"`).join('\n')
const config = `${readFileSync(join(EXAMPLE, 'accounts.conf'), 'utf8').replace('include "passwords.conf"', PASSWORDS)}`

const nats = hasNats ? await startNats({ config }) : undefined
const three = hasNats ? await startNats({ config, size: 3 }) : undefined
afterAll(async () => {
  await nats?.[Symbol.asyncDispose]()
  await three?.[Symbol.asyncDispose]()
})

const loginOf = (user: string) => {
  const password = `secret-of-${user.toUpperCase().replaceAll('-', '_')}`
  return { kind: 'password', user, password } as const
}
const accessOf = (user: string): Partial<EngineAccess> => ({ name: 'minitor', login: loginOf(user) })
const nodePlace = (node: string): Place => ({ kind: 'node', node })
const LAN: Place = { kind: 'tag', tag: 'lan' }

const cardOf = (name: string, tags: readonly string[]) => aCard({ name, tags, slots: 2 })
const createLogBook = () => {
  const messages: string[] = []
  return { messages, write: (_: LogLevel, message: string) => void messages.push(message) }
}
const itemFor = (place: Place, id: string): WorkItem => ({
  id,
  epoch: 1,
  place,
  monitor: 'site',
  run: { command: ['true'], env: {}, workingDirectory: null, timeoutMs: 1_000, runId: id, input: null },
  goodForMs: 600_000,
})
const resultOf = ({ id, epoch }: WorkItem, node: string): WorkResult => ({
  id,
  epoch,
  node,
  run: { ending: { kind: 'exited', exitCode: 0 }, output: '', durationMs: 1, escapeeCount: 0, isUnkillable: false },
})

describe.skipIf(nats === undefined || three === undefined)('with the accounts of the example', () => {
  if (nats === undefined || three === undefined) return

  test.each([
    { name: 'one server', on: nats },
    { name: 'three servers', on: three },
  ])('an agent does all that it has to, on $name', async ({ on }) => {
    const log = createLogBook()
    await using server = await openTestEngine(on, { node: 'left', access: accessOf('server') })
    const results: WorkResult[] = []
    server.sender.onResult((result) => results.push(result))
    await using agent = await openTestEngine(on, { node: 'nas', kind: 'agent', access: accessOf('nas'), log })
    await agent.presence.say(cardOf('nas', ['lan']))
    // Any of the three servers may answer, also one that has not heard of it yet.
    const there = async () => (await server.presence.nodes()).filter(({ isThere }) => isThere).map(({ name }) => name)
    await eventually('the agent is there', async () => (await there()).join() === 'nas')
    const taking = agent.taker.take([nodePlace('nas'), LAN], 2, async (work) => {
      work.working()
      await work.finish(resultOf(work.item, 'nas'))
    })
    for (const place of [nodePlace('nas'), LAN]) {
      for (let count = 0; count < 5; count++)
        await server.sender.send(itemFor(place, `${JSON.stringify(place)}${count}`))
    }
    await eventually('all results', () => results.length === 10)
    await eventually('all is acknowledged', async () =>
      [...(await server.sender.queued()).waiting.values()].every((count) => count === 0),
    )
    await taking.close()
    await agent.presence.leave('nas')
    await eventually('the agent is gone', async () => (await server.presence.nodes()).length === 0)
    expect(log.messages).toEqual([])
  })

  const connectAs = (user: string) => {
    const { password } = loginOf(user)
    return connect({ servers: [...nats.urls], user, pass: password, inboxPrefix: `_INBOX_${user}`, timeout: 5_000 })
  }

  const WORK = 'MINITOR_minitor_WORK'
  test.each([
    ['read the journal', '$JS.API.STREAM.MSG.GET.MINITOR_minitor_JOURNAL'],
    ['follow the journal', '$JS.API.CONSUMER.CREATE.MINITOR_minitor_JOURNAL.mine.minitor.minitor.journal'],
    ['follow the journal, as older clients ask', '$JS.API.CONSUMER.CREATE.MINITOR_minitor_JOURNAL'],
    ['write the journal', 'minitor.minitor.journal'],
    ['empty the journal', '$JS.API.STREAM.PURGE.MINITOR_minitor_JOURNAL'],
    ['delete the journal', '$JS.API.STREAM.DELETE.MINITOR_minitor_JOURNAL'],
    ['fetch the base copy', '$JS.API.STREAM.MSG.GET.OBJ_MINITOR_minitor_BASE'],
    ['fetch the base copy directly', '$JS.API.DIRECT.GET.OBJ_MINITOR_minitor_BASE'],
    ['take the lease', '$KV.MINITOR_minitor_LEASE.leader'],
    ['see who leads', '$JS.API.STREAM.MSG.GET.KV_MINITOR_minitor_LEASE'],
    ['send work', 'minitor.minitor.work.node-home'],
    ['send work to itself', 'minitor.minitor.work.node-nas'],
    ['take the work of another node', `$JS.API.CONSUMER.MSG.NEXT.${WORK}.node-home`],
    ['take the work of a tag that it has not', `$JS.API.CONSUMER.MSG.NEXT.${WORK}.tag-dmz`],
    ['read work in passing', `$JS.API.STREAM.MSG.GET.${WORK}`],
    ['make a queue', `$JS.API.CONSUMER.DURABLE.CREATE.${WORK}.mine`],
    ['delete a queue', `$JS.API.CONSUMER.DELETE.${WORK}.node-home`],
    ['list queues', `$JS.API.CONSUMER.NAMES.${WORK}`],
    ['acknowledge for another node', `$JS.ACK.${WORK}.node-home.1.1.1.1.0`],
    ['answer for another node', 'minitor.minitor.result.home'],
    ['say that another node is there', '$KV.MINITOR_minitor_NODES.home'],
    ['read what another node says', '$JS.API.DIRECT.GET.KV_MINITOR_minitor_NODES.$KV.MINITOR_minitor_NODES.home'],
    ['read all nodes', '$JS.API.DIRECT.GET.KV_MINITOR_minitor_NODES'],
    ['ask the leader for a page', 'minitor.minitor.letter.http'],
    ['change mutes', 'minitor.minitor.letter.mutes'],
    ['list streams', '$JS.API.STREAM.NAMES'],
    ['look at the account', '$JS.API.INFO'],
    ['make a stream', '$JS.API.STREAM.CREATE.mine'],
    ['look at the system', '$SYS.REQ.SERVER.PING'],
    ['write to the inbox of another', '_INBOX_home.x'],
  ])('an agent may not %s', async (_, subject) => {
    const connection = await connectAs('nas')
    await expect(connection.request(subject, '', { timeout: 5_000 })).rejects.toThrow('Permissions Violation')
    await connection.close()
  })

  test.each([
    '>',
    '*',
    'minitor.>',
    'minitor.minitor.result.*',
    'minitor.minitor.work.*',
    'minitor.minitor.journal',
    '$KV.>',
    '$JS.>',
    '_INBOX_home.>',
    '_INBOX_left.>',
    '_INBOX.>',
    '_R_.>',
    '$SYS.>',
  ])('an agent may not listen to %s', async (subject) => {
    const connection = await connectAs('nas')
    const refusal = Promise.withResolvers<Error | null>()
    connection.subscribe(subject, { callback: (error) => refusal.resolve(error) })
    expect((await refusal.promise)?.message).toContain('Permissions Violation')
    await connection.close()
  })

  test('an agent cannot have the engine write an answer where it may not write itself', async () => {
    await using server = await openTestEngine(nats, { node: 'left', access: accessOf('server') })
    const before = await server.journal.state()
    await server.sender.send(itemFor(nodePlace('nas'), 'bait'))
    const connection = await connectAs('nas')
    const [next, journal] = [`$JS.API.CONSUMER.MSG.NEXT.${WORK}.node-nas`, 'minitor.minitor.journal']
    const request = JSON.stringify({ batch: 1, no_wait: true })
    connection.publish(next, request, { reply: journal })
    connection.publish('$KV.MINITOR_minitor_NODES.nas', '{}', { reply: journal })
    await connection.flush()
    // The item is given to the next one that asks as it should, or was on its way to nowhere.
    await connection.request('$KV.MINITOR_minitor_NODES.nas', '{}')
    expect(await server.journal.state()).toEqual(before)
    await connection.close()
  })

  test('an agent that wants a tag which it may not have is told in its log, and gets nothing', async () => {
    const log = createLogBook()
    await using server = await openTestEngine(nats, { node: 'left', access: accessOf('server') })
    await using agent = await openTestEngine(nats, { node: 'vps-a', kind: 'agent', access: accessOf('vps-a'), log })
    await agent.presence.say(cardOf('vps-a', ['lan']))
    await server.sender.send(itemFor(LAN, 'for the lan'))
    let runs = 0
    const taking = agent.taker.take([LAN], 2, async () => void runs++)
    await eventually('it is told', () => log.messages.length > 0)
    expect(log.messages[0]).toBe(
      'NATS does not permit this login to send to $JS.API.CONSUMER.MSG.NEXT.MINITOR_minitor_WORK.tag-lan',
    )
    expect((await server.sender.queued()).waiting.get('tag:lan')).toBe(1)
    expect(runs).toBe(0)
    await expect(agent.presence.say(cardOf('nas', []))).rejects.toThrow('NATS does not permit this login to do that')
    await taking.close()
  })
})

const hasOpenssl = hasNats && requireDebianPackage('openssl', 'openssl')

describe.skipIf(!hasOpenssl)('with the certificates of the example', () => {
  const directory = mkdtempSync(join(tmpdir(), 'minitor-tls-'))
  afterAll(() => rmSync(directory, { recursive: true }))
  const file = (name: string) => join(directory, 'certificates', name)
  const make = (...hosts: string[]) => {
    const made = Bun.spawnSync([join(EXAMPLE, 'certificates.sh'), ...hosts], { cwd: directory })
    if (!made.success) throw new Error(made.stderr.toString())
  }
  const caOnly = () => ({ ca: file('ca.pem'), cert: null, key: null })

  test('TLS works; without the authority, or for another host, it is refused', async () => {
    make('127.0.0.1', 'localhost')
    const tls = (more = '') => `tls { cert_file: "${file('server.pem')}", key_file: "${file('server.key')}" ${more} }`
    {
      await using server = await startNats({ config: tls() })
      await using engine = await openTestEngine(server, { access: { tls: caOnly() } })
      expect(engine.trouble()).toBeNull()
      const byScheme = { urls: [server.urls[0].replace('nats:', 'tls:')] as const }
      await using other = await openTestEngine(byScheme, { access: { tls: caOnly() } })
      expect(other.trouble()).toBeNull()
      await expect(openTestEngine(server)).rejects.toThrow(/the TLS connection to NATS .* fails: unable to verify/)
    }
    {
      await using server = await startNats({ config: tls(`, ca_file: "${file('ca.pem')}", verify: true`) })
      const own = { ca: file('ca.pem'), cert: file('server.pem'), key: file('server.key') }
      await using engine = await openTestEngine(server, { access: { tls: own } })
      expect(engine.trouble()).toBeNull()
    }
    make('elsewhere.example.org')
    await using server = await startNats({ config: tls() })
    await expect(openTestEngine(server, { access: { tls: caOnly() } })).rejects.toThrow(
      /the TLS connection to NATS .* fails/,
    )
  })
})
