import type { Config } from '../../core/model/config.ts'
import type { Monitor } from '../../core/model/types.ts'
import type { KnownMonitor } from '../../store/tables/read-monitors.ts'
import { UsageError } from '../terminal/outcome.ts'
import { suggestion } from './context.ts'

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
