import { resolve } from 'node:path'
import { listenAddressText } from './core/model/address.ts'
import { configFingerprint } from './engine/delivery/trial.ts'
import { systemClock } from './engine/system-clock.ts'
import { openWatching, type Refused, type Watching, type WatchingOptions } from './open-watching.ts'
import { createReloading } from './reloading.ts'
import { createSignsOfLife } from './signs-of-life.ts'

export type DaemonOptions = Omit<WatchingOptions, 'families' | 'cluster' | 'leading' | 'beginning'>

export interface Daemon {
  /** Reads the configuration again. If it is invalid, the old one stays in use. */
  reload(): Promise<void>
  /** Starts nothing more, ends checks, lets alerts finish, closes everything. Resolves within about ten seconds. */
  stop(): Promise<void>
  /** Cuts a stop short: SIGKILL for everything that still runs. */
  hurry(): void
  /** Resolves to a reason when it cannot go on; absent where that cannot be. */
  readonly broken?: Promise<string>
}

export type Started = { readonly kind: 'running'; readonly daemon: Daemon } | Refused

/** The daemon of one machine: it watches, reads its configuration again, and lets others see that it lives. */
export async function startDaemon(options: DaemonOptions): Promise<Started> {
  const reloading = createReloading({
    ...options,
    apply: (config) => (watching as Watching).apply(config),
    onReloaded: (report, isSamePlace) => signs.reloaded(report, isSamePlace),
  })
  const watching = await openWatching({ ...options, families: () => [reloading.family], cluster: null })
  if (watching.kind === 'refused') return watching
  const signs = createSignsOfLife({
    ...options,
    ...watching,
    clock: systemClock,
    configuration: () => configFingerprint(reloading.current()),
  })
  signs.show(placeOf(options, watching))
  return {
    kind: 'running',
    daemon: {
      reload: reloading.reload,
      async stop() {
        reloading.stop()
        await watching.stop(() => signs.stop())
        options.log.write('info', 'Minitor has stopped')
      },
      hurry: () => watching.hurry(),
    },
  }
}

/** Where others of this machine find what a daemon keeps and shows. */
export function placeOf(
  { database, listening }: Pick<DaemonOptions, 'database' | 'listening'>,
  { health }: Pick<Watching, 'health'>,
) {
  return {
    database: database === ':memory:' ? database : resolve(database),
    health: health === null ? '' : listenAddressText(health),
    takesPings: listening.takesPings,
  }
}
