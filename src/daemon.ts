import { hostname } from 'node:os'
import { loadConfig } from './config/load.ts'
import { renderMistakes } from './config/report.ts'
import { removeRunFile, writeRunFile } from './control/run-file.ts'
import { deliveriesFor, plainNotification } from './core/notification.ts'
import { plural } from './core/plural.ts'
import type { Log, Store, Telemetry } from './core/ports.ts'
import type { Config } from './core/types.ts'
import { createCheckLoop } from './engine/check-loop.ts'
import { createDeliveryLoop } from './engine/delivery-loop.ts'
import { systemClock } from './engine/system-clock.ts'
import { createRunner } from './exec/runner.ts'

/** Alerts under way at the end may take this long: a container's stop waits 10 s before it kills. */
const DRAIN_MS = 7000

interface Options {
  readonly configPath: string
  readonly config: Config
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly store: Store
  readonly log: Log
  readonly version: string
  /** Where to serve metrics and health; null serves nothing. */
  readonly listen: { readonly hostname: string; readonly port: number } | null
  /** Alerts to run once, now that Minitor is there. */
  readonly startupAlerts: readonly string[]
  /** Hides secrets in text that leaves Minitor; which ones, the configuration says. */
  readonly mask: (text: string) => string
  readonly setSecrets: (secrets: readonly string[]) => void
}

export interface Daemon {
  /** Reads the configuration again. If it is wrong, the old one runs on. */
  reload(): void
  /** Starts nothing more, ends checks, lets alerts finish, closes everything. Resolves within about ten seconds. */
  stop(): Promise<void>
  /** Cuts a stop short: ends what still runs by SIGKILL. */
  hurry(): void
}

export type Started =
  | { readonly kind: 'running'; readonly daemon: Daemon }
  | { readonly kind: 'refused'; readonly reason: string }

/** The composition root: opens the parts in order and closes them in reverse. Nothing else knows all of them. */
export async function startDaemon(options: Options): Promise<Started> {
  const { configPath, environment, store, log, version, mask, setSecrets } = options
  const clock = systemClock
  const host = hostname()
  const nextRunId = createRunIds()
  const snapshot = await store.load()

  const checkRunner = createRunner({ environment })
  const alertRunner = createRunner({ environment })
  const deliveryLoop = createDeliveryLoop({ clock, store, runner: alertRunner, log, random: Math.random, nextRunId })
  const checkLoop = createCheckLoop({
    clock,
    store,
    runner: checkRunner,
    log,
    snapshot,
    hostname: host,
    nextRunId,
    deliver: (deliveries) => deliveryLoop.enqueue(deliveries),
  })

  let reload = { count: 0, isOk: true, report: '' }
  const telemetry: Telemetry = {
    monitors: () => checkLoop.tallies(),
    alerts: () => deliveryLoop.delivered(),
    get runningChecks() {
      return checkLoop.runningCount
    },
    get waitingChecks() {
      return checkLoop.waitingCount
    },
    get lagMs() {
      return checkLoop.lagMs
    },
    get pendingDeliveries() {
      return deliveryLoop.pendingCount
    },
    get failedDeliveries() {
      return deliveryLoop.failedCount
    },
    get unkillableProcesses() {
      return checkLoop.unkillableCount
    },
    get isLastReloadOk() {
      return reload.isOk
    },
    troubles: () => [...checkLoop.troubles(), ...deliveryLoop.troubles()],
  }

  // Loaded only when asked for: it would take a fifth of the time and memory of a start without it.
  const web = options.listen === null ? null : await import('./web/server.ts')
  const server =
    web === null || options.listen === null
      ? null
      : web.createServer({ listen: options.listen, telemetry, version, mask })
  if (server?.kind === 'refused') {
    await Promise.all([checkRunner.close(), alertRunner.close()])
    return server
  }

  const apply = (config: Config) => {
    // Reading a configuration leaves several times its size behind, which an idle daemon would keep for hours. The
    // collector may want threads for it, and the runtime dies if it cannot have them: now, before checks take them all.
    Bun.gc(true)
    setSecrets(config.secrets)
    for (const warning of config.warnings) log.write('warn', warning)
    deliveryLoop.setAlerts(config.alerts)
    checkLoop.apply(config)
    log.write('info', `Minitor ${version} watches ${describe(config)}`, { config: configPath })
  }

  const publish = () => {
    try {
      writeRunFile(configPath, reload)
    } catch (error) {
      log.write('debug', `\`minitor reload\` will not find this daemon: ${(error as Error).message}`)
    }
  }

  apply(options.config)
  deliveryLoop.enqueue(snapshot.deliveries)
  if (options.startupAlerts.length > 0) {
    const atMs = clock.wallMs()
    const message = `Minitor has started on ${host}`
    const about = { kind: 'restarted', id: `start-${atMs.toString(36)}`, monitor: 'Minitor', message, atMs } as const
    deliveryLoop.enqueue(deliveriesFor(plainNotification({ ...about, alerts: options.startupAlerts, hostname: host })))
  }
  publish()

  return {
    kind: 'running',
    daemon: {
      reload() {
        const loaded = loadConfig({ path: configPath, environment })
        if (loaded.ok) apply(loaded.config)
        const report = loaded.ok ? describe(loaded.config) : renderMistakes(loaded.mistakes)
        if (!loaded.ok) log.write('error', 'the new configuration is wrong, the old one runs on', { output: report })
        reload = { count: reload.count + 1, isOk: loaded.ok, report }
        publish()
      },
      async stop() {
        removeRunFile(configPath)
        checkLoop.stop()
        await Promise.all([checkRunner.close(), deliveryLoop.close(DRAIN_MS)])
        await alertRunner.close()
        const untold = deliveryLoop.pendingCount
        if (untold > 0) log.write('warn', `${plural(untold, 'delivery', 'deliveries')} pending at the end, not made`)
        await server?.close()
        await store.close()
        log.write('info', 'Minitor has stopped')
      },
      hurry() {
        void checkRunner.close(0)
        void alertRunner.close(0)
      },
    },
  }
}

function describe({ monitors, alerts }: Config): string {
  return `${plural(monitors.length, 'monitor')}, ${plural(alerts.size, 'alert')}`
}

/** Ids that are unique over restarts, too. */
function createRunIds(): () => string {
  const start = `${Date.now().toString(36)}-${process.pid.toString(36)}`
  let count = 0
  return () => `${start}-${(++count).toString(36)}`
}
