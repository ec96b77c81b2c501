import { quoted } from './issue.ts'
import { complain, type Draft } from './loading.ts'
import { placeOfName } from './references.ts'

export interface Circling {
  readonly key: 'depends_on' | 'fallback'
  readonly graph: Graph
  readonly drafts: ReadonlyMap<string, Draft>
  /** Where to complain when nobody in a circle has the key itself. */
  readonly inherited: Draft | null
}

/** Finds names that refer to each other, or to themselves, in a circle. */
export function checkCircles({ key, graph, drafts, inherited }: Circling): void {
  for (const circle of findCycles(graph)) {
    const [first = ''] = circle
    const culprit = circle.find((name) => drafts.get(name)?.entries.has(key)) ?? first
    const draft = drafts.get(culprit)?.entries.has(key) ? drafts.get(culprit) : inherited
    const node = draft?.entries.get(key)?.value
    if (!draft || node === undefined) continue
    const next = circle[(circle.indexOf(culprit) + 1) % circle.length] ?? first
    const index = graph.get(culprit)?.indexOf(next) ?? 0
    const names = [...circle, first].map(quoted)
    const message = circle.length === 1 ? `${key} names itself` : `${key} goes in a circle: ${names.join(' → ')}`
    complain(draft.loading, placeOfName(node, index), message, 'remove one of the references')
  }
}

/** The names that each name refers to. */
export type Graph = ReadonlyMap<string, readonly string[]>

/**
 * The circles in a graph, each as the names along it, beginning with the one that stands first in the graph. If
 * circles share a name, only some of them are found, at least one. Takes time proportional to the graph.
 */
export function findCycles(graph: Graph): readonly (readonly string[])[] {
  const cycles: string[][] = []
  const finished = new Set<string>()
  for (const start of graph.keys()) {
    if (finished.has(start)) continue
    // By hand and not by recursion: a chain of ten thousand names must not exhaust the stack.
    const path = [start]
    const depth = new Map([[start, 0]])
    const remaining = [neighbours(graph, start)]
    while (path.length > 0) {
      const next = remaining.at(-1)?.pop()
      if (next === undefined) {
        const done = path.pop() ?? start
        remaining.pop()
        depth.delete(done)
        finished.add(done)
      } else if (depth.has(next)) cycles.push(path.slice(depth.get(next)))
      else if (!finished.has(next)) {
        depth.set(next, path.length)
        path.push(next)
        remaining.push(neighbours(graph, next))
      }
    }
  }
  return cycles
}

function neighbours(graph: Graph, name: string): string[] {
  return [...(graph.get(name) ?? [])].reverse()
}
