import type { Beginning } from '../../core/model/cluster.ts'
import type { Clock, Log, Store } from '../../core/model/ports.ts'
import type { Delivery, Notification } from '../../core/model/types.ts'
import { deliveriesFor, plainNotification } from '../../core/tell/notification.ts'
import { formatDuration } from '../../core/text/duration.ts'
import { wholeTime } from '../../core/text/time.ts'

/** Notifications about Minitor itself. */
export interface Announcer {
  /** Minitor has started. */
  started(alerts: readonly string[]): void
  /** Minitor watches again; it did not since `sinceMs` (Unix epoch milliseconds). */
  back(sinceMs: number, alerts: readonly string[], beginning?: Beginning): void
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
    back(sinceMs, alerts, beginning = { kind: 'back' }) {
      const lasted = formatDuration(Math.round((clock.wallMs() - sinceMs) / 1000) * 1000)
      const message = `Minitor ${sentence(beginning, hostname)} ${lasted}, since ${wholeTime(sinceMs)}`
      log.write('warn', message)
      announce(plainNotification({ ...about('back', message, alerts), sinceMs }))
    },
  }
}

/** Up to how long that lasted. */
function sentence(beginning: Beginning, hostname: string): string {
  switch (beginning.kind) {
    case 'back':
      return `is back on ${hostname}: nothing was watched for`
    case 'takeover':
      return `on ${hostname} took over from ${beginning.from}: nothing was watched for`
    case 'alone':
      return `on ${hostname} watches by itself, as the engine of its cluster does not answer: it knows nothing of the last`
  }
}
