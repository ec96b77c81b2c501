import type { Watched } from './watched.ts'

/** A ping that has to wait for so many others of its heartbeat, while the guard is asked say, is turned away. */
const MOST_WAITING = 1000
/** Of each heartbeat so many starts are remembered that have had no end. */
const STARTS_KEPT = 100

/** What is concluded of one heartbeat, one thing after the other, and the jobs that have said that they began. */
export interface Turn {
  readonly isFull: boolean
  /** Does this once all that came before it is done. */
  next<Result>(work: () => Promise<Result>): Promise<Result>
  /** Times are monotonic milliseconds. */
  start(rid: string | null, atMs: number): void
  /** Ends a job; returns when it began, null if nobody has said so. Without `rid` it is the last that began without one. */
  end(rid: string | null): number | null
  /** When the last of the jobs that have not ended began. */
  lastStartMs(): number | null
}

export function createPingTurns(): { of(watched: Watched): Turn } {
  const turns = new WeakMap<Watched, Turn>()
  return {
    of(watched) {
      const turn = turns.get(watched) ?? createTurn()
      turns.set(watched, turn)
      return turn
    },
  }
}

function createTurn(): Turn {
  let last: Promise<unknown> = Promise.resolve()
  let waitingCount = 0
  const starts = new Map<string | null, number>()
  return {
    get isFull() {
      return waitingCount >= MOST_WAITING
    },
    next(work) {
      waitingCount++
      const result = last.then(work).finally(() => {
        waitingCount--
      })
      last = result
      return result
    },
    start(rid, atMs) {
      starts.delete(rid)
      starts.set(rid, atMs)
      const [oldest] = starts.keys()
      if (starts.size > STARTS_KEPT && oldest !== undefined) starts.delete(oldest)
    },
    end(rid) {
      const startedMs = starts.get(rid) ?? null
      starts.delete(rid)
      return startedMs
    },
    lastStartMs: () => [...starts.values()].at(-1) ?? null,
  }
}
