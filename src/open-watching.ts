import { hostname } from 'node:os'
import { runSlotsFile } from './control/run-file.ts'
import type { Beginning, Leading } from './core/model/cluster.ts'
import type { Config } from './core/model/config.ts'
import type { MetricFamily } from './core/model/metric.ts'
import type { PresentCluster } from './core/model/node-view.ts'
import type { Log, Runner, Store, Telemetry } from './core/model/ports.ts'
import type { Delivery } from './core/model/types.ts'
import type { Past } from './core/past/past.ts'
import { plural } from './core/text/plural.ts'
import { MINUTE_MS } from './core/text/time.ts'
import { type CarryOn, createCarryOn } from './engine/carry-on.ts'
import { openChecks } from './engine/checks/open.ts'
import { createAnnouncer } from './engine/delivery/announce.ts'
import { createGate } from './engine/delivery/gate.ts'
import { createDeliveryLoop } from './engine/delivery/loop.ts'
import { createPresent } from './engine/present.ts'
import { systemClock } from './engine/system-clock.ts'
import { createWatchdogLoop } from './engine/watchdog.ts'
import { endLeftovers } from './exec/end-leftovers.ts'
import { openRunSlots, type RunSlots } from './exec/run-slots.ts'
import { createRunner } from './exec/runner.ts'
import { type Listening, type OpenedWeb, openWeb } from './open-web.ts'
import type { HandedChange } from './store/file/change-mutes.ts'
import type { HeldPorts } from './web/http/held-ports.ts'

/** A stall of at least this long is announced like a restart. */
const STILL_TOLD_MS = MINUTE_MS
/** Alerts under way at the end may take this long: stopping a container waits 10 s before SIGKILL. */
const DRAIN_MS = 7000

const MAKE_FIT = 'install mkfifo (coreutils, busybox), and let TMPDIR name a directory that Minitor may write to'
const OTHER_ADDRESS = 'choose another with web.listen, --listen or --metrics-port'

export interface WatchingOptions {
  readonly configPath: string
  readonly config: Config
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly store: Store
  /** For the metrics: what the process itself counts. */
  readonly families: () => readonly MetricFamily[]
  /** The file of the store, or `:memory:`. */
  readonly database: string
  /** The ids of this daemon's runs begin with it; unique over restarts. */
  readonly runPrefix: string
  readonly log: Log
  readonly version: string
  readonly listening: Listening
  /** See `openWeb`. */
  readonly ports?: HeldPorts
  /** The cluster that this server belongs to; null without one. */
  readonly cluster: PresentCluster | null
  /** Its side that this server leads, or that it is alone; absent on one machine. */
  readonly leading?: Leading
  /** Why it begins; absent where it was off. */
  readonly beginning?: Beginning
  readonly openPast: () => Past
  /** Alerts to run once at the start. */
  readonly startupAlerts: readonly string[]
  /** Hides the configuration's secrets in text that leaves Minitor. */
  readonly mask: (text: string) => string
  /** Is told every configuration before it applies. */
  readonly onConfig: (config: Config) => void
}

/** Everything that watches, tells and shows, until it ends. */
export interface Watching {
  readonly kind: 'watching'
  /** See `openWeb`. */
  readonly answer: Extract<OpenedWeb, { kind: 'open' }>['answer']
  /** The address of `/healthz`; null where nothing is served. */
  readonly health: Extract<OpenedWeb, { kind: 'open' }>['health']
  /** Runs what helps, apart from checks. */
  readonly runner: Runner
  readonly nextRunId: () => string
  troubles(): readonly string[]
  readonly carryOn: CarryOn
  /** Makes a change that somebody has asked for on the command line of another server. Rejects with a reason. */
  change(change: HandedChange): Promise<void>
  /** Watches by this configuration from now on. */
  apply(config: Config): void
  /** Starts nothing more, ends checks, lets alerts finish, closes everything. Resolves within about ten seconds. */
  stop(tellOthers: () => Promise<void>): Promise<void>
  /** Ends everything at once, as another server leads: nothing more is told or saved. The store is the caller's to close. */
  abandon(): Promise<void>
  /** Cuts a stop short: SIGKILL for everything that still runs. */
  hurry(): void
}

export interface Refused {
  readonly kind: 'refused'
  readonly reason: string
  readonly hint: string
}

