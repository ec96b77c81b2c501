import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { filesAgree } from '../support/cluster/agreement.ts'
import { type ClusterSite, logsOf, type Node, openCluster } from '../support/cluster/cluster-site.ts'
import { doorConfig, runsOn, startServers, story, toldOf } from '../support/cluster/door.ts'
import { eventually } from '../support/eventually.ts'
import { hasNats } from '../support/nats.ts'
import { TEST_LIMIT_MS } from '../support/pace.ts'

setDefaultTimeout(TEST_LIMIT_MS)

const TOKEN = '0123456789abcdef'
const KEY = 'key-of-the-backup'
const WEB = ['web: { auth: { tokens: [ "0123456789abcdef" ] } }']
const HEARTBEAT = `  - { name: backup, heartbeat: { key: ${KEY}, interval: 1h }, alerts: [ tell ] }`

const config = (directory: string) => {
  const lines = doorConfig(directory, { lines: WEB })
  return lines.flatMap((line) => (line === 'alerts:' ? [HEARTBEAT, line] : [line]))
}

async function api(server: Node, path: string, options: { method?: string; body?: unknown } = {}) {
  const { method = 'GET', body } = options
  const response = await fetch(server.url(`/api/v1${path}`), {
    method,
    headers: {
      authorization: `Bearer ${TOKEN}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, answer: (await response.json()) as Readonly<Record<string, unknown>> }
}

async function withStandby(use: (cluster: ClusterSite, leader: Node, standby: Node) => Promise<void>): Promise<void> {
  await using cluster = await openCluster({ config })
  const { leader, others } = await startServers(cluster)
  const [standby] = others
  await filesAgree(cluster)
  await use(cluster, leader, standby)
}

const incidentOf = ({ site }: Node) =>
  site.rows<{ acknowledgement: string | null }>('SELECT acknowledgement FROM incidents')[0]

describe.skipIf(!hasNats)('at a standby', () => {
  test('pages and API show what the leader knows', () =>
    withStandby(async (cluster, leader, standby) => {
      cluster.shared.write('broken', '')
      await story(cluster, 1)
      const [one, other] = await Promise.all([leader, standby].map((server) => api(server, '/monitors/door')))
      expect(other?.status).toBe(200)
      expect(other?.answer).toMatchObject({ name: 'door', status: 'down' })
      expect(Object.keys(other?.answer ?? {})).toEqual(Object.keys(one?.answer ?? {}))
      const [shown, handed] = await Promise.all(
        [leader, standby].map(async (server) => (await fetch(server.url('/sign-in'))).text()),
      )
      const withoutTime = (page = '') => page.replace(/data-now="\d+"/, '')
      expect(shown).toContain('<form')
      expect(withoutTime(handed)).toBe(withoutTime(shown))
    }))

  test('a ping is kept when it is answered, also where the leader is killed right after it', () =>
    withStandby(async (cluster, leader, standby) => {
      const response = await fetch(standby.url(`/ping/${KEY}`))
      expect(response.status).toBe(200)
      await leader.life.kill()
      await runsOn(cluster, standby)
      expect(standby.site.rows('SELECT kind FROM pings')).toEqual([{ kind: 'success' }])
    }))

  test('nobody is told that a ping is kept while nobody leads', () =>
    withStandby(async (cluster, leader, standby) => {
      await leader.life.kill()
      const statuses = new Set<number>()
      await eventually('the ping is kept', async () => {
        // Nobody is refused at the door: the port stays open while it changes hands.
        const { status } = await fetch(standby.url(`/ping/${KEY}`))
        statuses.add(status)
        return status === 200
      })
      expect([...statuses].filter((status) => status !== 503)).toEqual([200])
      expect(standby.site.rows('SELECT kind FROM pings')).toHaveLength(1)
      leader.start()
      await filesAgree(cluster)
    }))

  test.each([
    { how: 'on the command line', silence: (at: Node) => at.minitor('silence', 'door', '1h', '--reason', 'moving') },
    {
      how: 'by the API',
      silence: async (at: Node) => {
        const body = { monitor: 'door', duration: '1h', reason: 'moving' }
        const { status } = await api(at, '/silences', { method: 'POST', body })
        return { exitCode: status < 300 ? 0 : status, stdout: '', stderr: '' }
      },
    },
  ])('a silence $how holds for the leader', ({ silence }) =>
    withStandby(async (cluster, leader, standby) => {
      expect(await silence(standby)).toMatchObject({ exitCode: 0, stderr: '' })
      // It is committed when it is answered.
      expect(leader.site.rows('SELECT target, reason FROM silences')).toEqual([{ target: 'door', reason: 'moving' }])
      cluster.shared.write('broken', '')
      await eventually('it is down', () => leader.site.rows('SELECT 1 FROM incidents').length === 1)
      await runsOn(cluster, leader, 5)
      expect(toldOf(cluster)).toEqual([])
      await filesAgree(cluster)
    }),
  )

  test.each([
    { how: 'on the command line', ack: (at: Node) => at.minitor('ack', 'door', '--reason', 'on it') },
    {
      how: 'by the API',
      ack: async (at: Node) => {
        const { status } = await api(at, '/monitors/door/acknowledge', { method: 'POST', body: { reason: 'on it' } })
        return { exitCode: status < 300 ? 0 : status, stdout: '', stderr: '' }
      },
    },
  ])('an acknowledgement $how holds for the leader, and after it', ({ ack }) =>
    withStandby(async (cluster, leader, standby) => {
      cluster.shared.write('broken', '')
      await story(cluster, 1)
      await filesAgree(cluster)
      expect(await ack(standby)).toMatchObject({ exitCode: 0, stderr: '' })
      expect(incidentOf(leader)?.acknowledgement).toContain('on it')
      await leader.life.kill()
      await runsOn(cluster, standby)
      expect(incidentOf(standby)?.acknowledgement).toContain('on it')
      const { answer } = await api(standby, '/monitors/door')
      expect(answer).toMatchObject({ status: 'down' })
    }),
  )

  test('a check now runs on the leader, and is answered', () =>
    withStandby(async (cluster, leader, standby) => {
      await runsOn(cluster, leader, 1)
      const { status, answer } = await api(standby, '/monitors/door/check', { method: 'POST' })
      expect(status).toBe(200)
      expect(JSON.stringify(answer)).toContain('passed')
      expect(logsOf(cluster)).not.toContain('"level":"error"')
    }))
})

test.skipIf(!hasNats)('a child on an agent is not told while its parent is down, over a takeover, too', async () => {
  const child = (directory: string) => [
    '  - { name: child, command: "test ! -e FILE", run_on: nas, depends_on: [ door ], alert_after: 1, alert_every: 0,'.replace(
      'FILE',
      `${directory}/broken`,
    ),
    '      alerts: [ tell ], alert_up: [ tell ] }',
  ]
  await using cluster = await openCluster({
    config: (directory) =>
      doorConfig(directory).flatMap((line) => (line === 'alerts:' ? [...child(directory), line] : [line])),
  })
  const agent = await cluster.addAgent('nas')
  agent.start()
  const { leader, others } = await startServers(cluster)
  const checks = ({ site }: Node) =>
    site.rows(
      'SELECT c.outcome FROM checks c JOIN monitors m ON m.id = c.monitor_id WHERE m.name = ? AND c.outcome = ?',
      'child',
      2,
    ).length
  cluster.shared.write('broken', '')
  await story(cluster, 1)
  await eventually('the child fails, too', () => checks(leader) > 0)
  await leader.life.kill()
  await runsOn(cluster, others[0], 5)
  await eventually('and fails on', () => checks(others[0]) > 2)
  cluster.shared.remove('broken')
  await story(cluster, 2)
  await runsOn(cluster, others[0])
  expect(toldOf(cluster).map(({ kind, monitor }) => `${kind} ${monitor}`)).toEqual(['down door', 'up door'])
})
