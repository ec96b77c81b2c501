import { judge } from '../core/judge.ts'
import { createMask } from '../core/mask.ts'
import { plural } from '../core/plural.ts'
import type { Clock, Log, MonitorTally, Runner, Snapshot, Store } from '../core/ports.ts'
import { PAUSED, PENDING, shiftTimes } from '../core/state.ts'
import type { Config, Delivery, Monitor, Run } from '../core/types.ts'
import { createConclude } from './conclude.ts'
import { planFirst, planOverdue, replan } from './plan.ts'
import { createScheduler } from './scheduler.ts'
import { createShortage } from './shortage.ts'
import { createTimetable } from './timetable.ts'
import { commandOf, emptyTally, tallyOf, type Watched } from './watched.ts'

/** A clock that is only corrected a little is not followed. */
const CLOCK_SET_MS = 1000
/** Checks that start later than this are not what was asked for. */
const LATE_MS = 10_000

/** The walk of a check: due, run, judge; then transition, commit and deliver in `conclude`. */
export interface CheckLoop {
  /** Watches exactly these monitors from now on; those that stay keep their state and their slots. */
  apply(config: Config): void
  readonly runningCount: number
  readonly waitingCount: number
  readonly lagMs: number
  /** Processes that outlived SIGKILL since the daemon started. */
  readonly unkillableCount: number
  /** Why checks do not go as they should, one sentence each. */
  troubles(): readonly string[]
  tallies(): Iterable<MonitorTally>
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
}

