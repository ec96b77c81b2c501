import { excerpt } from '../text/cut.ts'
import { plural } from '../text/plural.ts'
import type { KnownNode, NodeCard } from './cluster.ts'

export const NODE_ROLES = ['leader', 'standby', 'agent'] as const
export type NodeRole = (typeof NODE_ROLES)[number]

/** A node as people see it. */
export interface NodeView extends KnownNode {
  /** What it was last, for one that is lost. */
  readonly role: NodeRole
  /** What is odd about it, in words that go on after its name; empty if it is fine, or lost. */
  readonly oddities: readonly string[]
}

interface Reference {
  /** Who leads; null while nobody does. */
  readonly leader: string | null
  /** What others are compared with: the card of the leader; null where it is not known. */
  readonly card: NodeCard | null
  /** The last sequence of the journal that every server must have by now; null if that is not known. */
  readonly lastSequenceBefore: number | null
}

/** A longer text in a card is no name, version or tag. */
const LONGEST_TEXT = 200
const MOST_TAGS = 50

/** A card as one may rely on it: whoever writes one may write anything, and an agent is trusted with little. */
export function soundNode(node: KnownNode): KnownNode {
  const text = (value: unknown) => (typeof value === 'string' ? excerpt(value.toWellFormed(), LONGEST_TEXT) : '')
  const number = (value: unknown) => (typeof value === 'number' && Math.abs(value) <= LATEST_MS ? value : 0)
  return {
    name: node.name,
    kind: node.kind === 'server' ? 'server' : 'agent',
    version: text(node.version),
    hostname: text(node.hostname),
    tags: Array.isArray(node.tags) ? node.tags.slice(0, MOST_TAGS).map(text) : [],
    startedAtMs: number(node.startedAtMs),
    slots: number(node.slots),
    running: number(node.running),
    configuration: node.configuration === null ? null : text(node.configuration),
    sequence: node.sequence === null ? null : number(node.sequence),
    seenAtMs: number(node.seenAtMs),
    isThere: node.isThere,
  }
}

/** Dates end there. */
const LATEST_MS = 8.64e15

/** All nodes as people see them: lost ones first, then servers before agents, each by name. Pure. */
export function viewNodes(nodes: readonly KnownNode[], reference: Reference): readonly NodeView[] {
  return nodes
    .map((node) => ({ ...node, role: roleOf(node, reference.leader), oddities: oddOf(node, reference) }))
    .sort(
      (one, other) =>
        Number(one.isThere) - Number(other.isThere) ||
        NODE_ROLES.indexOf(one.role) - NODE_ROLES.indexOf(other.role) ||
        one.name.localeCompare(other.name),
    )
}

function roleOf({ name, kind, isThere }: KnownNode, leader: string | null): NodeRole {
  if (kind === 'agent') return 'agent'
  return isThere && name === leader ? 'leader' : 'standby'
}

/** What is odd about a node that is there, seen from the leader. */
export function oddOf(node: KnownNode, { card, lastSequenceBefore }: Omit<Reference, 'leader'>): string[] {
  if (!node.isThere || card === null || node.name === card.name) return []
  const oddities: string[] = []
  if (node.kind === 'server') {
    if (node.configuration !== card.configuration) {
      oddities.push(`its configuration differs from that of ${card.name}, which leads`)
    }
    const behind = node.sequence === null || lastSequenceBefore === null ? 0 : lastSequenceBefore - node.sequence
    if (behind > 0) oddities.push(`its database does not keep up: ${plural(behind, 'record')} behind`)
  }
  if (node.version !== card.version) {
    oddities.push(`it runs Minitor ${node.version}, and ${card.name} runs ${card.version}`)
  }
  return oddities
}

/** What pages ask of the cluster that this server belongs to. */
export interface PresentCluster {
  /** The name of this server. */
  readonly node: string
  nodes(): readonly NodeView[]
  /** Why that may be out of date, in a sentence; null while the engine answers. */
  trouble(): string | null
}

/** What machines are told of a node; times in ISO 8601. */
export function nodeJson({ name, role, isThere, oddities, ...node }: NodeView) {
  const time = (atMs: number) => new Date(Math.round(atMs)).toISOString()
  return {
    name,
    role,
    is_there: isThere,
    seen_at: time(node.seenAtMs),
    started_at: time(node.startedAtMs),
    hostname: node.hostname,
    version: node.version,
    tags: node.tags,
    slots: node.slots,
    running: node.running,
    sequence: node.sequence,
    oddities,
  }
}
