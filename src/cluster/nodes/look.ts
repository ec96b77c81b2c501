import type { KnownNode, NodeCard } from '../../core/model/cluster.ts'
import { type Oddity, oddOf } from '../../core/model/node-view.ts'
import type { Ending, Run } from '../../core/model/types.ts'
import { isoTime } from '../../core/text/time.ts'

/** What is known at the moment of a look. */
export interface Look {
  readonly nodes: readonly KnownNode[]
  /** What the node that looks says of itself. */
  readonly own: NodeCard
  /** Whether `nodes` is as the engine has it now. */
  readonly isCurrent: boolean
  /** Whether that has been so for long enough that every node that is there has said so. */
  readonly isSettled: boolean
}

/** What is odd about a node now, as far as that can be told. Pure. */
export function oddNow(name: string, { nodes, own, isCurrent }: Look): readonly Oddity[] {
  const node = isCurrent ? nodes.find((one) => one.name === name) : undefined
  return node === undefined ? [] : oddOf(node, { card: own })
}

/** How a node is: 0 if it is there, 1 if something is odd, 2 if it is lost. Void while nobody can tell. Pure. */
export function findNode(name: string, look: Look): Run {
  const isOwn = name === look.own.name
  if (!look.isCurrent && isOwn) return exited(0, 'there', look.own)
  if (!look.isCurrent) return voidRun('the engine of the cluster does not answer: nobody knows which nodes are there')
  const node = look.nodes.find((one) => one.name === name)
  if (isOwn && node?.isThere !== true) return exited(0, 'there', look.own)
  if (node === undefined) return voidRun('this node has left the cluster')
  if (!node.isThere) {
    if (!look.isSettled) return voidRun('not seen yet since the engine of the cluster answers again')
    return exited(2, `lost: not seen since ${utcText(node.seenAtMs)}`, node)
  }
  const oddities = oddNow(name, look)
  if (oddities.length === 0) return exited(0, 'there', node)
  return exited(1, oddities.map(({ what }) => what).join('; '), node, oddities)
}

/** For an output, which nobody writes anew for a zone: `2026-03-01 18:04:05 UTC`. */
function utcText(atMs: number): string {
  return `${isoTime(atMs).slice(0, 19).replace('T', ' ')} UTC`
}

function exited(
  exitCode: number,
  finding: string,
  { kind, hostname, version, tags }: NodeCard,
  oddities: readonly Oddity[] = [],
): Run {
  const about = [
    `${kind} on ${hostname}`,
    `Minitor ${version}`,
    ...(tags.length === 0 ? [] : [`tags: ${tags.join(', ')}`]),
  ]
  return runOf(
    { kind: 'exited', exitCode },
    `${[finding, about.join(', '), ...oddities.map(({ help }) => help)].join('\n')}\n`,
  )
}

function voidRun(reason: string): Run {
  return runOf({ kind: 'void', reason, isExhausted: false }, '')
}

function runOf(ending: Ending, output: string): Run {
  return { ending, output, durationMs: 0, escapeeCount: 0, isUnkillable: false }
}
