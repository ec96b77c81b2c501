import type { Clock, Log, Store } from '../../core/model/ports.ts'
import { shiftTimes } from '../../core/model/state.ts'
import { LISTENING_SLEEP_MS } from './scheduler.ts'
import { noteDue, type Watched, type Watchlist } from './watched.ts'

/** A stall of at least this long was not watched. */
const UNWATCHED_MS = 10_000
/** A clock that is corrected by less is not followed. */
const CLOCK_SET_MS = 1000

/** What stalls (SIGSTOP, a starved machine) and clock jumps (a clock that is set, a suspended machine) change. */
export interface UnwatchedTime {
  /** Minitor stood still for this long and now goes on. */
  stoodStill(lateMs: number): void
  /** To be called before a time is taken from the wall clock: follows it if it was set. */
  followClock(): void
}

interface Options {
  readonly clock: Clock
  readonly store: Store
  readonly log: Log
  readonly watchlist: Watchlist
  readonly onStill: (lateMs: number) => void
}

export function createUnwatchedTime({ clock, store, log, watchlist, onStill }: Options): UnwatchedTime {
  let offsetMs = clock.wallMs() - clock.monotonicMs()

  const moveDeadlines = (byMs: (watched: Watched) => number) => {
    for (const watched of watchlist.byName.values()) {
      if (watched.monitor.heartbeat === null || !watched.monitor.isEnabled) continue
      watched.slotMs += byMs(watched)
      noteDue(watched, { clock, store })
    }
  }

  /** A jump forward skipped time, so nobody watched that either. */
  const follow = (stillMs: number) => {
    const toMs = clock.wallMs()
    const offMs = toMs - clock.monotonicMs() - offsetMs
    const setByMs = Math.abs(offMs) < CLOCK_SET_MS ? 0 : offMs
    const fromMs = toMs - stillMs - setByMs
    const goesOnMs = setByMs < 0 ? fromMs + stillMs : toMs
    if (fromMs < goesOnMs) store.noteUnwatched({ fromMs, toMs: goesOnMs })
    if (toMs < goesOnMs) store.noteUnwatched({ fromMs: goesOnMs, toMs })
    if (setByMs === 0) return
    offsetMs += setByMs
    // What has passed since an outage or a ping stays what it was.
    for (const watched of watchlist.byName.values()) watched.state = shiftTimes(watched.state, setByMs)
    // Set back, a time of a cron schedule is further away than it was.
    moveDeadlines(({ monitor }) => (monitor.schedule.kind === 'cron' ? Math.max(0, -setByMs) : 0))
    log.write('info', `the clock was set by ${Math.round(setByMs / 1000)} s`)
  }

  return {
    stoodStill(lateMs) {
      log.write('warn', `Minitor stood still for ${Math.round(lateMs / 1000)} s`, { late_ms: Math.round(lateMs) })
      follow(lateMs >= UNWATCHED_MS ? lateMs : 0)
      // Nobody took pings meanwhile. It may have begun right after the late timer was set.
      moveDeadlines(() => lateMs + LISTENING_SLEEP_MS)
      onStill(lateMs)
    },
    followClock: () => follow(0),
  }
}
