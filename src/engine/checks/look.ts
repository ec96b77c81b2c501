import { shownMute } from '../../core/model/mute.ts'
import type { Clock } from '../../core/model/ports.ts'
import type { PresentMonitor } from '../../core/model/present.ts'
import type { Muting } from './muting.ts'
import type { Scheduler } from './scheduler.ts'
import { dueAt, type Watched } from './watched.ts'

/** A monitor at this moment, for pages, API and metrics. */
export type Look = (watched: Watched) => Omit<PresentMonitor, 'slug'>

interface Options {
  readonly clock: Clock
  readonly scheduler: Pick<Scheduler<Watched>, 'dueOf' | 'isRunning'>
  readonly muting: Muting
}

export function createLook({ clock, scheduler, muting }: Options): Look {
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
      mute: shownMute(state, muting.now(watched, state.incidentId)),
    }
  }
}
