import type { Clock } from '../core/model/ports.ts'

/** The machine's clocks: CLOCK_MONOTONIC for waiting, the wall clock for what people read. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  setTimer(delayMs, callback) {
    // Timers cut off fractions: one would fire before its time, again and again.
    const timer = setTimeout(callback, Math.ceil(delayMs))
    return () => clearTimeout(timer)
  },
}
