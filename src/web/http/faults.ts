import type { Log } from '../../core/model/ports.ts'

/**
 * Exceptions while requests are answered. Such a bug is logged and counted, and the daemon lives on: monitoring must not end
 * because somebody looked at it.
 */
export interface Faults {
  /** `during` says what was done, such as `GET /monitors/a`. */
  report(error: unknown, during: string): void
  readonly count: number
}

/** A client can repeat its request without end; the log should not fill up. The metric counts them all. */
const LOGGED_EVERY_MS = 1_000

export function createFaults(log: Log, monotonicMs: () => number): Faults {
  let count = 0
  let loggedAtMs = Number.NEGATIVE_INFINITY

  return {
    report(error, during) {
      count++
      if (monotonicMs() - loggedAtMs < LOGGED_EVERY_MS) return
      loggedAtMs = monotonicMs()
      const output = error instanceof Error ? (error.stack ?? String(error)) : String(error)
      log.write('error', `a bug in Minitor, please report it: ${during} failed`, { output })
    },
    get count() {
      return count
    },
  }
}
