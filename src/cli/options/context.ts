import type { Database } from 'bun:sqlite'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { type Loaded, loadConfig } from '../../config/read/load.ts'
import { renderMistakes } from '../../config/read/report.ts'
import type { Config } from '../../core/model/config.ts'
import type { Monitor } from '../../core/model/types.ts'
import { nearest } from '../../core/text/nearest.ts'
import { readDatabase } from '../../store/file/open-for-reading.ts'
import type { KnownMonitor } from '../../store/tables/monitors.ts'
import { ConfigRefused, UsageError } from '../terminal/outcome.ts'

export function addConfigOption(command: Command): Command {
  return command.addOption(
    new Option('-c, --config <path>', 'configuration file, or a directory of *.yml files').default('config.yml'),
  )
}

/** `mustBePingable`: whether a heartbeat that nobody could ping is a mistake. */
export function load(path: string, { mustBePingable = false } = {}): Loaded {
  return loadConfig({ path, environment: process.env, mustBePingable })
}

/** Throws ConfigRefused with all mistakes. */
export function loadOrRefuse(path: string, { mustBePingable = false } = {}): Config {
  const loaded = load(path, { mustBePingable })
  if (loaded.ok) return loaded.config
  throw new ConfigRefused(renderMistakes(loaded.mistakes))
}

/** Throws UsageError where there is no monitor of that name. */
export function findMonitor(config: Config, name: string): Monitor {
  const monitor = config.monitors.find((one) => one.name === name)
  if (monitor !== undefined) return monitor
  throw new UsageError(
    `there is no monitor "${name}"`,
    suggestion(
      name,
      config.monitors.map((one) => one.name),
    ),
  )
}

/** `did you mean …`, else what there is. */
export function suggestion(name: string, candidates: readonly string[]): string {
  const near = nearest(name, candidates)
  if (near !== null) return `did you mean "${near}"?`
  const shown = candidates.slice(0, 10).join(', ')
  return `there are: ${shown}${candidates.length > 10 ? `, and ${candidates.length - 10} more` : ''}`
}

export function addDatabaseOption(command: Command, description: string): Command {
  return command.addOption(new Option('--database <file>', description).env('MINITOR_DATABASE'))
}

/** The database of the daemon that runs on this configuration. Throws UsageError where it has none. */
export function findDatabase(config: Pick<Config, 'database'>, option: string | undefined): string {
  const database = option ?? config.database
  if (database === ':memory:') {
    throw new UsageError(
      'the daemon keeps its state in memory, where nobody else can see it',
      'name a file with database: in the configuration, or with --database',
    )
  }
  const path = resolve(database)
  if (existsSync(path)) return path
  throw new UsageError(`there is no database ${path}`, 'has the daemon been started? Or name the file with --database')
}

/** A monitor of the configuration, of the database, or of both: never of neither. */
export interface Named {
  /** Undefined once it was removed from the configuration. */
  readonly monitor: Monitor | undefined
  /** Undefined before its first check. */
  readonly known: KnownMonitor | undefined
}

/** Throws UsageError where neither the configuration nor the database knows the name. */
export function findNamed(
  name: string,
  { config, known }: { config: Config; known: ReadonlyMap<string, KnownMonitor> },
): Named {
  const found = { monitor: config.monitors.find((one) => one.name === name), known: known.get(name) }
  if (found.monitor !== undefined || found.known !== undefined) return found
  const names = new Set([...config.monitors.map((one) => one.name), ...known.keys()])
  throw new UsageError(`there is no monitor "${name}"`, suggestion(name, [...names]))
}

/** Reads from a daemon's database as it is at one moment. Throws UsageError where that cannot be done. */
export function readOrRefuse<Result>(path: string, read: (database: Database) => Result): Result {
  const reading = readDatabase(path, read)
  if (reading.kind === 'refused') throw new UsageError(reading.reason, reading.hint)
  return reading.result
}
