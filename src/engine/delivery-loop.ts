import { compactLane, isPending, RETRY_LONGEST_MS, readiness, retryDelayMs, supersededBy } from '../core/outbox.ts'
import type { Clock, Log, Runner, Store } from '../core/ports.ts'
import type { Alert, Delivery } from '../core/types.ts'
import { type AttemptResult, attempt } from './attempt.ts'

/** One alert runs for that many monitors at once: a storm must not start hundreds of mail programs. */
const RUNS_PER_ALERT = 8
/** A delivery that is pending for longer is trouble worth telling. */
const OVERDUE_MS = 5 * 60_000

/** Takes deliveries that are committed and runs their alerts, apart from checks, until each is settled. */
export interface DeliveryLoop {
  enqueue(deliveries: readonly Delivery[]): void
  setAlerts(alerts: ReadonlyMap<string, Alert>): void
  readonly pendingCount: number
  readonly failedCount: number
  /** Why telling does not go as it should, one sentence each. */
  troubles(): readonly string[]
  delivered(): Iterable<{ readonly alert: string; readonly monitor: string; readonly count: number }>
  /** Starts nothing more; resolves when what is under way has ended, at the latest after `graceMs`. */
  close(graceMs: number): Promise<void>
}

interface Options {
  readonly clock: Clock
  readonly store: Store
  readonly runner: Runner
  readonly log: Log
  readonly random: () => number
  readonly nextRunId: () => string
}

/** All that is still to be told, or to be remembered, of one monitor; oldest notification first. */
interface Lane {
  deliveries: Delivery[]
  /** Ids of deliveries whose alert runs now, and of those that wait for their next attempt. */
  readonly underway: Set<string>
  readonly asleep: Set<string>
}

