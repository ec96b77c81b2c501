import type { Clock } from '../../core/model/ports.ts'
import type { Alert, Delivery } from '../../core/model/types.ts'
import { digestible, waitMs } from '../../core/tell/digest.ts'
import type { Gathers } from '../../core/tell/outbox.ts'
import { DAY_MS } from '../../core/text/time.ts'
import type { Lane, Member } from './lanes.ts'

/** Timers overflow at 2^31 ms. */
const LONGEST_SLEEP_MS = DAY_MS

export interface Digests {
  /** Makes a delivery that is ready, and those after it in its lane, wait for the alert's next digest. */
  gather(lane: Lane, delivery: Delivery, alert: Alert): void
  /** Forgets what waits, and for how long. Runs in progress go on. */
  reset(): void
}

interface Options {
  readonly clock: Clock
  readonly gathers: Gathers
  /** Runs the alert once for all members; resolves when the result is settled. */
  readonly run: (alert: Alert, members: readonly Member[]) => Promise<void>
  /** Does what can be done in a lane, and gathers what must still wait. */
  readonly advance: (lane: Lane) => void
}

/** What waits for one alert's next run. `dueMs` is monotonic, and infinite while nothing waits. */
interface Digest {
  alert: Alert
  lanes: Set<Lane>
  dueMs: number
  isRunning: boolean
  cancel: () => void
}

/** For each alert with digests, gathers the deliveries of all monitors and runs the alert once for them. */
export function createDigests({ clock, gathers, run, advance }: Options): Digests {
  const digests = new Map<string, Digest>()

  const digestOf = (alert: Alert): Digest => {
    const none = { alert, lanes: new Set<Lane>(), dueMs: Infinity, isRunning: false, cancel: () => {} }
    const digest = digests.get(alert.name) ?? none
    digest.alert = alert
    digests.set(alert.name, digest)
    return digest
  }

  const arm = (digest: Digest) => {
    digest.cancel()
    if (digest.isRunning || digest.dueMs === Infinity) return
    // A digest that is due at once still waits for a timer, and so for all that comes with it, as after a restart.
    const restMs = Math.max(0, digest.dueMs - clock.monotonicMs())
    digest.cancel = clock.setTimer(Math.min(restMs, LONGEST_SLEEP_MS), () => {
      if (clock.monotonicMs() < digest.dueMs) arm(digest)
      else start(digest)
    })
  }

  const start = (digest: Digest) => {
    const { alert, lanes } = digest
    digest.lanes = new Set()
    digest.dueMs = Infinity
    const members = choose(alert, lanes)
    // The delivery that was due may have been dropped meanwhile.
    const isDue = members.some(({ delivery }) => waitMs(delivery, alert.digestMs, clock.wallMs()) === 0)
    const going = new Set(isDue ? members.map(({ lane }) => lane) : [])
    if (isDue) {
      digest.isRunning = true
      run(alert, members).then(() => {
        digest.isRunning = false
        arm(digest)
      })
    }
    for (const lane of lanes) if (!going.has(lane)) advance(lane)
  }

  /** Lane by lane, because the order within a lane must stay; the lane with the oldest notification first. */
  const choose = (alert: Alert, lanes: ReadonlySet<Lane>): Member[] => {
    const nowMs = clock.wallMs()
    const groups = [...lanes].map((lane) =>
      digestible(lane.deliveries, { alert: alert.name, nowMs, gathers }).map((delivery) => ({ lane, delivery })),
    )
    const ageOf = ([first]: readonly Member[]) => first?.delivery.notification.atMs ?? 0
    return groups.sort((one, other) => ageOf(one) - ageOf(other)).flat()
  }

  return {
    gather(lane, delivery, alert) {
      const digest = digestOf(alert)
      digest.lanes.add(lane)
      const dueMs = clock.monotonicMs() + waitMs(delivery, alert.digestMs, clock.wallMs())
      if (dueMs >= digest.dueMs) return
      digest.dueMs = dueMs
      arm(digest)
    },
    reset() {
      for (const digest of digests.values()) {
        digest.cancel()
        digest.lanes.clear()
        digest.dueMs = Infinity
      }
    },
  }
}
