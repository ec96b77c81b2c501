import { explain } from '../core/decide/judge.ts'
import type { Watchdog } from '../core/model/config.ts'
import type { Clock, Log, Runner } from '../core/model/ports.ts'

/** A watchdog that hangs is ended before it is due again, but not before this. */
const SHORTEST_TIMEOUT_MS = 10_000

/** Runs a command again and again while Minitor is healthy, so that whoever waits for it notices when it is not. */
export interface WatchdogLoop {
  /** Runs this one from now on, at once for the first time; null none. */
  apply(watchdog: Watchdog | null): void
  stop(): void
}

interface Options {
  readonly clock: Clock
  readonly runner: Runner
  readonly log: Log
  readonly nextRunId: () => string
  /** Why Minitor is not healthy; empty when it is. */
  readonly troubles: () => readonly string[]
}

export function createWatchdogLoop({ clock, runner, log, nextRunId, troubles }: Options): WatchdogLoop {
  let watchdog: Watchdog | null = null
  let cancelTimer = () => {}
  let isRunning = false
  let isHeldBack = false
  let hasFailed = false

  const tick = (current: Watchdog) => {
    cancelTimer = clock.setTimer(current.intervalMs, () => tick(current))
    const [trouble] = troubles()
    tellHealth(trouble ?? null)
    if (trouble === undefined && !isRunning) void run(current)
  }

  const run = async ({ command, intervalMs }: Watchdog) => {
    isRunning = true
    const { ending, output } = await runner.run({
      command,
      env: {},
      workingDirectory: null,
      timeoutMs: Math.max(intervalMs, SHORTEST_TIMEOUT_MS),
      runId: nextRunId(),
      input: null,
    })
    isRunning = false
    if (ending.kind === 'void') return
    const isFine = ending.kind === 'exited' && ending.exitCode === 0
    if (!isFine && !hasFailed) log.write('warn', `the watchdog's command fails: ${explain(ending)}`, { output })
    if (isFine && hasFailed) log.write('info', "the watchdog's command works again")
    hasFailed = !isFine
  }

  const tellHealth = (trouble: string | null) => {
    if (trouble !== null && !isHeldBack)
      log.write('error', `the watchdog is held back, as Minitor is not healthy: ${trouble}`)
    if (trouble === null && isHeldBack) log.write('info', 'the watchdog goes on, as Minitor is healthy again')
    isHeldBack = trouble !== null
  }

  return {
    apply(next) {
      if (JSON.stringify(next) === JSON.stringify(watchdog)) return
      cancelTimer()
      watchdog = next
      if (next !== null) tick(next)
    },
    stop: () => cancelTimer(),
  }
}
