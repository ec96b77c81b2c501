import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { digestsAgree, filesAgree } from '../support/cluster/agreement.ts'
import { type ClusterSite, openCluster, TAKEOVER_MS } from '../support/cluster/cluster-site.ts'
import {
  doorConfig,
  endingsOf,
  runnersOf,
  runsOn,
  startServers,
  story,
  storyOf,
  toldOf,
} from '../support/cluster/door.ts'
import { requireDebianPackage } from '../support/debian.ts'
import { eventually } from '../support/eventually.ts'
import { hasNats } from '../support/nats.ts'
import { limitMs, TEST_LIMIT_MS } from '../support/pace.ts'

setDefaultTimeout(TEST_LIMIT_MS)

const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1'
const hasFaketime = requireDebianPackage('libfaketime', FAKETIME)

const config = (directory: string) => doorConfig(directory)

/** One incident, told as it began and as it ended. */
const ONE_STORY = [expect.stringMatching(/^down (\S+)$/), expect.stringMatching(/^up (\S+)$/)]

function expectOneOutage(cluster: ClusterSite): void {
  expect(storyOf(cluster)).toEqual(ONE_STORY)
  expect(new Set(toldOf(cluster).map(({ incident }) => incident)).size).toBe(1)
  for (const server of cluster.servers) expect(endingsOf(server)).toEqual(['recovered'])
}

