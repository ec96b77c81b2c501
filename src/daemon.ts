import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { type Loaded, loadConfig } from './config/read/load.ts'
import { mistakeLine, renderMistakes } from './config/read/report.ts'
import { findHungFile } from './config/read/watch-files.ts'
import { mistakeOfFile } from './config/yaml/source.ts'
import {
  removeRunFile,
  runFileOf,
  runSlotsFile,
  TOUCH_EVERY_MS,
  touchRunFile,
  writeRunFile,
} from './control/run-file.ts'
import { listenAddressText } from './core/model/address.ts'
import type { Config } from './core/model/config.ts'
import { changesOf } from './core/model/config-changes.ts'
import { oneValue } from './core/model/metric.ts'
import type { PresentCluster } from './core/model/node-view.ts'
import { onEdge } from './core/model/on-edge.ts'
import type { Log, Store, Telemetry } from './core/model/ports.ts'
import type { Delivery } from './core/model/types.ts'
import type { Past } from './core/past/past.ts'
import { plural } from './core/text/plural.ts'
import { MINUTE_MS } from './core/text/time.ts'
import { openChecks } from './engine/checks/open.ts'
import { createAnnouncer } from './engine/delivery/announce.ts'
import { createDeliveryLoop } from './engine/delivery/loop.ts'
import { configFingerprint } from './engine/delivery/trial.ts'
import { createPresent } from './engine/present.ts'
import { createServiceManager } from './engine/service-manager.ts'
import { systemClock } from './engine/system-clock.ts'
import { createWatchdogLoop } from './engine/watchdog.ts'
import { endLeftovers } from './exec/end-leftovers.ts'
import { openRunSlots, type RunSlots } from './exec/run-slots.ts'
import { createRunner } from './exec/runner.ts'
import { type Listening, type OpenedWeb, openWeb } from './open-web.ts'
import type { HandedChange } from './store/file/change-mutes.ts'

/** A stall of at least this long is announced like a restart. */
const STILL_TOLD_MS = MINUTE_MS
/** Alerts under way at the end may take this long: stopping a container waits 10 s before SIGKILL. */
const DRAIN_MS = 7000

const MAKE_FIT = 'install mkfifo (coreutils, busybox), and let TMPDIR name a directory that Minitor may write to'
const OTHER_ADDRESS = 'choose another with web.listen, --listen or --metrics-port'

interface Options {
  readonly configPath: string
  readonly config: Config
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly store: Store
  /** The file of the store, or `:memory:`. */
  readonly database: string
  /** The ids of this daemon's runs begin with it; unique over restarts. */
  readonly runPrefix: string
  readonly log: Log
  readonly version: string
  readonly listening: Listening
  /** The cluster that this server belongs to; null without one. */
  readonly cluster: PresentCluster | null
  readonly openPast: () => Past
  /** Alerts to run once at the start. */
  readonly startupAlerts: readonly string[]
  /** Hides the configuration's secrets in text that leaves Minitor. */
  readonly mask: (text: string) => string
  /** Is told every configuration before it applies. */
  readonly onConfig: (config: Config) => void
}

export interface Daemon {
  /** See `openWeb`. */
  readonly answer: Extract<OpenedWeb, { kind: 'open' }>['answer']
  /** Makes a change that somebody has asked for on the command line of another server. Rejects with a reason. */
  change(change: HandedChange): Promise<void>
  /** Reads the configuration again. If it is invalid, the old one stays in use. */
  reload(): Promise<void>
  /** Starts nothing more, ends checks, lets alerts finish, closes everything. Resolves within about ten seconds. */
  stop(): Promise<void>
  /** Cuts a stop short: SIGKILL for everything that still runs. */
  hurry(): void
}

export type Started =
  | { readonly kind: 'running'; readonly daemon: Daemon }
  | { readonly kind: 'refused'; readonly reason: string; readonly hint: string }

