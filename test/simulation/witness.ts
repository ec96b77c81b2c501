import type { Config } from '../../src/core/model/config.ts'
import type { LogLevel } from '../../src/core/model/log-settings.ts'
import type { Mutes } from '../../src/core/model/mute.ts'
import type { Change, CommandRun, Departure, LogFields, Snapshot } from '../../src/core/model/ports.ts'
import type { Delivery, Ending } from '../../src/core/model/types.ts'
import type { DatabaseFile } from '../../src/store/file/database-file.ts'
import type { Write } from '../../src/store/tables/apply-writes.ts'
import type { Life, Timeline } from './timeline.ts'

/** What a process starts with. */
export interface Beginning {
  readonly life: Life
  readonly config: Config
  readonly snapshot: Snapshot
}

/** Sees all that passes between Minitor and its world, and reports what must not happen. */
export interface Witness {
  readonly began?: (beginning: Beginning) => void
  /** `isOrderly`: it stopped by itself and closed its file. */
  readonly ended?: (life: Life, isOrderly: boolean) => void
  /** Minitor watches this from now on. */
  readonly configured?: (config: Config) => void
  readonly checkStarted?: (run: CommandRun) => void
  readonly checkEnded?: (run: CommandRun, ending: Ending) => void
  readonly guardStarted?: (run: CommandRun) => void
  readonly guardEnded?: (run: CommandRun, ending: Ending) => void
  readonly alertStarted?: (run: CommandRun) => void
  readonly alertEnded?: (run: CommandRun, ending: Ending) => void
  readonly committed?: (change: Change) => void
  readonly settled?: (delivery: Delivery, following: readonly Delivery[]) => void
  /** Minitor may send these now: the store has reported them as saved, or as impossible to save for now. */
  readonly released?: (deliveries: readonly Delivery[], isKept: boolean) => void
  readonly departed?: (departure: Departure) => void
  readonly mutesHeard?: (mutes: Mutes) => void
  /** These writes are in the file now, whether or not Minitor gets to know it. */
  readonly applied?: (writes: readonly Write[], nowMs: number) => void
  readonly opened?: (file: DatabaseFile, path: string) => void
  /** The file has become unreadable. */
  readonly spoiled?: () => void
  /** The content of the file is gone; a new file begins. */
  readonly lostFile?: () => void
  /** The process stands still for this long. */
  readonly frozen?: (ms: number) => void
  readonly clockSet?: (byMs: number) => void
  /** Some time has passed. */
  readonly pulsed?: () => void
  readonly logged?: (level: LogLevel, message: string, fields: LogFields) => void
}

/** Reports a broken rule. */
export type Accuse = (rule: string, what: string) => void

/** What a witness needs to know about the world. */
export interface Scene {
  readonly timeline: Pick<Timeline, 'nowMs' | 'wallMs'>
  readonly accuse: Accuse
  /** The configuration that Minitor read last. */
  readonly config: () => Config
  readonly storeTroubles: () => readonly string[]
  readonly isStopping: () => boolean
}

type Handler<Name extends keyof Witness> = NonNullable<Witness[Name]>

/** One witness that passes everything on to all. */
export function allOf(witnesses: readonly Witness[]): Required<Witness> {
  const tell =
    <Name extends keyof Witness>(name: Name) =>
    (...args: Parameters<Handler<Name>>) => {
      for (const witness of witnesses) (witness[name] as ((...all: typeof args) => void) | undefined)?.(...args)
    }
  return {
    began: tell('began'),
    ended: tell('ended'),
    configured: tell('configured'),
    checkStarted: tell('checkStarted'),
    checkEnded: tell('checkEnded'),
    guardStarted: tell('guardStarted'),
    guardEnded: tell('guardEnded'),
    alertStarted: tell('alertStarted'),
    alertEnded: tell('alertEnded'),
    committed: tell('committed'),
    settled: tell('settled'),
    released: tell('released'),
    departed: tell('departed'),
    mutesHeard: tell('mutesHeard'),
    applied: tell('applied'),
    opened: tell('opened'),
    spoiled: tell('spoiled'),
    lostFile: tell('lostFile'),
    frozen: tell('frozen'),
    clockSet: tell('clockSet'),
    pulsed: tell('pulsed'),
    logged: tell('logged'),
  }
}