export function createDeliveryLoop({ clock, store, runner, log, random, nextRunId }: Options): DeliveryLoop {
  const lanes = new Map<string, Lane>()
  const runningByAlert = new Map<string, number>()
  const waitingByAlert = new Map<string, Set<Lane>>()
  const deliveredCounts = new Map<string, { alert: string; monitor: string; count: number }>()
  let alerts: ReadonlyMap<string, Alert> = new Map()
  let failedCount = 0
  let isClosed = false
  let onIdle = () => {}

  /** Keeps a delivery's new form and whatever follows from it, side by side in the lane. */
  const settle = (lane: Lane, old: Delivery, changes: Partial<Delivery>, following: readonly Delivery[] = []) => {
    const settled = { ...old, ...changes }
    lane.deliveries.splice(lane.deliveries.indexOf(old), 1, settled, ...following)
    store.settle(settled, following).catch((error: Error) => {
      log.write('error', `a delivery could not be kept, going on from memory: ${error.message}`, { delivery: old.id })
    })
    const { monitor, kind } = settled.notification
    const facts = { monitor, alert: settled.alert, kind, notification: settled.notification.id, reason: settled.reason }
    if (settled.status === 'dropped')
      log.write('info', `"${monitor}": ${kind} by ${settled.alert} is not sent: ${settled.reason}`, facts)
    if (settled.status === 'failed') {
      failedCount++
      log.write('error', `"${monitor}": ${kind} could not be delivered by ${settled.alert}: ${settled.reason}`, facts)
    }
  }

  const handOver = (lane: Lane, delivery: Delivery, fallback: string, reason: string) => {
    const { notification } = delivery
    const id = `${notification.id}/${fallback}`
    const isThere = lane.deliveries.some((one) => one.id === id)
    const nowMs = clock.wallMs()
    const next: Delivery = {
      id,
      notification,
      alert: fallback,
      status: 'pending',
      createdAtMs: nowMs,
      attemptCount: 0,
      nextAttemptAtMs: nowMs,
      reason: `handed over by ${delivery.alert}: ${reason}`,
    }
    settle(lane, delivery, { status: 'handed_over', reason }, isThere ? [] : [next])
    log.write('warn', `"${notification.monitor}": ${fallback} takes over from ${delivery.alert}: ${reason}`)
  }

  const giveUp = (lane: Lane, delivery: Delivery, reason: string) => {
    const fallback = alerts.get(delivery.alert)?.fallback ?? null
    if (fallback === null) settle(lane, delivery, { status: 'failed', reason })
    else handOver(lane, delivery, fallback, reason)
  }

  /** Does whatever can be done in a lane now. */
  const advance = (lane: Lane) => {
    for (const delivery of [...lane.deliveries]) {
      if (!isPending(delivery) || lane.underway.has(delivery.id) || !lane.deliveries.includes(delivery)) continue
      const state = readiness(delivery, lane.deliveries)
      if (state.kind === 'drop') settle(lane, delivery, { status: 'dropped', reason: state.reason })
      else if (state.kind === 'hand_over') giveUp(lane, delivery, state.reason)
      else if (state.kind === 'ready') begin(lane, delivery)
      else continue
      if (state.kind !== 'ready') return advance(lane)
    }
    lane.deliveries = compactLane(lane.deliveries)
  }

  const begin = (lane: Lane, delivery: Delivery) => {
    const waitMs = delivery.nextAttemptAtMs - clock.wallMs()
    // A wait longer than any there is means that the wall clock was set back.
    if (waitMs > 0 && waitMs <= RETRY_LONGEST_MS) return wakeLater(lane, delivery, waitMs)
    const alert = alerts.get(delivery.alert)
    if (alert === undefined) {
      settle(lane, delivery, { status: 'failed', reason: `there is no alert "${delivery.alert}" any more` })
      return advance(lane)
    }
    if (isClosed) return
    const running = runningByAlert.get(alert.name) ?? 0
    if (running >= RUNS_PER_ALERT) {
      waitingByAlert.set(alert.name, (waitingByAlert.get(alert.name) ?? new Set()).add(lane))
      return
    }
    runningByAlert.set(alert.name, running + 1)
    lane.underway.add(delivery.id)
    attempt({ delivery, alert, runner, log, runId: nextRunId(), nowMs: clock.wallMs() }).then((result) => {
      lane.underway.delete(delivery.id)
      runningByAlert.set(alert.name, (runningByAlert.get(alert.name) ?? 1) - 1)
      conclude(lane, delivery, alert, result)
      advance(lane)
      admitNext(alert.name)
      if (underwayCount() === 0) onIdle()
    })
  }

  const wakeLater = (lane: Lane, { id }: Delivery, waitMs: number) => {
    if (lane.asleep.has(id)) return
    lane.asleep.add(id)
    clock.setTimer(waitMs, () => {
      lane.asleep.delete(id)
      advance(lane)
    })
  }

  const conclude = (lane: Lane, delivery: Delivery, alert: Alert, result: AttemptResult) => {
    const { monitor, kind } = delivery.notification
    const attemptCount = delivery.attemptCount + 1
    const facts = { monitor, alert: alert.name, kind, attempt: attemptCount, output: result.output }
    if (result.isDelivered) {
      if (alert.command !== 'log') log.write('info', `"${monitor}": ${kind} delivered by ${alert.name}`, facts)
      countDelivered(alert.name, monitor)
      return settle(lane, delivery, { status: 'delivered', attemptCount, reason: '' })
    }
    const nowMs = clock.wallMs()
    const nextAttemptAtMs = nowMs + retryDelayMs(attemptCount, random())
    const isLast = !result.isVoid && nextAttemptAtMs > delivery.createdAtMs + alert.retryForMs
    log.write('warn', `alert ${alert.name} failed for "${monitor}": ${result.reason}`, {
      ...facts,
      will_retry: !isLast,
    })
    if (isSuperseded(lane, delivery)) {
      settle(lane, delivery, { status: 'dropped', attemptCount, reason: 'superseded by later news' })
    } else if (isLast) {
      const tried = { ...delivery, attemptCount }
      lane.deliveries.splice(lane.deliveries.indexOf(delivery), 1, tried)
      giveUp(lane, tried, result.reason)
    } else {
      settle(lane, delivery, { attemptCount, nextAttemptAtMs, reason: result.reason })
    }
  }

  const isSuperseded = (lane: Lane, delivery: Delivery) =>
    lane.deliveries
      .slice(lane.deliveries.indexOf(delivery) + 1)
      .some((later) => supersededBy(later, lane.deliveries).includes(delivery))

  const admitNext = (alert: string) => {
    const waiting = waitingByAlert.get(alert) ?? []
    for (const lane of waiting) {
      if ((runningByAlert.get(alert) ?? 0) >= RUNS_PER_ALERT) return
      waitingByAlert.get(alert)?.delete(lane)
      advance(lane)
    }
  }

  const countDelivered = (alert: string, monitor: string) => {
    const key = JSON.stringify([alert, monitor])
    const counted = deliveredCounts.get(key) ?? { alert, monitor, count: 0 }
    counted.count++
    deliveredCounts.set(key, counted)
  }

  const underwayCount = () => [...lanes.values()].reduce((sum, lane) => sum + lane.underway.size, 0)

  const countPending = (isCounted: (delivery: Delivery) => boolean) =>
    [...lanes.values()].reduce((sum, lane) => sum + lane.deliveries.filter(isPending).filter(isCounted).length, 0)

  return {
    enqueue(deliveries) {
      for (const delivery of deliveries) {
        const { monitor } = delivery.notification
        const lane = lanes.get(monitor) ?? { deliveries: [], underway: new Set(), asleep: new Set() }
        lanes.set(monitor, lane)
        lane.deliveries.push(delivery)
        for (const old of supersededBy(delivery, lane.deliveries)) {
          if (!lane.underway.has(old.id)) {
            settle(lane, old, { status: 'dropped', reason: 'superseded by later news' })
          }
        }
      }
      const touched = new Set(deliveries.map((one) => one.notification.monitor))
      for (const monitor of touched) advance(lanes.get(monitor) as Lane)
    },
    setAlerts(next) {
      alerts = next
      for (const lane of lanes.values()) advance(lane)
    },
    get pendingCount() {
      return countPending(() => true)
    },
    get failedCount() {
      return failedCount
    },
    troubles() {
      const overdueCount = countPending((one) => one.createdAtMs < clock.wallMs() - OVERDUE_MS)
      return overdueCount === 0 ? [] : [`${overdueCount} notifications could not be delivered for over 5 minutes`]
    },
    delivered: () => deliveredCounts.values(),
    close(graceMs) {
      isClosed = true
      if (underwayCount() === 0) return Promise.resolve()
      return new Promise((resolve) => {
        const cancel = clock.setTimer(graceMs, resolve)
        onIdle = () => {
          cancel()
          resolve()
        }
      })
    },
  }
}
