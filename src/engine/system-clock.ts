import type { Clock } from '../core/ports.ts'

/** The machine's clocks: CLOCK_MONOTONIC for waiting, the wall clock for what people read. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  setTimer(delayMs, callback) {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
}
