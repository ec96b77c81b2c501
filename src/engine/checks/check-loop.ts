import { judge } from '../../core/decide/judge.ts'
import type { Config } from '../../core/model/config.ts'
import { type MuteChange, type Mutes, withMuteChange } from '../../core/model/mute.ts'
import { pageUrls } from '../../core/model/page-url.ts'
import type {
  Clock,
  DurationTally,
  Heartbeats,
  Log,
  MonitorTally,
  Runner,
  Snapshot,
  Store,
} from '../../core/model/ports.ts'
import type { Present } from '../../core/model/present.ts'
import { shiftTimes } from '../../core/model/state.ts'
import type { CheckResult, Delivery } from '../../core/model/types.ts'
import { createMask } from '../../core/text/mask.ts'
import { type ConcludeOptions, createConclude } from './conclude.ts'
import { describeLeftovers, describeMutes } from './describe.ts'
import { createGuardWatch } from './guard.ts'
import { createHeartbeats } from './heartbeats.ts'
import { createLook, createMuteNow, type Look } from './look.ts'
import { createMaintenance } from './maintenance.ts'
import { planOverdue } from './plan.ts'
import { createRoster } from './roster.ts'
import { createScheduler } from './scheduler.ts'
import { createShortage } from './shortage.ts'
import { createWallClock } from './stillness.ts'
import { createDurationCounts, dueAt, tallyOf, type Watched } from './watched.ts'

/** A time in which Minitor stood still for so long was not watched. */
const UNWATCHED_MS = 10_000

/** The walk of a check: due, run, judge; then transition, commit and deliver in `conclude`. */
export interface CheckLoop {
  /** Watches exactly these monitors from now on; those that stay keep their state and their slots. */
  apply(config: Config): void
  readonly heartbeats: Heartbeats
  readonly runningCount: number
  readonly waitingCount: number
  readonly lagMs: number
  /** Processes that outlived SIGKILL since the daemon started. */
  readonly unkillableCount: number
  /** Why checks do not go as they should, one sentence each. */
  troubles(): readonly string[]
  tallies(): Iterable<MonitorTally>
  durations(): Iterable<DurationTally>
  /** A monitor at this moment; undefined where there is none of this name. */
  look(monitor: string): ReturnType<Look> | undefined
  mutes(): Mutes
  /** Takes effect at once; resolves when it is kept, rejects when that cannot be done now. */
  changeMutes(change: MuteChange): Promise<void>
  /** As `Actions.checkNow`. */
  checkNow(monitor: string): Promise<void>
  readonly onChange: Present['onChange']
  /** Starts no more checks. */
  stop(): void
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
  /** Minitor stood still for so long, suspended or starved, and now goes on. */
  readonly onStill: (lastMs: number) => void
}

