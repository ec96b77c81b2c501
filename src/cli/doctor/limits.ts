import type { Config } from '../../core/model/config.ts'
import { plural } from '../../core/text/plural.ts'
import { type Finding, findingsAbout } from './finding.ts'
import type { Service } from './service-facts.ts'

/** A command needs a descriptor for its FIFO, one to hand it over and one to watch its process. */
const FILES_PER_CHECK = 3
/** The runtime, the database, the pages and the log have open at rest. */
const FILES_AT_REST = 100
/** A shell and two programs in a pipeline. */
const PROCESSES_PER_CHECK = 3
/** Threads of the runtime count as processes. */
const PROCESSES_AT_REST = 50

const { error, unknown, fine } = findingsAbout('limits')

/** Whether as many checks as may run at once find the open files and the processes that they need. */
export function limitFindings(
  { monitors, maxConcurrentChecks }: Pick<Config, 'monitors' | 'maxConcurrentChecks'>,
  { openFileLimit, processLimit, name }: Pick<Service, 'openFileLimit' | 'processLimit' | 'name'>,
): readonly Finding[] {
  const commandCount = monitors.filter(({ command, isEnabled }) => command !== null && isEnabled).length
  const atOnce = Math.min(commandCount, maxConcurrentChecks)
  const checks = `${plural(atOnce, 'check', 'checks')} at once`
  const compare = (what: string, limit: number | null, needed: number, setting: string): Finding => {
    if (limit === null) return unknown(`the limit of ${what} is not known`, null, name)
    const most = limit === Infinity ? 'there is no limit' : `the limit is ${limit}`
    const message = `about ${needed} ${what} are needed for ${checks}, and ${most}`
    if (limit >= needed) return fine(message)
    return error(message, `raise ${setting} of the unit, or ulimit, or lower max_concurrent_checks`, name)
  }
  return [
    compare('open files', openFileLimit, FILES_AT_REST + FILES_PER_CHECK * atOnce, 'LimitNOFILE='),
    compare('processes', processLimit, PROCESSES_AT_REST + PROCESSES_PER_CHECK * atOnce, 'TasksMax= or LimitNPROC='),
  ]
}
