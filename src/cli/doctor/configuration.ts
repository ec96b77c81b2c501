import { existsSync } from 'node:fs'
import { type Loaded, loadConfig } from '../../config/read/load.ts'
import { sketchConfig } from '../../config/read/sketch.ts'
import type { Mistake } from '../../config/yaml/source.ts'
import type { Config } from '../../core/model/config.ts'
import { plural } from '../../core/text/plural.ts'
import { AS_SERVICE, type Finding, findingsAbout } from './finding.ts'
import type { Service, Viewer } from './service-facts.ts'

export interface ConfigurationFact {
  readonly loaded: Loaded
  /** As far as it can be read. */
  readonly config: Config
  readonly isDatabaseKnown: boolean
}

/** Reads the configuration as the service would. Where its environment is not known, that of this process has to do. */
export function lookAtConfiguration(
  path: string,
  environment: Service['environment'],
  { mustBePingable }: { mustBePingable: boolean },
): ConfigurationFact {
  const location = { path, environment: environment ?? process.env, hasAdvice: true, mustBePingable }
  const loaded = loadConfig(location)
  if (loaded.ok) return { loaded, config: loaded.config, isDatabaseKnown: true }
  const { config, databaseTrouble } = sketchConfig(location)
  return { loaded, config, isDatabaseKnown: databaseTrouble === null && existsSync(path) }
}

const configuration = findingsAbout('configuration')

/** More are for `minitor validate`. */
const MOST_SHOWN = 10

/** What mistakes and warnings there are; those that only this user finds are unknown. */
export function configurationFindings(
  loaded: Loaded,
  { isService }: Viewer,
  environment: Service['environment'],
): readonly Finding[] {
  const all = loaded.ok ? loaded.warnings : loaded.mistakes
  const isForbidden = ({ message }: Mistake) => /^cannot read .*: permission denied$/.test(message)
  const isUnsure = (mistake: Mistake) =>
    (environment === null && /the environment variable \w+ is not set$/.test(mistake.message)) ||
    (!isService && isForbidden(mistake))
  const shown = all.slice(0, MOST_SHOWN).map((mistake) => {
    const { file, line, column, message, hint } = mistake
    const say = isUnsure(mistake) ? configuration.unknown : loaded.ok ? configuration.warning : configuration.error
    const help = hint ?? (isForbidden(mistake) ? AS_SERVICE : null)
    return say(message, help, `${file}:${line}:${column}`)
  })
  if (all.length > MOST_SHOWN) {
    const more = plural(all.length - MOST_SHOWN, loaded.ok ? 'more warning' : 'more mistake')
    const say = loaded.ok ? configuration.warning : configuration.error
    shown.push(say(`the configuration has ${more}`, 'minitor validate lists them'))
  }
  return shown.length > 0 ? shown : [configuration.fine('the configuration is right')]
}