export function createCheckLoop(options: Options): CheckLoop {
  const { clock, runner, log, snapshot, nextRunId } = options
  const watchedByName = new Map<string, Watched>()
  /** Removed from the configuration while their command ran. */
  const leaving = new Map<string, Watched>()
  let mask = (text: string) => text
  let unkillableCount = 0
  let isLate = false
  let wallOffsetMs = clock.wallMs() - clock.monotonicMs()

  const scheduler = createScheduler<Watched>({
    clock,
    replan(overdue, lateMs) {
      log.write('warn', `Minitor stood still for ${Math.round(lateMs / 1000)} s`, { late_ms: Math.round(lateMs) })
      return planOverdue(overdue, clock)
    },
  })

  const shortage = createShortage({ clock, log })
  const conclude = createConclude({
    ...options,
    silences: snapshot.silences,
    parentsOf: ({ monitor }) => monitor.dependsOn.flatMap((name) => watchedByName.get(name) ?? []),
    checkNow: (watched) => scheduler.runNow(watched),
  })

  const check = async (watched: Watched, dueMs: number): Promise<number> => {
    followWallClock()
    const { command, monitor, timetable } = watched
    const isInTurn = dueMs <= clock.monotonicMs()
    const lookAgainAtMs = isInTurn ? timetable.lookAgainAt() : null
    if (lookAgainAtMs !== null) return lookAgainAtMs
    const runId = nextRunId()
    const startedAtMs = clock.wallMs()
    const startedMs = clock.monotonicMs()
    tellLag(startedMs - dueMs)
    const run = await runner.run({ ...command, runId })
    if (run.ending.kind === 'void' && run.ending.isExhausted) return waitForResources(watched, dueMs, run.ending.reason)
    if (run.isUnkillable) unkillableCount++
    tellEnd(monitor, run)
    if (shortage.ease()) scheduler.relax()
    // A command that the configuration changed or removed meanwhile says nothing about the monitor of today.
    const isCurrent = watched.command === command && watchedByName.get(monitor.name) === watched
    if (isCurrent) await conclude(watched, judge({ ...run, output: mask(run.output) }, { monitor, runId, startedAtMs }))
    leaving.delete(monitor.name)
    return nextDue(watched, dueMs, startedMs)
  }

  /** When the wall clock is set, what has passed since an outage began stays what it was. */
  const followWallClock = () => {
    const setByMs = clock.wallMs() - clock.monotonicMs() - wallOffsetMs
    if (Math.abs(setByMs) < CLOCK_SET_MS) return
    wallOffsetMs += setByMs
    for (const watched of watchedByName.values()) watched.state = shiftTimes(watched.state, setByMs)
    log.write('info', `the clock was set by ${Math.round(setByMs / 1000)} s`)
  }

  /** Said when it begins and when it is over, not at every check. */
  const tellLag = (lagMs: number) => {
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

  /** The check keeps its slot, and so its place before all that became due later. */
  const waitForResources = (watched: Watched, dueMs: number, reason: string): number => {
    watched.tally.voidCount++
    scheduler.backOff(shortage.meet(reason, scheduler.runningCount === 1))
    return dueMs
  }

  /** What the command left behind at its end, where that was more than it should. */
  const tellEnd = (monitor: Monitor, { escapeeCount, isUnkillable }: Run) => {
    const facts = { monitor: monitor.name }
    if (escapeeCount > 0) {
      log.write(
        'warn',
        `"${monitor.name}": ${plural(escapeeCount, 'process', 'processes')} had left its group and were ended`,
        facts,
      )
    }
    if (isUnkillable) log.write('error', `"${monitor.name}": a process of its command cannot be killed`, facts)
  }

  /** The next slot of the grid, or sooner while the monitor is failing and has a pace of its own for that. */
  const nextDue = (watched: Watched, dueMs: number, startedMs: number): number => {
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

  const watch = (monitor: Monitor): Watched => {
    const watched: Watched = {
      monitor,
      state: snapshot.monitors.get(monitor.name)?.state ?? PENDING,
      timetable: createTimetable(monitor.schedule, clock),
      command: commandOf(monitor),
      slotMs: Number.NaN,
      muteReason: '',
      tally: emptyTally(),
      run: (dueMs) => check(watched, dueMs),
    }
    return watched
  }

  /** Takes over what the configuration now says of a monitor that is known already. */
  const adopt = (watched: Watched, monitor: Monitor) => {
    const old = watched.monitor
    watched.monitor = monitor
    if (!isSame(commandOf(old), commandOf(monitor))) watched.command = commandOf(monitor)
    if (isSame(old.schedule, monitor.schedule)) return
    const oldIntervalMs = watched.timetable.intervalMs
    watched.timetable = createTimetable(monitor.schedule, clock)
    scheduler.add(watched, replan(watched, oldIntervalMs, clock).dueMs)
  }

  const dismiss = (watched: Watched) => {
    const { name } = watched.monitor
    watchedByName.delete(name)
    scheduler.remove(watched)
    if (scheduler.isRunning(watched)) leaving.set(name, watched)
  }

  /** One that comes back while its old command still runs is the same, so that it cannot overlap itself. */
  const welcome = (monitor: Monitor): Watched => {
    const watched = leaving.get(monitor.name) ?? watch(monitor)
    leaving.delete(monitor.name)
    watchedByName.set(monitor.name, watched)
    watched.monitor = monitor
    watched.command = commandOf(monitor)
    if (!monitor.isEnabled) watched.state = PAUSED
    else if (watched.state.status === 'paused') watched.state = PENDING
    return watched
  }

  return {
    apply(config) {
      mask = createMask(config.secrets)
      scheduler.setLimit(config.maxConcurrentChecks)
      const byName = new Map(config.monitors.map((monitor) => [monitor.name, monitor]))
      for (const watched of [...watchedByName.values()]) {
        const monitor = byName.get(watched.monitor.name)
        if (monitor === undefined || monitor.isEnabled !== watched.monitor.isEnabled) dismiss(watched)
        else adopt(watched, monitor)
      }
      const newcomers = config.monitors.filter(({ name }) => !watchedByName.has(name)).map(welcome)
      const enabled = newcomers.filter(({ monitor }) => monitor.isEnabled)
      for (const { task, dueMs } of planFirst(enabled, { clock, snapshot })) scheduler.add(task, dueMs)
    },
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
      return shortage.isThere ? ['checks have to wait for resources', ...late] : late
    },
    *tallies() {
      for (const watched of watchedByName.values()) yield tallyOf(watched)
    },
    stop: () => scheduler.stop(),
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
