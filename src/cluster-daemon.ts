import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { answerHttp } from './cluster/letters/answer-http.ts'
import { answerChanges } from './cluster/letters/change-letters.ts'
import { createHandOver } from './cluster/letters/hand-over.ts'
import { noLeaderAnswer } from './cluster/letters/no-leader.ts'
import { openEngine } from './cluster/nats/open-engine.ts'
import { createNodes } from './cluster/nodes/nodes.ts'
import { createClusterTelemetry } from './cluster/nodes/telemetry.ts'
import { handOverTold, type ToldLetter } from './cluster/server/hand-over-told.ts'
import { createServer, type Server } from './cluster/server/server.ts'
import { createDispatch, type Dispatch } from './cluster/work/dispatch.ts'
import { createWorker, placesOf } from './cluster/work/worker.ts'
import { createOwnFile } from './cluster-file.ts'
import { runSlotsFile, startTicksOf } from './control/run-file.ts'
import type { Leading, OwnCard } from './core/model/cluster.ts'
import type { ClusterConfig } from './core/model/cluster-config.ts'
import type { Config, WebConfig } from './core/model/config.ts'
import type { PresentCluster } from './core/model/node-view.ts'
import { onEdge } from './core/model/on-edge.ts'
import type { Log, Telemetry } from './core/model/ports.ts'
import type { Daemon, DaemonOptions, Started } from './daemon.ts'
import { placeOf } from './daemon.ts'
import { configFingerprint } from './engine/delivery/trial.ts'
import { systemClock } from './engine/system-clock.ts'
import { openRunSlots } from './exec/run-slots.ts'
import { createRunner } from './exec/runner.ts'
import { createRunIds, openWatching, type Watching } from './open-watching.ts'
import { type OpenedWeb, openStandbyWeb } from './open-web.ts'
import { createReloading } from './reloading.ts'
import { createSignsOfLife } from './signs-of-life.ts'
import { createDatabaseThread } from './store/thread/database-thread.ts'
import { DATABASE_WORKER } from './threads.ts'
import { createFaults } from './web/http/faults.ts'
import { createHeldPorts } from './web/http/held-ports.ts'

type Options = Omit<DaemonOptions, 'store'> & { readonly cluster: ClusterConfig }

