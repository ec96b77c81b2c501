import { type Loaded, loadConfig } from './config/read/load.ts'
import { mistakeLine, renderMistakes } from './config/read/report.ts'
import { findHungFile } from './config/read/watch-files.ts'
import { mistakeOfFile } from './config/yaml/source.ts'
import type { Config } from './core/model/config.ts'
import { changesOf } from './core/model/config-changes.ts'
import { type MetricFamily, oneValue } from './core/model/metric.ts'
import type { Log } from './core/model/ports.ts'
import type { Listening } from './open-web.ts'
import type { SignsOfLife } from './signs-of-life.ts'

/** The configuration of a process, read anew when somebody asks for it. */
export interface Reloading {
  /** The one that applies, as it was read. */
  current(): Config
  /** Reads it again. If it is invalid, the old one stays in use. */
  reload(): Promise<void>
  /** One that is being read does not apply any more. */
  stop(): void
  readonly family: MetricFamily
}

interface Options {
  readonly configPath: string
  readonly config: Config
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly listening: Listening
  readonly log: Log
  readonly mask: (text: string) => string
  readonly apply: (config: Config) => void
  readonly onReloaded: SignsOfLife['reloaded']
}

export function createReloading(options: Options): Reloading {
  const { configPath, config: first, log } = options
  let current = first
  let isReloading = false
  let isStopping = false
  let isOk = true

  /** Applies a configuration that was read again; returns what that has changed, for whoever asked for it. */
  const takeNext = ({ config: next, warnings }: Extract<Loaded, { ok: true }>): string => {
    const { summary, details, waiting } = changesOf(current, next, first)
    current = next
    options.apply(next)
    log.write('info', `configuration reloaded: ${summary}`, { config: configPath, output: details.join('\n') })
    for (const warning of warnings) log.write('warn', mistakeLine(warning))
    const waits = waiting.map((key) => `${key} has changed in the configuration: that takes effect at the next start`)
    for (const line of waits) log.write('warn', line)
    return [summary, ...details, ...waits].join('\n')
  }

  return {
    current: () => current,
    async reload() {
      // One that is under way has not read the files yet.
      if (isReloading) return
      isReloading = true
      const hung = await findHungFile(configPath)
      isReloading = false
      if (isStopping) return
      const loaded = hung === null ? reread(options) : notRead(configPath, hung)
      isOk = loaded.ok
      const report = loaded.ok ? takeNext(loaded) : renderMistakes(loaded.mistakes)
      if (!loaded.ok) log.write('error', 'the new configuration is wrong, the old one runs on', { output: report })
      options.onReloaded({ isOk, report: options.mask(report) }, hung !== null)
    },
    stop() {
      isStopping = true
    },
    family: oneValue(
      'gauge',
      'minitor_config_last_reload_successful',
      'Whether the last reload of the configuration took (1) or not (0).',
      () => (isOk ? 1 : 0),
    ),
  }
}

/** A bug in what reads configurations must not end a daemon that runs well. */
function reread({ configPath: path, environment, listening }: Options): Loaded {
  try {
    return loadConfig({ path, environment, mustBePingable: !listening.takesPings, mayWait: false })
  } catch (error) {
    const message = `this is a bug in Minitor: ${error instanceof Error ? error.stack : String(error)}`
    return { ok: false, mistakes: [mistakeOfFile(path, message, 'please report it')] }
  }
}

/** A file that does not answer is not waited for: everything else would stand still. */
function notRead(path: string, hung: string): Loaded {
  const message = `cannot read ${hung}: it does not answer`
  return { ok: false, mistakes: [mistakeOfFile(path, message, 'is it on a network file system that hangs?')] }
}
