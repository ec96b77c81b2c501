import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { startTicksOf } from '../../control/run-file.ts'
import type { Config } from '../../core/model/config.ts'
import {
  isTarget,
  labelsIn,
  muteOf,
  NO_MUTES,
  type Silence,
  type SilenceTarget,
  targetMeant,
  targetOf,
  targetText,
} from '../../core/model/mute.ts'
import type { Monitor, Mute } from '../../core/model/types.ts'
import { suggestion } from '../../core/text/nearest.ts'
import { plural } from '../../core/text/plural.ts'
import { named, printable } from '../../core/text/printable.ts'
import { createMaintenance } from '../../engine/checks/maintenance.ts'
import { changeMutesIn as change, type MuteChanges } from '../../store/file/change-mutes.ts'
import { readDatabase } from '../../store/file/open-for-reading.ts'
import { readMutes } from '../../store/tables/mutes.ts'
import { UsageError } from '../terminal/outcome.ts'
import { print, printError } from '../terminal/terminal.ts'
import { findName, type Place, type Surroundings } from './context.ts'
import { userName } from './places.ts'

/** What targets are looked up in. */
type Known = Pick<Surroundings, 'config' | 'isWhole'>

export interface TargetOptions {
  readonly tag?: string
  readonly group?: string
  readonly all?: true
}

export function addTargetOptions(command: Command, all: string): Command {
  return command
    .addOption(new Option('--tag <tag>', 'all monitors with this tag').conflicts(['all', 'group']))
    .addOption(new Option('--group <group>', 'all monitors of this group').conflicts('all'))
    .option('--all', all)
}

/** The options that take the place of names; undefined without one. */
export function optionOf({ tag, group, all }: TargetOptions): '--tag' | '--group' | '--all' | undefined {
  if (tag !== undefined) return '--tag'
  return group === undefined ? all && '--all' : '--group'
}

/** The targets on the command line. Throws UsageError if there are none, or names beside another one. */
export function toTargets(names: readonly string[], options: TargetOptions): readonly SilenceTarget[] {
  const [first] = names
  const option = optionOf(options)
  if (option === undefined) {
    if (first === undefined) throw new UsageError('name a monitor', 'or use --tag, --group or --all')
    return names.map((monitor) => ({ monitor }))
  }
  if (first !== undefined)
    throw new UsageError(`${printable(named(first))} is too much`, `${option} takes the place of a name`)
  const target = targetOf(options)
  return target === null ? [] : [target]
}

/**
 * The target that is meant, among those of the configuration and `targets`. Throws UsageError if there is no such monitor,
 * tag or group, as far as that can be told.
 */
export function findTarget(
  typed: SilenceTarget,
  { config, isWhole }: Known,
  targets: readonly SilenceTarget[] = [],
): SilenceTarget {
  const there = { monitors: config.monitors, targets }
  const meant = targetMeant(typed, there)
  if (meant !== null || typed === 'all') return meant ?? typed
  if ('monitor' in typed) return { monitor: findName(typed.monitor, labelsIn('monitor', there), config) }
  const [key, label] = 'tag' in typed ? (['tag', typed.tag] as const) : (['group', typed.group] as const)
  if (!isWhole) return { [key]: label.normalize('NFC') } as SilenceTarget
  const labels = labelsIn(key, there)
  throw new UsageError(
    `no monitor ${key === 'tag' ? 'has the tag' : 'is in the group'} ${printable(named(label))}`,
    labels.length === 0
      ? `give monitors ${key === 'tag' ? 'tags' : 'group'}: in the configuration`
      : suggestion(label, labels),
  )
}

/** The monitors that names mean, or an option in their place; those that are named first come first. Throws UsageError. */
export function findMonitors(names: readonly string[], options: TargetOptions, known: Known): readonly Monitor[] {
  const targets = toTargets(names, options).map((one) => findTarget(one, known))
  return [...new Set(targets.flatMap((one) => known.config.monitors.filter((monitor) => isTarget(one, monitor))))]
}

/** `"web"`, `tag "edge" (3 monitors)`, `all monitors`: safe to print. */
export function describeTarget(target: SilenceTarget, { config, isWhole }: Known): string {
  const text = printable(targetText(target))
  if (target === 'all' || 'monitor' in target || !isWhole) return text
  return `${text} (${plural(config.monitors.filter((monitor) => isTarget(target, monitor)).length, 'monitor')})`
}

/** Whose doing it is: the user of this machine, also behind sudo. */
export function whoIs(): string {
  return `${process.env.SUDO_USER || userName(process.getuid?.() ?? 0)} (command line)`
}

interface Changed<Result> {
  readonly result: Result
  /** Whether a running daemon has the file open, and will see the change. */
  readonly hasDaemon: boolean
}

/**
 * Changes the mutes in a daemon's database; in a cluster, by the server that leads. Throws UsageError if it cannot be
 * written, NotNow while no server can do it.
 */
export async function changeMutes<Result>(
  place: Place,
  work: (changes: MuteChanges) => Result,
): Promise<Changed<Result>> {
  const { path, config } = place
  if (config.cluster === null) return changeOwn(path, work)
  const { changeInCluster } = await import('./cluster-mutes.ts')
  const made = await changeInCluster(place, work)
  return made === null ? changeOwn(path, work, { isAlone: true }) : { ...made, hasDaemon: true }
}

function changeOwn<Result>(
  path: string,
  work: (changes: MuteChanges) => Result,
  options: { readonly isAlone?: boolean } = {},
): Changed<Result> {
  const look = (changes: MuteChanges) => {
    const { holder } = changes
    const hasDaemon = holder !== null && startTicksOf(holder.pid) === holder.startTicks
    return { result: work(changes), hasDaemon }
  }
  const changed = change(path, look, options)
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
  const mutes = { ...NO_MUTES, silences: silencesIn(database ?? config.database), acknowledgements: [] }
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
