import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { isMinitor, type RunFile, readRunFile, readRunFileOf } from '../../control/run-file.ts'
import { readDatabase } from '../../store/file/open-for-reading.ts'
import { type Facts, readFacts } from '../../store/tables/facts.ts'
import { type DatabaseOptions, databaseTold } from './context.ts'

/** A daemon that runs. */
export interface FoundDaemon {
  readonly pid: number
  /** What it says of itself now; null where that is out of sight. */
  read(): RunFile | null
}

/** The daemon on this configuration: by its run file or, where that is out of sight, by the database. Null without one. */
export function findDaemon(options: DatabaseOptions): FoundDaemon | null {
  const byConfig = readRunFile(options.config)
  if (byConfig !== null) return { pid: byConfig.pid, read: () => readRunFile(options.config) }
  const holder = holderOf(options)
  return holder === null ? null : { pid: holder.pid, read: () => readRunFileOf(holder.pid) }
}

/** The daemon that the database names, if it lives. */
function holderOf(options: DatabaseOptions): Facts['holder'] {
  const database = databaseTold(options)
  if (database === null || !existsSync(database)) return null
  const path = resolve(database)
  const reading = readDatabase(path, (open) => readFacts(open).holder)
  const holder = reading.kind === 'read' ? reading.result : null
  return holder !== null && isMinitor(holder, path) ? holder : null
}
