import type { Database } from 'bun:sqlite'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { type Loaded, loadConfig } from '../../config/read/load.ts'
import { mistakeLine, renderMistakes } from '../../config/read/report.ts'
import { sketchConfig } from '../../config/read/sketch.ts'
import { unknownMonitor } from '../../config/read/to-monitor.ts'
import { NODE_MONITOR } from '../../core/model/cluster-config.ts'
import type { Config } from '../../core/model/config.ts'
import type { Monitor } from '../../core/model/types.ts'
import { parseDuration } from '../../core/text/duration.ts'
import { nameMeant } from '../../core/text/identity.ts'
import { createMask } from '../../core/text/mask.ts'
import { suggestion } from '../../core/text/nearest.ts'
import { plural } from '../../core/text/plural.ts'
import { named, printable } from '../../core/text/printable.ts'
import { readDatabase } from '../../store/file/open-for-reading.ts'
import { type KnownMonitor, readMonitors } from '../../store/tables/monitors.ts'
import { ConfigRefused, UsageError } from '../terminal/outcome.ts'
import { errorColours, printError } from '../terminal/terminal.ts'
import { refuseForbidden, usualConfig } from './places.ts'

export function addConfigOption(command: Command): Command {
  return command.addOption(
    new Option('-c, --config <path>', 'configuration file, or a directory of *.yml files')
      .env('MINITOR_CONFIG')
      .default(usualConfig(), 'config.yml, or else /etc/minitor/config.yml'),
  )
}

/** `mustBePingable`: whether a heartbeat that cannot be pinged is a mistake. */
export function load(path: string, { mustBePingable = false, hasAdvice = false } = {}): Loaded {
  return loadConfig({ path, environment: process.env, mustBePingable, hasAdvice })
}

/** Throws ConfigRefused with all mistakes. */
export function loadOrRefuse(path: string): Config {
  return loadWithWarnings(path).config
}

/** Throws ConfigRefused with all mistakes, UsageError if this user may not read it. */
export function loadWithWarnings(path: string, { mustBePingable = false } = {}): Extract<Loaded, { ok: true }> {
  const loaded = load(path, { mustBePingable })
  if (loaded.ok) return loaded
  refuseForbidden(path)
  throw new ConfigRefused(renderMistakes(loaded.mistakes))
}

/** The monitor that is meant by a name, in any letter case, or by its slug. Throws UsageError if there is none. */
export function findMonitor(config: Config, typed: string): Monitor {
  const monitors = new Map(config.monitors.map((one) => [one.name, one]))
  const monitor = monitors.get(findName(typed, [...monitors.keys()], config))
  if (monitor === undefined) throw new Error('a name that was found belongs to a monitor')
  return monitor
}

/** The name that is meant, perhaps as `status` shows it. Throws UsageError if there is none. */
export function findName(typed: string, names: readonly string[], { secrets }: Pick<Config, 'secrets'>): string {
  const mask = createMask(secrets)
  const [shown, ...others] = names.filter((name) => printable(mask(name)) === typed)
  const name = nameMeant(typed, names) ?? (others.length === 0 ? shown : null)
  if (name !== null && name !== undefined) return name
  throw new UsageError(`there is no monitor ${printable(named(typed))}`, suggestion(typed, names))
}

/** The options of every command that reads a daemon's database. */
export interface DatabaseOptions {
  readonly config: string
  readonly database?: string
}

export function addDatabaseOptions(
  command: Command,
  description = "the daemon's database, instead of the configured one",
): Command {
  return addConfigOption(command).addOption(new Option('--database <file>', description).env('MINITOR_DATABASE'))
}

/** What a command that works on a database knows besides it. */
export interface Surroundings {
  readonly config: Config
  /** Whether `config` is all of the configuration; otherwise the database says which monitors there are. */
  readonly isWhole: boolean
}

/** A configuration as far as it could be read. */
export interface Found extends Surroundings {
  /** In one line, what could not be read; empty if that is nothing. */
  readonly trouble: string
  /** Why the configuration does not tell where the database is; null if it does. */
  readonly databaseTrouble: string | null
}

/**
 * Reads a configuration as far as that goes, for commands that are needed while somebody edits it, and outside of the
 * daemon's environment: what they do and show is in the database.
 */
export function readSurroundings({ config: path, database }: DatabaseOptions): Found {
  const { config, databaseTrouble, mistakes } = sketchConfig({ path, environment: process.env })
  const [first] = mistakes
  if (first === undefined) return { config, isWhole: true, trouble: '', databaseTrouble }
  // Nobody misses a configuration that no one has named, where the database is named.
  const isMissed = database === undefined || path !== usualConfig() || existsSync(path)
  if (!isMissed) return { config, isWhole: false, trouble: '', databaseTrouble }
  const line = mistakeLine({ ...first, hint: null })
  const more = mistakes.length === 1 ? '' : `, and ${plural(mistakes.length - 1, 'more mistake')}`
  const trouble = `the configuration is used as far as it can be read: ${line}${more}`
  return { config, isWhole: false, trouble, databaseTrouble }
}

/** The database that is named or configured; null where the configuration does not tell it. Reads that only if it has to. */
export function databaseTold({ config, database }: DatabaseOptions): string | null {
  if (database !== undefined) return database
  const found = readSurroundings({ config })
  return found.databaseTrouble === null ? found.config.database : null
}

