// Work that is asked for all the time takes at most a tenth of the time: its answer is good for ten times its cost.
const GOOD_FOR_COSTS = 10
/** On a busy machine most of the cost is waiting, which is no reason for old answers: Prometheus asks every 15 s or so. */
const GOOD_FOR_MS = 5_000

/**
 * Makes an expensive answer safe to ask for any number of times: callers while it is made, or soon after, share the same
 * one. The first caller after a pause always gets a new one. A failure is shared while it is made, never afterwards.
 */
export function createSharedWork<T>(work: () => Promise<T>, monotonicMs: () => number): () => Promise<T> {
  let answer: Promise<T> | null = null

  const start = async (): Promise<T> => {
    const startedAt = monotonicMs()
    try {
      const value = await work()
      // Forgotten in time, as an answer can be large. `unref`: the timer must not keep a process alive that wants to end.
      const costMs = monotonicMs() - startedAt
      setTimeout(forget, Math.min(costMs * GOOD_FOR_COSTS, GOOD_FOR_MS)).unref()
      return value
    } catch (error) {
      forget()
      throw error
    }
  }

  const forget = () => {
    answer = null
  }

  return () => {
    answer ??= start()
    return answer
  }
}
