import { answerChanges } from '../../../src/cluster/letters/change-letters.ts'
import { createNodes } from '../../../src/cluster/nodes/nodes.ts'
import { handOverTold, type ToldLetter } from '../../../src/cluster/server/hand-over-told.ts'
import { createServer, type Server } from '../../../src/cluster/server/server.ts'
import { createDispatch } from '../../../src/cluster/work/dispatch.ts'
import { createWorker, placesOf } from '../../../src/cluster/work/worker.ts'
import { createOwnFile } from '../../../src/cluster-file.ts'
import type { Engine, Leading, OwnCard } from '../../../src/core/model/cluster.ts'
import type { ClusterConfig } from '../../../src/core/model/cluster-config.ts'
import type { Config } from '../../../src/core/model/config.ts'
import type { Clock, Log, Runner } from '../../../src/core/model/ports.ts'
import type { ServerAccess } from '../../../src/store/thread/database-thread.ts'
import type { DurableStore } from '../../../src/store/thread/durable-store.ts'
import { openWatching, type Watching } from './open-watching.ts'

interface Options {
  readonly cluster: ClusterConfig
  readonly config: Config
  readonly engine: Engine
  readonly clock: Clock
  readonly log: Log
  readonly random: () => number
  /** Unique over all processes. */
  readonly runPrefix: string
  readonly path: string
  readonly open: () => ServerAccess
  /** Of checks; and of what others send. */
  readonly createRunner: () => Runner
  readonly createAlertRunner: () => Runner
  readonly watchStore: (store: DurableStore, role: () => string) => DurableStore
  readonly onRole: (server: Server) => void
  /** Its file has given way to the cluster's. */
  readonly onSetAside: () => void
}

export interface ServerProcess {
  readonly server: Server
  readonly watching: Watching | null
  stop(): Promise<void>
}

/** A server of a cluster, put together as src/cluster-daemon.ts does. */
export function startServerProcess(options: Options): ServerProcess {
  const { cluster, config, engine, clock, log, random, runPrefix } = options
  const { node, tags, takeoverMs } = cluster
  let workCount = 0
  const runner = options.createRunner()
  const startedAtMs = clock.wallMs()
  let server: Server | null = null
  let watching: Watching | null = null
  let isStopping = false

  const worker = createWorker({
    clock,
    taker: engine.taker,
    runner,
    log,
    nextRunId: () => `${runPrefix}-w-${++workCount}`,
    node,
    places: placesOf(cluster),
    slots: config.maxConcurrentChecks,
    refuse: () => null,
  })
  const card = (): OwnCard => ({
    name: node,
    kind: 'server',
    version: '0',
    hostname: node,
    tags,
    startedAtMs,
    slots: config.maxConcurrentChecks,
    running: worker.runningCount,
    configuration: 'same',
    sequence: server?.sequence ?? null,
    unpublished: 0,
  })
  const nodes = createNodes({ presence: engine.presence, clock, log, cluster: () => cluster, card })
  const createPlaces = () =>
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
  const leading: Leading = {
    places: { run: (run, about) => dispatch.run(run, about) },
    lookAt: nodes.lookAt,
    withNodes: nodes.withNodes,
    onNodes: nodes.onNodes,
    confirm: async () => server?.confirm() ?? false,
  }
  let stopAnswering = () => {}
  const answerLetters = () => {
    stopAnswering()
    const leader = server?.role === 'leader' ? watching : null
    stopAnswering =
      leader === null
        ? () => {}
        : answerChanges(engine.letters, (change: ToldLetter) => leader.carryOn.adopt(change.told, change.sentAtMs))
  }
  let lives = 0
  let ids = 0
  const file = createOwnFile({
    setUnpublished: () => {},
    path: options.path,
    open: options.open,
    engine,
    clock,
    log,
    node,
    retention: () => config.retention,
    newId: () => `${runPrefix}-${++ids}`,
    async watch(store, beginning) {
      const began = await openWatching({
        config,
        clock,
        store: options.watchStore(store, () => server?.role ?? ''),
        checkRunner: options.createRunner(),
        alertRunner: options.createAlertRunner(),
        log,
        random,
        runPrefix: `${runPrefix}-${++lives}`,
        leading,
        beginning,
        node,
      })
      watching = began
      answerLetters()
      const leave = () => {
        watching = null
        answerLetters()
      }
      return {
        async stop() {
          leave()
          await began.stop()
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
  /** What the file had of its own when it was opened last. */
  let ownCount = 0
  const begun = createServer({
    engine,
    clock,
    log,
    node,
    takeoverMs,
    handOver: (told) => void handOverTold(told, { letters: engine.letters, clock, isStopping: () => isStopping }),
    file: {
      ...file,
      async follow() {
        const followed = await file.follow()
        ownCount = followed.unpublishedCount
        return followed
      },
      async replace(get, about) {
        const aside = await file.replace(get, about)
        if (ownCount > 0) options.onSetAside()
        return aside
      },
    },
    onRole() {
      const before = dispatch
      dispatch = createPlaces()
      before.close()
      answerLetters()
      if (server !== null) options.onRole(server)
    },
    onStandby: async () => {},
  })
  server = begun
  return {
    server: begun,
    get watching() {
      return watching
    },
    async stop() {
      isStopping = true
      await begun.stop()
      dispatch.close()
      await Promise.all([worker.close(), nodes.close(true)])
      await runner.close()
      await engine.close()
    },
  }
}
