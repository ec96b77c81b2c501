import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { startTicksOf } from '../../control/run-file.ts'
import type { Config } from '../../core/model/config.ts'
import { isTarget, muteOf, type Silence, type SilenceTarget, targetText } from '../../core/model/mute.ts'
import type { Monitor, Mute } from '../../core/model/types.ts'
import { plural } from '../../core/text/plural.ts'
import { printable } from '../../core/text/printable.ts'
import { createMaintenance } from '../../engine/checks/maintenance.ts'
import { changeMutesIn as change, type MuteChanges } from '../../store/file/change-mutes.ts'
import { readDatabase } from '../../store/file/open-for-reading.ts'
import { readMutes } from '../../store/tables/mutes.ts'
import { UsageError } from '../terminal/outcome.ts'
import { print, printError } from '../terminal/terminal.ts'
import { findMonitor, type Surroundings, suggestion } from './context.ts'

/** What targets are looked up in. */
type Known = Pick<Surroundings, 'config' | 'isWhole'>

export interface TargetOptions {
  readonly tag?: string
  readonly all?: true
}

export function addTargetOptions(command: Command, all: string): Command {
  return command
    .addOption(new Option('--tag <tag>', 'all monitors with this tag').conflicts('all'))
    .option('--all', all)
}

/** The target on the command line. Throws UsageError if there is none, or more than one. */
export function toTarget(name: string | undefined, { tag, all }: TargetOptions): SilenceTarget {
  if (tag === undefined && !all) {
    if (name === undefined) throw new UsageError('name a monitor', 'or use --tag or --all')
    return { monitor: name }
  }
  if (name === undefined) return tag === undefined ? 'all' : { tag }
  throw new UsageError(`"${name}" is too much`, `${all ? '--all' : '--tag'} takes the place of a name`)
}

/** The target that is meant. Throws UsageError if there is no such monitor or tag, as far as that can be told. */
export function findTarget(target: SilenceTarget, { config, isWhole }: Known): SilenceTarget {
  if (target === 'all') return target
  if ('monitor' in target) return { monitor: findMonitor(config, target.monitor).name }
  const tag = target.tag.normalize('NFC')
  const tags = [...new Set(config.monitors.flatMap((monitor) => monitor.tags))]
  if (tags.includes(tag) || !isWhole) return { tag }
  throw new UsageError(
    `no monitor has the tag "${target.tag}"`,
    tags.length === 0 ? 'give monitors tags: in the configuration' : suggestion(target.tag, tags),
  )
}

/** `"web"`, `tag "edge" (3 monitors)`, `all monitors`: safe to print. */
export function describeTarget(target: SilenceTarget, { config, isWhole }: Known): string {
  const text = printable(targetText(target))
  if (target === 'all' || 'monitor' in target || !isWhole) return text
  return `${text} (${plural(config.monitors.filter((monitor) => isTarget(target, monitor)).length, 'monitor')})`
}

interface Changed<Result> {
  readonly result: Result
  /** Whether a running daemon has the file open, and will see the change. */
  readonly hasDaemon: boolean
}

/** Changes the mutes in a daemon's database. Throws UsageError if it cannot be written. */
export function changeMutes<Result>(path: string, work: (changes: MuteChanges) => Result): Changed<Result> {
  const changed = change(path, (changes) => {
    const { holder } = changes
    const hasDaemon = holder !== null && startTicksOf(holder.pid) === holder.startTicks
    return { result: work(changes), hasDaemon }
  })
  if (changed.kind === 'refused') throw new UsageError(changed.reason, changed.hint)
  return changed.result
}

/** A mute is stored in the database, where the next daemon finds it. */
export function printIfNoDaemon({ hasDaemon }: { hasDaemon: boolean }, path: string): void {
  if (!hasDaemon) print(`No daemon is running on ${path}: this takes effect when one starts.`)
}

/** What will mute a monitor at a time (Unix epoch milliseconds): maintenance, and the silences in the database, if there is one. */
export function expectMutes(
  monitor: Monitor,
  { config, database }: { config: Config; database: string | undefined },
): (atMs: number) => Mute | null {
  const maintenance = createMaintenance(config.maintenance)
  const mutes = { silences: silencesIn(database ?? config.database), acknowledgements: [] }
  const nobody = { incidentId: null, parents: [] }
  return (atMs) => muteOf(monitor, { ...nobody, atMs, mutes, maintenanceUntilMs: maintenance.until(monitor, atMs) })
}

function silencesIn(database: string): readonly Silence[] {
  const path = resolve(database)
  if (database === ':memory:' || !existsSync(path)) return []
  const reading = readDatabase(path, (open) => readMutes(open, Date.now()).silences)
  if (reading.kind === 'read') return reading.result
  printError(`Silences are ignored: ${reading.reason}`)
  return []
}
