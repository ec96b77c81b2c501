import { judge } from '../../core/decide/judge.ts'
import { type MetricFamily, oneValue } from '../../core/model/metric.ts'
import { onEdge } from '../../core/model/on-edge.ts'
import type { Clock, CommandRun, Log, Runner } from '../../core/model/ports.ts'
import type { CheckResult } from '../../core/model/types.ts'
import { plural } from '../../core/text/plural.ts'
import { named } from '../../core/text/printable.ts'
import type { Applied } from './applied.ts'
import type { Conclude } from './conclude.ts'
import { describeLeftovers } from './describe.ts'
import type { Shortage } from './shortage.ts'
import type { UnwatchedTime } from './unwatched.ts'
import { dueAt, type Watched, type Watchlist } from './watched.ts'

/** Checks that start later than this are not what was asked for. */
export const LATE_MS = 10_000

/** The walk of a check: due, run, judge; then `conclude`, and the next slot. */
export interface CheckLoop {
  /** Checks a monitor that was due at `dueMs`; resolves to when it is due next. Monotonic milliseconds. Never rejects. */
  check(watched: Watched, command: Omit<CommandRun, 'runId'>, slot: Slot): Promise<number>
  /** Which monitors cannot be checked, by Minitor's own fault; empty while all can. */
  troubles(): readonly string[]
  readonly family: MetricFamily
}

interface Slot {
  readonly dueMs: number
  /** Lets others run in its place. */
  readonly free: () => void
}

interface Options {
  readonly clock: Clock
  readonly runner: Runner
  readonly log: Log
  readonly nextRunId: () => string
  readonly applied: () => Applied
  readonly watchlist: Watchlist
  readonly unwatchedTime: UnwatchedTime
  readonly shortage: Shortage
  readonly conclude: Conclude
}

export function createCheckLoop(options: Options): CheckLoop {
  const { clock, runner, log, nextRunId, applied, watchlist, unwatchedTime, shortage, conclude } = options
  let unkillableCount = 0
  const reportLate = onEdge(log, {
    begins: (late: string) => ['warn', `checks start ${late} late: raise max_concurrent_checks or check less often`],
    ends: 'checks start in time again',
  })

  /** Monitors whose last check could not be made, by a fault that waiting does not cure, and why. */
  const blind = new Map<Watched, string>()
  const reportBlind = onEdge(log, {
    begins: (trouble: string) => ['error', trouble],
    ends: 'checks can be made again',
  })
  const blindTroubles = (): readonly string[] => {
    for (const watched of blind.keys()) if (!watchlist.isWatched(watched)) blind.delete(watched)
    const [first] = blind
    if (first === undefined) return []
    const others = blind.size === 1 ? '' : ` and ${plural(blind.size - 1, 'other')}`
    return [`${named(first[0].monitor.name)}${others} cannot be checked: ${first[1]}`]
  }

  const check: CheckLoop['check'] = async (watched, command, { dueMs, free }) => {
    const { monitor, timetable } = watched
    unwatchedTime.followClock()
    const isInTurn = dueMs <= clock.monotonicMs()
    const lookAgainAtMs = isInTurn ? timetable.lookAgainAt() : null
    if (lookAgainAtMs !== null) return lookAgainAtMs

    const runId = nextRunId()
    const startedMs = clock.monotonicMs()
    noteLag(startedMs - dueMs)
    const run = await runner.run({ ...command, runId })
    const span = { startedMs, endedMs: clock.monotonicMs() }
    if (run.ending.kind === 'void' && run.ending.isExhausted) {
      // The check keeps its slot, and so its place before all that became due later.
      watched.tally.voidCount++
      shortage.meet(run.ending.reason)
      return dueMs
    }
    free()
    shortage.ease()
    if (run.ending.kind === 'void') blind.set(watched, run.ending.reason)
    else blind.delete(watched)
    reportBlind(blindTroubles()[0] ?? null)
    if (run.isUnkillable) unkillableCount++
    for (const line of describeLeftovers(monitor, run)) log.write(...line)

    // The clock may have been set while the command ran: when it began is said in the time of now.
    unwatchedTime.followClock()
    const startedAtMs = Math.round(clock.wallMs() - (clock.monotonicMs() - startedMs))
    // A command that the configuration changed or removed meanwhile says nothing about the monitor of today.
    const isCurrent = () => watched.command === command && watchlist.isWatched(watched)
    if (isCurrent()) await conclude(watched, masked(judge(run, { monitor, runId, startedAtMs })), isCurrent, { span })
    return nextDue(watched, dueMs, startedMs)
  }

  const noteLag = (lagMs: number) => {
    if (lagMs > LATE_MS) reportLate(`${Math.round(lagMs / 1000)} s`)
    else if (lagMs < LATE_MS / 10) reportLate(null)
  }

  /** Before anything is made of it that is stored or sent. */
  const masked = (result: CheckResult): CheckResult => {
    const { mask } = applied()
    return { ...result, reason: mask(result.reason), output: mask(result.output) }
  }

  /** The next slot of the grid, or sooner while the monitor is failing and has a pace of its own for that. */
  const nextDue = (watched: Watched, dueMs: number, startedMs: number): number => {
    // While its command ran, it may have become a heartbeat.
    if (watched.monitor.heartbeat !== null) return dueAt(watched)
    // Out of turn, it keeps its slot, unless it took until after that.
    const isOutOfTurn = dueMs > startedMs
    if (isOutOfTurn && dueMs > clock.monotonicMs()) return dueMs
    const { atMs, skippedCount } = watched.timetable.next(watched.slotMs)
    const retryMs = watched.monitor.retryIntervalMs
    if (watched.state.status === 'failing' && retryMs !== null) {
      const retryAtMs = Math.max(clock.monotonicMs(), startedMs + retryMs)
      if (retryAtMs < atMs) return retryAtMs
    }
    watched.tally.skippedCount += skippedCount + (isOutOfTurn ? 1 : 0)
    watched.slotMs = atMs
    return atMs
  }

  return {
    check,
    troubles: blindTroubles,
    family: oneValue(
      'gauge',
      'minitor_unkillable_processes',
      'Processes of checks that are still there after SIGKILL.',
      () => unkillableCount,
    ),
  }
}
