import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { canMount, mountTmpfs } from '../crash-loop/tmpfs.ts'
import { filesAgree } from '../support/cluster/agreement.ts'
import { type ClusterSite, openCluster } from '../support/cluster/cluster-site.ts'
import { doorConfig, runsOn, startServers, story, storyOf, toldOf } from '../support/cluster/door.ts'
import { eventually } from '../support/eventually.ts'
import { hasNats, startNats } from '../support/nats.ts'
import { limitMs, TEST_LIMIT_MS } from '../support/pace.ts'
import { openSite } from '../support/site.ts'

setDefaultTimeout(TEST_LIMIT_MS)

const config = (directory: string) => doorConfig(directory)

const kindsOf = (cluster: ClusterSite) => storyOf(cluster).map((line) => line.split(' ')[0])

const only = ({ servers: [server] }: ClusterSite) => {
  if (server === undefined) throw new Error('no server')
  return server
}

describe.skipIf(!hasNats)('the engine', () => {
  test('I1: is not there at the start: the server watches and tells, and others get that once it is', async () => {
    await using cluster = await openCluster({ config })
    const [engine] = cluster.nats.servers
    await engine.kill()
    const [first, second] = cluster.servers
    const life = only(cluster).start()
    await life.watches()
    await runsOn(cluster, only(cluster))
    cluster.shared.write('broken', '')
    await story(cluster, 1)
    await engine.restart()
    expect((await cluster.leader()).name).toBe(first?.name ?? '')
    second?.start()
    await filesAgree(cluster)
    cluster.shared.remove('broken')
    await story(cluster, 2)
    await filesAgree(cluster)
    expect(kindsOf(cluster)).toEqual(['down', 'up'])
    expect(toldOf(cluster)).toHaveLength(2)
  })

  test('is gone when the leader stops: what that has left is kept in its own file', async () => {
    await using cluster = await openCluster({ config })
    const { leader } = await startServers(cluster)
    const [engine] = cluster.nats.servers
    await engine.kill()
    leader.life.signal('SIGTERM')
    expect(await leader.life.exitCode()).toBe(0)
    expect(leader.life.lines.map(({ msg }) => msg)).not.toContainEqual(
      expect.stringMatching(/could not be saved before/),
    )
  })

  test('I1: is killed while servers start, and comes back: one of them leads', async () => {
    await using cluster = await openCluster({ config })
    const [engine] = cluster.nats.servers
    for (const server of cluster.servers) server.start()
    await engine.kill()
    await engine.restart()
    await runsOn(cluster, await cluster.leader())
    await filesAgree(cluster)
  })

  test.each([
    { name: 'I2: is killed in an outage and comes back', end: 'kill' },
    { name: 'I3: is frozen in an outage and goes on', end: 'freeze' },
  ] as const)('$name: the servers watch and tell, each thing under one id', async ({ end }) => {
    await using cluster = await openCluster({ config })
    const { leader } = await startServers(cluster)
    const [engine] = cluster.nats.servers
    // A server that does not follow yet does not know what the next incident is called.
    await filesAgree(cluster)
    cluster.shared.write('broken', '')
    await story(cluster, 1)
    if (end === 'kill') await engine.kill()
    else engine.freeze()
    for (const server of cluster.servers) await runsOn(cluster, server)
    cluster.shared.remove('broken')
    await story(cluster, 2)
    if (end === 'kill') await engine.restart()
    else engine.thaw()
    await filesAgree(cluster)
    await runsOn(cluster, await cluster.leader())
    expect(kindsOf(cluster)).toEqual(['down', 'up'])
    expect(cluster.servers).toContain(leader)
  })

  test('I9: is three servers, of which each one is lost in turn: nothing is told twice or missed', async () => {
    await using cluster = await openCluster({ config, nats: { size: 3 }, takeoverMs: limitMs(15_000) })
    await startServers(cluster)
    let count = 0
    for (const engine of cluster.nats.servers) {
      await engine.kill()
      cluster.shared.write('broken', '')
      await story(cluster, ++count)
      cluster.shared.remove('broken')
      await story(cluster, ++count)
      await engine.restart()
      await filesAgree(cluster)
    }
    expect(kindsOf(cluster)).toEqual(['down', 'up', 'down', 'up', 'down', 'up'])
    const ids = toldOf(cluster).map(({ node, id }) => `${node} ${id}`)
    expect(ids).toEqual([...new Set(ids)])
  })

  test('has no room for the journal any more: watched and told all the same, and published once it has', async () => {
    if (!canMount()) return console.error('skipped: a small disk needs the right to mount')
    await using stack = new AsyncDisposableStack()
    const directory = stack.adopt(mkdtempSync(join(tmpdir(), 'minitor-engine-')), (path) =>
      rmSync(path, { recursive: true }),
    )
    const disk = stack.use(mountTmpfs(directory, 'size=12m'))
    await using cluster = await openCluster({
      config,
      nats: { jetStream: `store_dir: "${directory}", max_file_store: 2147483648` },
    })
    const { leader } = await startServers(cluster)
    disk.fill()
    await eventually('the journal takes nothing', () => leader.life.lines.some(({ level }) => level === 'warn'))
    cluster.shared.write('broken', '')
    await story(cluster, 1)
    disk.free()
    const [engine] = cluster.nats.servers
    await engine.kill()
    await engine.restart()
    cluster.shared.remove('broken')
    await story(cluster, 2)
    await filesAgree(cluster)
    expect(kindsOf(cluster)).toEqual(['down', 'up'])
  })

  test('no longer has the records that a server lacks: it fetches the base copy', async () => {
    await using cluster = await openCluster({ config })
    const { leader, others } = await startServers(cluster)
    const [other] = others
    await filesAgree(cluster)
    await other.life.kill()
    cluster.shared.write('broken', '')
    await story(cluster, 1)
    cluster.shared.remove('broken')
    await story(cluster, 2)
    await runsOn(cluster, leader, 20)
    const last = await trimJournal(cluster)
    // The leader sees to it that there is a copy from which one can go on.
    const hasCopy = async () => ((await cluster.engine.base.look())?.sequence ?? 0) >= last - 1
    await eventually('there is a copy to go on from', hasCopy)
    other.start()
    await filesAgree(cluster)
    // And it leads from there.
    await leader.life.kill()
    await runsOn(cluster, other)
    cluster.shared.write('broken', '')
    expect((await story(cluster, 3)).map((line) => line.split(' ')[0])).toEqual(['down', 'up', 'down'])
  })

  test('has a server that is new: it gets everything that there was before', async () => {
    await using cluster = await openCluster({ config, serverCount: 3 })
    const [first, second, third] = cluster.servers
    first?.start()
    await runsOn(cluster, only(cluster), 10)
    second?.start()
    third?.start()
    await filesAgree(cluster)
  })
})

