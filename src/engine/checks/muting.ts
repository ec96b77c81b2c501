import { isStale, mayExplain, type Span } from '../../core/decide/cause.ts'
import { muteOf } from '../../core/model/mute.ts'
import type { Clock } from '../../core/model/ports.ts'
import type { MonitorState, Mute } from '../../core/model/types.ts'
import type { Applied } from './applied.ts'
import type { Watched, Watchlist } from './watched.ts'

export interface Muting {
  /** What mutes a monitor at this moment, in the incident given (null outside of any). */
  now(watched: Watched, incidentId: string | null): Mute | null
  /**
   * The same for trouble that would be told: a parent that may be its cause is checked first. `span` is that of the check
   * that failed; null for a ping, or one that is late.
   */
  find(watched: Watched, after: MonitorState, span: Span | null): Promise<Mute | null>
}

interface Options {
  readonly clock: Clock
  readonly applied: () => Applied
  readonly watchlist: Watchlist
  /** Checks a monitor out of turn; resolves when its new state is known. */
  readonly checkNow: (watched: Watched) => Promise<void>
}

/** A check that is under way began too early; the one after it does not. */
const ASKS_AT_MOST = 2

export function createMuting({ clock, applied, watchlist, checkNow }: Options): Muting {
  const look = (watched: Watched, incidentId: string | null, isCause: (parent: Watched) => boolean): Mute | null => {
    const { monitor } = watched
    const { mutes, maintenance } = applied()
    const atMs = clock.wallMs()
    return muteOf(monitor, {
      atMs,
      mutes,
      maintenanceUntilMs: maintenance.until(monitor, atMs),
      incidentId,
      parents: watchlist
        .parentsOf(watched)
        .map((parent) => ({ name: parent.monitor.name, status: parent.state.status, isCause: isCause(parent) })),
    })
  }
  return {
    now: (watched, incidentId) => look(watched, incidentId, () => false),
    async find(watched, after, span) {
      const nowMs = clock.monotonicMs()
      const endedMs = span?.endedMs ?? nowMs
      const outageStartedMs = nowMs - (clock.wallMs() - (after.outageStartedAtMs ?? clock.wallMs()))
      const child = { endedMs, outageStartedMs: Math.min(endedMs, outageStartedMs) }
      for (const parent of watchlist.parentsOf(watched)) {
        const isAsked = () => !isStale({ status: parent.state.status, cause: parent.cause }, child)
        for (let asks = 0; asks < ASKS_AT_MOST && !isAsked(); asks++) await checkNow(parent)
      }
      return look(watched, after.incidentId, (parent) => mayExplain(parent.cause, span))
    },
  }
}
