import { resolve } from 'node:path'
import { mistakeLine } from '../config/read/report.ts'
import { watchFiles } from '../config/read/watch-files.ts'
import { startTicksOf } from '../control/run-file.ts'
import type { ListenAddress } from '../core/model/address.ts'
import type { ClusterConfig } from '../core/model/cluster-config.ts'
import type { Config } from '../core/model/config.ts'
import type { LogLevel, LogSettings } from '../core/model/log-settings.ts'
import type { Log, Store } from '../core/model/ports.ts'
import type { Past } from '../core/past/past.ts'
import { createMask } from '../core/text/mask.ts'
import { suggestion } from '../core/text/nearest.ts'
import { named } from '../core/text/printable.ts'
import { type Daemon, type DaemonOptions, type Started, startDaemon } from '../daemon.ts'
import { systemClock } from '../engine/system-clock.ts'
import type { OpenLog } from '../log/log.ts'
import type { Listening } from '../open-web.ts'
import type { Refusal } from '../store/file/trouble.ts'
import { createMemoryPast, createMemoryStore } from '../store/memory-store.ts'
import { createDatabaseThread } from '../store/thread/database-thread.ts'
import { openDurableStore } from '../store/thread/durable-store.ts'
import { createPastThread } from '../store/thread/past-thread.ts'
import { DATABASE_WORKER, PAST_WORKER } from '../threads.ts'
import { VERSION } from '../version.ts'
import { loadWithWarnings } from './options/context.ts'
import { openLog } from './terminal/open-log.ts'
import { EXIT, INTERRUPTED, UsageError } from './terminal/outcome.ts'
import { receiveSignals, type Signal } from './terminal/signals.ts'

export interface RunOptions {
  readonly config: string
  readonly metrics?: true
  readonly metricsPort: number
  readonly listen?: ListenAddress
  readonly database?: string
  readonly startupAlerts?: readonly string[]
  readonly watch?: true
  readonly logFormat?: 'text' | 'json'
  readonly logLevel?: LogLevel
  readonly verbose: number
  readonly debug?: true
}

/** Many changes in a row are one reload. */
const RELOAD_AFTER_MS = 100
/** When everything is closed, the process ends, or is ended after this. */
const END_LIMIT_MS = 500

/** Runs the daemon until a signal ends it; resolves to the exit code. Throws UsageError if it cannot start. */
export async function runDaemon(options: RunOptions): Promise<number> {
  const onSignal = receiveSignals()
  const { config, warnings } = loadWithWarnings(options.config, { mustBePingable: options.listen === undefined })
  const startupAlerts = options.startupAlerts ?? []
  for (const name of startupAlerts) {
    if (!config.alerts.has(name)) {
      throw new UsageError(
        `--startup-alerts names an alert that is not defined: ${named(name)}`,
        suggestion(name, [...config.alerts.keys()]),
      )
    }
  }
  let hide = createMask(config.secrets)
  const mask = (text: string) => hide(text)
  const log = openLog(logSettings(options, config), mask)
  for (const warning of warnings) log.write('warn', mistakeLine(warning))
  const runPrefix = `${Date.now().toString(36)}-${process.pid.toString(36)}`
  const database = options.database ?? config.database
  const about = {
    configPath: options.config,
    config,
    environment: process.env,
    database,
    runPrefix,
    log,
    version: VERSION,
    listening: listeningOf(options, config),
    openPast: () => openPast(database),
    startupAlerts,
    mask,
    onConfig: (applied: Config) => {
      hide = createMask(applied.secrets)
      log.configure(logSettings(options, applied))
    },
  }
  const started = await (config.cluster === null ? startAlone(about) : startInCluster(about, config.cluster))
  if (started.kind === 'refused') {
    await log.close()
    throw new UsageError(started.reason, started.hint)
  }
  const exitCode = await untilStopped(started.daemon, options, { log, onSignal })
  await log.close()
  // Only a file that hangs still keeps the runtime from ending.
  setTimeout(() => process.exit(exitCode), END_LIMIT_MS).unref()
  return exitCode
}

