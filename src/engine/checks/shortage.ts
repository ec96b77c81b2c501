import type { Clock, Log } from '../../core/model/ports.ts'

/** After a start failed for want of processes, files or memory, none follows for this long; alone, it doubles. */
const PAUSE_FIRST_MS = 100
const PAUSE_LONGEST_MS = 5000
/** Not to be at the limit all the time, more than work now are tried only so long after the last failure. */
const TRY_MORE_AFTER_MS = 1000
/** So long after the last such failure it is over. */
const OVER_AFTER_MS = 10_000

/** Minitor's own want of resources: said when it begins and when it is over, not at every check. */
export interface Shortage {
  readonly isThere: boolean
  /** A start has failed. Returns how long to start nothing. `isAlone`: nothing else runs, so that nothing gets free. */
  meet(reason: string, isAlone: boolean): number
  /** A run has ended as it should. Returns whether it is long enough ago that one more may be tried. */
  ease(): boolean
}

export function createShortage({ clock, log }: { readonly clock: Clock; readonly log: Log }): Shortage {
  let pauseMs = 0
  let lastMetMs: number | null = null
  return {
    get isThere() {
      return lastMetMs !== null
    },
    meet(reason, isAlone) {
      if (lastMetMs === null) log.write('error', `checks have to wait for resources: ${reason}`)
      lastMetMs = clock.monotonicMs()
      pauseMs = isAlone ? Math.min(PAUSE_LONGEST_MS, Math.max(PAUSE_FIRST_MS, pauseMs * 2)) : PAUSE_FIRST_MS
      return pauseMs
    },
    ease() {
      pauseMs = 0
      if (lastMetMs === null) return true
      const passedMs = clock.monotonicMs() - lastMetMs
      if (passedMs >= OVER_AFTER_MS) {
        lastMetMs = null
        log.write('info', 'checks have the resources that they need again')
      }
      return passedMs >= TRY_MORE_AFTER_MS
    },
  }
}
