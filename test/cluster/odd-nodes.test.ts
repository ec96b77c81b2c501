import { expect, setDefaultTimeout, test } from 'bun:test'
import { hostname } from 'node:os'
import { type ClusterSite, type Node, openCluster } from '../support/cluster/cluster-site.ts'
import { doorConfig, startServers } from '../support/cluster/door.ts'
import { requireDebianPackage } from '../support/debian.ts'
import { eventually } from '../support/eventually.ts'
import { hasNats } from '../support/nats.ts'
import { TEST_LIMIT_MS } from '../support/pace.ts'

setDefaultTimeout(TEST_LIMIT_MS)

const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1'
const hasFaketime = requireDebianPackage('libfaketime', FAKETIME)
const TOKEN = '0123456789abcdef'

const config = (directory: string) => doorConfig(directory, { lines: [`web: { auth: { tokens: [ "${TOKEN}" ] } }`] })

async function pageOf(at: Node): Promise<string> {
  const answer = await fetch(at.url('/nodes'), { headers: { authorization: `Bearer ${TOKEN}` } }).catch(() => null)
  return (await answer?.text()) ?? ''
}

const familiesIn = (metrics: string) => [...metrics.matchAll(/^(\w+)(?:\{| )/gm)].map(([, name = '']) => name)

/** What `minitor nodes`, `minitor doctor` and the page of a server say, when all of them say `text`. */
async function everywhere(at: Node, text: string): Promise<void> {
  const shown = await Promise.all(['nodes', 'doctor'].map(async (command) => (await at.minitor(command)).stdout))
  for (const output of shown) expect(output).toContain(text)
  await eventually('the page says so', async () => (await pageOf(at)).includes(text))
}

/** Waits until `minitor nodes` says it. */
function until(at: Node, text: string): Promise<void> {
  let last = ''
  const says = async () => {
    last = (await at.minitor('nodes')).stdout
    return last.includes(text)
  }
  return eventually(text, says, { explain: () => `\n${last}` }).then(() => {})
}

const rename = ({ servers: [, b] }: ClusterSite) =>
  b?.site.write('config.yml', b.site.read('config.yml').replace('node: b,', 'node: a,'))

test.skipIf(!hasNats)('two servers of one name say so, and so does everything that names nodes', async () => {
  await using cluster = await openCluster({ config })
  rename(cluster)
  const lives = cluster.servers.map((server) => server.start())
  const told = 'another node has the name a '
  for (const life of lives) expect((await life.line(({ msg }) => msg.includes(told))).level).toBe('warn')
  const [first] = cluster.servers as [Node]
  const found = `another node has this name (host ${hostname()})`
  await until(first, found)
  await everywhere(first, found)
  expect(lives.map(({ lines }) => lines.filter(({ msg }) => msg.includes(told)).length)).toEqual([1, 1])
  lives[1]?.signal('SIGTERM')
  await lives[1]?.exitCode()
  await lives[0]?.line({ msg: 'no other node has the name a any more' })
})

test.skipIf(!hasNats)('so do two agents', async () => {
  await using cluster = await openCluster({ config })
  const [leader] = cluster.servers as [Node]
  leader.start()
  const agents = [await cluster.addAgent('nas'), await cluster.addAgent('nas')]
  for (const agent of agents) agent.start()
  for (const agent of agents) await agent.life.line(({ msg }) => msg.startsWith('another node has the name nas '))
  await until(leader, 'nas: another node has this name')
  await everywhere(leader, 'another node has this name')
})

test.skipIf(!hasNats)('a server with another configuration is shown, and told in the log', async () => {
  await using cluster = await openCluster({ config })
  const [one, other] = cluster.servers as [Node, Node]
  other.site.write('config.yml', other.site.read('config.yml').replace('alert_after: 2', 'alert_after: 3'))
  one.start()
  await cluster.leader()
  other.start()
  const text = 'its configuration differs from that of a, which leads'
  await until(one, text)
  await everywhere(one, text)
  await one.life.line(({ msg, level }) => level === 'warn' && msg.startsWith(`node b: ${text}: copy the configuration`))
})

test.skipIf(!hasNats || !hasFaketime).each([
  { offset: '+5m', text: 'its clock is about 5m ahead of the clock of NATS' },
  { offset: '-5m', text: 'its clock is about 5m behind the clock of NATS' },
])('a node whose clock is off by $offset is shown', async ({ offset, text }) => {
  await using cluster = await openCluster({ config })
  const [leader] = cluster.servers as [Node]
  leader.start()
  const agent = await cluster.addAgent('nas')
  agent.start({ env: { LD_PRELOAD: FAKETIME, FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: '1' } })
  await until(leader, text)
  await everywhere(leader, text)
})

test.skipIf(!hasNats)(
  'a standby has metrics of its own; a server that is alone shows what it has yet to publish',
  async () => {
    await using cluster = await openCluster({ config })
    const { leader, others } = await startServers(cluster)
    const answer = await fetch(others[0].url('/metrics'), { headers: { authorization: `Bearer ${TOKEN}` } })
    const names = new Set(familiesIn(await answer.text()))
    const own = [...names].filter((name) => !/^minitor_(?:cluster|work)_|^process_/.test(name))
    expect(own.toSorted()).toEqual([
      'minitor_build_info',
      'minitor_config_last_reload_successful',
      'minitor_healthy',
      'minitor_http_errors_total',
    ])
    for (const name of ['minitor_cluster_role', 'minitor_cluster_journal_lag', 'process_start_time_seconds']) {
      expect(names).toContain(name)
    }
    await cluster.nats.servers[0].kill()
    const read = async () =>
      /\d+ records? that it wrote by itself (?:is|are) not published yet/.exec(await pageOf(leader))?.[0]
    await eventually('it says so', read)
    await cluster.nats.servers[0].restart()
    await eventually('all is published', async () => (await read()) === undefined)
  },
)
