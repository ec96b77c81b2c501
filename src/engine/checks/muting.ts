import { isStaleParent, muteOf } from '../../core/model/mute.ts'
import type { Clock } from '../../core/model/ports.ts'
import type { CheckResult, MonitorState, Mute } from '../../core/model/types.ts'
import type { Applied } from './applied.ts'
import type { Watched, Watchlist } from './watched.ts'

export interface Muting {
  /** What mutes a monitor at this moment, in the incident given (null outside of any). */
  now(watched: Watched, incidentId: string | null): Mute | null
  /** The same for trouble that would be told: a parent that may be its cause is checked first. */
  find(watched: Watched, after: MonitorState, check: CheckResult): Promise<Mute | null>
}

interface Options {
  readonly clock: Clock
  readonly applied: () => Applied
  readonly watchlist: Watchlist
  /** Checks a monitor out of turn; resolves when its new state is known. */
  readonly checkNow: (watched: Watched) => Promise<void>
}

export function createMuting({ clock, applied, watchlist, checkNow }: Options): Muting {
  const now = (watched: Watched, incidentId: string | null): Mute | null => {
    const { monitor } = watched
    const { mutes, maintenance } = applied()
    const atMs = clock.wallMs()
    return muteOf(monitor, {
      atMs,
      mutes,
      maintenanceUntilMs: maintenance(monitor, atMs),
      incidentId,
      parents: watchlist
        .parentsOf(watched)
        .map((parent) => ({ name: parent.monitor.name, status: parent.state.status })),
    })
  }
  return {
    now,
    async find(watched, after, check) {
      for (const parent of watchlist.parentsOf(watched)) {
        if (isStaleParent(parent.state, after.outageStartedAtMs ?? check.startedAtMs)) await checkNow(parent)
      }
      return now(watched, after.incidentId)
    },
  }
}
