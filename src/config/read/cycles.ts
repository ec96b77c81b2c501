/** Who refers to whom, by name. */
export type Graph = ReadonlyMap<string, readonly string[]>

/**
 * The circles in a graph, each as the names along it, beginning with the one that stands first in the graph. Of circles
 * that share a name only some are found, at least one. Takes time proportional to the graph. Pure.
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
