import { findCycles, type Graph } from './cycles.ts'
import { complain } from './loading.ts'
import { placeOfName, type Referrer } from './references.ts'

export interface Circling {
  readonly key: 'depends_on' | 'fallback'
  readonly graph: Graph
  readonly referrers: ReadonlyMap<string, Referrer>
  /** Who is blamed when nobody in a circle has the key itself. */
  readonly inherited: Referrer | null
}

/** Finds names that refer to each other, or to themselves, in a circle. */
export function checkCircles({ key, graph, referrers, inherited }: Circling): void {
  for (const circle of findCycles(graph)) {
    const [first = ''] = circle
    const culprit = circle
      .map((name) => ({ name, referrer: referrers.get(name) }))
      .find(({ referrer }) => referrer?.entries.has(key))
    const referrer = culprit?.referrer ?? inherited
    const node = referrer?.entries.get(key)?.value
    if (referrer === null || node === undefined) continue
    const next = circle[(circle.indexOf(culprit?.name ?? first) + 1) % circle.length] ?? first
    const index = graph.get(culprit?.name ?? first)?.indexOf(next) ?? 0
    const { loading, subject } = referrer
    const message =
      circle.length === 1
        ? `${key} names itself`
        : `${key} goes in a circle: ${[...circle, first].map((name) => JSON.stringify(name)).join(' → ')}`
    complain(loading, placeOfName(node, index), { subject, message, hint: 'remove one of the references' })
  }
}
