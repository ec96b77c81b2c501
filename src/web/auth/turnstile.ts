/** Lets so many through at once, and so many wait. */
export interface Turnstile {
  /** Does the work when it is its turn; null, at once, where too many wait already. */
  pass<T>(work: () => Promise<T>): Promise<T> | null
}

export function createTurnstile({ atOnce, waiting }: { atOnce: number; waiting: number }): Turnstile {
  let insideCount = 0
  const queue: (() => void)[] = []

  const enter = async () => {
    if (insideCount < atOnce) insideCount++
    // Who leaves hands its place to the next.
    else await new Promise<void>((resolve) => queue.push(resolve))
  }

  const leave = () => {
    const next = queue.shift()
    if (next === undefined) insideCount--
    else next()
  }

  return {
    pass(work) {
      if (queue.length >= waiting) return null
      return (async () => {
        await enter()
        try {
          return await work()
        } finally {
          leave()
        }
      })()
    },
  }
}
