import { PENDING } from '../../src/core/model/state.ts'
import type { MonitorState } from '../../src/core/model/types.ts'
import { deliveriesFor, notificationsFor } from '../../src/core/tell/notification.ts'
import { systemClock } from '../../src/engine/system-clock.ts'
import { openDurableStore } from '../../src/store/thread/durable-store.ts'
import { createFileAccess, opened } from './database.ts'
import { aChange, aMonitor, collectLog } from './samples.ts'

const STEP_MS = 30_000
/** So many wait for the disk together. */
const AT_ONCE = 100

/** Saves, as a daemon does, an open incident of `web` with a down and so many reminders, delivered by `mail`. It ends now. */
export async function keepReminders(path: string, count: number, outputBytes: number): Promise<void> {
  const store = opened(
    await openDurableStore({ access: createFileAccess(path), clock: systemClock, log: collectLog() }),
  )
  const startedAtMs = Date.now() - count * STEP_MS
  for (let number = 1; number <= count; ) {
    const kept: Promise<void>[] = []
    for (const end = Math.min(count, number + AT_ONCE - 1); number <= end; number++) {
      const atMs = startedAtMs + number * STEP_MS
      const { change, deliveries } = reminder(number, { startedAtMs, atMs, outputBytes })
      kept.push(store.commit(change))
      for (const one of deliveries) kept.push(store.settle({ ...one, status: 'delivered', attemptCount: 1 }, []))
    }
    await Promise.all(kept)
  }
  await store.close()
}

function reminder(
  number: number,
  { startedAtMs, atMs, outputBytes }: Record<'startedAtMs' | 'atMs' | 'outputBytes', number>,
) {
  const state: MonitorState = {
    ...PENDING,
    status: 'down',
    failureCount: number,
    alertCount: number,
    notificationCount: number,
    outageStartedAtMs: startedAtMs,
    lastToldAtMs: atMs,
    lastCheckAtMs: atMs,
    incidentId: 'i',
  }
  // Random, as text that repeats itself would prove little.
  const output = crypto.getRandomValues(new Uint8Array((outputBytes * 3) >> 2)).toBase64()
  const { check, ...change } = aChange('web', atMs, { state })
  const occasion = {
    monitor: aMonitor({ name: 'web' }),
    check: { ...check, output },
    before: state,
    after: state,
    atMs,
    hostname: 'h',
    url: '',
  }
  const kind = number === 1 ? ('down' as const) : ('reminder' as const)
  const notifications = notificationsFor([{ kind, alerts: ['mail'], incidentId: 'i', number }], occasion)
  const deliveries = notifications.flatMap(deliveriesFor)
  return { change: { ...change, check: occasion.check, notifications, deliveries }, deliveries }
}
