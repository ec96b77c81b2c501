import type { RunOn } from '../../../src/core/model/cluster-config.ts'
import type { Config } from '../../../src/core/model/config.ts'
import type { Monitor } from '../../../src/core/model/types.ts'
import type { Random } from '../../support/random.ts'
import { aConfig, aMonitor, anAlert } from '../../support/samples.ts'
import { SECOND } from '../../support/time.ts'

export interface NodePlan {
  readonly name: string
  readonly kind: 'server' | 'agent'
  readonly tags: readonly string[]
}

/** Who is in the cluster of a world, and what it watches. */
export interface ClusterPlan {
  readonly nodes: readonly NodePlan[]
  readonly takeoverMs: number
  readonly config: Config
}

const SERVERS = ['ada', 'bea', 'cyd']
const AGENTS = ['nas', 'vps']

export function planCluster(random: Random): ClusterPlan {
  const servers = SERVERS.slice(0, random.int(2, 3)).map(
    (name): NodePlan => ({ name, kind: 'server', tags: random.chance(0.3) ? ['lan'] : [] }),
  )
  const agents = AGENTS.slice(0, random.int(1, 2)).map((name): NodePlan => ({ name, kind: 'agent', tags: ['lan'] }))
  const nodes = [...servers, ...agents]
  const node = (name: string) => ({ kind: 'node', node: name }) as const
  const lan = { kind: 'tag', tag: 'lan' } as const
  const nas: RunOn = { places: [node('nas')], quorum: 1 }
  const anywhere: RunOn = { places: [lan], quorum: 1 }
  const agreed: RunOn = { places: [node('ada'), node('bea'), random.pick([node('nas'), lan])], quorum: 2 }
  const paceMs = random.pick([5, 8, 10, 15]) * SECOND

  const monitor = (name: string, runOn?: RunOn): Monitor => {
    const base = aMonitor()
    return aMonitor({
      name,
      command: ['check', name],
      schedule: { kind: 'interval', intervalMs: paceMs * random.pick([1, 1, 2]) },
      timeoutMs: 5 * SECOND,
      policy: {
        ...base.policy,
        alertAfter: { kind: 'failures', count: random.pick([1, 1, 2]) },
        alertEvery: random.pick([{ kind: 'once' }, { kind: 'failures', count: 3 }] as const),
        alertDown: [{ alert: 'mail', after: null }],
        alertUp: ['mail'],
      },
      ...(runOn === undefined ? {} : { runOn }),
    })
  }
  const config: Config = {
    ...aConfig(
      [monitor('web'), monitor('api'), monitor('disk', nas), monitor('printer', anywhere), monitor('shop', agreed)],
      [anAlert({ name: 'mail', command: [['alert-mail']] })],
    ),
    alertRestart: random.chance(0.5) ? ['mail'] : [],
  }
  return { nodes, takeoverMs: random.pick([3, 6, 10, 10, 15, 15]) * SECOND, config }
}
