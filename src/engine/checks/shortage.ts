import { onEdge } from '../../core/model/on-edge.ts'
import type { Clock, Log } from '../../core/model/ports.ts'
import type { Scheduler, Task } from './scheduler.ts'

/** After a failed start nothing is started for this long; while nothing else runs, the pause doubles each time. */
const PAUSE_FIRST_MS = 100
const PAUSE_LONGEST_MS = 5000
/** Not to be at the limit all the time, more at once is tried only this long after the last failure. */
const TRY_MORE_AFTER_MS = 1000
/** This long after the last failure the shortage is over. */
const OVER_AFTER_MS = 10_000

/**
 * Minitor's own want of processes (EAGAIN), open files (EMFILE) or memory (ENOMEM): fewer checks run at once until it is
 * over. Logged when it begins and when it is over, not at every check.
 */
export interface Shortage {
  readonly isThere: boolean
  /** A command could not be started. */
  meet(reason: string): void
  /** A command has run. */
  ease(): void
}

interface Options {
  readonly clock: Clock
  readonly log: Log
  readonly scheduler: Pick<Scheduler<Task>, 'backOff' | 'relax' | 'busyCount'>
}

export function createShortage({ clock, log, scheduler }: Options): Shortage {
  let pauseMs = 0
  let lastMetMs: number | null = null
  const report = onEdge(log, {
    begins: (reason: string) => ['error', `checks have to wait for resources: ${reason}`],
    ends: 'checks have the resources that they need again',
  })

  return {
    get isThere() {
      return lastMetMs !== null
    },
    meet(reason) {
      report(reason)
      lastMetMs = clock.monotonicMs()
      // Only what ends gives resources back: alone, there is nothing to wait for but other programs.
      const isAlone = scheduler.busyCount === 1
      pauseMs = isAlone ? Math.min(PAUSE_LONGEST_MS, Math.max(PAUSE_FIRST_MS, pauseMs * 2)) : PAUSE_FIRST_MS
      scheduler.backOff(pauseMs)
    },
    ease() {
      pauseMs = 0
      const passedMs = lastMetMs === null ? Infinity : clock.monotonicMs() - lastMetMs
      if (passedMs >= OVER_AFTER_MS) {
        lastMetMs = null
        report(null)
      }
      if (passedMs >= TRY_MORE_AFTER_MS) scheduler.relax()
    },
  }
}
