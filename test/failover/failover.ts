import { type Flipping, flipServices } from '../crash-loop/services.ts'
import { digestsAgree, filesAgree } from '../support/cluster/agreement.ts'
import { type ClusterSite, logsOf, type Node, openCluster, TAKEOVER_MS } from '../support/cluster/cluster-site.ts'
import { eventually } from '../support/eventually.ts'
import { limitMs } from '../support/pace.ts'
import { createRandom, type Random } from '../support/random.ts'
import { integrityOf, uptimeMs } from '../support/site.ts'
import { AWAY, failoverConfig, PACE, SERVICES, TAG } from './services.ts'
import { type Evidence, type Fault, outlasts, violationsOf } from './verify.ts'

/** Another server leads within one and a half times its lease; then it has to start, and to check often enough. */
const OUTLASTS_MS = 1.5 * TAKEOVER_MS + limitMs(3000)

/** Three NATS servers need so long to elect when one is lost; agents are reached only then. */
const ELECTION_MS = 10_000

const outlastsMs = (service: string) => (service === AWAY ? OUTLASTS_MS + ELECTION_MS : OUTLASTS_MS)

/** Until a leader that is cut off watches by itself. */
const AWAY_FROM_ENGINE = /^state and history cannot be saved for now/

/** What each daemon says that begins to watch. */
const WATCHES = /^Minitor \S+ watches \d+ monitors/

export interface FailoverOptions {
  readonly rounds: number
  /** Fixes the plan: when services flip, and what is done to the leader. The timing of the processes stays free. */
  readonly seed: number
  readonly onRound?: (done: number, fault: Fault) => void
  /** Keeps the directories when something is wrong. */
  readonly keepsEvidence?: boolean
}

export interface FailoverResult {
  /** Empty when Minitor kept its word. */
  readonly violations: readonly string[]
  readonly summary: {
    readonly rounds: number
    readonly byKind: Readonly<Record<string, number>>
    readonly outages: number
    /** Those that had to be told. */
    readonly longOutages: number
    readonly incidents: number
    readonly told: number
    /** Lines under an id that was told before. */
    readonly repeats: number
    readonly leaders: number
  }
  readonly directory: string
}

/** What is done to the machine of the server that leads; each returns what undoes it. */
const FAULTS: Readonly<Record<string, (cluster: ClusterSite, leader: Node) => Promise<() => Promise<void> | void>>> = {
  async killed(_, leader) {
    await leader.life.kill()
    return () => void leader.start()
  },
  async stopped(_, leader) {
    leader.life.signal('SIGTERM')
    await leader.life.exitCode()
    return () => void leader.start()
  },
  async frozen(_, leader) {
    leader.freeze()
    return () => leader.thaw()
  },
  async cut(_, leader) {
    leader.machine?.cut()
    return () => leader.machine?.heal()
  },
  async powerless({ servers, nats }, leader) {
    const engine = nats.servers[servers.indexOf(leader)]
    await Promise.all([leader.life.kill(), engine?.kill()])
    return async () => {
      await engine?.restart()
      leader.start()
    }
  },
}

/** Does something to one leader after another while services flip, lets all come back, and judges what was told. */
export async function runFailover(options: FailoverOptions): Promise<FailoverResult> {
  const { rounds, seed, onRound = () => {}, keepsEvidence = false } = options
  const random = createRandom(seed)
  await using cluster = await openCluster({
    config: failoverConfig,
    serverCount: 3,
    nats: { size: 3 },
    hasNetwork: true,
  })
  const agents = [await cluster.addAgent('x', TAG), await cluster.addAgent('y', TAG)]
  for (const { name } of SERVICES) cluster.shared.write(`${name}.state`, 'up 0\n')
  const faults: Fault[] = []
  const mishaps: string[] = []
  const leaders = new Set<number>()
  for (const node of [...agents, ...cluster.servers]) node.start()
  let flipping: Flipping | null = null
  try {
    // A server that has never followed anything knows no ids.
    await leaderThatChecks(cluster, leaders)
    await filesAgree(cluster)
    flipping = flipServices(cluster.shared, createRandom(random.between(0, 2 ** 32)), {
      names: SERVICES.map(({ name }) => name),
      pace: PACE,
    })
    for (let done = 0; done < rounds; done++) {
      await leaderThatChecks(cluster, leaders)
      // Sometimes a leader has time to tell of an outage, sometimes it has hardly begun.
      await Bun.sleep(random.between(0, 2 * TAKEOVER_MS))
      const fault = await doOnce(cluster, await cluster.leader(), random)
      faults.push(fault)
      onRound(done + 1, fault)
    }
    await leaderThatChecks(cluster, leaders)
  } catch (error) {
    mishaps.push(String(error))
  }
  const evidence = await finish(cluster, { flipping, faults, mishaps })
  const violations = [...mishaps, ...violationsOf(evidence, SERVICES, outlastsMs)]
  if (keepsEvidence && violations.length > 0) {
    cluster.keep()
    for (const { name, lives } of cluster.servers) {
      cluster.shared.write(`${name}.log`, lives.map((life) => life.rawLog()).join('\n'))
    }
    cluster.shared.write('evidence.json', JSON.stringify(evidence, null, 1))
  }
  return { violations, summary: summaryOf(evidence, leaders), directory: cluster.shared.directory }
}

async function doOnce(cluster: ClusterSite, leader: Node, random: Random): Promise<Fault> {
  const kind = random.pick(Object.keys(FAULTS))
  // Shorter and longer than a takeover.
  const lastsMs = random.between(0, 3 * TAKEOVER_MS)
  const fromMs = uptimeMs()
  const undo = await FAULTS[kind]?.(cluster, leader)
  await Bun.sleep(lastsMs)
  await undo?.()
  return { kind, node: leader.name, fromMs, toMs: uptimeMs() }
}

