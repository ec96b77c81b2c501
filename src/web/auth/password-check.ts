import { MINUTE_MS } from '../../core/text/time.ts'

// Each verification takes a core and some 20 to 60 MiB for a while: checks need them, too.
const AT_ONCE = 2
const WAITING_LIMIT = 22
/**
 * Places of these that are for neighbourhoods from which nobody has tried lately: a guesser must not keep everybody else
 * out. As many again are for clients that have signed in before: a guesser may have new networks without end.
 */
const KEPT_COUNT = 2
/** How many of these clients are remembered. */
const KNOWN_LIMIT = 1_000
/** Failures without a pause: people mistype. */
const FREE_COUNT = 4
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = MINUTE_MS
const FORGOTTEN_AFTER_MS = 900_000
/** The oldest are forgotten when it is full. Filling it up gains an attacker nothing that more addresses would not. */
const KEY_LIMIT = 10_000

export interface PasswordAttempt {
  readonly user: string
  readonly password: string
  /** The address or network that the attempt comes from. */
  readonly client: string
  /** All that may be the same person's, as one can rent whole networks. */
  readonly neighbourhood: string
}

/** `slow`: this client has failed too often lately; `busy`: too many try at once. Neither was verified. */
export type PasswordVerdict = 'right' | 'wrong' | 'slow' | 'busy'

/**
 * Makes a function that verifies passwords, few at once. Repeated failures of a client for one name slow down that client
 * for that name only, so nobody can lock others out. A name that no user has is treated like any other. An attempt that was
 * not verified, as too many try, slows nobody down.
 */
export function createPasswordCheck(monotonicMs: () => number) {
  const throttle = createThrottle(monotonicMs)
  /** Neighbourhoods, by their attempts for any name, also those that were turned away. */
  const seen = createThrottle(monotonicMs)
  /** Clients whose last attempt was right, the latest last. */
  const known = new Set<string>()
  const inTurn = createQueue({ atOnce: AT_ONCE, waitingLimit: WAITING_LIMIT })

  return async (attempt: PasswordAttempt, users: ReadonlyMap<string, string>): Promise<PasswordVerdict> => {
    const { user, password, client, neighbourhood } = attempt
    const hash = users.get(user)
    // A key has the same length, however long the name is.
    const key = `${client}\n${Bun.SHA256.hash(user, 'base64')}`
    const [anyHash] = users.values()
    if (anyHash === undefined || password === '') return 'wrong'
    if (throttle.isPaused(key)) return 'slow'
    const strangers = seen.has(neighbourhood) ? 2 * KEPT_COUNT : KEPT_COUNT
    seen.take(neighbourhood)
    const turn = inTurn(() => verify(password, hash ?? anyHash), known.has(client) ? 0 : strangers)
    if (turn === null) return 'busy'
    throttle.take(key)
    known.delete(client)
    const isRight = await turn
    if (!isRight || hash === undefined) return 'wrong'
    throttle.forgive(key)
    seen.forgive(neighbourhood)
    known.add(client)
    const [oldest] = known
    if (known.size > KNOWN_LIMIT && oldest !== undefined) known.delete(oldest)
    return 'right'
  }
}

async function verify(password: string, hash: string): Promise<boolean> {
  try {
    return await Bun.password.verify(password, hash)
  } catch {
    // A hash that cannot be computed (it may want more memory than there is) fits no password.
    return false
  }
}

export interface Throttle {
  /** Whether another attempt must wait. */
  isPaused(key: string): boolean
  /** Counts an attempt, which has failed until it is forgiven. False, and not counted, if it must wait. */
  take(key: string): boolean
  /** Whether there were attempts lately that are not forgiven. */
  has(key: string): boolean
  forgive(key: string): void
}

/** Makes repeated failures under one key wait, twice as long each time, up to a minute. */
export function createThrottle(monotonicMs: () => number): Throttle {
  // In the order of their last attempts.
  const attempts = new Map<string, { readonly count: number; readonly pausedUntilMs: number }>()

  const lately = (key: string) => {
    const last = attempts.get(key)
    return last !== undefined && monotonicMs() <= last.pausedUntilMs + FORGOTTEN_AFTER_MS ? last : undefined
  }

  return {
    isPaused: (key) => monotonicMs() < (lately(key)?.pausedUntilMs ?? 0),
    has: (key) => lately(key) !== undefined,
    take(key) {
      const nowMs = monotonicMs()
      if (nowMs < (lately(key)?.pausedUntilMs ?? 0)) return false
      const count = (lately(key)?.count ?? 0) + 1
      const pauseMs = count < FREE_COUNT ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** (count - FREE_COUNT), LONGEST_PAUSE_MS)
      attempts.delete(key)
      attempts.set(key, { count, pausedUntilMs: nowMs + pauseMs })
      const [oldest] = attempts.keys()
      if (attempts.size > KEY_LIMIT && oldest !== undefined) attempts.delete(oldest)
      return true
    },
    forgive(key) {
      attempts.delete(key)
    },
  }
}

/**
 * Makes a function that does work in turn, `atOnce` at a time; null, at once, if as many wait already as `waitingLimit` less
 * the places that are kept for others.
 */
export function createQueue({ atOnce, waitingLimit }: { atOnce: number; waitingLimit: number }) {
  let busyCount = 0
  const waiting: (() => void)[] = []

  const leave = () => {
    const next = waiting.shift()
    // The place is handed to the next in line.
    if (next === undefined) busyCount--
    else next()
  }

  return <Result>(work: () => Promise<Result>, keptCount = 0): Promise<Result> | null => {
    if (waiting.length >= waitingLimit - keptCount) return null
    return (async () => {
      if (busyCount < atOnce) busyCount++
      else await new Promise<void>((resolve) => waiting.push(resolve))
      try {
        return await work()
      } finally {
        leave()
      }
    })()
  }
}
