import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { Config } from '../../core/model/config.ts'
import { UsageError } from '../terminal/outcome.ts'

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
