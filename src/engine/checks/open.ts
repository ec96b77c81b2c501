import type { Leading } from '../../core/model/cluster.ts'
import type { Config } from '../../core/model/config.ts'
import type { MetricFamily } from '../../core/model/metric.ts'
import { doerOf, type MuteChange, type Mutes, withMuteChange, withPauses } from '../../core/model/mute.ts'
import type { Clock, Heartbeats, Log, Runner, Snapshot, Store } from '../../core/model/ports.ts'
import type { Present } from '../../core/model/present.ts'
import type { Delivery, Monitor, MonitorState } from '../../core/model/types.ts'
import { appliedOf, nothingApplied } from './applied.ts'
import { createCheckLoop, LATE_MS } from './check-loop.ts'
import { createCommit } from './commit.ts'
import { createConclude } from './conclude.ts'
import { createDurationCounts, monitorFamilies } from './counts.ts'
import { describeMutes } from './describe.ts'
import { createGuardWatch } from './guard.ts'
import { createHeartbeats } from './heartbeats.ts'
import { createLook, type Look } from './look.ts'
import type { Maintenance } from './maintenance.ts'
import { createMuting } from './muting.ts'
import { createPerformanceData } from './performance-data.ts'
import { planOverdue } from './plan.ts'
import { createRoster } from './roster.ts'
import { createScheduler } from './scheduler.ts'
import { createShortage } from './shortage.ts'
import { createUnwatchedTime } from './unwatched.ts'
import { createWatchlist, slotAtMs, tallyOf, type Watched } from './watched.ts'

/** Everything that watches monitors, until `stop`. */
export interface Checks {
  /** Watches exactly these monitors from now on; those that stay keep their state and their slots. */
  apply(config: Config): void
  readonly heartbeats: Heartbeats
  /** Why checks do not go as they should, one sentence each. */
  troubles(): readonly string[]
  /** The metrics, with the monitors as they are now. */
  families(): CheckFamilies
  /** A monitor at this moment; undefined if there is none of this name. */
  look(monitor: string): ReturnType<Look> | undefined
  /** What another server knows of a monitor is what this one knows from now on, too. */
  setState(monitor: string, state: MonitorState): void
  mutes(): Mutes
  maintenance(): Maintenance
  /** Takes effect at once; resolves when it is saved, rejects when that cannot be done now. */
  changeMutes(change: MuteChange): Promise<void>
  /** As `Actions.checkNow`. */
  checkNow(monitor: string): Promise<void>
  readonly onChange: Present['onChange']
  /** Starts no more checks. */
  stop(): void
}

interface CheckFamilies {
  readonly monitors: readonly [MetricFamily, ...MetricFamily[]]
  readonly schedule: readonly MetricFamily[]
  readonly processes: readonly MetricFamily[]
}

interface Options {
  readonly clock: Clock
  readonly store: Store
  readonly runner: Runner
  readonly log: Log
  readonly snapshot: Snapshot
  readonly hostname: string
  readonly nextRunId: () => string
  readonly deliver: (deliveries: readonly Delivery[]) => void
  /** Minitor stood still for so long, stopped or starved, and now goes on. */
  readonly onStill: (lateMs: number) => void
  /** The cluster, where this is the server that leads; absent on one machine. */
  readonly leading?: Pick<Leading, 'places' | 'lookAt'> | undefined
}

