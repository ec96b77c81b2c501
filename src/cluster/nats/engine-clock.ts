import { MINUTE_MS } from '../../core/text/time.ts'

/** The engine's clock, as far as this node knows it: its own wall clock may be wrong, and may be set. */
export interface EngineClock {
  /** Unix epoch milliseconds; null until it is known. */
  nowMs(): number | null
  /** Calls `listener` when it becomes known. */
  onKnown(listener: () => void): () => void
  /** Whether it is to be looked up again. */
  isStale(): boolean
  /** The engine has written something at `engineMs`, between these times of `performance.now()`. */
  learn(engineMs: number, between: { readonly sentMs: number; readonly ackedMs: number }): void
}

/** Clocks drift by a few milliseconds in a minute. */
const GOOD_FOR_MS = MINUTE_MS

export function createEngineClock(): EngineClock {
  let known: { readonly offsetMs: number; readonly errorMs: number; readonly atMs: number } | null = null
  const listeners = new Set<() => void>()
  const isOld = (nowMs: number) => known === null || nowMs - known.atMs > GOOD_FOR_MS
  return {
    nowMs: () => known && performance.now() + known.offsetMs,
    onKnown(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    isStale: () => isOld(performance.now()),
    learn(engineMs, { sentMs, ackedMs }) {
      const errorMs = (ackedMs - sentMs) / 2
      // A slow answer says less than a quick one before it, unless that is long ago or they contradict each other.
      const offsetMs = engineMs - (sentMs + errorMs)
      const isWorse = known !== null && errorMs > known.errorMs && Math.abs(offsetMs - known.offsetMs) <= errorMs
      if (isWorse && !isOld(ackedMs)) return
      const isFirst = known === null
      known = { offsetMs, errorMs, atMs: ackedMs }
      if (isFirst) for (const listener of listeners) listener()
    },
  }
}