export function createCheckLoop(options: Options): CheckLoop {
  const { clock, store, runner, log, nextRunId, onStill } = options
  let mask = (text: string) => text
  let unkillableCount = 0
  let isStopped = false
  let mutes = options.snapshot.mutes
  let maintenance = createMaintenance([])

  const followWallClock = createWallClock({
    clock,
    store,
    log,
    onSet(byMs) {
      for (const watched of roster.all()) watched.state = shiftTimes(watched.state, byMs)
      heartbeats.clockSet(byMs)
    },
  })
  const scheduler = createScheduler<Watched>({
    clock,
    replan(overdue, lateMs) {
      log.write('warn', `Minitor stood still for ${Math.round(lateMs / 1000)} s`, { late_ms: Math.round(lateMs) })
      followWallClock(lateMs >= UNWATCHED_MS ? lateMs : 0)
      onStill(lateMs)
      return planOverdue(overdue, clock)
    },
  })

  const durations = createDurationCounts()
  const tellLag = createLateness(log)
  const shortage = createShortage({ clock, log })
  const guard = createGuardWatch({ clock, runner, log, nextRunId })
  const parentsOf = ({ monitor }: Watched) => monitor.dependsOn.flatMap((name) => roster.get(name) ?? [])
  const muteNow = createMuteNow({ clock, mutes: () => mutes, maintenance: () => maintenance, parentsOf })
  const look = createLook({ clock, scheduler, muteNow })
  const changes = createChangeFeed()
  let urlOf: ConcludeOptions['urlOf'] = () => ''
  const conclude = createConclude({
    ...options,
    onConcluded: (monitor) => changes.tell(monitor),
    muteNow,
    durations,
    urlOf: (monitor) => urlOf(monitor),
    guardFailure: () => guard.failure(),
    parentsOf,
    checkNow: (watched) => scheduler.runNow(watched),
  })

  const check = async (watched: Watched, dueMs: number, free: () => void): Promise<number> => {
    const { command, monitor, timetable } = watched
    if (command === null) return heartbeats.look(watched, free).finally(() => roster.ended(watched))
    followWallClock()
    const isInTurn = dueMs <= clock.monotonicMs()
    const lookAgainAtMs = isInTurn ? timetable.lookAgainAt() : null
    if (lookAgainAtMs !== null) return lookAgainAtMs
    const runId = nextRunId()
    const startedMs = clock.monotonicMs()
    tellLag(startedMs - dueMs)
    const run = await runner.run({ ...command, runId })
    if (run.ending.kind === 'void' && run.ending.isExhausted) return waitForResources(watched, dueMs, run.ending.reason)
    free()
    // The clock may have been set while the command ran: it began when the clock as it is now says.
    followWallClock()
    const startedAtMs = Math.round(clock.wallMs() - (clock.monotonicMs() - startedMs))
    if (run.isUnkillable) unkillableCount++
    for (const line of describeLeftovers(monitor, run)) log.write(...line)
    if (shortage.ease()) scheduler.relax()
    // A command that the configuration changed or removed meanwhile says nothing about the monitor of today.
    const isCurrent = () => !isStopped && watched.command === command && roster.get(monitor.name) === watched
    if (isCurrent()) await conclude(watched, masked(judge(run, { monitor, runId, startedAtMs })), isCurrent)
    roster.ended(watched)
    return nextDue(watched, dueMs, startedMs)
  }

  /** Before anybody sees it: what is concluded from it is kept, and told. */
  const masked = (result: CheckResult): CheckResult => ({
    ...result,
    reason: mask(result.reason),
    output: mask(result.output),
  })

  /** The check keeps its slot, and so its place before all that became due later. */
  const waitForResources = (watched: Watched, dueMs: number, reason: string): number => {
    watched.tally.voidCount++
    scheduler.backOff(shortage.meet(reason, scheduler.runningCount === 1))
    return dueMs
  }

  /** The next slot of the grid, or sooner while the monitor is failing and has a pace of its own for that. */
  const nextDue = (watched: Watched, dueMs: number, startedMs: number): number => {
    // While its command ran, it may have become a heartbeat.
    if (watched.monitor.heartbeat !== null) return dueAt(watched)
    if (dueMs > startedMs) return dueMs
    const { atMs, skippedCount } = watched.timetable.next(watched.slotMs)
    const retryMs = watched.monitor.retryIntervalMs
    if (watched.state.status === 'failing' && retryMs !== null) {
      const retryAtMs = Math.max(clock.monotonicMs(), startedMs + retryMs)
      if (retryAtMs < atMs) return retryAtMs
    }
    watched.tally.skippedCount += skippedCount
    watched.slotMs = atMs
    return atMs
  }

  const roster = createRoster({ clock, store, scheduler, snapshot: options.snapshot, check })

  const heartbeats = createHeartbeats({
    clock,
    store,
    nextRunId,
    conclude,
    isCurrent: (watched) => !isStopped && roster.get(watched.monitor.name) === watched,
    mask: (text) => mask(text),
    followWallClock,
  })

  const setMutes = (next: Mutes) => {
    mutes = next
    log.write('info', describeMutes(next))
    changes.tell(null)
  }
  store.onMutes(setMutes)

  return {
    apply(config) {
      mask = createMask(config.secrets)
      maintenance = createMaintenance(config.maintenance)
      urlOf = pageUrls(config)
      guard.apply(config.guard)
      scheduler.setLimit(config.maxConcurrentChecks)
      // Before monitors leave: their time ends now, as the clock says.
      followWallClock()
      roster.apply(config.monitors)
      heartbeats.apply(roster.all())
      changes.tell(null)
    },
    heartbeats,
    get runningCount() {
      return scheduler.runningCount
    },
    get waitingCount() {
      return scheduler.waitingCount
    },
    get lagMs() {
      return scheduler.lagMs
    },
    get unkillableCount() {
      return unkillableCount
    },
    troubles() {
      const { lagMs } = scheduler
      const late = lagMs > LATE_MS ? [`checks are ${Math.round(lagMs / 1000)} s late`] : []
      const short = shortage.isThere ? ['checks have to wait for resources'] : []
      return [...short, ...late, ...guard.troubles()]
    },
    *tallies() {
      for (const watched of roster.all()) yield tallyOf(watched, look(watched).mute)
    },
    durations: durations.tallies,
    look(monitor) {
      const watched = roster.get(monitor)
      return watched === undefined ? undefined : look(watched)
    },
    mutes: () => mutes,
    changeMutes(change) {
      setMutes(withMuteChange(mutes, change))
      return store.changeMutes(change)
    },
    async checkNow(monitor) {
      const watched = roster.get(monitor)
      if (watched?.monitor.isEnabled) await scheduler.runNow(watched)
    },
    onChange: changes.listen,
    stop() {
      isStopped = true
      guard.stop()
      heartbeats.stop()
      scheduler.stop()
      followWallClock()
    },
  }
}

/** Checks that start later than this are not what was asked for. */
export const LATE_MS = 10_000

/** Makes the function that hears how late each check starts, and says so when it begins and when it is over. */
export function createLateness(log: Log): (lagMs: number) => void {
  let isLate = false

  return (lagMs) => {
    if (!isLate && lagMs > LATE_MS) {
      isLate = true
      log.write(
        'warn',
        `checks start ${Math.round(lagMs / 1000)} s late: raise max_concurrent_checks or check less often`,
      )
    } else if (isLate && lagMs < LATE_MS / 10) {
      isLate = false
      log.write('info', 'checks start in time again')
    }
  }
}

/** Tells those who look on that something has changed; see `Present.onChange`. */
export interface ChangeFeed {
  tell(monitor: string | null): void
  readonly listen: Present['onChange']
}

export function createChangeFeed(): ChangeFeed {
  const listeners = new Set<(monitor: string | null) => void>()
  return {
    tell(monitor) {
      for (const listener of listeners) listener(monitor)
    },
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
