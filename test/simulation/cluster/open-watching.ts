import type { Beginning, Leading } from '../../../src/core/model/cluster.ts'
import type { Config } from '../../../src/core/model/config.ts'
import type { Clock, Log, Runner } from '../../../src/core/model/ports.ts'
import type { Delivery } from '../../../src/core/model/types.ts'
import { createMask } from '../../../src/core/text/mask.ts'
import { type CarryOn, createCarryOn } from '../../../src/engine/carry-on.ts'
import { openChecks } from '../../../src/engine/checks/open.ts'
import { createAnnouncer } from '../../../src/engine/delivery/announce.ts'
import { createGate } from '../../../src/engine/delivery/gate.ts'
import { createDeliveryLoop } from '../../../src/engine/delivery/loop.ts'
import type { DurableStore } from '../../../src/store/thread/durable-store.ts'

const STILL_TOLD_MS = 60_000
const DRAIN_MS = 7000

interface Options {
  readonly config: Config
  readonly clock: Clock
  readonly store: DurableStore
  readonly checkRunner: Runner
  readonly alertRunner: Runner
  readonly log: Log
  readonly random: () => number
  readonly runPrefix: string
  readonly leading: Leading
  readonly beginning: Beginning
  readonly node: string
}

export interface Watching {
  readonly carryOn: CarryOn
  readonly pendingDeliveries: number
  stop(): Promise<void>
  abandon(): Promise<void>
}

/** Puts the parts together as src/open-watching.ts does for a server of a cluster, but without sockets and leftovers. */
export async function openWatching(options: Options): Promise<Watching> {
  const { config, clock, store, checkRunner, alertRunner, log, random, leading } = options
  const hostname = 'host'
  let count = 0
  const nextRunId = () => `${options.runPrefix}-${++count}`
  const snapshot = await store.load()
  const gate = createGate(leading.confirm)
  const deliveryLoop = createDeliveryLoop({
    clock,
    store,
    runner: gate.guard(alertRunner),
    log,
    mask: createMask(config.secrets),
    random,
    nextRunId,
  })
  const deliver = (deliveries: readonly Delivery[]) => {
    gate.pass(() => {
      carryOn.note(deliveries)
      deliveryLoop.enqueue(deliveries)
    })
  }
  const announcer = createAnnouncer({ clock, store, log, hostname, deliver })
  const { alertRestart } = config
  const checks = openChecks({
    clock,
    store,
    runner: checkRunner,
    log,
    snapshot,
    hostname,
    nextRunId,
    deliver,
    leading,
    onStill(lastMs) {
      if (lastMs >= STILL_TOLD_MS) announcer.back(clock.wallMs() - lastMs, alertRestart)
    },
  })
  const carryOn = createCarryOn({
    clock,
    store,
    checks,
    deliver: (earlier, begun) => gate.pass(() => deliveryLoop.adopt(earlier, begun)),
    hostname,
  })
  const apply = () => {
    const now = leading.withNodes(config, snapshot)
    store.setRetention(now.retention)
    deliveryLoop.setAlerts(now.alerts)
    checks.apply(now)
  }

  const { lastAliveAtMs } = snapshot
  const nowMs = clock.wallMs()
  if (lastAliveAtMs !== null) store.noteUnwatched({ fromMs: lastAliveAtMs, toMs: nowMs })
  apply()
  const stopFollowing = leading.onNodes(apply)
  deliver(snapshot.deliveries)
  announcer.started([])
  if (lastAliveAtMs !== null) {
    announcer.back(Math.min(lastAliveAtMs, nowMs), alertRestart, options.beginning)
  }

  const quieten = () => {
    stopFollowing()
    checks.stop()
  }
  return {
    get pendingDeliveries() {
      return deliveryLoop.pendingCount
    },
    carryOn,
    async stop() {
      quieten()
      await Promise.all([checkRunner.close(), deliveryLoop.close(DRAIN_MS)])
      await alertRunner.close()
      await store.close()
    },
    async abandon() {
      gate.shut()
      quieten()
      void deliveryLoop.close(0)
      await Promise.all([checkRunner.close(0), alertRunner.close(0)])
    },
  }
}
