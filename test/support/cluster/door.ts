import { eventually } from '../eventually.ts'
import { limitMs } from '../pace.ts'
import { filesAgree } from './agreement.ts'
import { type ClusterSite, logsOf, type Node } from './cluster-site.ts'

/** Long enough for a slow machine to keep up with. */
export const INTERVAL_MS = limitMs(100)

/**
 * A monitor `door` that fails while `broken` is there, and alerts that write what they tell. `settings`: more of the monitor,
 * such as `run_on: nas`; `lines`: more of the configuration.
 */
export function doorConfig(directory: string, { settings = '', lines = [] }: DoorOptions = {}): readonly string[] {
  return [
    `check_interval: ${INTERVAL_MS}ms`,
    'monitors:',
    `  - { name: door, command: 'echo "$NODE $PPID" >>${directory}/runs; test ! -e ${directory}/broken',`,
    `      alert_after: 2, alert_every: 0, alerts: [ tell ], alert_up: [ tell ]${settings === '' ? '' : `, ${settings}`} }`,
    'alerts:',
    `  tell: { command: 'echo "$NODE" {kind} {monitor_name} {incident_id} {notification_id} >>${directory}/told' }`,
    ...lines,
  ]
}

interface DoorOptions {
  readonly settings?: string
  readonly lines?: readonly string[]
}

export interface Told {
  readonly node: string
  readonly kind: string
  readonly monitor: string
  readonly incident: string
  readonly id: string
}

export function toldOf({ shared }: ClusterSite): readonly Told[] {
  return shared.linesOf('told').map((line) => {
    const [node = '', kind = '', monitor = '', incident = '', id = ''] = line.split(' ')
    return { node, kind, monitor, incident, id }
  })
}

/** What was told of `door`, once each however often: kind and incident. */
export function storyOf(cluster: ClusterSite): readonly string[] {
  const told = toldOf(cluster).filter(({ monitor }) => monitor === 'door')
  return [...new Map(told.map(({ id, kind, incident }) => [id, `${kind} ${incident}`])).values()]
}

/** How the incidents of `door` ended that a server has in its file; null for one that is open. */
export function endingsOf({ site }: Node): readonly (string | null)[] {
  return site
    .rows<{ ending: string | null }>(
      "SELECT i.ending FROM incidents i JOIN monitors m ON m.id = i.monitor_id WHERE m.name = 'door' ORDER BY i.started_at_ms",
    )
    .map(({ ending }) => ending)
}

/** Which node ran each check of `door`, oldest first. */
export function runnersOf({ shared }: ClusterSite): readonly string[] {
  return shared.linesOf('runs').map((line) => line.split(' ')[0] ?? '')
}

/** Resolves when a node has run more checks than now, so many of them. */
export async function runsOn(cluster: ClusterSite, node: Node, count = 3): Promise<void> {
  const countOf = () => runnersOf(cluster).filter((name) => name === node.name).length
  const before = countOf()
  await eventually(`${node.name} runs checks`, () => countOf() >= before + count, { explain: () => logsOf(cluster) })
}

/** Resolves to what was told of `door` when there are so many different notifications. */
export function story(cluster: ClusterSite, count: number): Promise<readonly string[]> {
  const look = () => {
    const lines = storyOf(cluster)
    return lines.length >= count && lines
  }
  return eventually(`${count} notifications`, look, {
    explain: () => `\ntold:\n${cluster.shared.read('told')}${logsOf(cluster)}`,
  })
}

/** Resolves to who leads in the place of `before`, once it has checked a few times. */
export function nextLeader(cluster: ClusterSite, before: Node): Promise<Node> {
  let leader: Node | null = null
  let from = 0
  const look = async () => {
    const holder = await cluster.leader()
    // Who takes the lease may find that it lacks something, and give it back.
    if (holder !== leader) [leader, from] = [holder, runnersOf(cluster).length]
    const runs = runnersOf(cluster).slice(from)
    return holder !== before && runs.filter((name) => name === holder.name).length >= 3 && holder
  }
  return eventually('another one leads', look, { explain: () => logsOf(cluster) })
}

/** Starts all servers; resolves to the one that leads once it checks and the others know what it knows, and those. */
export async function startServers(
  cluster: ClusterSite,
): Promise<{ leader: Node; others: readonly [Node, ...Node[]] }> {
  for (const server of cluster.servers) server.start()
  const leader = await cluster.leader()
  await runsOn(cluster, leader)
  await filesAgree(cluster)
  const [first, ...others] = cluster.servers.filter((server) => server !== leader)
  if (first === undefined) throw new Error('one server only')
  return { leader, others: [first, ...others] }
}
