import { explain } from '../core/decide/judge.ts'
import type { Clock, Log, Runner } from '../core/model/ports.ts'

const NOTIFY_TIMEOUT_MS = 10_000

/** What systemd wants to know of a service of `Type=notify`, told by its own program; nothing where there is no systemd. */
export interface ServiceManager {
  /** Minitor watches. From now on it says regularly that it is healthy, if the unit has WatchdogSec=. */
  ready(): void
  stopping(): Promise<void>
}

interface Options {
  /** NOTIFY_SOCKET and WATCHDOG_USEC, as systemd sets them. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  readonly runner: Runner
  readonly log: Log
  readonly nextRunId: () => string
  /** Why Minitor is not healthy; empty when it is. */
  readonly troubles: () => readonly string[]
}

export function createServiceManager(options: Options): ServiceManager {
  const { environment, clock, runner, log, nextRunId, troubles } = options
  const isAsked = (environment.NOTIFY_SOCKET ?? '') !== ''
  const everyMs = Number(environment.WATCHDOG_USEC ?? 0) / 1000 / 2
  let cancelTimer = () => {}
  let hasFailed = false

  const notify = async (...state: readonly string[]) => {
    const { ending } = await runner.run({
      command: ['systemd-notify', `--pid=${process.pid}`, ...state],
      env: {},
      workingDirectory: null,
      timeoutMs: NOTIFY_TIMEOUT_MS,
      runId: nextRunId(),
      input: null,
    })
    const isFine = ending.kind === 'exited' && ending.exitCode === 0
    if (!isFine && ending.kind !== 'void' && !hasFailed) {
      log.write('error', `systemd could not be notified: ${explain(ending)}; the unit needs NotifyAccess=all`)
    }
    hasFailed = !isFine
  }

  const tick = () => {
    cancelTimer = clock.setTimer(everyMs, tick)
    if (troubles().length === 0) void notify('WATCHDOG=1')
  }

  return {
    ready() {
      if (!isAsked) return
      void notify('--ready')
      if (everyMs > 0) tick()
    },
    async stopping() {
      cancelTimer()
      if (isAsked) await notify('STOPPING=1')
    },
  }
}