/** The daemon of a server in a cluster: it follows while another server leads, and watches as on one machine while it leads itself. */
export async function startClusterDaemon(options: Options): Promise<Started> {
  const { cluster, environment, log, version } = options
  const { node, tags, takeoverMs } = cluster
  if (options.database === ':memory:') {
    const reason = 'a server of a cluster keeps a database in a file, and this one has none'
    return { kind: 'refused', reason, hint: 'name a file with database: or --database' }
  }
  const opened = await openEngine(cluster, { node, kind: 'server', takeoverMs }, log)
  if (opened.kind === 'refused') return opened
  const { engine } = opened
  const reportTrouble = onEdge(log, {
    begins: (trouble: string) => ['warn', `the engine of the cluster: ${trouble}`],
    ends: 'the engine of the cluster answers again',
  })
  reportTrouble(engine.trouble())
  engine.onTrouble(reportTrouble)
  const clock = systemClock
  const nextRunId = createRunIds(`${options.runPrefix}-w`)
  const slots = openRunSlots(workSlotsFile(options.database, log))
  const runner = createRunner({ environment, slots })
  const startedAtMs = clock.wallMs()

  let watching: Watching | null = null
  let isStopping = false
  let standbyWeb: Extract<OpenedWeb, { kind: 'open' }> | null = null
  const reloading = createReloading({
    ...options,
    apply(config) {
      options.onConfig(config)
      watching?.apply(config)
    },
    onReloaded: (report, isSamePlace) => signs.reloaded(report, isSamePlace),
  })
  const current = reloading.current
  const clusterNow = () => current().cluster ?? cluster
  const troubles = () => watching?.troubles() ?? []
  const signs = createSignsOfLife({
    ...options,
    clock,
    runner,
    nextRunId,
    troubles,
    configuration: () => configFingerprint(current()),
  })

  let place: Parameters<typeof signs.show>[0] | null = null
  const show = (next = place) => {
    place = next
    if (next !== null) signs.show({ ...next, role: server?.role ?? 'standby' })
  }

  const worker = createWorker({
    clock,
    taker: engine.taker,
    runner,
    log,
    nextRunId,
    node,
    places: placesOf(cluster),
    slots: options.config.maxConcurrentChecks,
    refuse: () => null,
  })
  const card = (): OwnCard => ({
    name: node,
    kind: 'server',
    version,
    hostname: hostname(),
    tags,
    startedAtMs,
    slots: options.config.maxConcurrentChecks,
    running: worker.runningCount,
    configuration: sharedFingerprint(current()),
    sequence: server?.sequence ?? null,
    unpublished: unpublished(),
  })
  let server: Server | null = null
  let unpublished = () => 0
  const nodes = createNodes({ presence: engine.presence, clock, log, cluster: clusterNow, card })
  const createPlaces = (): Dispatch =>
    createDispatch({
      clock,
      runner,
      own: { node, tags },
      sender: server?.role === 'leader' ? engine.sender : null,
      epoch: server?.epoch ?? 0,
      nodes: nodes.known,
      log,
    })
  let dispatch = createPlaces()
  const renewPlaces = () => {
    const before = dispatch
    dispatch = createPlaces()
    before.close()
  }
  const leading: Leading = {
    places: { run: (run, about) => dispatch.run(run, about) },
    lookAt: nodes.lookAt,
    withNodes: nodes.withNodes,
    onNodes: nodes.onNodes,
    confirm: async () => server?.confirm() ?? false,
  }
  const present: PresentCluster = {
    node,
    nodes: () => nodes.view(server?.leader ?? null),
    trouble: () => engine.trouble(),
  }

  const telemetry = createClusterTelemetry({
    engine,
    clock,
    everyMs: takeoverMs,
    server() {
      const { role, sequence, leaseAgeMs } = server ?? { role: 'standby', sequence: null, leaseAgeMs: null }
      return { role, sequence, leaseAgeMs, unpublished: unpublished() }
    },
    nodes: present.nodes,
  })
  const families = () => [reloading.family, ...telemetry.families(), ...dispatch.families()]

  const ports = createHeldPorts({
    answer: (request, isBegun) => noLeaderAnswer(request, !isBegun),
    faults: createFaults(log, clock.monotonicMs),
  })
  const openStandby = async (): Promise<string | null> => {
    const handOver = createHandOver(engine.letters)
    const web = await openStandbyWeb({
      ...options,
      ports,
      clock,
      telemetry: standbyTelemetry,
      present: {
        get web() {
          return current().web ?? (options.config.web as WebConfig)
        },
      },
      handOver: (request, visit) => handOver(request, visit),
    })
    if (web.kind === 'refused') return web.reason
    standbyWeb = web
    show(placeOf(options, web))
    return null
  }
  const closeStandby = async () => {
    const closing = standbyWeb
    standbyWeb = null
    await closing?.close()
  }
  const standbyTelemetry: Telemetry = {
    families,
    pendingDeliveries: 0,
    failedDeliveries: 0,
    troubles: () => {
      const trouble = engine.trouble()
      return trouble === null ? [] : [trouble]
    },
  }

  let stopAnswering = () => {}
  /** Only for a server that leads: what one that is alone keeps may be set aside. */
  const answerLetters = () => {
    stopAnswering()
    stopAnswering = () => {}
    const leader = server?.role === 'leader' ? watching : null
    if (leader === null) return
    const stops = [
      answerHttp(engine.letters, (request, visit) => leader.answer(request, visit)),
      answerChanges(engine.letters, (change: ToldLetter | Parameters<Watching['change']>[0]) =>
        change.kind === 'told_alone' ? leader.carryOn.adopt(change.told, change.sentAtMs) : leader.change(change),
      ),
    ]
    stopAnswering = () => {
      for (const stop of stops) stop()
    }
  }
  let lives = 0
  const path = resolve(options.database)
  const holder = { pid: process.pid, startTicks: startTicksOf(process.pid) ?? '' }
  const nextRecordId = createRunIds(`${node}-${options.runPrefix}`)
  const file = createOwnFile({
    path,
    open: () => createDatabaseThread(path, holder, DATABASE_WORKER),
    engine,
    clock,
    log,
    node,
    newId: nextRecordId,
    retention: () => current().retention,
    setUnpublished(next) {
      unpublished = next
    },
    async watch(store, beginning) {
      ports.release()
      const began = await openWatching({
        ...options,
        ports,
        store,
        config: current(),
        runPrefix: `${options.runPrefix}-${++lives}`,
        startupAlerts: lives === 1 ? options.startupAlerts : [],
        families,
        cluster: present,
        leading,
        beginning,
      })
      if (began.kind === 'refused') return { kind: 'failed', reason: began.reason }
      await closeStandby()
      watching = began
      show(placeOf(options, began))
      answerLetters()
      const leave = () => {
        watching = null
        answerLetters()
      }
      return {
        async stop() {
          leave()
          await began.stop(async () => {})
          return store.leave()
        },
        async abandon() {
          leave()
          await began.abandon()
          const told = store.leave()
          await store.closeAbandoned()
          return told
        },
      }
    },
  })

  const closeParts = async () => {
    telemetry.close()
    dispatch.close()
    await Promise.all([worker.close(), closeStandby(), nodes.close(true)])
    await ports.close()
    await runner.close()
    slots.close()
    await engine.close()
  }

  const refusal = await openStandby()
  if (refusal !== null) {
    await closeParts()
    return { kind: 'refused', reason: refusal, hint: 'choose another with web.listen, --listen or --metrics-port' }
  }
  log.write('info', `Minitor ${version} is server ${node} of cluster ${cluster.name}`, { config: options.configPath })
  const begun = createServer({
    engine,
    clock,
    log,
    node,
    takeoverMs,
    file,
    handOver: (told) => void handOverTold(told, { letters: engine.letters, clock, isStopping: () => isStopping }),
    onRole() {
      renewPlaces()
      answerLetters()
      show()
    },
    async onStandby() {
      if (standbyWeb !== null) return
      const reason = await openStandby()
      if (reason !== null) throw new Error(reason)
    },
  })
  server = begun

  const daemon: Daemon = {
    reload: reloading.reload,
    async stop() {
      isStopping = true
      reloading.stop()
      const told = signs.stop()
      await begun.stop()
      await told
      await closeParts()
      log.write('info', 'Minitor has stopped')
    },
    hurry() {
      watching?.hurry()
      void runner.close(0)
    },
    broken: begun.ended.then(
      () => new Promise<never>(() => {}),
      (error: Error) => error.message,
    ),
  }
  return { kind: 'running', daemon }
}

/** The same on all servers whose configurations say the same of what is watched, whatever their own names and addresses. */
function sharedFingerprint(config: Config): string {
  return configFingerprint({ ...config, web: null, cluster: null, log: { format: null, level: 'info' }, secrets: [] })
}

function workSlotsFile(database: string, log: Log): string | null {
  try {
    return runSlotsFile(`${resolve(database)}.work`)
  } catch (error) {
    log.write('debug', `the next start will not end what a kill leaves running: ${(error as Error).message}`)
    return null
  }
}
