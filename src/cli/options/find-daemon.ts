import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { isMinitor, type RunFile, readRunFile, readRunFileOf } from '../../control/run-file.ts'
import { readDatabase } from '../../store/file/open-for-reading.ts'
import { type Facts, readFacts } from '../../store/tables/facts.ts'
import { type DatabaseOptions, readSurroundings } from './context.ts'

export interface FoundDaemon {
  readonly pid: number
  /** What it says of itself now; null where that is out of sight. */
  read(): RunFile | null
}

/** The daemon on a configuration, by its run file or, where that is out of sight, by the database; null without one. */
export function findDaemon({ config, database }: DatabaseOptions): FoundDaemon | null {
  const byConfig = readRunFile(config)
  if (byConfig !== null) return { pid: byConfig.pid, read: () => readRunFile(config) }
  const holder = holderOf({ config, database })
  return holder && { pid: holder.pid, read: () => readRunFileOf(holder.pid) }
}

/** The daemon that the database names, if it lives. */
function holderOf({ config, database }: { config: string; database: string | undefined }): Facts['holder'] {
  const found = readSurroundings(config)
  if (database === undefined && found.databaseTrouble !== null) return null
  const path = resolve(database ?? found.config.database)
  if (!existsSync(path)) return null
  const reading = readDatabase(path, (open) => readFacts(open).holder)
  const holder = reading.kind === 'read' ? reading.result : null
  return holder !== null && isMinitor(holder, path) ? holder : null
}
