import { gzip } from '../../http/gzip.ts'

/** A page that was just made is good enough, whatever has changed since; scripts come again when something has. */
const FRESH_MS = 250
/** Ages stand on it: older than that it is not shown, even if nothing has changed. */
const LONGEST_MS = 5_000
/** Pages of more people than that are not kept at once. */
const MOST_KEPT = 16

interface Options<Visit> {
  readonly render: (visit: Visit) => string
  /** The same for visits that see the same. */
  readonly keyOf: (visit: Visit) => string
  /** Another one whenever something has changed. */
  readonly version: () => string
  readonly monotonicMs: () => number
}

interface Rendered {
  readonly plain: Uint8Array<ArrayBuffer>
  readonly gzipped: Uint8Array<ArrayBuffer>
}

/**
 * Makes a page that many ask for at once only when it has changed, and a few times a second at most, so that a crowd
 * costs the checks nothing.
 */
export function createKeptPage<Visit>({ render, keyOf, version, monotonicMs }: Options<Visit>) {
  const kept = new Map<string, { page: Promise<Rendered>; version: string; atMs: number }>()

  return (visit: Visit): Promise<Rendered> => {
    const key = keyOf(visit)
    const before = kept.get(key)
    if (before !== undefined) {
      const ageMs = monotonicMs() - before.atMs
      if (ageMs < FRESH_MS || (ageMs < LONGEST_MS && before.version === version())) return before.page
    }
    kept.delete(key)
    const [oldest] = kept.keys()
    if (kept.size >= MOST_KEPT && oldest !== undefined) kept.delete(oldest)
    const page = makeReady(render(visit))
    kept.set(key, { page, version: version(), atMs: monotonicMs() })
    page.catch(() => kept.delete(key))
    return page
  }
}

async function makeReady(html: string): Promise<Rendered> {
  const plain = new TextEncoder().encode(html)
  return { plain, gzipped: await gzip(plain) }
}
