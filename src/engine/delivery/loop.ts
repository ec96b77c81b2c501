import { type MetricFamily, oneValue } from '../../core/model/metric.ts'
import type { Clock, Log, Runner, Store } from '../../core/model/ports.ts'
import type { Alert, Delivery, Notification } from '../../core/model/types.ts'
import { waitMs } from '../../core/tell/digest.ts'
import { deliveriesFor } from '../../core/tell/notification.ts'
import { isPending, readiness } from '../../core/tell/outbox.ts'
import { plural } from '../../core/text/plural.ts'
import { named } from '../../core/text/printable.ts'
import { HOUR_MS, MINUTE_MS } from '../../core/text/time.ts'
import { createAdmission } from './admission.ts'
import { type AttemptResult, attempt } from './attempt.ts'
import { createDigests } from './digests.ts'
import { createLanes, type Lane, type Member } from './lanes.ts'
import { createSettle } from './settle.ts'
import { trialOf } from './trial.ts'

/** One alert runs for this many monitors at once: a storm must not start hundreds of mail programs. */
const RUNS_PER_ALERT = 8
/** A delivery that is pending for longer makes Minitor unhealthy. */
const OVERDUE_MS = 5 * MINUTE_MS
/** An alert that reached nobody makes Minitor unhealthy for this long, unless it reaches somebody before. */
const BROKEN_MS = HOUR_MS

/** Takes deliveries that are committed and runs their alerts, apart from checks, until each is settled. */
export interface DeliveryLoop {
  /** Settled deliveries were sent before a restart: they decide who is notified of the recovery. */
  enqueue(deliveries: readonly Delivery[]): void
  /** The same for what another server has told by itself: of `earlier` incidents, and of those that have `begun` by it. */
  adopt(earlier: readonly Delivery[], begun: readonly Delivery[]): void
  setAlerts(alerts: ReadonlyMap<string, Alert>): void
  /** Runs an alert once for a notification that is not stored, without retries and fallback; null if there is no such alert. */
  tryOnce(notification: Notification, alert: string): Promise<AttemptResult | null>
  readonly pendingCount: number
  /** Since the start. */
  readonly failedCount: number
  /** Why notifications are not delivered as they should be, one sentence each. */
  troubles(): readonly string[]
  /** The first counts by alert and monitor. */
  families(): readonly [MetricFamily, ...MetricFamily[]]
  /** Starts nothing more; resolves when what is under way has ended, at the latest after `graceMs`. */
  close(graceMs: number): Promise<void>
}

interface Options {
  readonly clock: Clock
  readonly store: Pick<Store, 'settle' | 'noteTrial'>
  readonly runner: Runner
  readonly log: Log
  /** Hides secrets in what alerts print. */
  readonly mask: (text: string) => string
  readonly random: () => number
  readonly nextRunId: () => string
}

