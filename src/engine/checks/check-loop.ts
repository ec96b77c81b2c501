import { judge } from '../../core/decide/judge.ts'
import { decideQuorum, isDecided, type JudgedPlace } from '../../core/decide/quorum.ts'
import type { Leading, PlaceRun, Places } from '../../core/model/cluster.ts'
import { type MetricFamily, oneValue } from '../../core/model/metric.ts'
import { onEdge } from '../../core/model/on-edge.ts'
import type { Clock, CommandRun, Log, Runner } from '../../core/model/ports.ts'
import type { CheckResult, Run } from '../../core/model/types.ts'
import { summary } from '../../core/past/summary.ts'
import { excerpt } from '../../core/text/cut.ts'
import { plural } from '../../core/text/plural.ts'
import { named } from '../../core/text/printable.ts'
import { MINUTE_MS } from '../../core/text/time.ts'
import type { Applied } from './applied.ts'
import type { Conclude } from './conclude.ts'
import { describeLeftovers } from './describe.ts'
import type { GuardWatch } from './guard.ts'
import type { Shortage } from './shortage.ts'
import type { UnwatchedTime } from './unwatched.ts'
import { dueAt, type Watched, type Watchlist } from './watched.ts'

/** Checks that start later than this are not what was asked for. */
export const LATE_MS = 10_000

/** A check that waits for longer in another place says too little of the time that it is for. */
const LONGEST_WAIT_MS = 5 * MINUTE_MS
/** A place's cause in a line; more of it stands in the output. */
const SUMMARY_CHARS = 300

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
  readonly guard: Pick<GuardWatch, 'doubt'>
  /** Absent on one machine. */
  readonly leading: Pick<Leading, 'places' | 'lookAt'> | undefined
}

/** What the places of a monitor have said. */
interface Said {
  readonly runs: Awaited<ReturnType<Places['run']>>
  readonly runId: string
  readonly quorum: number
  readonly startedMs: number
  readonly dueMs: number
  readonly free: () => void
}

export function createCheckLoop(options: Options): CheckLoop {
  const { clock, runner, log, nextRunId, applied, watchlist, unwatchedTime, shortage, conclude, guard, leading } =
    options
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
    const { runOn } = monitor
    if (runOn !== undefined && leading !== undefined) {
      const runs = await leading.places.run(
        { ...command, runId },
        {
          monitor: monitor.name,
          runOn,
          goodForMs: Math.min(timetable.intervalMs, LONGEST_WAIT_MS),
          isDecided(answered) {
            const outcomes = answered.map(({ run }) => judge(run, { monitor, runId, startedAtMs: 0 }).outcome)
            return isDecided(outcomes, { quorum: runOn.quorum, placeCount: runOn.places.length })
          },
          onSent: free,
        },
      )
      return concludePlaces(watched, command, { runs, runId, quorum: runOn.quorum, startedMs, dueMs, free })
    }
    const { node } = monitor
    const isLook = node !== undefined && leading !== undefined
    const run = isLook ? leading.lookAt(node) : await runner.run({ ...command, runId })
    const span = { startedMs, endedMs: clock.monotonicMs() }
    // The check keeps its slot, and so its place before all that became due later.
    if (!isLook && !noteRun(watched, run, free)) return dueMs
    free()

    const of = { monitor, runId, startedAtMs: beganAtMs(startedMs) }
    const isCurrent = stillIs(watched, command)
    if (isCurrent()) await conclude(watched, masked(judge(run, of)), isCurrent, { span })
    return nextDue(watched, dueMs, startedMs)
  }

  /** What a run says of this machine. False: it could not be made for want of resources, and is to be made again. */
  const noteRun = (watched: Watched, run: Run, free: () => void): boolean => {
    const { ending } = run
    if (ending.kind === 'void' && ending.isExhausted) {
      watched.tally.voidCount++
      shortage.meet(ending.reason)
      return false
    }
    free()
    shortage.ease()
    if (ending.kind === 'void') blind.set(watched, ending.reason)
    else blind.delete(watched)
    reportBlind(blindTroubles()[0] ?? null)
    if (run.isUnkillable) unkillableCount++
    for (const line of describeLeftovers(watched.monitor, run)) log.write(...line)
    return true
  }

  /** The same with what several places have said. Only a run on this machine says something of it. */
  const concludePlaces = async (watched: Watched, command: Watched['command'], said: Said): Promise<number> => {
    const { monitor } = watched
    const { runs, runId, quorum, startedMs, dueMs, free } = said
    const span = { startedMs, endedMs: clock.monotonicMs() }
    const here = runs.find(({ isHere }) => isHere)
    if (here !== undefined && !noteRun(watched, here.run, free) && runs.length === 1) return dueMs

    const of = { monitor, runId, startedAtMs: beganAtMs(startedMs) }
    const isCurrent = stillIs(watched, command)
    const judgePlace = async ({ place, node, isHere, run }: PlaceRun): Promise<JudgedPlace> => {
      const check = masked(judge(run, of))
      // The guard explains failures here, and none elsewhere.
      const { outcome, exitCode, reason, output, durationMs } = isHere ? await guard.doubt(check, span) : check
      const line = excerpt(summary({ reason, output }), SUMMARY_CHARS)
      return { place, node, outcome, exitCode, reason, summary: line, durationMs, output }
    }
    const [first, ...others] = runs
    const judged = await Promise.all([judgePlace(first), ...others.map(judgePlace)])
    const check = decideQuorum(judged, { monitor: monitor.name, runId, startedAtMs: of.startedAtMs, quorum })
    if (isCurrent()) await conclude(watched, check, isCurrent, { span })
    return nextDue(watched, dueMs, startedMs)
  }

  /** The clock may have been set while the command ran: when it began is said in the time of now. */
  const beganAtMs = (startedMs: number): number => {
    unwatchedTime.followClock()
    return Math.round(clock.wallMs() - (clock.monotonicMs() - startedMs))
  }

  /** A command that the configuration changed or removed meanwhile says nothing about the monitor of today. */
  const stillIs = (watched: Watched, command: Watched['command']) => () =>
    watched.command === command && watchlist.isWatched(watched)

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