describe.skipIf(!hasNats)('the server that leads', () => {
  test('is killed in an outage that another one sees end: one down, one up', async () => {
    await using cluster = await openCluster({ config })
    const { leader, others } = await startServers(cluster)
    const [other] = others
    cluster.shared.write('broken', '')
    await story(cluster, 1)
    await leader.life.kill()
    await runsOn(cluster, other)
    cluster.shared.remove('broken')
    await story(cluster, 2)
    leader.start()
    await filesAgree(cluster)
    await digestsAgree(cluster)
    expectOneOutage(cluster)
    // It was told by one before the kill, and by the other after it.
    expect(toldOf(cluster).at(-1)).toMatchObject({ node: other.name, kind: 'up' })
  })

  test('stops by SIGTERM: another one leads at once', async () => {
    await using cluster = await openCluster({ config })
    const { leader, others } = await startServers(cluster)
    const startMs = performance.now()
    leader.life.signal('SIGTERM')
    expect(await leader.life.exitCode()).toBe(0)
    const endedMs = performance.now()
    await runsOn(cluster, others[0], 1)
    // Nobody waits for a lease that was given back.
    expect(performance.now() - endedMs).toBeLessThan(TAKEOVER_MS + (endedMs - startMs))
  })

  test('stops by SIGTERM with an alert under way: that is told once', async () => {
    // Longer than a lease lasts, shorter than a daemon waits for its alerts.
    const slow = (directory: string) => config(directory).map((line) => line.replace(/>>\S+\/told/, '$&; sleep 5'))
    await using cluster = await openCluster({ config: slow })
    const { leader, others } = await startServers(cluster)
    cluster.shared.write('broken', '')
    await story(cluster, 1)
    leader.life.signal('SIGTERM')
    expect(await leader.life.exitCode()).toBe(0)
    await runsOn(cluster, others[0])
    cluster.shared.remove('broken')
    await story(cluster, 2)
    expect(toldOf(cluster).map(({ node, kind }) => [node, kind])).toEqual([
      [leader.name, 'down'],
      [others[0].name, 'up'],
    ])
  })

  test('I3: is frozen: another one leads, and what is thawed follows and tells nothing', async () => {
    await using cluster = await openCluster({ config })
    const { leader, others } = await startServers(cluster)
    leader.freeze()
    await runsOn(cluster, others[0])
    cluster.shared.write('broken', '')
    await story(cluster, 1)
    leader.thaw()
    cluster.shared.remove('broken')
    await story(cluster, 2)
    await filesAgree(cluster)
    expectOneOutage(cluster)
    expect(new Set(toldOf(cluster).map(({ node }) => node))).toEqual(new Set([others[0].name]))
    expect((await cluster.leader()).name).toBe(others[0].name)
  })

  test('I7: is frozen in an outage and goes on while another one leads: one transition', async () => {
    await using cluster = await openCluster({ config })
    const { leader, others } = await startServers(cluster)
    cluster.shared.write('broken', '')
    // It has seen it once, or twice, and may be about to tell it.
    await runsOn(cluster, leader, 1)
    leader.freeze()
    const [down] = await story(cluster, 1)
    await runsOn(cluster, others[0])
    leader.thaw()
    await runsOn(cluster, others[0], 10)
    expect(storyOf(cluster)).toEqual([down ?? ''])
    // Once it is over, it runs nothing any more.
    await eventually('one of them checks', async () => {
      const before = runnersOf(cluster).length
      await runsOn(cluster, others[0], 10)
      return runnersOf(cluster)
        .slice(before)
        .every((name) => name === others[0].name)
    })
    cluster.shared.remove('broken')
    await story(cluster, 2)
    await filesAgree(cluster)
    expectOneOutage(cluster)
  })

  test.skipIf(!hasFaketime).each(['+5m', '-5m'])(
    'I8: has a clock that is right, and the one that takes over has one that is %s off',
    async (offset) => {
      await using cluster = await openCluster({ config })
      const [first, second] = cluster.servers as [ClusterSite['servers'][0], ClusterSite['servers'][0]]
      first.start()
      await runsOn(cluster, first)
      second.start({ env: { LD_PRELOAD: FAKETIME, FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: '1' } })
      await filesAgree(cluster)
      cluster.shared.write('broken', '')
      await story(cluster, 1)
      await first.life.kill()
      await runsOn(cluster, second)
      expect(storyOf(cluster)).toHaveLength(1)
      cluster.shared.remove('broken')
      await story(cluster, 2)
      // And back to the right time, in another outage.
      first.start()
      await filesAgree(cluster)
      cluster.shared.write('broken', '')
      await story(cluster, 3)
      await second.life.kill()
      await runsOn(cluster, first)
      cluster.shared.remove('broken')
      const kinds = (await story(cluster, 4)).map((line) => line.split(' ')[0])
      expect(kinds).toEqual(['down', 'up', 'down', 'up'])
    },
  )

  test('I2: is killed for a long time and comes back: it follows, and nothing is checked in a burst', async () => {
    await using cluster = await openCluster({ config })
    const { leader, others } = await startServers(cluster)
    await leader.life.kill()
    await runsOn(cluster, others[0], 20)
    leader.start()
    await filesAgree(cluster)
    const before = runnersOf(cluster)
    await runsOn(cluster, others[0], 10)
    const during = runnersOf(cluster).slice(before.length)
    expect(during.every((name) => name === others[0].name)).toBe(true)
    expect(during.length).toBeLessThan(20)
  })
})

describe.skipIf(!hasNats)('an agent', () => {
  test('I2: is killed for many intervals and comes back: no burst of stale checks', async () => {
    await using cluster = await openCluster({
      config: (directory) => doorConfig(directory, { settings: 'run_on: nas' }),
      serverCount: 1,
    })
    const agent = await cluster.addAgent('nas')
    const [server] = cluster.servers
    agent.start()
    server?.start()
    await runsOn(cluster, agent, 5)
    await agent.life.kill()
    const missing = () => server?.site.rows('SELECT 1 FROM checks WHERE outcome = 5').length ?? 0
    await eventually('nobody watches', () => missing() > 0)
    const untilMs = performance.now() + limitMs(10_000)
    await eventually('a long time is over', () => performance.now() > untilMs)
    const before = runnersOf(cluster).length
    agent.start()
    await runsOn(cluster, agent, 1)
    const startMs = performance.now()
    await runsOn(cluster, agent, 10)
    const intervals = (performance.now() - startMs) / limitMs(100)
    expect(runnersOf(cluster).length - before).toBeLessThan(intervals + 5)
    // Nobody was there: that is no failure.
    expect(storyOf(cluster)).toEqual([])
  })
})