export function createDeliveryLoop(options: Options): DeliveryLoop {
  const { clock, store, runner, log, mask, random, nextRunId } = options
  const deliveredCounts = new Map<string, { alert: string; monitor: string; count: number }>()
  const sleepers = new Map<string, () => void>()
  /** Alerts whose last delivery reached nobody: why, and when that was (monotonic). */
  const broken = new Map<string, { readonly reason: string; readonly atMs: number }>()
  /** Alerts that Minitor itself could not start at their last attempt, and why. */
  const unstarted = new Map<string, string>()
  /** Whether the alert, as it is defined, delivered at its last attempt. */
  const noted = new WeakMap<Alert, boolean>()
  let alerts: ReadonlyMap<string, Alert> = new Map()
  let runningCount = 0
  let isClosed = false
  let onIdle = () => {}

  const digestMsOf = (alert: string) => alerts.get(alert)?.digestMs ?? null
  const gathers = (alert: string) => digestMsOf(alert) !== null

  const countDelivered = (alert: string, monitor: string) => {
    broken.delete(alert)
    const key = JSON.stringify([alert, monitor])
    const counted = deliveredCounts.get(key) ?? { alert, monitor, count: 0 }
    counted.count++
    deliveredCounts.set(key, counted)
  }

  /** Does whatever can be done in a lane now. */
  const advance = (lane: Lane) => {
    const isSettled = (one: Delivery) => isPending(one) && !lane.underway.has(one.alert) && settleOrBegin(lane, one)
    // A settled delivery may decide about the others, so all are tried again.
    while (lane.deliveries.some(isSettled));
    lanes.compact(lane)
  }

  /** Settles a delivery that needs no attempt, or begins one that is ready. Returns whether it was settled. */
  const settleOrBegin = (lane: Lane, delivery: Delivery): boolean => {
    const state = readiness(delivery, lane.deliveries, gathers)
    const alert = alerts.get(delivery.alert)
    if (state.kind === 'blocked') return false
    if (state.kind === 'ready' && alert !== undefined) {
      begin({ lane, delivery }, alert)
      return false
    }
    if (state.kind === 'hand_over') lanes.giveUp(lane, delivery, { reason: state.reason })
    else if (state.kind === 'drop') lanes.settle(lane, delivery, { status: 'dropped', reason: state.reason })
    else
      lanes.settle(lane, delivery, { status: 'failed', reason: `there is no alert ${named(delivery.alert)} any more` })
    return true
  }

  const begin = (member: Member, alert: Alert) => {
    const { lane, delivery } = member
    if (isClosed) return
    if (alert.digestMs !== null) return digests.gather(lane, delivery, alert)
    const restMs = waitMs(delivery, null, clock.wallMs())
    if (restMs > 0) return wakeLater(member, restMs)
    if (admission.enter(alert.name, lane)) run(alert, [member]).then(() => admission.leave(alert.name))
  }

  const wakeLater = ({ lane, delivery: { id } }: Member, restMs: number) => {
    if (sleepers.has(id)) return
    const cancel = clock.setTimer(restMs, () => {
      sleepers.delete(id)
      advance(lane)
    })
    sleepers.set(id, cancel)
  }

  const attemptNow = async (alert: Alert, deliveries: readonly Delivery[]): Promise<AttemptResult> => {
    const result = await attempt({ deliveries, alert, runner, log, mask, runId: nextRunId(), nowMs: clock.wallMs() })
    // What is known is not noted again: a storm sends hundreds.
    if (!result.isVoid && alert.command !== 'log' && noted.get(alert) !== result.isDelivered) {
      noted.set(alert, result.isDelivered)
      store.noteTrial(trialOf(alert, result, clock.wallMs()))
    }
    return result
  }

  /** Runs an alert once for all members, and settles them. */
  const run = async (alert: Alert, members: readonly Member[]): Promise<void> => {
    runningCount++
    const touched = new Set(members.map(({ lane }) => lane))
    for (const lane of touched) lane.underway.add(alert.name)
    const deliveries = members.map(({ delivery }) => delivery)
    const result = await attemptNow(alert, deliveries)
    runningCount--
    if (result.isVoid) unstarted.set(alert.name, result.reason)
    else unstarted.delete(alert.name)
    for (const lane of touched) lane.underway.delete(alert.name)
    settle(alert, members, result)
    for (const lane of touched) advance(lane)
    if (runningCount === 0) onIdle()
  }

  const lanes = createLanes({ clock, store, log, alerts: () => alerts })
  const settle = createSettle({
    clock,
    log,
    random,
    lanes,
    onDelivered: countDelivered,
    onGivenUp: (alert, reason) => broken.set(alert, { reason, atMs: clock.monotonicMs() }),
  })
  const admission = createAdmission<Lane>({ limit: RUNS_PER_ALERT, admit: advance })
  const digests = createDigests({ clock, gathers, run, advance })

  const families: readonly [MetricFamily, ...MetricFamily[]] = [
    {
      name: 'minitor_alert_total',
      help: 'Alerts that reached somebody.',
      type: 'counter',
      samples: function* () {
        for (const { count, ...labels } of deliveredCounts.values()) yield { labels, value: count }
      },
    },
    oneValue('gauge', 'minitor_deliveries_pending', 'Deliveries that are not done yet.', () => lanes.pending.size),
    oneValue(
      'counter',
      'minitor_deliveries_failed_total',
      'Deliveries that reached nobody in the end.',
      () => lanes.failedCount,
    ),
  ]

  return {
    enqueue(deliveries) {
      for (const lane of new Set(deliveries.map(lanes.insert))) advance(lane)
    },
    adopt(earlier, begun) {
      const touched = [...lanes.insertEarlier(earlier), ...begun.map(lanes.insert)]
      for (const lane of new Set(touched)) advance(lane)
    },
    setAlerts(next) {
      alerts = next
      for (const alert of broken.keys()) if (!next.has(alert)) broken.delete(alert)
      digests.reset()
      for (const lane of lanes.all()) advance(lane)
    },
    async tryOnce(notification, name) {
      const alert = alerts.get(name)
      if (alert === undefined || isClosed) return null
      runningCount++
      const result = await attemptNow(alert, deliveriesFor(notification))
      runningCount--
      if (runningCount === 0) onIdle()
      return result
    },
    get pendingCount() {
      return lanes.pending.size
    },
    get failedCount() {
      return lanes.failedCount
    },
    troubles() {
      const pending = [...lanes.pending.values()]
      const waiting = [...unstarted]
        .filter(([alert]) => pending.some((delivery) => delivery.alert === alert))
        .map(([alert, reason]) => `alert ${alert} cannot be run: ${reason}`)
      const isOverdue = (one: Delivery) => lanes.ageMs(one) > (digestMsOf(one.alert) ?? 0) + OVERDUE_MS
      const overdueCount = pending.filter(isOverdue).length
      const overdue =
        overdueCount === 0 ? [] : [`${plural(overdueCount, 'notification')} could not be delivered for over 5 minutes`]
      const brokenSinceMs = clock.monotonicMs() - BROKEN_MS
      const failed = [...broken]
        .filter(([, { atMs }]) => atMs > brokenSinceMs)
        .map(([alert, { reason }]) => `alert ${alert} has reached nobody: ${reason}`)
      return [...waiting, ...overdue, ...failed]
    },
    families: () => families,
    close(graceMs) {
      isClosed = true
      digests.reset()
      for (const cancel of sleepers.values()) cancel()
      if (runningCount === 0) return Promise.resolve()
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
