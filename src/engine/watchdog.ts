import { explain } from '../core/decide/judge.ts'
import type { Watchdog } from '../core/model/config.ts'
import { onEdge } from '../core/model/on-edge.ts'
import type { Clock, Log, Runner } from '../core/model/ports.ts'
import type { Run } from '../core/model/types.ts'
import { createRunAside, isFine } from './checks/run-aside.ts'

/** A watchdog that hangs is ended before it is due again, but not before this. */
const SHORTEST_TIMEOUT_MS = 10_000

/** Runs a command at its interval while Minitor is healthy, so that another system notices when it is not. */
export interface WatchdogLoop {
  /** Runs this one from now on, at once for the first time; null runs none. */
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
  const runAside = createRunAside(runner, nextRunId)
  const reportHealth = onEdge(log, {
    begins: (trouble: string) => ['error', `the watchdog is held back, as Minitor is not healthy: ${trouble}`],
    ends: 'the watchdog goes on, as Minitor is healthy again',
  })
  const reportRun = onEdge(log, {
    begins: ({ ending, output }: Run) => ['warn', `the watchdog's command fails: ${explain(ending)}`, { output }],
    ends: "the watchdog's command works again",
  })

  const tick = (current: Watchdog) => {
    cancelTimer = clock.setTimer(current.intervalMs, () => tick(current))
    const [trouble] = troubles()
    reportHealth(trouble ?? null)
    if (trouble === undefined && !isRunning) void runOnce(current)
  }

  const runOnce = async ({ command, intervalMs }: Watchdog) => {
    isRunning = true
    const run = await runAside({ command, timeoutMs: Math.max(intervalMs, SHORTEST_TIMEOUT_MS) })
    isRunning = false
    if (run.ending.kind !== 'void') reportRun(isFine(run.ending) ? null : run)
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
