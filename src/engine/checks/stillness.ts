import type { Clock } from '../../core/model/ports.ts'

const LOOK_EVERY_MS = 1000
/** A look that is later than this means that Minitor itself stood still: stopped, or starved. */
const STALL_MS = 1000

/** Notices, to the second, for how long Minitor stood still. */
export interface Standstill {
  /** Notices it now, before anything is concluded from the clock. */
  look(): void
  /** Looks every second from now on, or no longer. */
  setActive(isActive: boolean): void
}

export function createStandstill(clock: Clock, onStill: (lastMs: number) => void): Standstill {
  let lookedMs: number | null = null
  let cancel = () => {}

  const look = () => {
    if (lookedMs === null) return
    const nowMs = clock.monotonicMs()
    const lastMs = nowMs - lookedMs
    lookedMs = nowMs
    if (lastMs > LOOK_EVERY_MS + STALL_MS) onStill(lastMs)
  }

  const lookEverySecond = () => {
    look()
    cancel = clock.setTimer(LOOK_EVERY_MS, lookEverySecond)
  }

  return {
    look,
    setActive(isActive) {
      if (isActive === (lookedMs !== null)) return
      cancel()
      lookedMs = isActive ? clock.monotonicMs() : null
      if (isActive) lookEverySecond()
    },
  }
}
