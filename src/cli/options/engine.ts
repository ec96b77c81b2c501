import type { Engine } from '../../core/model/cluster.ts'
import type { ClusterConfig } from '../../core/model/cluster-config.ts'
import type { Config } from '../../core/model/config.ts'
import { createMask } from '../../core/text/mask.ts'
import { named } from '../../core/text/printable.ts'
import { NotNow, UsageError } from '../terminal/outcome.ts'

/** The cluster of a configuration. Throws UsageError if it has none. */
export function clusterOf({ cluster }: Pick<Config, 'cluster'>): ClusterConfig {
  if (cluster !== null) return cluster
  throw new UsageError('the configuration has no cluster', 'write cluster: {servers: [nats://HOST:4222]}')
}

/** Why the engine cannot be asked, for people, with what to do. */
export function askingTrouble(error: unknown, { name }: Pick<ClusterConfig, 'name'>) {
  const reason = error instanceof Error ? error.message : String(error)
  if (/stream not found/.test(reason)) {
    return { reason: `no server of the cluster ${named(name)} has been there yet`, hint: 'start one: minitor run' }
  }
  const [, hint] = HINTS.find(([about]) => about.test(reason)) ?? HINTS[0]
  return { reason: `the cluster cannot be reached: ${reason}`, hint }
}

const HINTS = [
  [/connection refused|is lost/, 'is nats-server running, and can it be reached from here?'],
  [/no address/, 'is the name right, and can it be resolved here? (getent hosts NAME)'],
  [
    /as NATS does|is not NATS/,
    'is it the port for clients, 4222 if nothing else is configured, and is nats-server well?',
  ],
  [/not permit/, 'the log of minitor run names what is missing'],
  [/no room/, 'give it more: a larger disk, or a larger max_file_store in its configuration'],
  [/JetStream/, 'is jetstream {…} in the configuration of nats-server, and are most of its servers there?'],
] as const

/**
 * Does `work` with the engine of a cluster, which is loaded only then. Throws UsageError if it refuses this node, NotNow
 * where it cannot be reached.
 */
export async function withEngine<Result>(
  config: Pick<Config, 'cluster' | 'secrets'>,
  work: (engine: Engine, notNow: (error: unknown) => NotNow) => Promise<Result>,
): Promise<Result> {
  const cluster = clusterOf(config)
  const mask = createMask(config.secrets)
  const { openEngine } = await import('../../cluster/nats/open-engine.ts')
  // Like an agent: nothing is made in the engine that is not there.
  const { node, takeoverMs } = cluster
  const opened = await openEngine(cluster, { node, kind: 'agent', takeoverMs })
  if (opened.kind === 'refused') throw new UsageError(mask(opened.reason), opened.hint)
  const { engine } = opened
  const notNow = (error: unknown) => {
    const { reason, hint } = askingTrouble(error, cluster)
    return new NotNow(mask(reason), hint)
  }
  try {
    const trouble = engine.trouble()
    if (trouble !== null) throw notNow(trouble)
    return await work(engine, notNow)
  } finally {
    await engine.close()
  }
}
