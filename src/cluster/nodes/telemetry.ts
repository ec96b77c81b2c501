import type { Engine } from '../../core/model/cluster.ts'
import { type MetricFamily, oneValue } from '../../core/model/metric.ts'
import { NODE_ROLES, type NodeView } from '../../core/model/node-view.ts'
import type { Clock } from '../../core/model/ports.ts'

export const SERVER_ROLES = ['leader', 'standby', 'alone'] as const
export type ServerRole = (typeof SERVER_ROLES)[number]

/** What a server knows of itself at this moment. */
export interface ServerState {
  readonly role: ServerRole
  /** The last record of the journal that its file has; null for none. */
  readonly sequence: number | null
  /** Records that wait in its file to be published. */
  readonly unpublished: number
  /** Since its lease was last renewed; null while it holds none. */
  readonly leaseAgeMs: number | null
}

interface Options {
  readonly engine: Pick<Engine, 'journal' | 'sender' | 'trouble'>
  readonly clock: Clock
  /** How often the engine is asked. */
  readonly everyMs: number
  readonly server: () => ServerState
  readonly nodes: () => readonly NodeView[]
}

export interface ClusterTelemetry {
  families(): readonly MetricFamily[]
  close(): void
}

/** The metrics of a server, whatever its role. What only the engine knows is asked for again and again, and is missing while it does not answer. */
export function createClusterTelemetry({ engine, clock, everyMs, server, nodes }: Options): ClusterTelemetry {
  let lastSequence: number | null = null
  let work: { readonly waiting: ReadonlyMap<string, number>; readonly redelivered: number } | null = null
  let isAsking = false
  let cancel = () => {}

  const ask = async () => {
    cancel = clock.setTimer(everyMs, () => void ask())
    if (isAsking) return
    isAsking = true
    lastSequence = await engine.journal.state().then(
      (state) => state.lastSequence,
      () => null,
    )
    work = server().role === 'leader' ? await engine.sender.queued().catch(() => null) : null
    isAsking = false
  }
  void ask()

  const lag = () => {
    const { sequence } = server()
    // A leader writes on while the engine answers.
    return lastSequence === null || sequence === null ? Number.NaN : Math.max(0, lastSequence - sequence)
  }

  const families: readonly MetricFamily[] = [
    {
      name: 'minitor_cluster_role',
      help: 'Whether this server leads, stands by, or is on its own (1), for each of these roles.',
      type: 'gauge',
      samples: () => SERVER_ROLES.map((role) => ({ labels: { role }, value: server().role === role ? 1 : 0 })),
    },
    {
      name: 'minitor_cluster_nodes',
      help: 'Nodes by what they do, and whether they are there or lost.',
      type: 'gauge',
      samples: () => nodeSamples(nodes()),
    },
    oneValue('gauge', 'minitor_cluster_engine_up', 'Whether the engine of the cluster answers (1) or not (0).', () =>
      engine.trouble() === null ? 1 : 0,
    ),
    oneValue(
      'gauge',
      'minitor_cluster_lease_age_seconds',
      'Time since the lease of this leader was last renewed.',
      () => (server().leaseAgeMs ?? Number.NaN) / 1000,
    ),
    oneValue('gauge', 'minitor_cluster_journal_lag', 'Records of the journal that this file does not have yet.', lag),
    oneValue(
      'gauge',
      'minitor_cluster_unpublished',
      'Records that this server wrote by itself, and that the journal does not have yet.',
      () => server().unpublished,
    ),
    {
      name: 'minitor_work_queued',
      help: 'Checks that wait for a node of a place.',
      type: 'gauge',
      samples: () => [...(work?.waiting ?? [])].map(([place, value]) => ({ labels: { place }, value })),
    },
    oneValue(
      'counter',
      'minitor_work_redelivered_total',
      'Checks that were given to another node, as the first one has not answered.',
      () => work?.redelivered ?? Number.NaN,
    ),
  ]
  return { families: () => families, close: () => cancel() }
}

function nodeSamples(nodes: readonly NodeView[]) {
  return NODE_ROLES.flatMap((role) =>
    [true, false].map((isThere) => ({
      labels: { role, state: isThere ? 'there' : 'lost' },
      value: nodes.filter((node) => node.role === role && node.isThere === isThere).length,
    })),
  )
}
