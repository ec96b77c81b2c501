import type { KnownNode } from '../../core/model/cluster.ts'
import { NODE_MONITOR } from '../../core/model/cluster-config.ts'
import type { Snapshot } from '../../core/model/ports.ts'
import type { Monitor } from '../../core/model/types.ts'
import { HOUR_MS, SECOND_MS } from '../../core/text/time.ts'

/** Under it the monitors of nodes are listed, and silenced. */
const GROUP = 'Cluster'
/** It looks at what is known already. */
const TIMEOUT_MS = 10_000

interface About {
  readonly alerts: readonly string[]
  /** How often it looks, at least a second. */
  readonly everyMs: number
}

type Watchable = Pick<KnownNode, 'name' | 'kind' | 'tags'>

/** The monitor of a node: down at the first look that finds it lost, as its card has been good for some time by then. */
export function nodeMonitor({ name: node, kind, tags }: Watchable, { alerts, everyMs }: About): Monitor {
  return {
    name: NODE_MONITOR + node,
    node,
    command: ['minitor', 'nodes'],
    heartbeat: null,
    // People read it.
    schedule: { kind: 'interval', intervalMs: Math.floor(everyMs / SECOND_MS) * SECOND_MS },
    timeoutMs: TIMEOUT_MS,
    retryIntervalMs: null,
    policy: {
      alertAfter: { kind: 'failures', count: 1 },
      // It is looked at every few seconds: reminders that follow checks would come at three in the morning, one after another.
      alertEvery: { kind: 'time', ms: HOUR_MS },
      recoverAfter: 1,
      alertDown: alerts.map((alert) => ({ alert, after: null })),
      alertUp: alerts,
      flapDetection: null,
    },
    warningExitCodes: [1],
    dependsOn: [],
    env: {},
    workingDirectory: null,
    description: kind === 'server' ? SERVER : agentText(node, tags),
    runbook: '',
    tags: [],
    group: GROUP,
    isPublic: false,
    isEnabled: true,
  }
}

const SERVER = 'Whether this server of the cluster is there, to lead when the one that leads is lost.'

function agentText(node: string, tags: readonly string[]): string {
  const places = [node, ...tags.map((tag) => `{tag: ${tag}}`)]
  return `Whether this agent of the cluster is there, to run checks with run_on: ${new Intl.ListFormat('en', { type: 'disjunction' }).format(places)}.`
}

/** Nodes of which a store has a monitor: their incidents go on until it is known how they are. */
export function storedNodes({ monitors }: Pick<Snapshot, 'monitors'>): readonly Watchable[] {
  const names = [...monitors.keys()].filter((name) => name.startsWith(NODE_MONITOR))
  return names.map((name) => ({ name: name.slice(NODE_MONITOR.length), kind: 'server', tags: [] }) as const)
}
