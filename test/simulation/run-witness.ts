import type { CommandRun } from '../../src/core/model/ports.ts'
import type { Ending, Outcome } from '../../src/core/model/types.ts'
import type { Scene, Witness } from './witness.ts'

/** A conclusion may wait for runs of the guard and of parents, but not for ever. */
const CONCLUDED_WITHIN_MS = 20 * 60_000

interface Ended {
  readonly monitor: string
  readonly startedAtMs: number
  readonly endedAtMs: number
  readonly outcome: Outcome
}

interface GuardRun {
  readonly startedAtMs: number
  readonly endedAtMs: number
  /** What is known about the guard after this run. */
  readonly isFailing: boolean
  readonly troubleUntilMs: TroubleEnd
}

/** When the guard's last trouble ended: at the latest, and at the earliest. */
interface TroubleEnd {
  readonly latest: number
  readonly earliest: number
}

/** How many of the guard's last runs are remembered. */
const GUARD_RUNS = 300

const NEVER: TroubleEnd = { latest: -Infinity, earliest: -Infinity }

/** Checks that no monitor runs twice at once, that no more run than allowed, and that each conclusion is right. */
export function createRunWitness({ timeline, accuse, config }: Scene): Witness {
  const running = new Map<string, CommandRun & { readonly startedAtMs: number }>()
  /** Runs whose monitor was changed by a reload meanwhile: their results may be dropped. */
  const doubtful = new Set<string>()
  const unconcluded = new Map<string, Ended>()
  /** Null where none runs, or one that a reload has replaced. */
  let guardStartedAtMs: number | null = null
  let guardRuns: GuardRun[] = []
  let guardChangedAtMs = 0
  /** Includes those of a guard that a reload has replaced. */
  let troubleUntilMs: TroubleEnd = NEVER
  let frozenUntilMs = 0
  let guardText = ''

  const outcomeOf = (monitor: string, ending: Ending): Outcome => {
    if (ending.kind === 'signaled') return 'failed'
    if (ending.kind !== 'exited') return ending.kind
    if (ending.exitCode === 0) return 'passed'
    const warning = config().monitors.find(({ name }) => name === monitor)?.warningExitCodes ?? []
    return warning.includes(ending.exitCode) ? 'warned' : 'failed'
  }

  const judgeOutcome = ({ monitor, outcome, startedAtMs, endedAtMs }: Ended, concluded: Outcome) => {
    const isFailure = outcome !== 'passed' && outcome !== 'warned' && outcome !== 'void'
    const about = `${monitor} ${outcome}, concluded as ${concluded}`
    if (concluded !== outcome && !(isFailure && concluded === 'void')) accuse('a check is judged by its ending', about)
    if (!isFailure || endedAtMs <= guardChangedAtMs) return
    // A run that began before the check ended says nothing about it.
    const asked = config().guard === null ? undefined : guardRuns.find((run) => run.startedAtMs >= endedAtMs)
    if (config().guard !== null && asked === undefined) accuse('the guard is asked after a failure', about)
    const { latest, earliest } = asked?.troubleUntilMs ?? troubleUntilMs
    if (concluded === 'void' && startedAtMs > latest) accuse('a failure counts while the guard passes', about)
    if (concluded !== 'void' && asked?.isFailing === true) accuse('no failure counts while the guard fails', about)
    if (concluded !== 'void' && startedAtMs < earliest) accuse('no failure counts that the guard may explain', about)
  }

  const noteGuard = (isFailing: boolean) => {
    const { latest, earliest } = troubleUntilMs
    troubleUntilMs = isFailing
      ? { latest: Infinity, earliest: Infinity }
      : {
          latest: Math.min(latest, Math.max(timeline.nowMs, frozenUntilMs)),
          earliest: Math.min(earliest, timeline.nowMs),
        }
  }

  return {
    began() {
      running.clear()
      doubtful.clear()
      unconcluded.clear()
      guardRuns = []
      guardStartedAtMs = null
      troubleUntilMs = NEVER
    },
    frozen(ms) {
      frozenUntilMs = Math.max(frozenUntilMs, timeline.nowMs + ms)
    },
    configured({ guard }) {
      for (const { runId } of running.values()) doubtful.add(runId)
      for (const runId of unconcluded.keys()) doubtful.add(runId)
      if (JSON.stringify(guard) === guardText) return
      guardText = JSON.stringify(guard)
      guardChangedAtMs = timeline.nowMs
      guardStartedAtMs = null
      guardRuns = []
      noteGuard(false)
    },
    checkStarted(run) {
      const monitor = run.env.MINITOR_MONITOR_NAME ?? ''
      if (running.has(monitor)) accuse('a monitor never overlaps itself', monitor)
      // A child that has freed its place checks its parent out of turn.
      const isParent = config().monitors.some(({ dependsOn }) => dependsOn.includes(monitor))
      if (running.size >= config().maxConcurrentChecks && !isParent) {
        accuse('no more than max_concurrent_checks', `${running.size} run, and now ${monitor}`)
      }
      running.set(monitor, { ...run, startedAtMs: timeline.nowMs })
    },
    checkEnded(run, ending) {
      const monitor = run.env.MINITOR_MONITOR_NAME ?? ''
      const startedAtMs = running.get(monitor)?.startedAtMs ?? timeline.nowMs
      running.delete(monitor)
      if (config().monitors.every(({ name }) => name !== monitor)) return
      if (ending.kind === 'void' && ending.isExhausted) return
      unconcluded.set(run.runId, {
        monitor,
        startedAtMs,
        endedAtMs: timeline.nowMs,
        outcome: outcomeOf(monitor, ending),
      })
    },
    guardStarted() {
      guardStartedAtMs = timeline.nowMs
    },
    guardEnded(_, ending) {
      if (guardStartedAtMs === null) return
      const isBad = ending.kind !== 'not_started' && !(ending.kind === 'exited' && ending.exitCode === 0)
      const isFailing = ending.kind === 'void' ? (guardRuns.at(-1)?.isFailing ?? false) : isBad
      noteGuard(isFailing)
      const run = { startedAtMs: guardStartedAtMs, endedAtMs: timeline.nowMs, isFailing, troubleUntilMs }
      guardRuns = [...guardRuns, run].slice(-GUARD_RUNS)
    },
    committed({ check }) {
      const ended = unconcluded.get(check.runId)
      if (ended === undefined)
        return accuse('a run is concluded once, after its end', `${check.monitor} ${check.runId}`)
      unconcluded.delete(check.runId)
      judgeOutcome(ended, check.outcome)
    },
    pulsed() {
      for (const [runId, { monitor, endedAtMs }] of unconcluded) {
        if (timeline.nowMs - endedAtMs < CONCLUDED_WITHIN_MS) return
        if (!doubtful.has(runId)) accuse('every run is concluded', `${monitor} ${runId}`)
        unconcluded.delete(runId)
      }
    },
  }
}
