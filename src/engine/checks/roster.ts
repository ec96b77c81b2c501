import { causeOf } from '../../core/decide/cause.ts'
import type { Clock, Departure, Snapshot, Store } from '../../core/model/ports.ts'
import { PAUSED, PENDING, withoutFuture } from '../../core/model/state.ts'
import type { Monitor } from '../../core/model/types.ts'
import { emptyTally } from './counts.ts'
import { planFirst, replan } from './plan.ts'
import type { Scheduler } from './scheduler.ts'
import { createTimetable } from './timetable.ts'
import { commandOf, dueAt, noteDue, type Watched, type Watchlist } from './watched.ts'

/** Applies a configuration's list of monitors: adds, changes and removes what is watched and scheduled. */
export interface Roster {
  /** Watches exactly these monitors from now on; those that stay keep their state and their slots. */
  apply(monitors: readonly Monitor[]): void
}

interface Options {
  readonly clock: Clock
  readonly store: Store
  readonly scheduler: Scheduler<Watched>
  readonly snapshot: Snapshot
  readonly watchlist: Watchlist
  /** See `Task.run`. */
  readonly check: (watched: Watched, dueMs: number, free: () => void) => Promise<number>
}

export function createRoster({ clock, store, scheduler, snapshot, watchlist, check }: Options): Roster {
  const { byName: watchedByName } = watchlist
  /** Removed from the configuration while their command ran. */
  const leaving = new Map<string, Watched>()
  /** What the store knows of monitors from before this daemon. */
  const kept = new Map(snapshot.monitors)

  const watch = (monitor: Monitor): Watched => {
    const state = withoutFuture(kept.get(monitor.name)?.state ?? PENDING, clock.wallMs())
    const watched: Watched = {
      monitor,
      state,
      cause: causeOf(state.status),
      timetable: createTimetable(monitor.schedule, clock),
      command: commandOf(monitor),
      slotMs: Number.NaN,
      muteReason: '',
      lastCheck: null,
      quiet: '',
      statusSinceMs: null,
      tally: emptyTally(),
      async run(dueMs, free) {
        const nextDueMs = await check(watched, dueMs, free)
        leaving.delete(watched.monitor.name)
        return nextDueMs
      },
    }
    return watched
  }

  /** Applies what the configuration now says of a monitor that is watched already. */
  const adopt = (watched: Watched, monitor: Monitor) => {
    const old = watched.monitor
    watched.monitor = monitor
    if (!isSame(commandOf(old), commandOf(monitor))) watched.command = commandOf(monitor)
    if (isSame(old.schedule, monitor.schedule) && isSame(old.heartbeat, monitor.heartbeat)) return
    if (monitor.heartbeat !== null) return adoptHeartbeat(watched, old)
    const oldIntervalMs = watched.timetable.intervalMs
    watched.timetable = createTimetable(monitor.schedule, clock)
    // A disabled monitor has a schedule only for when it is enabled.
    if (monitor.isEnabled) scheduler.add(watched, replan(watched, oldIntervalMs, clock).dueMs)
  }

  /** With another schedule, the next ping is due as if one had come now. */
  const adoptHeartbeat = (watched: Watched, old: Monitor) => {
    const { schedule, isEnabled } = watched.monitor
    if (!isSame(old.schedule, schedule)) {
      watched.timetable = createTimetable(schedule, clock)
      watched.slotMs = watched.timetable.after(clock.monotonicMs())
    }
    if (!isEnabled) return
    scheduler.add(watched, dueAt(watched))
    noteDue(watched, { clock, store })
  }

  /** Its incident ends here; if it ever comes back, it begins anew. */
  const dismiss = (watched: Watched, ending: Departure['ending']) => {
    const { name } = watched.monitor
    watchedByName.delete(name)
    scheduler.remove(watched)
    watched.state = PENDING
    watched.cause = causeOf('pending')
    if (scheduler.isRunning(watched)) leaving.set(name, watched)
    depart(name, ending)
  }

  const depart = (monitor: string, ending: Departure['ending']) => {
    kept.delete(monitor)
    store.noteDeparture({ monitor, atMs: clock.wallMs(), ending })
  }

  /** A monitor that comes back while its old command still runs stays the same task, so that it cannot overlap itself. */
  const welcome = (monitor: Monitor): Watched => {
    const watched = leaving.get(monitor.name) ?? watch(monitor)
    leaving.delete(monitor.name)
    watchedByName.set(monitor.name, watched)
    watched.monitor = monitor
    watched.command = commandOf(monitor)
    watched.timetable = createTimetable(monitor.schedule, clock)
    if (!monitor.isEnabled) watched.state = PAUSED
    else if (watched.state.status === 'paused') watched.state = PENDING
    return watched
  }

  return {
    apply(monitors) {
      const byName = new Map(monitors.map((monitor) => [monitor.name, monitor]))
      for (const watched of [...watchedByName.values()]) {
        const monitor = byName.get(watched.monitor.name)
        if (monitor === undefined || isOtherKind(monitor, watched.monitor)) dismiss(watched, 'removed')
        else if (monitor.isEnabled !== watched.monitor.isEnabled) dismiss(watched, 'paused')
        else adopt(watched, monitor)
      }
      for (const name of [...kept.keys()]) {
        const monitor = byName.get(name)
        if (monitor === undefined || !monitor.isEnabled) depart(name, monitor === undefined ? 'removed' : 'paused')
      }
      const newcomers = monitors.filter(({ name }) => !watchedByName.has(name)).map(welcome)
      const enabled = newcomers.filter(({ monitor }) => monitor.isEnabled)
      const { lastAliveAtMs } = snapshot
      for (const { task, dueMs } of planFirst(enabled, { clock, kept, lastAliveAtMs })) scheduler.add(task, dueMs)
      for (const one of enabled) if (one.monitor.heartbeat !== null) noteDue(one, { clock, store })
      kept.clear()
    },
  }
}

/** A heartbeat that becomes a command, or the other way round, is another monitor of the same name. */
function isOtherKind(one: Monitor, other: Monitor): boolean {
  return (one.heartbeat === null) !== (other.heartbeat === null)
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
