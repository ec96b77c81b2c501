import type { Engine, KnownNode } from '../../core/model/cluster.ts'
import type { ClusterConfig, Place } from '../../core/model/cluster-config.ts'
import type { Config } from '../../core/model/config.ts'
import { type NodeView, type Oddity, soundNode, viewNodes } from '../../core/model/node-view.ts'
import { named } from '../../core/text/printable.ts'
import { isoTime } from '../../core/text/time.ts'
import { askingTrouble } from '../options/engine.ts'
import { type Finding, findingsAbout, gather, listed } from './finding.ts'

/** What the engine of a cluster says of it. */
export type ClusterFact =
  /** It can never work so. */
  | { readonly kind: 'refused'; readonly reason: string; readonly hint: string }
  | { readonly kind: 'unreachable'; readonly reason: string; readonly hint: string }
  | {
      readonly kind: 'seen'
      readonly nodes: readonly KnownNode[]
      readonly leader: string | null
    }

/** Asks the engine like an agent: nothing is made in it that is not there. Never rejects. */
export async function lookAtCluster(cluster: ClusterConfig): Promise<ClusterFact> {
  const { openEngine } = await import('../../cluster/nats/open-engine.ts')
  const { node, takeoverMs } = cluster
  const opened = await openEngine(cluster, { node, kind: 'agent', takeoverMs })
  if (opened.kind === 'refused') return opened
  const { engine } = opened
  try {
    const trouble = engine.trouble()
    return trouble === null ? await see(engine) : { kind: 'unreachable', ...askingTrouble(trouble, cluster) }
  } catch (error) {
    return { kind: 'unreachable', ...askingTrouble(error, cluster) }
  } finally {
    await engine.close()
  }
}

async function see({ presence, lease }: Engine): Promise<ClusterFact> {
  const nodes = (await presence.nodes()).map(soundNode)
  const holder = await lease.holder()
  return { kind: 'seen', nodes, leader: holder?.node ?? null }
}

const { error, warning, fine } = findingsAbout('cluster')

/** What is wrong with the cluster of a configuration, as its engine has it. */
export function clusterFindings(config: Config, fact: ClusterFact): readonly Finding[] {
  if (fact.kind !== 'seen') return [error(fact.reason, fact.hint)]
  const { leader } = fact
  const card = fact.nodes.find(({ name, isThere }) => isThere && name === leader) ?? null
  const nodes = viewNodes(fact.nodes, { leader, card })
  return gather(
    [
      leader === null && error('no server of the cluster leads: nothing is watched', 'start one: minitor run'),
      ...nodes.filter(({ isThere }) => !isThere).map(lostFinding),
      ...nodes.flatMap(({ name, oddities }) => oddities.map((oddity) => oddityFinding(name, oddity))),
      ...placeFindings(config, nodes),
    ],
    fine(`NATS answers, ${leader} leads, and all nodes are there`),
  )
}

function lostFinding({ name, seenAtMs }: NodeView): Finding {
  const help = `start it again; if it is gone for good: minitor nodes --forget ${name}`
  return warning(`the node ${named(name)} is lost: it was last seen ${isoTime(seenAtMs).replace(/\.\d+/, '')}`, help)
}

function oddityFinding(name: string, { what, help }: Oddity): Finding {
  return warning(`something is odd about the node ${named(name)}: ${what}`, help)
}

/** Places that no node is for: what is to run there, nobody runs. */
function placeFindings({ monitors, cluster }: Config, nodes: readonly NodeView[]): readonly Finding[] {
  const own = { name: cluster?.node ?? '', tags: cluster?.tags ?? [], isThere: true }
  const there = [...nodes, own].filter(({ isThere }) => isThere)
  const isManned = (place: Place) =>
    there.some(({ name, tags }) => (place.kind === 'node' ? name === place.node : tags.includes(place.tag)))
  const unmanned = new Map<string, string[]>()
  for (const { name, runOn, isEnabled } of monitors) {
    for (const place of isEnabled ? (runOn?.places ?? []) : []) {
      const words = place.kind === 'node' ? `no node ${named(place.node)}` : `no node with the tag ${named(place.tag)}`
      if (!isManned(place)) unmanned.set(words, [...(unmanned.get(words) ?? []), `monitor ${named(name)}`])
    }
  }
  const help = 'start an agent there (minitor agent), or correct run_on'
  return [...unmanned].map(([words, by]) => error(`${words} is there, and checks are to run on it`, help, listed(by)))
}
