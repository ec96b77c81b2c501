import { excerpt } from '../text/cut.ts'
import { formatAge } from '../text/duration.ts'
import { plural } from '../text/plural.ts'
import { MINUTE_MS } from '../text/time.ts'
import type { KnownNode, NodeCard } from './cluster.ts'

export const NODE_ROLES = ['leader', 'standby', 'agent'] as const
export type NodeRole = (typeof NODE_ROLES)[number]

/** A node as people see it. */
export interface NodeView extends KnownNode {
  /** What it was last, for one that is lost. */
  readonly role: NodeRole
  /** Empty if it is fine, or lost. */
  readonly oddities: readonly Oddity[]
}

/** What is odd about a node, in words that go on after its name, and what to do. */
export interface Oddity {
  readonly what: string
  readonly help: string
}

interface Reference {
  /** Who leads; null while nobody does. */
  readonly leader: string | null
  /** What others are compared with: the card of the leader; null where it is not known. */
  readonly card: NodeCard | null
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
    sequenceBefore: node.sequenceBefore === null ? null : number(node.sequenceBefore),
    unpublished: number(node.unpublished),
    saidAtMs: node.saidAtMs === null ? null : number(node.saidAtMs),
    namesake: node.namesake === null ? null : text(node.namesake),
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

/** What to do about two nodes of one name. */
export const RENAME = 'give one of them another name: cluster.node of a server, --node of an agent'

/** Cards are some seconds on their way, and clocks that are kept right differ by less. */
const CLOCK_TOLD_MS = MINUTE_MS / 2

/** What is odd about a node that is there, seen from the leader. */
export function oddOf(node: KnownNode, { card }: Omit<Reference, 'leader'>): readonly Oddity[] {
  if (!node.isThere) return []
  return [...oddAlone(node), ...(card === null || node.name === card.name ? [] : oddBeside(node, card))]
}

function* oddAlone({ namesake, saidAtMs, seenAtMs, unpublished }: KnownNode): Generator<Oddity> {
  if (namesake !== null) {
    yield {
      what: `another node has this name (host ${namesake})`,
      help: RENAME,
    }
  }
  const aheadMs = saidAtMs === null ? 0 : saidAtMs - seenAtMs
  if (Math.abs(aheadMs) >= CLOCK_TOLD_MS) {
    // A card that was on its way for a second is not to make another text.
    const about = formatAge(Math.round(Math.abs(aheadMs) / CLOCK_TOLD_MS) * CLOCK_TOLD_MS)
    yield {
      what: `its clock is about ${about} ${aheadMs > 0 ? 'ahead of' : 'behind'} the clock of NATS`,
      help: 'set the clocks of both right, by chrony or systemd-timesyncd: times in the history come from them',
    }
  }
  if (unpublished > 0) {
    yield {
      what: `${plural(unpublished, 'record')} that it wrote by itself ${unpublished === 1 ? 'is' : 'are'} not published yet`,
      help: 'that needs NATS: is it running, and can it be reached from there?',
    }
  }
}

function* oddBeside(node: KnownNode, card: NodeCard): Generator<Oddity> {
  if (node.kind === 'server') {
    if (node.configuration !== card.configuration) {
      yield {
        what: `its configuration differs from that of ${card.name}, which leads`,
        help: 'copy the configuration of one server to the other, and run there: minitor reload',
      }
    }
    const { sequence } = node
    const behind = sequence === null || card.sequenceBefore === null ? 0 : card.sequenceBefore - sequence
    if (behind > 0) {
      yield {
        what: `its database does not keep up: ${plural(behind, 'record')} behind`,
        help: 'look at its log: is its disk full, or slow?',
      }
    }
  }
  if (node.version !== card.version) {
    yield {
      what: `it runs Minitor ${node.version}, and ${card.name} runs ${card.version}`,
      help: 'bring all nodes to one version, the leader last',
    }
  }
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
    oddities: oddities.map(({ what }) => what),
  }
}