/** The composition root: opens the parts in order and closes them in reverse. Nothing else knows all of them. */
export async function startDaemon(options: Options): Promise<Started> {
  const { configPath, config, environment, store, log, version, onConfig } = options
  const clock = systemClock
  const host = hostname()
  const nextRunId = createRunIds(options.runPrefix)
  const snapshot = await store.load()

  const slots = openRunSlots(slotsFile(options))
  const checkRunner = createRunner({ environment, slots })
  const alertRunner = createRunner({ environment, slots })
  const refuse = async (reason: string, hint: string): Promise<Started> => {
    await Promise.all([checkRunner.close(), alertRunner.close()])
    slots.close()
    return { kind: 'refused', reason, hint }
  }
  // Now, while there is room: later a disk may be full.
  const unfit = checkRunner.prepare() ?? alertRunner.prepare()
  if (unfit !== null) return refuse(`no command can be run here: ${unfit}`, MAKE_FIT)
  const deliveryLoop = createDeliveryLoop({ ...options, clock, runner: alertRunner, random: Math.random, nextRunId })
  const deliver = (deliveries: readonly Delivery[]) => deliveryLoop.enqueue(deliveries)
  const announcer = createAnnouncer({ clock, store, log, hostname: host, deliver })
  const checks = openChecks({
    clock,
    store,
    runner: checkRunner,
    log,
    snapshot,
    hostname: host,
    nextRunId,
    deliver,
    onStill(lastMs) {
      if (lastMs >= STILL_TOLD_MS) announcer.back(clock.wallMs() - lastMs, alertRestart)
    },
  })
  const troubles = () => [...checks.troubles(), ...deliveryLoop.troubles(), ...store.troubles()]
  const helping = { clock, runner: alertRunner, log, nextRunId, troubles }
  const watchdog = createWatchdogLoop(helping)
  const serviceManager = createServiceManager({ ...helping, environment })
  let alertRestart = config.alertRestart

  let isReloading = false
  let isStopping = false
  let reload = { count: 0, isOk: true, report: '' }
  const reloadFamily = oneValue(
    'gauge',
    'minitor_config_last_reload_successful',
    'Whether the last reload of the configuration took (1) or not (0).',
    () => (reload.isOk ? 1 : 0),
  )
  const telemetry: Telemetry = {
    /** In the order in which scrapes have always had them. */
    families() {
      const { monitors, schedule, processes } = checks.families()
      const [checkTotal, ...others] = monitors
      const [alertTotal, ...deliveries] = deliveryLoop.families()
      return [checkTotal, alertTotal, ...others, ...schedule, ...deliveries, ...processes, reloadFamily]
    },
    get pendingDeliveries() {
      return deliveryLoop.pendingCount
    },
    get failedDeliveries() {
      return deliveryLoop.failedCount
    },
    troubles,
  }

  const { present, actions, ...people } = createPresent({
    clock,
    checks,
    troubles,
    tryOnce: deliveryLoop.tryOnce,
    log,
    hostname: host,
  })
  people.apply(asListened(config, options.listening))
  const { heartbeats } = checks
  const { endedSessions, installation } = snapshot
  let { secret } = snapshot
  const web = await openWeb({
    ...options,
    present,
    actions,
    telemetry,
    heartbeats,
    clock,
    secret: () => secret,
    onSecret: (listener) =>
      store.onSecret((next) => {
        secret = next
        listener()
      }),
    endedSessions,
    installation,
    keepEndedSessions: (sessions) => store.keepEndedSessions(sessions),
    noteAction: (action) => store.noteAction(action),
  })
  if (web.kind === 'refused') return refuse(web.reason, OTHER_ADDRESS)

  const apply = (config: Config) => {
    // Reading a configuration leaves garbage of several times its size, which an idle daemon would hold for hours. The
    // collector may want threads for it, and the runtime dies if it cannot have them: now, before checks take them all.
    Bun.gc(true)
    onConfig(config)
    alertRestart = config.alertRestart
    store.setRetention(config.retention)
    deliveryLoop.setAlerts(config.alerts)
    people.apply(config)
    checks.apply(config)
    watchdog.apply(config.watchdog)
  }

  let current = config
  /** Applies a configuration that was read again; returns what that has changed, for whoever asked for it. */
  const takeNext = ({ config: next, warnings }: Extract<Loaded, { ok: true }>): string => {
    const { summary, details, waiting } = changesOf(current, next, config)
    current = next
    apply(asListened(next, options.listening))
    log.write('info', `configuration reloaded: ${summary}`, { config: configPath, output: details.join('\n') })
    for (const warning of warnings) log.write('warn', mistakeLine(warning))
    const waits = waiting.map((key) => `${key} has changed in the configuration: that takes effect at the next start`)
    for (const line of waits) log.write('warn', line)
    return [summary, ...details, ...waits].join('\n')
  }

  const reportHidden = onEdge(log, {
    begins: (reason: string) => ['warn', `\`minitor reload\` will have no report from this daemon: ${reason}`],
    ends: null,
  })
  let runFile = runFileOf(configPath)
  const place = {
    database: options.database === ':memory:' ? options.database : resolve(options.database),
    health: web.health === null ? '' : listenAddressText(web.health),
    takesPings: options.listening.takesPings,
  }
  const publish = () => {
    try {
      writeRunFile(runFile, { reload, configuration: configFingerprint(current), ...place })
      reportHidden(null)
    } catch (error) {
      reportHidden((error as Error).message)
    }
  }
  let cancelTouch = () => {}
  const keepTouched = () => {
    cancelTouch = clock.setTimer(TOUCH_EVERY_MS, keepTouched)
    if (!touchRunFile(runFile, clock.wallMs())) publish()
  }

  const { lastAliveAtMs } = snapshot
  const nowMs = clock.wallMs()
  // Before the first check, which is not about the time before.
  if (lastAliveAtMs !== null) store.noteUnwatched({ fromMs: lastAliveAtMs, toMs: nowMs })
  if (slots.left.length > 0) void clearUp(slots, log)
  apply(asListened(config, options.listening))
  log.write('info', `Minitor ${version} watches ${describe(config)}`, { config: configPath })
  deliver(snapshot.deliveries)
  announcer.started(options.startupAlerts)
  if (lastAliveAtMs !== null) announcer.back(Math.min(lastAliveAtMs, nowMs), alertRestart)
  serviceManager.ready()
  publish()
  keepTouched()

  return {
    kind: 'running',
    daemon: {
      answer: web.answer,
      async change(change) {
        if (change.kind === 'trial') store.noteTrial(change.trial)
        else if (change.kind === 'end_sessions') await store.endSessions(change)
        else await checks.changeMutes(change)
      },
      async reload() {
        // One that is under way has not read the files yet.
        if (isReloading) return
        isReloading = true
        const hung = await findHungFile(configPath)
        isReloading = false
        if (isStopping) return
        const loaded = hung === null ? reread(options) : notRead(configPath, hung)
        const report = loaded.ok ? takeNext(loaded) : renderMistakes(loaded.mistakes)
        if (!loaded.ok) log.write('error', 'the new configuration is wrong, the old one runs on', { output: report })
        reload = { count: reload.count + 1, isOk: loaded.ok, report: options.mask(report) }
        if (hung === null) runFile = runFileOf(configPath)
        publish()
      },
      async stop() {
        isStopping = true
        cancelTouch()
        removeRunFile(runFile)
        watchdog.stop()
        checks.stop()
        await serviceManager.stopping()
        await Promise.all([checkRunner.close(), deliveryLoop.close(DRAIN_MS)])
        await alertRunner.close()
        slots.close()
        const untold = deliveryLoop.pendingCount
        if (untold > 0) log.write('warn', `${plural(untold, 'delivery', 'deliveries')} pending at the end, not made`)
        await web.close()
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

/** A bug in what reads configurations must not end a daemon that runs well. */
function reread({ configPath: path, environment, listening }: Options): Loaded {
  try {
    return loadConfig({ path, environment, mustBePingable: !listening.takesPings, mayWait: false })
  } catch (error) {
    const message = `this is a bug in Minitor: ${error instanceof Error ? error.stack : String(error)}`
    return { ok: false, mistakes: [mistakeOfFile(path, message, 'please report it')] }
  }
}

/** A file that does not answer is not waited for: everything else would stand still. */
function notRead(path: string, hung: string): Loaded {
  const message = `cannot read ${hung}: it does not answer`
  return { ok: false, mistakes: [mistakeOfFile(path, message, 'is it on a network file system that hangs?')] }
}

/** The address that is listened on, which a flag may have chosen. */
function asListened(config: Config, { web }: Listening): Config {
  return config.web === null || web === null ? config : { ...config, web: { ...config.web, listen: web } }
}

function describe({ monitors, alerts }: Config): string {
  return `${plural(monitors.length, 'monitor')}, ${plural(alerts.size, 'alert')}`
}

/** Ends what was under way when the last Minitor died: what its finished checks and alerts have left is meant to stay. */
async function clearUp(slots: RunSlots, log: Log): Promise<void> {
  const count = await endLeftovers(new Set(slots.left))
  slots.forget()
  if (count > 0)
    log.write('warn', `${plural(count, 'process', 'processes')} of the last Minitor still ran and were ended`)
}

function slotsFile({ database, log }: Options): string | null {
  if (database === ':memory:') return null
  try {
    return runSlotsFile(database)
  } catch (error) {
    log.write('debug', `the next start will not end what a kill leaves running: ${(error as Error).message}`)
    return null
  }
}

function createRunIds(prefix: string): () => string {
  let count = 0
  return () => `${prefix}-${(++count).toString(36)}`
}
