/** Too short a wait to be noticed, and a scrape of many monitors is done in a few of them. */
const SHORTEST_MS = 10
/** Checks must not wait for longer than a tenth of a second, and there is other work, too. */
const LONGEST_MS = 50

interface Options {
  readonly monotonicMs: () => number
  /** Resolves when everything else that is ready has been done. */
  readonly nextTurn: () => Promise<void>
}

/**
 * Makes a function to be called between the pieces of long work, which yields to other work when it is time to. The work
 * then gets as long as the other work took: on a machine so busy that this is half a second, a hundred pieces of a
 * millisecond each would not be done before the client has given up.
 */
export function createTurns({ monotonicMs, nextTurn }: Options): () => Promise<void> {
  let beganMs = monotonicMs()
  let stretchMs = SHORTEST_MS

  return async () => {
    const endedMs = monotonicMs()
    if (endedMs - beganMs < stretchMs) return
    await nextTurn()
    beganMs = monotonicMs()
    stretchMs = Math.min(Math.max(beganMs - endedMs, SHORTEST_MS), LONGEST_MS)
  }
}

/** The turns of this process's event loop. */
export const createLoopTurns = (): (() => Promise<void>) =>
  createTurns({
    monotonicMs: () => performance.now(),
    nextTurn: () => new Promise((resolve) => setImmediate(resolve)),
  })