/** Whoever has the lease, once it has checked something since. */
async function leaderThatChecks(cluster: ClusterSite, leaders: Set<number>): Promise<Node> {
  const checksOf = (pid: number) =>
    cluster.shared.linesOf('seen').filter((line) => line.split(' ')[1] === String(pid)).length
  let before = new Map<number, number>()
  return eventually(
    'a server leads and checks',
    async () => {
      const leader = await cluster.leader()
      const { pid } = leader.life
      const count = checksOf(pid)
      const isChecking = count > (before.get(pid) ?? count)
      if (!before.has(pid)) before = new Map([[pid, count]])
      if (!isChecking) return undefined
      leaders.add(pid)
      return leader
    },
    { explain: () => logsOf(cluster) },
  )
}

/** All services are up, all servers are there: what is owed is told, and then all stop as they should. */
async function finish(
  cluster: ClusterSite,
  { flipping, faults, mishaps }: { flipping: Flipping | null; faults: readonly Fault[]; mishaps: string[] },
): Promise<Evidence> {
  const outages = flipping?.stop() ?? []
  const attempt = async (work: () => Promise<unknown>) => {
    try {
      await work()
    } catch (error) {
      mishaps.push(String(error))
    }
  }
  await attempt(() => untilCalm(cluster))
  await attempt(() => filesAgree(cluster))
  await attempt(() => digestsAgree(cluster))
  for (const { life } of cluster.servers) life.signal('SIGTERM')
  for (const { name, site, life, lives } of cluster.servers) {
    await attempt(async () => {
      const exitCode = await life.exitCode()
      if (exitCode !== 0) mishaps.push(`${name} ended with ${exitCode}`)
    })
    const integrity = integrityOf(site.path('minitor.db'))
    if (integrity !== 'ok') mishaps.push(`${name}: integrity_check: ${integrity}`)
    for (const { lines, stderr } of lives) {
      if (stderr() !== '') mishaps.push(`${name} printed: ${stderr()}`)
      const errors = lines.filter(({ level, msg }) => level === 'error' && !AWAY_FROM_ENGINE.test(msg))
      mishaps.push(...errors.map(({ msg }) => `${name} logged: ${msg}`))
    }
  }
  const left = cluster.servers.flatMap(({ site }) => site.descendants())
  if (left.length > 0) mishaps.push(`${left.length} processes are left over`)
  const bootedAtMs = Date.now() - uptimeMs()
  const [first] = cluster.servers
  const beginnings = cluster.servers.flatMap(({ lives }) =>
    lives.flatMap(({ pid, lines }) =>
      lines
        .filter(({ msg }) => WATCHES.test(msg))
        .map(({ time }) => ({ daemon: pid, atMs: Date.parse(time) - bootedAtMs })),
    ),
  )
  const rows = <Row>(sql: string) => first?.site.rows<Row>(sql) ?? []
  return {
    outages,
    faults,
    beginnings,
    told: cluster.shared.linesOf('told').map((line) => {
      const [up, daemon, node = '', alert = '', id = '', kind = '', service = '', incident = '', , outage] =
        line.split(' ')
      return {
        atMs: Number(up) * 1000,
        daemon: Number(daemon),
        node,
        alert,
        id,
        kind,
        service,
        incident,
        outage: Number(outage),
      }
    }),
    checks: rows<{ service: string; outcome: number; output: string | null; atMs: number }>(
      `SELECT m.name AS service, c.outcome, c.output, c.started_at_ms AS atMs FROM checks c JOIN monitors m ON m.id = c.monitor_id
       ORDER BY c.started_at_ms`,
    ).map((check) => ({ ...check, atMs: check.atMs - bootedAtMs })),
    incidents: rows(
      `SELECT i.id, m.name AS service, i.ending FROM incidents i JOIN monitors m ON m.id = i.monitor_id
       ORDER BY i.started_at_ms`,
    ),
    deliveries: rows(
      `SELECT d.id, json_extract(n.document, '$.kind') AS kind, d.status
       FROM deliveries d JOIN notifications n ON n.id = d.notification_id ORDER BY d.seq`,
    ),
    unwatched: rows<{ fromMs: number; toMs: number }>(
      'SELECT from_ms AS fromMs, to_ms AS toMs FROM unwatched WHERE monitor_id = 0',
    ).map(({ fromMs, toMs }) => ({ fromMs: fromMs - bootedAtMs, toMs: toMs - bootedAtMs })),
  }
}

async function untilCalm(cluster: ClusterSite): Promise<void> {
  const look = async () => {
    const { site } = await cluster.leader()
    const [open] = site.rows<{ count: number }>(
      `SELECT (SELECT count(*) FROM deliveries WHERE status = 'pending')
         + (SELECT count(*) FROM incidents WHERE ended_at_ms IS NULL)
         + (SELECT count(*) FROM monitors WHERE state IS NOT NULL AND json_extract(state, '$.status') <> 'up') AS count`,
    )
    return open?.count === 0
  }
  await eventually('all is told', look, { explain: () => logsOf(cluster) })
}

function summaryOf({ outages, faults, incidents, told }: Evidence, leaders: ReadonlySet<number>) {
  const different = new Set(told.map(({ alert, id }) => `${id} ${alert}`))
  return {
    rounds: faults.length,
    byKind: Object.fromEntries([...Map.groupBy(faults, ({ kind }) => kind)].map(([kind, some]) => [kind, some.length])),
    outages: outages.length,
    longOutages: outages.filter((outage) => outlasts(outage, faults, outlastsMs(outage.service))).length,
    incidents: incidents.length,
    told: told.length,
    repeats: told.length - different.size,
    leaders: leaders.size,
  }
}
