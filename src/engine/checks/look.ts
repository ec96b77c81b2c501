import { type Mutes, muteOf, shownMute } from '../../core/model/mute.ts'
import type { Clock } from '../../core/model/ports.ts'
import type { PresentMonitor } from '../../core/model/present.ts'
import type { Mute } from '../../core/model/types.ts'
import type { Maintenance } from './maintenance.ts'
import type { Scheduler } from './scheduler.ts'
import { dueAt, type Watched } from './watched.ts'

/** What is known of a monitor at this moment. */
export type Look = (watched: Watched) => Omit<PresentMonitor, 'slug'>

interface Options {
  readonly clock: Clock
  readonly scheduler: Pick<Scheduler<Watched>, 'dueOf' | 'isRunning'>
  readonly muteNow: MuteNow
}

export function createLook({ clock, scheduler, muteNow }: Options): Look {
  const nextCheckAtMs = (watched: Watched): number | null => {
    const { heartbeat, isEnabled } = watched.monitor
    const dueMs = heartbeat !== null && isEnabled ? dueAt(watched) : scheduler.dueOf(watched)
    return dueMs === null ? null : clock.wallMs() + dueMs - clock.monotonicMs()
  }
  return (watched) => {
    const { monitor, state, lastCheck, quiet, statusSinceMs } = watched
    return {
      monitor,
      state,
      statusSinceMs,
      nextCheckAtMs: nextCheckAtMs(watched),
      isRunning: scheduler.isRunning(watched),
      lastCheck: lastCheck === null ? null : { ...lastCheck, quiet },
      mute: shownMute(state, muteNow(watched, state.incidentId)),
    }
  }
}

/** Who keeps a monitor quiet at this moment, in the incident given (null outside of any). */
export type MuteNow = (watched: Watched, incidentId: string | null) => Mute | null

interface MuteNowOptions {
  readonly clock: Clock
  readonly mutes: () => Mutes
  readonly maintenance: () => Maintenance
  readonly parentsOf: (watched: Watched) => readonly Watched[]
}

export function createMuteNow({ clock, mutes, maintenance, parentsOf }: MuteNowOptions): MuteNow {
  return (watched, incidentId) => {
    const { monitor } = watched
    const atMs = clock.wallMs()
    return muteOf(monitor, {
      atMs,
      mutes: mutes(),
      maintenanceUntilMs: maintenance()(monitor, atMs),
      incidentId,
      parents: parentsOf(watched).map((parent) => ({ name: parent.monitor.name, status: parent.state.status })),
    })
  }
}
