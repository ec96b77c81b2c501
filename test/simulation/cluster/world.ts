import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { startAgent } from '../../../src/cluster/agent.ts'
import type { Change, Clock, Log, Runner } from '../../../src/core/model/ports.ts'
import type { DurableStore } from '../../../src/store/thread/durable-store.ts'
import { createModelEngine, type ModelEngine } from '../../support/cluster/model-engine.ts'
import type { Random } from '../../support/random.ts'
import { SECOND } from '../../support/time.ts'
import { createLifeRunner } from '../life-runner.ts'
import { createLifeClock, createTimeline, type Timeline } from '../timeline.ts'
import { createKeptWitness, type KeptWitness } from './kept-witness.ts'
import { createNewsWitness, type NewsWitness } from './news-witness.ts'
import { type ClusterPlan, type NodePlan, planCluster } from './random-cluster.ts'
import type { NodeLife, Scene } from './scene.ts'
import { createServerDisk, type ServerDisk } from './server-disk.ts'
import { type ServerProcess, startServerProcess } from './server-process.ts'
import { createServices } from './services.ts'
import { createTellingWitness, type Teller, type Telling, type TellingWitness, type Watch } from './telling-witness.ts'
import { createWorkWitness } from './work-witness.ts'

/** One machine of a world. */
export interface Machine extends NodePlan {
  /** Null while no process runs. */
  life: NodeLife | null
  process: ServerProcess | { stop(): Promise<void> } | null
  server: ServerProcess | null
  disk: ServerDisk | null
  isCut: boolean
  /** What it told of which the others do not know yet. */
  readonly unshared: Set<Telling>
  /** Monitors of which it knows something else than the journal. */
  readonly apart: Set<string>
  /** By how much its clock is wrong. */
  skewMs: number
}

export interface World {
  readonly random: Random
  readonly timeline: Timeline
  readonly model: ModelEngine
  readonly plan: ClusterPlan
  readonly machines: readonly Machine[]
  readonly telling: TellingWitness
  readonly news: NewsWitness
  readonly kept: KeptWitness
  readonly violations: readonly string[]
  isEngineUp(): boolean
  note(line: string): void
  accuse(rule: string, what: string): void
  begin(machine: Machine): void
  kill(machine: Machine): void
  /** Asks it to stop; resolves, on the world's clock, when it has. */
  stop(machine: Machine): void
  freeze(machine: Machine, ms: number): void
  cut(machine: Machine, isCut: boolean): void
  setEngine(isUp: boolean): void
  setClock(machine: Machine, skewMs: number): void
  isFrozen(machine: Machine): boolean
  /** Ends a fault after this time, unless all of them have ended before. */
  later(delayMs: number, action: () => void): void
  healServices(): void
  /** The outcome and status of each monitor, as the last leader has saved it. */
  readonly saved: ReadonlyMap<string, Change>
  /** All database files, with those that were set aside. */
  files(): readonly string[]
}

interface Options {
  readonly random: Random
  readonly directory: string
  readonly note: (atMs: number, line: string) => void
}

/** 2026-03-02 04:00 UTC. */
const BEGIN_AT_MS = Date.UTC(2026, 2, 2, 4)
/** Calls that fail, one after another, before a server sees what is the matter. */
const ASKING_MS = 15 * SECOND

