import type { Config } from '../../src/core/model/config.ts'
import type { Log, Store } from '../../src/core/model/ports.ts'
import { openDurableStore } from '../../src/store/thread/durable-store.ts'
import type { Random } from '../support/random.ts'
import { createChronicle } from './chronicle.ts'
import { type Engine, startEngine } from './compose.ts'
import { createDisk, type Disk, type DiskMoment } from './disk.ts'
import { createFileWitness } from './file-witness.ts'
import { createLifeRunners, type RunMoment } from './life-runners.ts'
import { createOutageWitness } from './outage-witness.ts'
import { type ConfigMaker, createConfigMaker } from './random-config.ts'
import { createRunWitness } from './run-witness.ts'
import { createScheduleWitness } from './schedule-witness.ts'
import { createStateWitness, type StateWitness } from './state-witness.ts'
import { createTellingWitness, type TellingWitness } from './telling-witness.ts'
import { createLifeClock, createTimeline, type Life, type Timeline } from './timeline.ts'
import { createTruth, type Truth } from './truth.ts'
import { watchStore } from './watched-store.ts'
import { allOf, type Scene, type Witness } from './witness.ts'

/** A moment at which a process can be made to die. */
export type Moment = DiskMoment | RunMoment

export interface World {
  readonly random: Random
  readonly timeline: Timeline
  readonly truth: Truth
  readonly disk: Disk
  readonly configs: ConfigMaker
  readonly state: StateWitness
  readonly telling: TellingWitness
  readonly witness: Required<Witness>
  readonly violations: readonly string[]
  /** The configuration as it is written; Minitor may not have read it yet. */
  readonly config: Config
  /** Null while there is no process, or only one that is stopped. */
  readonly engine: Engine | null
  note(line: string): void
  accuse(rule: string, what: string): void
  begin(): void
  /** Ends the process like SIGKILL; the next one starts after this time. */
  crash(deadMs: number): void
  /** From now on the process dies at the next such moment. */
  crashAt(moment: Moment, deadMs: number): void
  /** No process dies from now on. */
  disarm(): void
  /** Asks the process to stop; the next one starts this long after that. */
  stop(deadMs: number): void
  /** Writes a new configuration and asks the process to read it. */
  reload(config: Config): void
  freeze(ms: number): void
  /** Compares the whole file with what was written to it. */
  compareFile(): void
  close(): void
}

interface Options {
  readonly random: Random
  readonly directory: string
  readonly note: (atMs: number, line: string) => void
}

/** A signal that arrives while a process starts is seen a little later. */
const STARTING_MS = 50

/** 2026-03-02 04:00 UTC, a Monday on which nothing special happens. */
const BEGIN_AT_MS = Date.UTC(2026, 2, 2, 4)

export function createWorld({ random, directory, note: write }: Options): World {
  const violations: string[] = []
  const timeline = createTimeline(BEGIN_AT_MS + random.int(0, 80_000_000))
  const truth = createTruth(random)
  const configs = createConfigMaker(random)
  /** The configuration as it is written, and as the process has read it last. */
  let written = configs.first()
  let config = written
  let life: Life | null = null
  let engine: Engine | null = null
  let store: Store | null = null
  let isStopping = false
  let lifeCount = 0
  let armed: { readonly moment: Moment; readonly deadMs: number } | null = null

  const note = (line: string) => write(timeline.nowMs, line)
  const accuse = (rule: string, what: string) => {
    violations.push(`${rule}: ${what}`)
    note(`BROKEN ${rule}: ${what}`)
  }
  const scene: Scene = {
    timeline,
    accuse,
    config: () => config,
    storeTroubles: () => store?.troubles() ?? [],
    isStopping: () => isStopping,
  }
  const file = createFileWitness(scene)
  const state = createStateWitness(scene)
  const telling = createTellingWitness({ ...scene, kept: file.kept, alerts: () => config.alerts })
  const witness = allOf([
    createChronicle(note),
    file,
    createRunWitness(scene),
    createScheduleWitness(scene),
    createOutageWitness(scene),
    state,
    telling,
  ])

  const onMoment = (moment: Moment) => {
    if (armed?.moment !== moment) return
    const { deadMs } = armed
    armed = null
    note(`dies ${moment}`)
    crash(deadMs)
  }
  const disk = createDisk({ directory, timeline, random, witness, accuse, onMoment })

  const crash = (deadMs: number) => {
    if (life === null) return
    end(false)
    disk.crash()
    timeline.after(deadMs, null, begin)
  }

  const end = (isOrderly: boolean) => {
    if (life === null) return
    note(`life ${life.number} ends`)
    life.isAlive = false
    witness.ended(life, isOrderly)
    life = null
    engine = null
    store = null
    armed = null
    isStopping = false
  }

  /** Only a process that is not stopped sees a signal. */
  const signal = (onSignal: () => void, delayMs = 0.01) => {
    if (life !== null) timeline.after(delayMs, life, onSignal)
  }

  const readConfig = () => {
    if (isStopping) return
    if (engine === null) return signal(readConfig, STARTING_MS)
    config = written
    engine.apply(config)
  }

  const begin = () => {
    const mine: Life = {
      number: ++lifeCount,
      bornAtMs: timeline.nowMs - 20,
      isAlive: true,
      frozenUntilMs: 0,
      hearsFirst: 'timer',
    }
    life = mine
    config = written
    note(`life ${mine.number} begins`)
    live(mine).catch((error: Error) => accuse('nothing is thrown', error.stack ?? error.message))
  }

  const live = async (mine: Life) => {
    const clock = createLifeClock(timeline, mine, random)
    const log: Log = {
      write(level, message, fields = {}) {
        if (!mine.isAlive) return
        if (message.startsWith('a bug in Minitor')) accuse('there are no bugs', message)
        witness.logged(level, message, fields)
      },
    }
    const opened = await openDurableStore({ access: disk.access(mine), clock, log })
    if ('kind' in opened) return accuse('the store opens', opened.reason)
    store = watchStore(opened, mine, witness, () => config)
    const runPrefix = `life${mine.number}`
    const options = {
      config,
      clock,
      store,
      log,
      random: random.fraction,
      runPrefix,
      ...createLifeRunners({ timeline, life: mine, play: truth.play, witness, onMoment }),
    }
    const started = await startEngine({ ...options, onApply: witness.configured })
    if (mine.isAlive) engine = started
  }

  return {
    random,
    timeline,
    truth,
    disk,
    configs,
    state,
    telling,
    witness,
    violations,
    get config() {
      return written
    },
    get engine() {
      const isFrozen = life !== null && life.frozenUntilMs > timeline.nowMs
      return isStopping || isFrozen ? null : engine
    },
    note,
    accuse,
    begin,
    crash,
    crashAt(moment, deadMs) {
      armed = { moment, deadMs }
    },
    disarm() {
      armed = null
    },
    stop(deadMs) {
      signal(() => {
        if (engine === null || isStopping) return
        isStopping = true
        const mine = life
        void engine.stop().then(() => {
          if (mine?.isAlive !== true) return
          end(!disk.isOpen)
          disk.crash()
          timeline.after(deadMs, null, begin)
        })
      })
    },
    reload(next) {
      written = next
      signal(readConfig)
    },
    freeze(ms) {
      if (life === null) return
      timeline.freeze(life, ms, random.pick(['timer', 'io']))
      witness.frozen(ms)
    },
    compareFile: file.compareAll,
    close() {
      end(false)
      disk.crash()
    },
  }
}