/** Opens the parts, each after those that it needs. */
export function openChecks(options: Options): Checks {
  const { clock, store, runner, log, snapshot, hostname, nextRunId, deliver, onStill } = options
  let current = nothingApplied(snapshot.mutes)
  const applied = () => current
  const listeners = new Set<(monitor: string | null) => void>()
  const onChange = (monitor: string | null) => {
    for (const listener of listeners) listener(monitor)
  }

  const watchlist = createWatchlist()
  const unwatchedTime = createUnwatchedTime({ clock, store, log, watchlist, onStill })
  const scheduler = createScheduler<Watched>({
    clock,
    replan(overdue, lateMs) {
      unwatchedTime.stoodStill(lateMs)
      return planOverdue(overdue, clock)
    },
  })
  const shortage = createShortage({ clock, log, scheduler })
  const guard = createGuardWatch({ clock, runner, log, nextRunId })
  const muting = createMuting({ clock, applied, watchlist, checkNow: (watched) => scheduler.runNow(watched) })
  const durations = createDurationCounts()
  const commit = createCommit({ clock, store, log, hostname, applied, deliver })
  const conclude = createConclude({ clock, log, guard, muting, unwatchedTime, durations, commit, onChange })
  const walk = { clock, nextRunId, applied, watchlist, unwatchedTime, conclude }
  const checkLoop = createCheckLoop({ ...walk, runner, log, shortage, guard, leading: options.leading })
  const heartbeats = createHeartbeats({ ...walk, store, log, scheduler })
  const roster = createRoster({
    clock,
    store,
    scheduler,
    snapshot,
    watchlist,
    check: (watched, dueMs, free) =>
      watched.command === null
        ? heartbeats.look(watched, free)
        : checkLoop.check(watched, watched.command, { dueMs, free }),
  })
  const look = createLook({ clock, scheduler, muting })
  const performanceData = createPerformanceData((text) => current.mask(text))

  /** As configured; those that people have paused are not watched. */
  let configured: readonly Monitor[] = []
  const watch = () => {
    // Before monitors leave: their time ends now, as the clock says.
    unwatchedTime.followClock()
    roster.apply(withPauses(configured, current.mutes.pauses))
    heartbeats.apply()
  }

  const monitorOf = (incidentId: string) =>
    [...watchlist.byName.values()].find(({ state }) => state.incidentId === incidentId)?.monitor.name
  const setMutes = (after: Mutes, who = '') => {
    const before = current.mutes
    current = { ...current, mutes: after }
    for (const line of describeMutes({ before, after, who, nowMs: clock.wallMs(), monitorOf })) log.write(...line)
    if (JSON.stringify(before.pauses) !== JSON.stringify(after.pauses)) watch()
    onChange(null)
  }
  // A change in the file was made by a command; an addition says by whom.
  store.onMutes((mutes) => setMutes(mutes, 'the command line'))

  return {
    apply(config) {
      current = appliedOf(config, current.mutes)
      guard.apply(config.guard)
      scheduler.setLimit(config.maxConcurrentChecks)
      configured = config.monitors
      watch()
      onChange(null)
    },
    heartbeats,
    troubles() {
      const { lagMs } = scheduler
      const late = lagMs > LATE_MS ? [`checks are ${Math.round(lagMs / 1000)} s late`] : []
      const short = shortage.isThere ? ['checks have to wait for resources'] : []
      return [...checkLoop.troubles(), ...short, ...late, ...guard.troubles()]
    },
    families() {
      // Read once: between two slices of a scrape a reload may change what there is, and no monitor may appear twice.
      const tallies = [...watchlist.byName.values()].map((watched) => tallyOf(watched, look(watched).mute))
      return {
        monitors: [...monitorFamilies(tallies), durations.family, performanceData(tallies)],
        schedule: scheduler.families(),
        processes: [checkLoop.family, heartbeats.family],
      }
    },
    look(monitor) {
      const watched = watchlist.byName.get(monitor)
      return watched === undefined ? undefined : look(watched)
    },
    setState(monitor, state) {
      const watched = watchlist.byName.get(monitor)
      if (watched === undefined) return
      watched.state = state
      watched.statusSinceMs = state.outageStartedAtMs
      store.noteState(monitor, { state, slotAtMs: slotAtMs(watched, clock) })
      onChange(monitor)
    },
    mutes: () => current.mutes,
    maintenance: () => current.maintenance,
    changeMutes(change) {
      setMutes(withMuteChange(current.mutes, change), doerOf(change))
      return store.changeMutes(change)
    },
    async checkNow(monitor) {
      const watched = watchlist.byName.get(monitor)
      if (watched?.monitor.isEnabled) await scheduler.runNow(watched)
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    stop() {
      watchlist.stop()
      guard.stop()
      heartbeats.stop()
      scheduler.stop()
      unwatchedTime.followClock()
    },
  }
}
