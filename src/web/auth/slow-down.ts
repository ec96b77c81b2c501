/** So many attempts are free: people mistype. */
const FREE_COUNT = 4
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000
const FORGOTTEN_AFTER_MS = 900_000
/** Whom there is no room for is forgotten: who fills it up gains nothing that more addresses would not give. */
const LIMIT_COUNT = 10_000

export interface SlowDown {
  /** Whether another attempt may be made now. It counts as failed until it is forgiven. */
  take(key: string): boolean
  forgive(key: string): void
}

/** Makes who fails again and again wait, twice as long each time, up to a minute. Nobody else waits for it. */
export function createSlowDown(monotonicMs: () => number): SlowDown {
  // In the order of their last attempts.
  const attempts = new Map<string, { readonly count: number; readonly pausedUntil: number }>()

  return {
    take(key) {
      const now = monotonicMs()
      const last = attempts.get(key)
      if (last !== undefined && now < last.pausedUntil) return false
      const isOld = last === undefined || now > last.pausedUntil + FORGOTTEN_AFTER_MS
      const count = isOld ? 1 : last.count + 1
      const pauseMs = count < FREE_COUNT ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** (count - FREE_COUNT), LONGEST_PAUSE_MS)
      attempts.delete(key)
      attempts.set(key, { count, pausedUntil: now + pauseMs })
      const [oldest] = attempts.keys()
      if (attempts.size > LIMIT_COUNT && oldest !== undefined) attempts.delete(oldest)
      return true
    },
    forgive(key) {
      attempts.delete(key)
    },
  }
}