/** `--listen` is the address of everything there is to serve: pages if the configuration has some, else metrics. */
function listeningOf({ listen, metrics, metricsPort }: RunOptions, { web }: Config): Listening {
  const everywhere = metrics ? { hostname: '::', port: metricsPort } : null
  const hasOpenMetrics = everywhere !== null && (listen ?? web?.listen)?.port === everywhere.port
  if (web === null) {
    return { metrics: listen ?? everywhere, takesPings: listen !== undefined, web: null, hasOpenMetrics }
  }
  // Both on one port are one server, where the pages are.
  return { metrics: hasOpenMetrics ? null : everywhere, takesPings: false, web: listen ?? web.listen, hasOpenMetrics }
}

function openPast(database: string): Past {
  return database === ':memory:' ? createMemoryPast() : createPastThread(resolve(database), PAST_WORKER)
}

type AboutDaemon = Omit<DaemonOptions, 'store'>

async function startAlone(about: AboutDaemon): Promise<Started> {
  const store = await openStore(about.database, about.log)
  if ('kind' in store) return store
  const started = await startDaemon({ ...about, store })
  if (started.kind === 'refused') await store.close()
  return started
}

/** Its code is loaded only for that. */
async function startInCluster(about: AboutDaemon, cluster: ClusterConfig): Promise<Started> {
  const { startClusterDaemon } = await import('../cluster-daemon.ts')
  return startClusterDaemon({ ...about, cluster })
}

async function openStore(database: string, log: Log): Promise<Store | Refusal> {
  if (database === ':memory:') return createMemoryStore()
  const holder = { pid: process.pid, startTicks: startTicksOf(process.pid) ?? '' }
  const access = createDatabaseThread(resolve(database), holder, DATABASE_WORKER)
  const open = async () => {
    const opening = await access.open()
    if (opening.kind !== 'opened' || opening.journaled.position === null) return opening
    // What it has lived through by itself from now on, no journal has.
    await access.apply([{ kind: 'journal_left' }], systemClock.wallMs())
    log.write('info', 'the database was that of a server of a cluster; from now on it is on its own')
    return opening
  }
  return openDurableStore({ access: { ...access, open }, clock: systemClock, log })
}

function logSettings({ logFormat, logLevel, verbose, debug }: RunOptions, { log }: Config): LogSettings {
  const isVerbose = debug || verbose > 0
  return { format: logFormat ?? log.format, level: logLevel ?? (isVerbose ? 'debug' : log.level) }
}

/** Obeys signals; resolves to the exit code when the daemon has stopped. */
function untilStopped(
  daemon: Daemon,
  { config, watch }: Pick<RunOptions, 'config' | 'watch'>,
  { log, onSignal }: { log: OpenLog; onSignal: ReturnType<typeof receiveSignals> },
): Promise<number> {
  let reloadTimer: ReturnType<typeof setTimeout> | undefined
  let exitCode: number | null = null

  const reloadSoon = () => {
    reloadTimer ??= setTimeout(() => {
      reloadTimer = undefined
      void daemon.reload()
    }, RELOAD_AFTER_MS)
  }
  const unwatch = watch ? watchFiles(config, reloadSoon) : () => {}

  const stop = async (signal: Signal) => {
    log.write('info', `${signal}: stopping`)
    exitCode = EXIT.fine
    unwatch()
    clearTimeout(reloadTimer)
    await daemon.stop()
    return exitCode
  }

  return new Promise((resolve) => {
    void daemon.broken?.then((reason) => {
      log.write('error', `Minitor cannot go on: ${reason}`)
      resolve(EXIT.badNews)
    })
    onSignal((signal) => {
      if (exitCode === null) {
        if (signal === 'SIGHUP') reloadSoon()
        else void stop(signal).then(resolve)
      } else if (signal === 'SIGINT') {
        exitCode = INTERRUPTED
        daemon.hurry()
      }
    })
  })
}
