import { explain } from '../core/decide/judge.ts'
import { onEdge } from '../core/model/on-edge.ts'
import type { Clock, Log, Runner } from '../core/model/ports.ts'
import { createRunAside, isFine } from './checks/run-aside.ts'

const NOTIFY_TIMEOUT_MS = 10_000

/** Tells systemd about a service of `Type=notify`, by systemd-notify. Does nothing where there is no systemd. */
export interface ServiceManager {
  /** Minitor watches. From now on it reports regularly that it is healthy, if the unit has WatchdogSec=. */
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

  const runAside = createRunAside(runner, nextRunId)
  const report = onEdge(log, {
    begins: (reason: string) => ['error', `systemd could not be notified: ${reason}; the unit needs NotifyAccess=all`],
    ends: null,
  })

  const notify = async (...state: readonly string[]) => {
    const command = ['systemd-notify', `--pid=${process.pid}`, ...state] as const
    const { ending } = await runAside({ command, timeoutMs: NOTIFY_TIMEOUT_MS })
    if (ending.kind !== 'void') report(isFine(ending) ? null : explain(ending))
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
