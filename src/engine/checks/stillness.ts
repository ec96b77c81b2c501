import type { Clock, Log, Store } from '../../core/model/ports.ts'

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

/** A clock that is only corrected a little is not followed. */
const CLOCK_SET_MS = 1000

interface Options {
  readonly clock: Clock
  readonly store: Pick<Store, 'noteUnwatched'>
  readonly log: Log
  /** What has passed since an outage or a ping stays what it was. */
  readonly onSet: (byMs: number) => void
}

/**
 * Makes the function that looks whether the wall clock was set since it was looked at last. Minitor stood still for the
 * last `stillMs`; what the clock skipped meanwhile was not lived through, so nobody watched that time either.
 */
export function createWallClock({ clock, store, log, onSet }: Options): (stillMs?: number) => void {
  let offsetMs = clock.wallMs() - clock.monotonicMs()

  return (stillMs = 0) => {
    const toMs = clock.wallMs()
    const offMs = toMs - clock.monotonicMs() - offsetMs
    const setByMs = Math.abs(offMs) < CLOCK_SET_MS ? 0 : offMs
    const unwatchedMs = stillMs + Math.max(0, setByMs)
    if (unwatchedMs > 0) store.noteUnwatched({ fromMs: toMs - unwatchedMs, toMs, monitor: null })
    if (setByMs === 0) return
    offsetMs += setByMs
    onSet(setByMs)
    log.write('info', `the clock was set by ${Math.round(setByMs / 1000)} s`)
  }
}
