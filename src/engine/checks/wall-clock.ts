import type { Clock, Log, Store } from '../../core/model/ports.ts'

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