/** What a command that works on a database knows, and where that is. */
export interface Place extends Surroundings {
  readonly path: string
  /** The path of the configuration. */
  readonly configPath: string
}

/** The database to work on, with what is known besides it. Prints what could not be read. Throws UsageError if there is none. */
export function findSurroundings(options: DatabaseOptions): Place {
  const found = lookAround(options)
  return { ...found, path: databaseOf(found, options.database), configPath: options.config }
}

/** Prints what could not be read. Throws UsageError where this user may not read what would tell the database. */
function lookAround(options: DatabaseOptions): Found {
  const found = readSurroundings(options)
  if (found.trouble === '') return found
  if (options.database === undefined) refuseForbidden(options.config)
  printError(`${errorColours.yellow('warning')}: ${found.trouble}`)
  return found
}

/** The same, with the monitors of the database where the configuration is not whole. Throws UsageError if it cannot be read. */
export function findKnown(options: DatabaseOptions): Place {
  const found = findSurroundings(options)
  if (found.isWhole) return found
  return { ...found, config: withKnown(found, readOrRefuse(found.path, readMonitors)) }
}

/** The database to work on, for a command that needs nothing else. Throws UsageError if there is none. */
export function findDatabase(options: DatabaseOptions): string {
  const { database } = options
  return database === undefined ? findSurroundings(options).path : pathOf(database)
}

/** Where the database is, or would be. Throws UsageError if that cannot be told. */
export function placeOf(options: DatabaseOptions): string {
  if (options.database !== undefined) return resolveFile(options.database)
  return resolveFile(namedBy(lookAround(options)))
}

/** Throws UsageError if there is no database. */
export function databaseOf(found: Found, option: string | undefined): string {
  return pathOf(option ?? namedBy(found))
}

function namedBy({ config, databaseTrouble }: Found): string {
  if (databaseTrouble === null) return config.database
  throw new UsageError(
    `the configuration does not tell where the database is: ${printable(databaseTrouble)}`,
    'name the file with --database',
  )
}

/**
 * The configuration with the monitors that there are: where it is not whole, the database knows best what is watched, and in
 * a cluster it knows the monitors of nodes.
 */
export function withKnown({ config, isWhole }: Surroundings, known: ReadonlyMap<string, KnownMonitor>): Config {
  if (isWhole && config.cluster === null) return config
  const isWatched = (name: string) => (known.get(name)?.state ?? null) !== null
  const named = new Set(config.monitors.map(({ name }) => name))
  const others = [...known.keys()].filter(
    (name) => isWatched(name) && !named.has(name) && (!isWhole || name.startsWith(NODE_MONITOR)),
  )
  return {
    ...config,
    monitors: [
      ...config.monitors.map((one) => (isWatched(one.name) ? { ...one, isEnabled: true } : one)),
      ...others.map(unknownMonitor),
    ],
  }
}

function resolveFile(database: string): string {
  if (database === ':memory:') {
    throw new UsageError(
      'the daemon keeps its state in memory, where no command can read it',
      'set database: to a file in the configuration, or use --database',
    )
  }
  return resolve(database)
}

function pathOf(database: string): string {
  const path = resolveFile(database)
  refuseForbidden(path)
  if (existsSync(path)) return path
  throw new UsageError(
    `there is no database ${path}`,
    'has the daemon been started? If it uses another file, give that with --database',
  )
}

/** A monitor in the configuration, in the database, or in both; never in neither. */
export interface Named {
  readonly name: string
  /** Undefined once it was removed from the configuration. */
  readonly monitor: Monitor | undefined
  /** Undefined before its first check. */
  readonly known: KnownMonitor | undefined
}

/** Throws UsageError if neither the configuration nor the database has the name. */
export function findNamed(
  typed: string,
  { config, known }: { config: Config; known: ReadonlyMap<string, KnownMonitor> },
): Named {
  const name = findName(typed, [...new Set([...config.monitors.map((one) => one.name), ...known.keys()])], config)
  return { name, monitor: config.monitors.find((one) => one.name === name), known: known.get(name) }
}

/** Reads one consistent state of a daemon's database. Throws UsageError if it cannot be read. */
export function readOrRefuse<Result>(path: string, read: (database: Database) => Result): Result {
  const reading = readDatabase(path, read)
  if (reading.kind === 'refused') throw new UsageError(reading.reason, reading.hint)
  return reading.result
}

/** A time as people and machines write it: in this machine's zone unless it has one, at midnight unless it has an hour. */
const TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/

/** The time that `--since` names (a duration ago, or a time) in Unix epoch milliseconds. Throws UsageError for anything else. */
export function parseSince(text: string, nowMs: number): number {
  const durationMs = parseDuration(text)
  const atMs = durationMs === null ? parseTime(text) : nowMs - durationMs
  if (Number.isNaN(atMs)) {
    throw new UsageError(
      `--since takes a duration or a time, not ${named(text)}`,
      'for example --since 24h, 7d, 2026-07-31 or 2026-07-31T18:00',
    )
  }
  if (atMs > nowMs) throw new UsageError(`--since ${text} is in the future`)
  return atMs
}

function parseTime(text: string): number {
  const [, date, time = '00:00', zone = ''] = TIME.exec(text) ?? []
  return date === undefined ? Number.NaN : Date.parse(`${date}T${time}${zone}`)
}
