import { PAUSED, PENDING, standingOf } from '../../core/model/state.ts'
import type { Monitor, MonitorState } from '../../core/model/types.ts'
import type { KnownMonitor } from '../../store/tables/monitors.ts'

/** What is known of a monitor; the configuration knows better than the file whether it is watched at all. */
export function stateOf(monitor: Pick<Monitor, 'isEnabled'>, known: KnownMonitor | undefined): MonitorState {
  return monitor.isEnabled ? (known?.state ?? PENDING) : PAUSED
}

/** Since when a monitor has stood there, in Unix epoch milliseconds; null where nobody knows. `upSinceMs` if it is up. */
export function sinceOf(
  state: MonitorState,
  { known, upSinceMs }: { known: KnownMonitor | undefined; upSinceMs: number | undefined },
): number | null {
  switch (standingOf(state)) {
    case 'down':
    case 'failing':
      return state.outageStartedAtMs
    case 'flapping':
      return state.flapping?.startedAtMs ?? null
    case 'up':
      return upSinceMs ?? null
    case 'paused':
      return known?.state === null ? known.countedToMs : null
    case 'pending':
      return null
  }
}
