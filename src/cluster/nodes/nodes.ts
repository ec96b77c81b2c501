import type { KnownNode, Leading, NodeCard, OwnCard, Presence } from '../../core/model/cluster.ts'
import type { ClusterConfig } from '../../core/model/cluster-config.ts'
import type { Config } from '../../core/model/config.ts'
import { type NodeView, RENAME, soundNode, viewNodes } from '../../core/model/node-view.ts'
import type { Clock, Log } from '../../core/model/ports.ts'
import { MINUTE_MS } from '../../core/text/time.ts'
import { findNode, type Look, oddNow } from './look.ts'
import { createNamesake } from './namesake.ts'
import { nodeMonitor, storedNodes } from './node-monitor.ts'

interface Options {
  readonly presence: Presence
  readonly clock: Clock
  readonly log: Log
  /** As it is now: a reload may change the alerts. */
  readonly cluster: () => Pick<ClusterConfig, 'node' | 'alerts' | 'takeoverMs'>
  /** What this node says of itself, at this moment. */
  readonly card: () => OwnCard
}

/** The nodes of the cluster as one node sees them, itself among them. Every node has this, whether it leads or not. */
export interface Nodes extends Pick<Leading, 'lookAt' | 'withNodes' | 'onNodes'> {
  /** As they were when the engine last answered, by name: those that are there, and those that went without a word. */
  known(): readonly KnownNode[]
  /** The same for people, with this node as it is now. `leader` is the name of the server that leads; null for nobody. */
  view(leader: string | null): readonly NodeView[]
  /** Says no more. With `isLeaving` this node is forgotten: it goes on purpose. Never rejects. */
  close(isLeaving: boolean): Promise<void>
}

/** A card is good for three times the time between two. */
const SAYS_IN_A_CARD = 3
/** A server whose file is older than that does not keep up. */
const LAG_TOLD_MS = MINUTE_MS

/** Says that this node is there, again and again, and looks who else is. */
export function createNodes({ presence, clock, log, cluster, card: ownCard }: Options): Nodes {
  const listeners = new Set<() => void>()
  /** The last sequence of this server's journal, as it was then. */
  let sequences: readonly { readonly atMs: number; readonly sequence: number | null }[] = []
  let known: readonly KnownNode[] = []
  let isClosed = false
  let isAsking = false
  let cancel = () => {}
  /** Since when the engine has answered every time. */
  let answeringSinceMs: number | null = null
  let answeredAtMs = Number.NEGATIVE_INFINITY

  const everyMs = () => cluster().takeoverMs / SAYS_IN_A_CARD
  const namesake = createNamesake({ node: ownCard().name, clock, log, goodForMs: () => cluster().takeoverMs })
  const card = (): NodeCard => ({
    ...ownCard(),
    sequenceBefore: sequences.find(({ atMs }) => atMs <= clock.monotonicMs() - LAG_TOLD_MS)?.sequence ?? null,
    saidAtMs: Math.round(clock.wallMs()),
    namesake: namesake.host(),
  })

  const take = (nodes: readonly KnownNode[]) => {
    const before = namesOf(known)
    known = nodes.map(soundNode).sort((one, other) => one.name.localeCompare(other.name))
    answeredAtMs = clock.monotonicMs()
    answeringSinceMs ??= answeredAtMs
    const limitMs = answeredAtMs - LAG_TOLD_MS
    // And the last of those that are older.
    const first = Math.max(
      0,
      sequences.findLastIndex(({ atMs }) => atMs <= limitMs),
    )
    sequences = [...sequences.slice(first), { atMs: answeredAtMs, sequence: ownCard().sequence }]
    if (namesOf(known) !== before) for (const listener of listeners) listener()
  }

  const ask = async () => {
    // One that hangs is not asked again; what is known is then too old to say anything.
    if (isAsking) return
    isAsking = true
    try {
      namesake.note(await presence.say(card()))
      const nodes = await presence.nodes()
      if (!isClosed) take(nodes)
    } catch {
      // The engine's trouble is told where the connection is looked after.
      answeringSinceMs = null
    }
    isAsking = false
  }

  const askAgain = () => {
    cancel = clock.setTimer(everyMs(), askAgain)
    void ask()
  }
  askAgain()

  /** What is odd and was said, by what to do about it: the rest may have numbers in it. Until nothing is odd. */
  const logged = new Map<string, ReadonlySet<string>>()
  const logOddities = (node: string, look: Look) => {
    if (look.nodes.find(({ name }) => name === node)?.isThere !== true) return
    const before = logged.get(node) ?? new Set()
    // A node is the first to know of its own namesake.
    const odd = oddNow(node, look).filter(({ help }) => node !== look.own.name || help !== RENAME)
    for (const { what, help } of odd) if (!before.has(help)) log.write('warn', `node ${node}: ${what}: ${help}`)
    if (odd.length > 0) logged.set(node, before.union(new Set(odd.map(({ help }) => help))))
    else if (logged.delete(node)) log.write('info', `node ${node}: nothing is odd any more`)
  }

  const lookFrom = (): Look => {
    const nowMs = clock.monotonicMs()
    const { takeoverMs } = cluster()
    return {
      nodes: known,
      own: card(),
      isCurrent: answeringSinceMs !== null && nowMs - answeredAtMs <= takeoverMs,
      // Whoever has lost the engine as well needs as long to say so again.
      isSettled: answeringSinceMs !== null && nowMs - answeringSinceMs >= takeoverMs,
    }
  }

  return {
    known: () => known,
    view(leader) {
      const own = card()
      const seen = known.find(({ name }) => name === own.name)
      const seenOwn = {
        ...own,
        isThere: true,
        seenAtMs: seen?.seenAtMs ?? clock.wallMs(),
        saidAtMs: seen?.saidAtMs ?? null,
      }
      return viewNodes([seenOwn, ...known.filter((one) => one !== seen)], { leader, card: own })
    },
    lookAt(node) {
      const look = lookFrom()
      if (look.isCurrent) logOddities(node, look)
      return findNode(node, look)
    },
    withNodes(config, stored) {
      const { alerts } = cluster()
      // This one, too: that it was lost may have been told before it took over.
      const nodes = answeredAtMs === Number.NEGATIVE_INFINITY ? storedNodes(stored) : known
      const monitors = nodes.map((one) => nodeMonitor(one, { alerts, everyMs: everyMs() }))
      return monitors.length === 0 ? config : withMonitors(config, monitors)
    },
    onNodes(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close(isLeaving) {
      isClosed = true
      cancel()
      if (isLeaving) await presence.leave(cluster().node).catch(() => {})
    },
  }
}

function withMonitors(config: Config, monitors: Config['monitors']): Config {
  return { ...config, monitors: [...config.monitors, ...monitors] }
}

/** What the monitors of nodes are made of. */
function namesOf(nodes: readonly KnownNode[]): string {
  return JSON.stringify(nodes.map(({ name, kind, tags }) => [name, kind, tags]))
}
