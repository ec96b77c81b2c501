import { afterRun, causeOf, mayExplain, type Span } from '../../core/decide/cause.ts'
import { explain } from '../../core/decide/judge.ts'
import type { Guard } from '../../core/model/config.ts'
import { onEdge } from '../../core/model/on-edge.ts'
import type { Clock, Log, Runner } from '../../core/model/ports.ts'
import { isPass } from '../../core/model/state.ts'
import type { CheckResult } from '../../core/model/types.ts'
import { createRunAside, isFine } from './run-aside.ts'

/** The check of Minitor's own uplink: while it fails, failures of monitors count for nothing. */
export interface GuardWatch {
  /** Runs this guard from now on; null runs none. */
  apply(guard: Guard | null): void
  /**
   * Makes a failure `void` if the guard fails now, or may have failed while the check ran (`span`; null for a ping, or one
   * that is late). Passes stay as they are.
   */
  doubt(check: CheckResult, span: Span | null): Promise<CheckResult>
  troubles(): readonly string[]
  stop(): void
}

interface Options {
  readonly clock: Clock
  readonly runner: Runner
  readonly log: Log
  readonly nextRunId: () => string
}

export function createGuardWatch({ clock, runner, log, nextRunId }: Options): GuardWatch {
  const runAside = createRunAside(runner, nextRunId)
  let current: AppliedGuard | null = null
  let cause = causeOf('pending')
  let underway: Promise<void> | null = null
  let following: Promise<void> | null = null
  let cancelTimer = () => {}

  /** One run at a time; all that ask while one is under way share the next: what began before they asked says nothing. */
  const ask = (): Promise<void> => {
    if (underway === null) {
      underway = run().finally(() => {
        underway = null
      })
      return underway
    }
    following ??= underway.then(() => {
      following = null
      return ask()
    })
    return following
  }

  const run = async (): Promise<void> => {
    if (current === null) return
    const asked = current
    const { command, timeoutMs } = asked.guard
    const startedMs = clock.monotonicMs()
    const { ending } = await runAside({ command, timeoutMs, env: { MINITOR_MONITOR_NAME: 'guard' } })
    if (current !== asked || ending.kind === 'void') return
    // A guard that is no command at all must not keep everything quiet for ever.
    asked.unusable = ending.kind === 'not_started' ? ending.reason : null
    asked.failing = ending.kind === 'not_started' || isFine(ending) ? null : explain(ending)
    cause = afterRun(cause, { startedMs, endedMs: clock.monotonicMs() }, asked.failing === null)
    asked.reportUse(asked.unusable)
    asked.report(asked.failing)
  }

  const runEvery = (intervalMs: number) => {
    cancelTimer = clock.setTimer(intervalMs, () => {
      runEvery(intervalMs)
      void ask()
    })
  }

  return {
    apply(next) {
      if (JSON.stringify(next) === JSON.stringify(current?.guard ?? null)) return
      cancelTimer()
      current = next === null ? null : appliedGuard(next, log)
      // Nobody will hear of the old one again; what overlaps with its trouble stays doubtful.
      const nowMs = clock.monotonicMs()
      cause = afterRun(cause, { startedMs: nowMs, endedMs: nowMs }, true)
      if (next === null) return
      runEvery(next.intervalMs)
      void ask()
    },
    async doubt(check, span) {
      if (check.outcome === 'void' || isPass(check)) return check
      if (current !== null) await ask()
      if (!mayExplain(cause, span)) return check
      const failure = current?.failing ?? null
      const why = failure === null ? 'the guard failed during this check' : `the guard fails (${failure})`
      return { ...check, outcome: 'void', reason: `${why}, so this counts for nothing: ${check.reason}` }
    },
    troubles() {
      if (current === null) return []
      if (current.unusable !== null) return ['the guard cannot be run']
      return current.failing === null ? [] : [`the guard fails, so failures count for nothing: ${current.failing}`]
    },
    stop: () => cancelTimer(),
  }
}

interface AppliedGuard {
  readonly guard: Guard
  /** Why it fails; null while it passes. */
  failing: string | null
  /** Why it cannot be run; null if it can. */
  unusable: string | null
  readonly report: (failing: string | null) => void
  readonly reportUse: (unusable: string | null) => void
}

function appliedGuard(guard: Guard, log: Log): AppliedGuard {
  return {
    guard,
    failing: null,
    unusable: null,
    report: onEdge(log, {
      begins: (reason: string) => ['warn', `the guard fails, so failures count for nothing until it passes: ${reason}`],
      ends: 'the guard passes again',
    }),
    reportUse: onEdge(log, {
      begins: (reason: string) => ['error', `the guard cannot be run, so it guards nothing: ${reason}`],
      ends: null,
    }),
  }
}
