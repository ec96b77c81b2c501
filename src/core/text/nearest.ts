import { named } from './printable.ts'

/**
 * The candidate that a mistyped name most likely meant, or null when none is near. At most `limit` letters, by default a
 * third of the name's, may be wrong, missing, superfluous or swapped with their neighbour. Letter case does not count.
 */
export function nearest<Candidate extends string>(
  name: string,
  candidates: Iterable<Candidate>,
  limit: number = Math.max(1, Math.floor(name.length / 3)),
): Candidate | null {
  const typed = name.toLowerCase()
  let best: Candidate | null = null
  let bestDistance = limit + 1
  for (const candidate of candidates) {
    const distance = editDistance(typed, candidate.toLowerCase(), bestDistance)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** `did you mean …`, or a list of what there is. */
export function suggestion(name: string, candidates: readonly string[]): string {
  const near = nearest(name, candidates)
  if (near !== null) return `did you mean ${named(near)}?`
  const shown = candidates.slice(0, 10).join(', ')
  return `there are: ${shown}${candidates.length > 10 ? `, and ${candidates.length - 10} more` : ''}`
}

/** Optimal string alignment distance; `limit` or more is reported as `limit`. */
function editDistance(from: string, to: string, limit: number): number {
  if (Math.abs(from.length - to.length) >= limit) return limit
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const cost = from[row - 1] === to[column - 1] ? 0 : 1
      const isSwap = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + cost,
        isSwap ? at(beforeLast, column - 2) + 1 : limit,
      )
    }
    if (Math.min(...current) >= limit && Math.min(...last) >= limit) return limit
    beforeLast = last
    last = current
  }
  return Math.min(at(last, to.length), limit)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity
}