/** Removes all records but the last from the journal, as its limits do some day; resolves to the sequence of that. */
async function trimJournal({ nats }: ClusterSite): Promise<number> {
  const connection = await connect({ servers: [...nats.urls] })
  try {
    const manager = await jetstreamManager(connection)
    await manager.streams.purge('MINITOR_test_JOURNAL', { keep: 1 })
    return (await manager.streams.info('MINITOR_test_JOURNAL')).state.first_seq
  } finally {
    await connection.close()
  }
}

/** A server that says of itself that it is of a version long ago. */
function startOldEngine() {
  const info = {
    server_id: 'OLD',
    version: '2.1.9',
    proto: 1,
    max_payload: 1_048_576,
    headers: false,
    jetstream: false,
  }
  return Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      open: (socket) => void socket.write(`INFO ${JSON.stringify(info)}\r\n`),
      data: (socket, data) => void (data.includes('PING') && socket.write('PONG\r\n')),
    },
  })
}

const old = startOldEngine()
afterAll(() => old.stop(true))

/** Runs the executable with these servers as its engine until it ends; resolves to what it said. */
async function said(args: readonly string[], url: string) {
  await using site = openSite({
    'config.yml': 'cluster: { name: test, node: a }\nmonitors: [ { name: door, command: "true" } ]',
  })
  const life = site.start({ args, env: { MINITOR_CLUSTER: url } })
  return { exitCode: await life.exitCode(), text: life.rawLog() + life.stderr() }
}

/** A server and an agent with these settings of the cluster, run until they end. */
const KINDS = [
  { kind: 'a server', args: ['run'] },
  { kind: 'an agent', args: ['agent', '--name', 'test', '--node', 'nas'] },
] as const

describe.each(KINDS)('$kind says why it can never work so', ({ args }) => {
  test.skipIf(!hasNats).each([
    {
      name: 'a wrong password',
      config: 'authorization { user: minitor, password: right }',
      login: 'minitor:swordfish@',
    },
    { name: 'a wrong token', config: 'authorization { token: right }', login: 'swordfish@' },
  ])('I10: $name, which is not shown', async ({ config: authorization, login }) => {
    await using nats = await startNats({ config: authorization })
    const { exitCode, text } = await said(args, nats.urls[0].replace('://', `://${login}`))
    expect(text).toMatch(/does not let .* in|refuse|credentials|log ?in|password|authori[sz]/i)
    expect(text).not.toContain('swordfish')
    expect(exitCode).toBe(2)
  })

  test('the engine is too old', async () => {
    const { exitCode, text } = await said(args, `nats://127.0.0.1:${old.port}`)
    expect(text).toContain('too old: version 2.1.9')
    expect(exitCode).toBe(2)
  })
})

test.skipIf(!hasNats)('a server says that JetStream is disabled', async () => {
  await using nats = await startNats({ jetStream: null })
  const { exitCode, text } = await said(['run'], nats.urls[0])
  expect(text).toContain('NATS has JetStream disabled')
  expect(text).not.toContain('    at ')
  expect(exitCode).toBe(2)
})
