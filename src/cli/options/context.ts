import { type Command, Option } from 'commander'
import { type Loaded, loadConfig } from '../../config/read/load.ts'
import { renderMistakes } from '../../config/read/report.ts'
import type { Config } from '../../core/model/config.ts'
import type { Monitor } from '../../core/model/types.ts'
import { nearest } from '../../core/text/nearest.ts'
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
