import { type Command, Option } from 'commander'
import type { Config } from '../../core/model/config.ts'
import type { SilenceTarget } from '../../core/model/mute.ts'
import { plural } from '../../core/text/plural.ts'
import { printable } from '../../core/text/printable.ts'
import { UsageError } from '../terminal/outcome.ts'
import { findMonitor, suggestion } from './context.ts'

export interface TargetOptions {
  readonly tag?: string
  readonly all?: true
}

export function addTargetOptions(command: Command, all: string): Command {
  return command
    .addOption(new Option('--tag <tag>', 'all monitors with this tag').conflicts('all'))
    .option('--all', all)
}

/** What the command line names. Throws UsageError where that is nothing, or more than one thing. */
export function toTarget(name: string | undefined, { tag, all }: TargetOptions): SilenceTarget {
  if (tag === undefined && !all) {
    if (name === undefined) throw new UsageError('of which monitor?', 'name one, or use --tag or --all')
    return { monitor: name }
  }
  if (name === undefined) return tag === undefined ? 'all' : { tag }
  throw new UsageError(`"${name}" is too much`, `${all ? '--all' : '--tag'} takes the place of a name`)
}

/** Throws UsageError where the configuration knows no such monitor or tag. */
export function refuseUnknown(target: SilenceTarget, config: Config): void {
  if (target === 'all') return
  if ('monitor' in target) {
    findMonitor(config, target.monitor)
    return
  }
  const tags = [...new Set(config.monitors.flatMap((monitor) => monitor.tags))]
  if (tags.includes(target.tag)) return
  throw new UsageError(
    `no monitor has the tag "${target.tag}"`,
    tags.length === 0 ? 'give monitors tags: in the configuration' : suggestion(target.tag, tags),
  )
}

/** `"web"`, `tag "edge" (3 monitors)`, `all monitors`: ready to be printed. */
export function describeTarget(target: SilenceTarget, { monitors }: Pick<Config, 'monitors'>): string {
  if (target === 'all') return 'all monitors'
  if ('monitor' in target) return `"${printable(target.monitor)}"`
  const count = monitors.filter(({ tags }) => tags.includes(target.tag)).length
  return `tag "${printable(target.tag)}" (${plural(count, 'monitor')})`
}
