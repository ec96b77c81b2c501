import type { Config } from '../../src/core/model/config.ts'
import type { Clock, Log, Runner, Store } from '../../src/core/model/ports.ts'
import type { Delivery } from '../../src/core/model/types.ts'
import { createMask } from '../../src/core/text/mask.ts'
import { openChecks } from '../../src/engine/checks/open.ts'
import { createAnnouncer } from '../../src/engine/delivery/announce.ts'
import { createDeliveryLoop } from '../../src/engine/delivery/loop.ts'
import { createWatchdogLoop } from '../../src/engine/watchdog.ts'

const STILL_TOLD_MS = 60_000
const DRAIN_MS = 7000

interface Options {
  readonly config: Config
  readonly clock: Clock
  readonly store: Store
  readonly checkRunner: Runner
  readonly alertRunner: Runner
  readonly log: Log
  readonly random: () => number
  readonly runPrefix: string
  /** Called with each configuration just before the parts get it. */
  readonly onApply: (config: Config) => void
}

export interface Engine {
  apply(config: Config): void
  readonly pendingDeliveries: number
  stop(): Promise<void>
}

/** Puts the parts together as src/daemon.ts does, but without sockets, run file and leftovers. */
export async function startEngine(options: Options): Promise<Engine> {
  const { clock, store, checkRunner, alertRunner, log, random } = options
  const hostname = 'host'
  let count = 0
  const nextRunId = () => `${options.runPrefix}-${++count}`
  const snapshot = await store.load()

  const deliveryLoop = createDeliveryLoop({
    clock,
    store,
    runner: alertRunner,
    log,
    mask: createMask(options.config.secrets),
    random,
    nextRunId,
  })
  const deliver = (deliveries: readonly Delivery[]) => deliveryLoop.enqueue(deliveries)
  const announcer = createAnnouncer({ clock, store, log, hostname, deliver })
  let alertRestart = options.config.alertRestart
  const checks = openChecks({
    clock,
    store,
    runner: checkRunner,
    log,
    snapshot,
    hostname,
    nextRunId,
    deliver,
    onStill(lastMs) {
      if (lastMs >= STILL_TOLD_MS) announcer.back(clock.wallMs() - lastMs, alertRestart)
    },
  })
  const troubles = () => [...checks.troubles(), ...deliveryLoop.troubles(), ...store.troubles()]
  const watchdog = createWatchdogLoop({ clock, runner: alertRunner, log, nextRunId, troubles })

  const apply = (config: Config) => {
    options.onApply(config)
    alertRestart = config.alertRestart
    store.setRetention(config.retention)
    deliveryLoop.setAlerts(config.alerts)
    checks.apply(config)
    watchdog.apply(config.watchdog)
  }

  const { lastAliveAtMs } = snapshot
  const nowMs = clock.wallMs()
  if (lastAliveAtMs !== null) store.noteUnwatched({ fromMs: lastAliveAtMs, toMs: nowMs })
  apply(options.config)
  deliver(snapshot.deliveries)
  announcer.started([])
  if (lastAliveAtMs !== null) announcer.back(Math.min(lastAliveAtMs, nowMs), alertRestart)

  return {
    apply,
    get pendingDeliveries() {
      return deliveryLoop.pendingCount
    },
    async stop() {
      watchdog.stop()
      checks.stop()
      await Promise.all([checkRunner.close(), deliveryLoop.close(DRAIN_MS)])
      await alertRunner.close()
      await store.close()
    },
  }
}
