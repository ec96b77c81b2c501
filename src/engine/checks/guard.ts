import { explain } from '../../core/decide/judge.ts'
import type { Guard } from '../../core/model/config.ts'
import type { Clock, Log, Runner } from '../../core/model/ports.ts'

/** Minitor's own footing: while the guard fails, failures of monitors mean nothing. */
export interface GuardWatch {
  /** Watches with this guard from now on; null with none. */
  apply(guard: Guard | null): void
  /** Runs the guard and resolves to why it fails; null when it does not. What began before it was asked does not count. */
  failure(): Promise<string | null>
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
  let guard: Guard | null = null
  let failing: string | null = null
  let isUnusable = false
  let underway: Promise<string | null> | null = null
  let following: Promise<string | null> | null = null
  let cancelTimer = () => {}

  /** One run at a time; all that ask while one is under way share the next. */
  const ask = (): Promise<string | null> => {
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

  const run = async (): Promise<string | null> => {
    if (guard === null) return null
    const asked = guard
    const { ending } = await runner.run({
      command: asked.command,
      env: { MINITOR_MONITOR_NAME: 'guard' },
      workingDirectory: null,
      timeoutMs: asked.timeoutMs,
      runId: nextRunId(),
      input: null,
    })
    if (guard !== asked || ending.kind === 'void') return failing
    tellUse(ending.kind === 'not_started' ? ending.reason : null)
    const isFailing = ending.kind !== 'not_started' && !(ending.kind === 'exited' && ending.exitCode === 0)
    tell(isFailing ? explain(ending) : null)
    return failing
  }

  /** A guard that is no command at all must not keep everything quiet for ever. */
  const tellUse = (trouble: string | null) => {
    if (trouble !== null && !isUnusable) log.write('error', `the guard cannot be run, so it guards nothing: ${trouble}`)
    isUnusable = trouble !== null
  }

  const tell = (reason: string | null) => {
    if (reason !== null && failing === null) {
      log.write('warn', `the guard fails, so failures count for nothing until it passes: ${reason}`)
    } else if (reason === null && failing !== null) log.write('info', 'the guard passes again')
    failing = reason
  }

  const runEvery = (intervalMs: number) => {
    cancelTimer = clock.setTimer(intervalMs, () => {
      runEvery(intervalMs)
      void ask()
    })
  }

  return {
    apply(next) {
      if (JSON.stringify(next) === JSON.stringify(guard)) return
      cancelTimer()
      guard = next
      failing = null
      isUnusable = false
      if (next === null) return
      runEvery(next.intervalMs)
      void ask()
    },
    failure: () => (guard === null ? NOT_FAILING : ask()),
    troubles() {
      if (isUnusable) return ['the guard cannot be run']
      return failing === null ? [] : [`the guard fails, so failures count for nothing: ${failing}`]
    },
    stop: () => cancelTimer(),
  }
}

const NOT_FAILING = Promise.resolve(null)