export function createWorld({ random, directory, note: write }: Options): World {
  const violations: string[] = []
  const timeline = createTimeline(BEGIN_AT_MS + random.int(0, 80_000_000))
  const plan = planCluster(random)
  const { takeoverMs, config } = plan
  const worldClock: Clock = {
    monotonicMs: () => timeline.nowMs,
    wallMs: () => timeline.wallMs(),
    setTimer: (delayMs, callback) => timeline.after(Math.max(0.01, delayMs), null, callback),
  }
  const model = createModelEngine({ clock: worldClock, random, takeoverMs })
  const note = (line: string) => write(timeline.nowMs, line)
  const accuse = (rule: string, what: string) => {
    violations.push(`${rule}: ${what}`)
    note(`BROKEN ${rule}: ${what}`)
  }
  const scene: Scene = { timeline, model, accuse, note }
  const telling = createTellingWitness(scene)
  const kept = createKeptWitness(scene)
  const work = createWorkWitness(scene)
  const saved = new Map<string, Change>()
  let isUp = true
  let isHealed = false
  let lives = 0
  let watches = 0

  const services = createServices({
    names: config.monitors.map(({ name }) => name),
    timeline,
    random,
    note,
    onChange: (name) => news.disturbed(name),
  })

  const machines = plan.nodes.map((node): Machine => {
    const path = join(directory, `${node.name}.db`)
    const disk = node.kind === 'server' ? createServerDisk({ path, timeline, random, accuse }) : null
    return {
      ...node,
      life: null,
      process: null,
      server: null,
      disk,
      isCut: false,
      skewMs: 0,
      unshared: new Set(),
      apart: new Set(),
    }
  })
  /** Those that stand still. */
  const frozen = new Set<NodeLife>()
  const isFrozen = ({ life }: Machine) => life !== null && frozen.has(life)
  const runs = (machine: Machine) => machine.life !== null && !isFrozen(machine)
  const isConnected = (machine: Machine) => isUp && runs(machine) && !machine.isCut

  const isServed = (name: string): boolean => {
    const runOn = config.monitors.find((one) => one.name === name)?.runOn
    if (runOn === undefined) return machines.some((one) => one.kind === 'server' && runs(one))
    // Who is cut off and alone may see less than those who are together, but tells nothing of it.
    if (!machines.some((one) => one.kind === 'server' && isConnected(one))) return false
    const answering = runOn.places.filter((place) =>
      machines.some(
        (one) => isConnected(one) && (place.kind === 'node' ? one.name === place.node : one.tags.includes(place.tag)),
      ),
    )
    return answering.length >= runOn.quorum
  }
  const news = createNewsWitness({ scene, config, services, telling, settleMs: 3 * takeoverMs + ASKING_MS, isServed })

  const clockOf = (machine: Machine, life: NodeLife): Clock => {
    const clock = createLifeClock(timeline, life, random)
    return { ...clock, wallMs: () => Math.floor(clock.wallMs() + machine.skewMs) }
  }
  const logOf = (life: NodeLife): Log => ({
    write(level, message) {
      if (!life.isAlive) return
      if (message.startsWith('a bug in Minitor')) accuse('there are no bugs', message)
      if (level !== 'debug') note(`${life.node} ${level}: ${message}`)
    },
  })
  const checkRunner = (life: NodeLife): Runner =>
    createLifeRunner({
      timeline,
      life,
      play(run) {
        const play = services.check(run)
        work.began(life, play.output)
        return play
      },
      onStart() {},
      onEnd() {},
    })

  const startServer = (machine: Machine, life: NodeLife) => {
    const { engine } = model.connect(machine.name)
    let watch: Watch = { number: ++watches }
    const setAside = () => {
      for (const one of machine.unshared) one.isSetAside = true
      machine.unshared.clear()
    }
    let troubles: () => readonly string[] = () => []
    const watchStore = (store: DurableStore): DurableStore => {
      troubles = store.troubles
      return watched(store)
    }
    const watched = (store: DurableStore): DurableStore => ({
      ...store,
      commit(change) {
        note(
          `${machine.name} ${change.check.monitor} ${change.check.outcome}, ${change.state.status} ${change.check.runId}`,
        )
        work.committed(change, life)
        const { monitor } = change.check
        if (process.server.role !== 'leader' && change.state.fineSinceMs !== kept.fineSinceMs(monitor))
          machine.apart.add(monitor)
        const committed = store.commit(change)
        void committed.then(
          () => {
            if (!life.isAlive) return
            if (!change.isRoutine) kept.kept(life, change)
            if (process.server.role === 'leader') saved.set(change.check.monitor, change)
          },
          () => {},
        )
        return committed
      },
    })
    const process: ServerProcess = startServerProcess({
      cluster: {
        node: machine.name,
        tags: machine.tags,
        alerts: ['mail'],
        takeoverMs,
        servers: ['nats://engine'],
        name: 'minitor',
        login: { kind: 'none' },
        tls: null,
      },
      config,
      engine: { ...engine, taker: work.watch(engine.taker) },
      clock: clockOf(machine, life),
      log: logOf(life),
      random: random.fraction,
      runPrefix: `${machine.name}-${life.number}`,
      path: machine.disk?.path ?? '',
      open: () => (machine.disk as ServerDisk).access(life),
      createRunner: () => checkRunner(life),
      createAlertRunner() {
        watch = { number: ++watches }
        const teller: Teller = {
          life,
          watch,
          role: () => process.server.role,
          epoch: () => process.server.epoch,
          isInformed: (monitor) => !machine.apart.has(monitor),
          isTroubled: () => troubles().length > 0,
        }
        return createLifeRunner({
          timeline,
          life,
          play: () => ({ takesMs: random.int(20, 2000), ending: { kind: 'exited', exitCode: 0 }, output: 'sent\n' }),
          onStart(run) {
            const told = telling.started(run, teller)
            if (told !== null && (teller.role() === 'alone' || teller.isTroubled())) machine.unshared.add(told)
          },
          onEnd: (run, ending) => telling.ended(run, ending),
        })
      },
      onSetAside() {
        setAside()
        machine.apart.clear()
      },
      watchStore,
      onRole({ role, epoch, leader }) {
        if (epoch !== null) life.epochs.add(epoch)
        // What a leader told and could not save for now ends with its lead.
        if (role === 'standby') setAside()
        if (role === 'leader') {
          machine.unshared.clear()
          machine.apart.clear()
        }
        note(`${machine.name} is ${role} ${epoch ?? ''} (${leader} leads)`)
      },
    })
    process.server.ended.catch(
      (error: Error) => life.isAlive && accuse('a server goes on', error.stack ?? error.message),
    )
    return process
  }

  const startAgentOn = (machine: Machine, life: NodeLife) => {
    const { engine } = model.connect(machine.name)
    let count = 0
    return startAgent({
      engine: { ...engine, taker: work.watch(engine.taker) },
      runner: checkRunner(life),
      clock: clockOf(machine, life),
      log: logOf(life),
      nextRunId: () => `${machine.name}-${life.number}-${++count}`,
      about: { name: machine.name, version: '0', hostname: machine.name, tags: machine.tags, slots: 8 },
      allow: null,
    })
  }

  const world: World = {
    random,
    timeline,
    model,
    plan,
    machines,
    telling,
    news,
    kept,
    violations,
    saved,
    isEngineUp: () => isUp,
    note,
    accuse,
    isFrozen,
    begin(machine) {
      if (machine.life !== null) return
      news.disturbed()
      const life: NodeLife = {
        node: machine.name,
        number: ++lives,
        bornAtMs: timeline.nowMs - 20,
        isAlive: true,
        frozenUntilMs: 0,
        hearsFirst: 'timer',
        hasFailed: false,
        epochs: new Set(),
      }
      note(`world: ${machine.name} begins life ${life.number}`)
      machine.life = life
      telling.begun(machine.name)
      if (machine.kind === 'agent') machine.process = startAgentOn(machine, life)
      else machine.process = machine.server = startServer(machine, life)
    },
    kill(machine) {
      const { life } = machine
      if (life === null) return
      news.disturbed()
      note(`world: ${machine.name} is killed`)
      life.isAlive = false
      life.hasFailed = true
      Object.assign(machine, { life: null, process: null, server: null })
      model.kill(machine.name)
      model.thaw(machine.name)
      machine.disk?.crash()
    },
    stop(machine) {
      const { life, process } = machine
      if (life === null || process === null) return
      news.disturbed()
      note(`world: ${machine.name} is to stop`)
      void process.stop().then(() => {
        if (!life.isAlive) return
        news.disturbed()
        note(`world: ${machine.name} has stopped`)
        telling.left(machine.name)
        life.isAlive = false
        Object.assign(machine, { life: null, process: null, server: null })
        model.kill(machine.name)
        machine.disk?.crash()
      })
    },
    freeze(machine, ms) {
      const { life } = machine
      if (life === null || isFrozen(machine)) return
      news.disturbed()
      note(`world: ${machine.name} stands still for ${ms} ms`)
      life.hasFailed = true
      frozen.add(life)
      timeline.freeze(life, ms, random.pick(['timer', 'io']))
      model.freeze(machine.name)
      timeline.after(ms, null, () => {
        if (!life.isAlive) return
        news.disturbed()
        frozen.delete(life)
        note(`world: ${machine.name} goes on`)
        model.thaw(machine.name)
      })
    },
    cut(machine, isCut) {
      if (machine.isCut === isCut) return
      news.disturbed()
      note(`world: ${machine.name} is ${isCut ? 'cut off' : 'connected again'}`)
      if (isCut && machine.life !== null) machine.life.hasFailed = true
      machine.isCut = isCut
      if (isCut) model.cut(machine.name)
      else model.heal(machine.name)
    },
    setEngine(next) {
      if (isUp === next) return
      news.disturbed()
      note(`world: the engine is ${next ? 'back' : 'down'}`)
      isUp = next
      for (const { life } of machines) if (life !== null) life.hasFailed = true
      if (next) model.start()
      else model.stop()
    },
    setClock(machine, skewMs) {
      news.disturbed()
      note(`world: the clock of ${machine.name} is wrong by ${skewMs} ms`)
      machine.skewMs = skewMs
    },
    later(delayMs, action) {
      timeline.after(delayMs, null, () => !isHealed && action())
    },
    healServices() {
      isHealed = true
      services.heal()
    },
    files: () =>
      readdirSync(directory)
        .filter((name) => /\.db(\.aside-.*)?$/.test(name) && !/-(wal|shm)$/.test(name))
        .map((name) => join(directory, name)),
  }
  return world
}