/** Opens the parts that watch, in order, and closes them in reverse. Nothing else knows all of them. */
export async function openWatching(options: WatchingOptions): Promise<Watching | Refused> {
  const { config, environment, store, log, version, onConfig, leading } = options
  const clock = systemClock
  const host = hostname()
  const nextRunId = createRunIds(options.runPrefix)
  const snapshot = await store.load()

  const slots = openRunSlots(slotsFile(options))
  const checkRunner = createRunner({ environment, slots })
  const alertRunner = createRunner({ environment, slots })
  const refuse = async (reason: string, hint: string): Promise<Refused> => {
    await Promise.all([checkRunner.close(), alertRunner.close()])
    slots.close()
    return { kind: 'refused', reason, hint }
  }
  // Now, while there is room: later a disk may be full.
  const unfit = checkRunner.prepare() ?? alertRunner.prepare()
  if (unfit !== null) return refuse(`no command can be run here: ${unfit}`, MAKE_FIT)
  /** Another server may lead by now. */
  const gate = leading && createGate(leading.confirm)
  const deliveryLoop = createDeliveryLoop({
    ...options,
    clock,
    runner: gate?.guard(alertRunner) ?? alertRunner,
    random: Math.random,
    nextRunId,
  })
  const deliver = (deliveries: readonly Delivery[]) => {
    if (gate === undefined) deliveryLoop.enqueue(deliveries)
    else gate.pass(() => tell(deliveries))
  }
  const tell = (deliveries: readonly Delivery[]) => {
    carryOn.note(deliveries)
    deliveryLoop.enqueue(deliveries)
  }
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
    ...(leading === undefined ? {} : { leading }),
    onStill(lastMs) {
      if (lastMs >= STILL_TOLD_MS) announcer.back(clock.wallMs() - lastMs, alertRestart)
    },
  })
  const troubles = () => [...checks.troubles(), ...deliveryLoop.troubles(), ...store.troubles()]
  const helping = { clock, runner: alertRunner, log, nextRunId, troubles }
  const watchdog = createWatchdogLoop(helping)
  let alertRestart = config.alertRestart

  const telemetry: Telemetry = {
    /** In the order in which scrapes have always had them. */
    families() {
      const { monitors, schedule, processes } = checks.families()
      const [checkTotal, ...others] = monitors
      const [alertTotal, ...deliveries] = deliveryLoop.families()
      return [checkTotal, alertTotal, ...others, ...schedule, ...deliveries, ...processes, ...options.families()]
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
  const carryOn = createCarryOn({
    clock,
    store,
    checks,
    deliver: (earlier, begun) => gate?.pass(() => deliveryLoop.adopt(earlier, begun)),
    hostname: host,
  })
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

  let current = config
  const apply = (next: Config) => {
    // Reading a configuration leaves garbage of several times its size, which an idle daemon would hold for hours. The
    // collector may want threads for it, and the runtime dies if it cannot have them: now, before checks take them all.
    Bun.gc(true)
    current = next
    onConfig(next)
    const config = asListened(leading?.withNodes(next, snapshot) ?? next, options.listening)
    alertRestart = config.alertRestart
    store.setRetention(config.retention)
    deliveryLoop.setAlerts(config.alerts)
    people.apply(config)
    checks.apply(config)
    watchdog.apply(config.watchdog)
  }

  const { lastAliveAtMs } = snapshot
  const nowMs = clock.wallMs()
  // Before the first check, which is not about the time before.
  if (lastAliveAtMs !== null) store.noteUnwatched({ fromMs: lastAliveAtMs, toMs: nowMs })
  if (slots.left.length > 0) void clearUp(slots, log)
  apply(config)
  const stopFollowing = leading?.onNodes(() => apply(current))
  log.write('info', `Minitor ${version} watches ${describe(config)}`, { config: options.configPath })
  deliver(snapshot.deliveries)
  announcer.started(options.startupAlerts)
  if (lastAliveAtMs !== null) announcer.back(Math.min(lastAliveAtMs, nowMs), alertRestart, options.beginning)

  const quieten = () => {
    stopFollowing?.()
    watchdog.stop()
    checks.stop()
  }
  return {
    kind: 'watching',
    answer: web.answer,
    health: web.health,
    runner: alertRunner,
    nextRunId,
    troubles,
    carryOn,
    async change(change) {
      if (change.kind === 'trial') store.noteTrial(change.trial)
      else if (change.kind === 'end_sessions') await store.endSessions(change)
      else await checks.changeMutes(change)
    },
    apply,
    async stop(tellOthers) {
      quieten()
      await tellOthers()
      await Promise.all([checkRunner.close(), deliveryLoop.close(DRAIN_MS)])
      await alertRunner.close()
      slots.close()
      const untold = deliveryLoop.pendingCount
      if (untold > 0) log.write('warn', `${plural(untold, 'delivery', 'deliveries')} pending at the end, not made`)
      await web.close()
      await store.close()
    },
    async abandon() {
      gate?.shut()
      quieten()
      void deliveryLoop.close(0)
      await Promise.all([checkRunner.close(0), alertRunner.close(0), web.close()])
      slots.close()
    },
    hurry() {
      void checkRunner.close(0)
      void alertRunner.close(0)
    },
  }
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

function slotsFile({ database, log }: WatchingOptions): string | null {
  if (database === ':memory:') return null
  try {
    return runSlotsFile(database)
  } catch (error) {
    log.write('debug', `the next start will not end what a kill leaves running: ${(error as Error).message}`)
    return null
  }
}

export function createRunIds(prefix: string): () => string {
  let count = 0
  return () => `${prefix}-${(++count).toString(36)}`
}
