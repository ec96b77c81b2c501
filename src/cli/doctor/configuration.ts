import { existsSync } from 'node:fs'
import { type Loaded, loadConfig } from '../../config/read/load.ts'
import { sketchConfig } from '../../config/read/sketch.ts'
import type { Mistake } from '../../config/yaml/source.ts'
import type { Config } from '../../core/model/config.ts'
import { type Finding, findingsAbout } from './finding.ts'
import type { Service, Viewer } from './service-facts.ts'

export interface ConfigurationFact {
  readonly loaded: Loaded
  /** As far as it can be read. */
  readonly config: Config
  /** The same, if there is no mistake in it. */
  readonly whole: Config | null
  readonly isDatabaseKnown: boolean
  readonly isEnvironmentKnown: boolean
}

/** Reads the configuration as the service would. Where its environment is not known, that of this process has to do. */
export function lookAtConfiguration(
  path: string,
  environment: Service['environment'],
  { mustBePingable }: { mustBePingable: boolean },
): ConfigurationFact {
  const location = { path, environment: environment ?? process.env, hasAdvice: true, mustBePingable }
  const loaded = loadConfig(location)
  const isEnvironmentKnown = environment !== null
  if (loaded.ok) {
    const { config } = loaded
    return { loaded, config, whole: config, isDatabaseKnown: true, isEnvironmentKnown }
  }
  const { config, databaseTrouble } = sketchConfig(location)
  return {
    loaded,
    config,
    whole: null,
    isDatabaseKnown: databaseTrouble === null && existsSync(path),
    isEnvironmentKnown,
  }
}

const configuration = findingsAbout('configuration')

/** More are for `minitor validate`. */
const MOST_SHOWN = 10

/** What mistakes and warnings there are; those that only this user finds are unknown. */
export function configurationFindings(fact: ConfigurationFact, { isService }: Viewer): readonly Finding[] {
  const { loaded, isEnvironmentKnown } = fact
  const all = loaded.ok ? loaded.warnings : loaded.mistakes
  const isUnsure = ({ message }: Mistake) =>
    (!isEnvironmentKnown && /the environment variable \w+ is not set$/.test(message)) ||
    (!isService && /^cannot read .*: permission denied$/.test(message))
  const shown = all.slice(0, MOST_SHOWN).map((mistake) => {
    const { file, line, column, message, hint } = mistake
    const say = isUnsure(mistake) ? configuration.unknown : loaded.ok ? configuration.warning : configuration.error
    return say(message, hint, `${file}:${line}:${column}`)
  })
  if (all.length > MOST_SHOWN) {
    const more = `the configuration has ${all.length - MOST_SHOWN} more ${loaded.ok ? 'warnings' : 'mistakes'}`
    shown.push(configuration[loaded.ok ? 'warning' : 'error'](more, 'minitor validate lists them'))
  }
  return shown.length > 0 ? shown : [configuration.fine('the configuration is right')]
}
