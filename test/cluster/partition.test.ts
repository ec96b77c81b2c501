import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { filesAgree } from '../support/cluster/agreement.ts'
import { type ClusterSite, openCluster, TAKEOVER_MS } from '../support/cluster/cluster-site.ts'
import {
  doorConfig,
  endingsOf,
  nextLeader,
  runsOn,
  startServers,
  story,
  storyOf,
  toldOf,
} from '../support/cluster/door.ts'
import { hasNetwork } from '../support/cluster/network.ts'
import { eventually } from '../support/eventually.ts'
import { hasNats } from '../support/nats.ts'
import { TEST_LIMIT_MS } from '../support/pace.ts'

setDefaultTimeout(TEST_LIMIT_MS)

/** Three machines, each with a nats-server and a Minitor. */
const openMachines = () =>
  openCluster({ config: (directory) => doorConfig(directory), serverCount: 3, nats: { size: 3 }, hasNetwork: true })

/** What is told of one outage, however often and by whomever, has one id; it is kept once, by all. */
function expectOneOutage(cluster: ClusterSite): void {
  const kinds = toldOf(cluster).map(({ kind }) => kind)
  expect(kinds.slice(0, kinds.indexOf('up'))).not.toContain('up')
  expect(storyOf(cluster)).toEqual([expect.stringMatching(/^down /), expect.stringMatching(/^up /)])
  expect(new Set(toldOf(cluster).map(({ incident }) => incident)).size).toBe(1)
  for (const server of cluster.servers) expect(endingsOf(server)).toEqual(['recovered'])
}

describe.skipIf(!hasNats || !hasNetwork)('a partition', () => {
  test('I6: the leader is cut off in an outage, which ends before it is back: one id for what is told', async () => {
    await using cluster = await openMachines()
    const { leader, others } = await startServers(cluster)
    cluster.shared.write('broken', '')
    await story(cluster, 1)
    leader.machine?.cut()
    const next = await nextLeader(cluster, leader)
    cluster.shared.remove('broken')
    await story(cluster, 2)
    // The one that is cut off watches, too, and sees the same.
    await runsOn(cluster, leader)
    leader.machine?.heal()
    await filesAgree(cluster)
    expect(others).toContain(next)
    expectOneOutage(cluster)
  })

  test('I6: an outage that begins while the leader is cut off is told by both sides with one id', async () => {
    await using cluster = await openMachines()
    const { leader } = await startServers(cluster)
    leader.machine?.cut()
    await nextLeader(cluster, leader)
    await runsOn(cluster, leader)
    cluster.shared.write('broken', '')
    await eventually('both have told it', () => new Set(toldOf(cluster).map(({ node }) => node)).size === 2)
    expect(storyOf(cluster)).toHaveLength(1)
    leader.machine?.heal()
    await filesAgree(cluster)
    cluster.shared.remove('broken')
    await story(cluster, 2)
    await filesAgree(cluster)
    expectOneOutage(cluster)
  })

  test('I6: the leader is cut off for less than a takeover: nothing changes', async () => {
    await using cluster = await openMachines()
    const { leader } = await startServers(cluster)
    cluster.shared.write('broken', '')
    await story(cluster, 1)
    leader.machine?.cut()
    const untilMs = performance.now() + TAKEOVER_MS / 6
    await eventually('a moment is over', () => performance.now() > untilMs)
    leader.machine?.heal()
    await runsOn(cluster, leader)
    cluster.shared.remove('broken')
    await story(cluster, 2)
    await filesAgree(cluster)
    expectOneOutage(cluster)
    const told = toldOf(cluster).map(({ node, id }) => `${node} ${id}`)
    expect(told).toEqual([...new Set(told)])
    expect(new Set(toldOf(cluster).map(({ node }) => node))).toEqual(new Set([leader.name]))
  })

  test('I6: every machine is by itself: each watches, and what is told has one id', async () => {
    await using cluster = await openMachines()
    await startServers(cluster)
    for (const { machine } of cluster.servers) machine?.cut()
    for (const server of cluster.servers) await runsOn(cluster, server)
    cluster.shared.write('broken', '')
    await eventually('all have told it', () => new Set(toldOf(cluster).map(({ node }) => node)).size === 3)
    for (const { machine } of cluster.servers) machine?.heal()
    await filesAgree(cluster)
    cluster.shared.remove('broken')
    await eventually('the end is told', () => toldOf(cluster).some(({ kind }) => kind === 'up'))
    await filesAgree(cluster)
    expectOneOutage(cluster)
  })
})
