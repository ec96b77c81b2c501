import { limitMs } from './pace.ts'
import { type Life, type LifeOptions, openSite, runIn, type Site } from './site.ts'

export interface DaemonOptions extends LifeOptions {
  /** Content of `config.yml`. */
  readonly config?: string
  /** More files, by their path in the daemon's directory. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
}

/** A daemon in a site of its own. Disposing of it lets it clean up first. */
export interface DaemonProcess extends Life, Site {
  /** The same executable run to its end in the same place: exit code and what it printed. */
  minitor(...args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }>
}

export function startDaemon({ config, files, ...options }: DaemonOptions): DaemonProcess {
  const site = openSite({ ...(config === undefined ? {} : { 'config.yml': config }), ...files })
  const life = site.start(options)
  return {
    ...site,
    ...life,
    minitor: (...args) => runIn(site.directory, { ...options, args, wrapper: [] }),
    async [Symbol.asyncDispose]() {
      // Twice, as the second one ends it at once and it still cleans up; after that it had its chance.
      for (const signal of ['SIGCONT', 'SIGINT', 'SIGINT'] as const) life.signal(signal)
      const forced = setTimeout(() => life.signal('SIGKILL'), limitMs(2_000))
      await life.ended
      clearTimeout(forced)
      await site[Symbol.asyncDispose]()
    },
  }
}
