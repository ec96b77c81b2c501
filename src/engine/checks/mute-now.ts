import { type Mutes, muteOf } from '../../core/model/mute.ts'
import type { Clock } from '../../core/model/ports.ts'
import type { Mute } from '../../core/model/types.ts'
import type { Maintenance } from './maintenance.ts'
import type { Watched } from './watched.ts'

/** Who keeps a monitor quiet at this moment, in the incident given (null outside of any). */
export type MuteNow = (watched: Watched, incidentId: string | null) => Mute | null

interface Options {
  readonly clock: Clock
  readonly mutes: () => Mutes
  readonly maintenance: () => Maintenance
  readonly parentsOf: (watched: Watched) => readonly Watched[]
}

export function createMuteNow({ clock, mutes, maintenance, parentsOf }: Options): MuteNow {
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
