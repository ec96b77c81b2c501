import type { Ping } from '../../core/model/ports.ts'
import { SECOND_MS } from '../../core/text/time.ts'

/** What a key that has leaked may fill the disk with. Jobs need far less, and may send this many at once. */
const BURST = 60
/** One more that says the same as the last, this often. */
const REPEAT_EVERY_MS = SECOND_MS
/** One more that says something else, and one more body, this often. */
const CHANGE_EVERY_MS = 10 * SECOND_MS

/**
 * What becomes of a ping: `merged` says the same as the last one and is not stored; `refused` would be too many changes. A
 * failure after a success is always taken: only successes are refused, of which it needs one before.
 */
export type Admission = 'taken' | 'merged' | 'refused'

export interface PingLimits {
  /** For a ping that ends a job, at a time in monotonic milliseconds. */
  admit(kind: Ping['kind'], nowMs: number): Admission
  /** Whether the body of the ping that was just taken is kept: that of a change to a failure always is. */
  keepsBody(body: string, nowMs: number): boolean
  /** The next ping says something else, whatever it says. */
  forgetLast(): void
}

export function createPingLimits(): PingLimits {
  const repeats = createBucket(REPEAT_EVERY_MS)
  const changes = createBucket(CHANGE_EVERY_MS)
  const bodies = createBucket(CHANGE_EVERY_MS)
  let last: Ping['kind'] | null = null
  let hasBegunToFail = false
  return {
    admit(kind, nowMs) {
      hasBegunToFail = kind === 'fail' && kind !== last
      if (kind === last) return repeats(nowMs) ? 'taken' : 'merged'
      if (!hasBegunToFail && !changes(nowMs)) return 'refused'
      last = kind
      return 'taken'
    },
    keepsBody: (body, nowMs) => hasBegunToFail || body === '' || bodies(nowMs),
    forgetLast() {
      last = null
    },
  }
}

/** A bucket of tokens, full at first, to which one is added every so often. */
function createBucket(everyMs: number): (nowMs: number) => boolean {
  let tokens = BURST
  let filledMs = 0
  return (nowMs) => {
    tokens = Math.min(BURST, tokens + (nowMs - filledMs) / everyMs)
    filledMs = nowMs
    if (tokens < 1) return false
    tokens--
    return true
  }
}
