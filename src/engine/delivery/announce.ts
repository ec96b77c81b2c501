import type { Clock, Log, Store } from '../../core/model/ports.ts'
import type { Delivery, Notification } from '../../core/model/types.ts'
import { deliveriesFor, plainNotification } from '../../core/tell/notification.ts'
import { formatDuration } from '../../core/text/duration.ts'
import { wholeTime } from '../../core/text/time.ts'

/** Notifications about Minitor itself. */
export interface Announcer {
  /** Minitor has started. */
  started(alerts: readonly string[]): void
  /**
   * Minitor watches again; it did not since `sinceMs` (Unix epoch milliseconds). `tookOverFrom` is the server that watched
   * until then, if that was another one.
   */
  back(sinceMs: number, alerts: readonly string[], tookOverFrom?: string | null): void
}

interface Options {
  readonly clock: Clock
  readonly store: Store
  readonly log: Log
  readonly hostname: string
  readonly deliver: (deliveries: readonly Delivery[]) => void
}

export function createAnnouncer({ clock, store, log, hostname, deliver }: Options): Announcer {
  /** Saved before it is sent, like every other notification. */
  const announce = (notification: Notification) => {
    const deliveries = deliveriesFor(notification)
    const [first, ...others] = deliveries
    if (first === undefined) return
    const kept = store.settle(first, others).catch((error: Error) => {
      log.write('debug', `going on from memory: ${error.message}`)
    })
    void kept.then(() => deliver(deliveries))
  }

  const about = (id: string, message: string, alerts: readonly string[]) => {
    const atMs = clock.wallMs()
    return {
      kind: 'restarted',
      id: `${id}-${atMs.toString(36)}`,
      monitor: 'Minitor',
      message,
      atMs,
      alerts,
      hostname,
    } as const
  }

  return {
    started: (alerts) => announce(plainNotification(about('start', `Minitor has started on ${hostname}`, alerts))),
    back(sinceMs, alerts, tookOverFrom = null) {
      const lasted = formatDuration(Math.round((clock.wallMs() - sinceMs) / 1000) * 1000)
      const what = tookOverFrom === null ? `is back on ${hostname}` : `on ${hostname} took over from ${tookOverFrom}`
      const message = `Minitor ${what}: nothing was watched for ${lasted}, since ${wholeTime(sinceMs)}`
      log.write('warn', message)
      announce(plainNotification({ ...about('back', message, alerts), sinceMs }))
    },
  }
}
