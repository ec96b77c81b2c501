import type { Alert, Delivery, Notification } from '../model/types.ts'
import { MINUTE_MS } from '../text/time.ts'

/** What may be done with a delivery now. */
export type Readiness =
  | { readonly kind: 'ready' }
  /** Another delivery must be settled, or at least tried, before it. */
  | { readonly kind: 'blocked' }
  | { readonly kind: 'drop'; readonly reason: string }
  /** This alert has notified nobody of the incident, but its fallback has. */
  | { readonly kind: 'hand_over'; readonly reason: string }

/** Whether an alert gathers its deliveries for a digest. */
export type Gathers = (alert: string) => boolean

const READY: Readiness = { kind: 'ready' }
const BLOCKED: Readiness = { kind: 'blocked' }

/**
 * Decides the order of one monitor's deliveries. `lane` holds them, oldest notification first, including settled ones of
 * unfinished incidents. One alert's deliveries go out one by one. A recovery goes only to those who know of the outage: by
 * the same alert or, if the recovery has an alert of its own, once any alert has been delivered. Different alerts wait for
 * each other's first attempt only, not for retries or digests, so that trouble with one delays no other.
 */
export function readiness(delivery: Delivery, lane: readonly Delivery[], gathers: Gathers): Readiness {
  if (isSuperseded(delivery, lane)) return { kind: 'drop', reason: 'superseded by later news' }
  const earlier = lane.slice(0, lane.indexOf(delivery)).filter((one) => !isOfOneNotification(one, delivery))
  if (earlier.some((one) => one.alert === delivery.alert && isPending(one))) return BLOCKED
  const untried = earlier.filter((one) => isPending(one) && one.attemptCount === 0 && !gathers(one.alert))
  return delivery.notification.kind === 'up'
    ? recoveryReadiness(delivery, earlier, untried)
    : troubleReadiness(delivery, untried)
}

function recoveryReadiness(recovery: Delivery, earlier: readonly Delivery[], untried: readonly Delivery[]): Readiness {
  const troubles = earlier.filter((one) => one.notification.incidentId === recovery.notification.incidentId)
  const own = troubles.filter((one) => one.alert === recovery.alert)
  const deciding = own.length === 0 || hasAlertOfItsOwn(recovery, troubles) ? troubles : own
  if (deciding.some((one) => untried.includes(one))) return BLOCKED
  if (deciding.some((one) => one.status === 'delivered')) return READY
  if (deciding.some(isPending)) return BLOCKED
  if (own.some((one) => one.status === 'handed_over')) {
    return { kind: 'hand_over', reason: 'only the fallback has notified anybody of the outage' }
  }
  return { kind: 'drop', reason: 'nobody was notified of the outage' }
}

/** Whether this alert is for the recovery and not for the outage, even if it took over one of its deliveries. */
function hasAlertOfItsOwn({ alert, notification }: Delivery, troubles: readonly Delivery[]): boolean {
  return notification.alerts.includes(alert) && !troubles.some((one) => one.notification.alerts.includes(alert))
}

/** The next outage must not overtake a recovery before it that has an alert of its own. */
function troubleReadiness({ notification }: Delivery, untried: readonly Delivery[]): Readiness {
  const isOvertaking = untried.some((one) => one.notification.kind === 'up' && !notification.alerts.includes(one.alert))
  return isOvertaking ? BLOCKED : READY
}

/**
 * Whether later notifications make a pending delivery pointless: the next reminder or the recovery replaces a reminder,
 * and an alert that has delivered a newer notification, as a fallback may have, does not send older ones.
 */
export function isSuperseded(delivery: Delivery, lane: readonly Delivery[]): boolean {
  const { kind, incidentId } = delivery.notification
  if (incidentId === null || !isPending(delivery)) return false
  return lane
    .slice(lane.indexOf(delivery) + 1)
    .filter((later) => later.notification.incidentId === incidentId && !isOfOneNotification(later, delivery))
    .some((later) => {
      const isSameAlert = later.alert === delivery.alert
      if (isSameAlert && later.status === 'delivered') return true
      if (kind !== 'reminder') return false
      return later.notification.kind === 'up' || (later.notification.kind === 'reminder' && isSameAlert)
    })
}

/**
 * The lane with one more delivery: after the others of its notification, else at the end. After a restart a fallback's
 * delivery may be added after newer notifications.
 */
export function withDelivery(lane: readonly Delivery[], delivery: Delivery): Delivery[] {
  const last = lane.findLastIndex((one) => isOfOneNotification(one, delivery))
  return last < 0 ? [...lane, delivery] : lane.toSpliced(last + 1, 0, delivery)
}

/**
 * The alert that takes over a delivery: the first along the fallbacks that has not handed it over itself; null if there
 * is none. A reload may have made the fallbacks a circle.
 */
export function takerOf(
  delivery: Delivery,
  lane: readonly Delivery[],
  alerts: ReadonlyMap<string, Alert>,
): string | null {
  const passed = lane
    .filter((one) => one.status === 'handed_over' && isOfOneNotification(one, delivery))
    .map(({ alert }) => alert)
  let taker = alerts.get(delivery.alert)?.fallback ?? null
  for (let steps = passed.length; taker !== null && passed.includes(taker); steps--) {
    taker = steps > 0 ? (alerts.get(taker)?.fallback ?? null) : null
  }
  return taker === delivery.alert ? null : taker
}

/**
 * The recovery that an alert has dropped because it had notified nobody of the outage, pending again: by taking over
 * `trouble`, a delivery of the same outage, it will have notified somebody. Null if it has dropped none.
 */
export function owedRecovery(
  taker: string,
  trouble: Delivery,
  { lane, nowMs }: { readonly lane: readonly Delivery[]; readonly nowMs: number },
): Delivery | null {
  const dropped = lane.find(
    ({ alert, status, notification: { kind, incidentId } }) =>
      alert === taker && status === 'dropped' && kind === 'up' && incidentId === trouble.notification.incidentId,
  )
  if (dropped === undefined) return null
  return { ...dropped, status: 'pending', createdAtMs: nowMs, nextAttemptAtMs: nowMs, reason: '' }
}

/** Whether a notification already has a delivery by this alert. */
export function isToldBy(alert: string, { notification }: Delivery, lane: readonly Delivery[]): boolean {
  // A delivery that was settled before a restart may no longer be in the lane.
  return (
    notification.alerts.includes(alert) ||
    lane.some((one) => one.alert === alert && one.notification.id === notification.id)
  )
}

/**
 * What of a lane is still needed, as far as the lane itself says which incidents may yet have a recovery: the newest, and the
 * one before it, whose recovery may be on its way while another server's incident begins here.
 */
export function compactLane(lane: readonly Delivery[]): Delivery[] {
  const incidents = lane.map(({ notification }) => notification.incidentId).filter((id) => id !== null)
  const newest = [...new Set(incidents)].slice(-2)
  const isEnded = (id: string) =>
    lane.some(({ notification: { incidentId, kind } }) => incidentId === id && kind === 'up')
  return neededOf(lane, (incidentId) => newest.includes(incidentId) && !isEnded(incidentId))
}

/** What of a delivery decides about others of its lane. */
export interface Deciding extends Pick<Delivery, 'alert' | 'status'> {
  readonly notification: Pick<Notification, 'id' | 'incidentId' | 'kind'>
}

/**
 * What of a lane is still needed: pending deliveries, those of the same notifications or incidents, and those of incidents
 * that may yet have a recovery, which `mayRecover` knows by their ids. An outage may have had thousands of reminders.
 */
export function neededOf<One extends Deciding>(
  lane: readonly One[],
  mayRecover: (incidentId: string) => boolean,
): One[] {
  const pending = lane.filter(isPending).map(({ notification }) => notification)
  const ids = new Set(pending.map(({ id }) => id))
  const incidentIds = new Set(pending.map(({ incidentId }) => incidentId))
  const isOfPending = ({ notification: { id } }: One) => ids.has(id)
  const ofThose = lane.filter((one) => {
    const { incidentId } = one.notification
    return isOfPending(one) || (incidentId !== null && (incidentIds.has(incidentId) || mayRecover(incidentId)))
  })
  // Per alert and outage the last delivered one is enough. Also needed: deliveries of a notification that is still pending
  // elsewhere (a hand-over must not repeat them), and recoveries (they make reminders pointless).
  const telling = new Map<string, One>()
  const outageOf = ({ alert, notification: { incidentId } }: One) => JSON.stringify([alert, incidentId])
  for (const one of ofThose) {
    if (isPending(one) || one.notification.kind === 'up') continue
    const before = telling.get(outageOf(one))
    if (before === undefined || weight(one) >= weight(before)) telling.set(outageOf(one), one)
  }
  return ofThose.filter(
    (one) => isOfPending(one) || one.notification.kind === 'up' || telling.get(outageOf(one)) === one,
  )
}

function weight({ status }: Deciding): number {
  if (status === 'delivered') return 2
  return status === 'handed_over' ? 1 : 0
}

/** By id: after a restart the deliveries of one notification no longer share the object. */
function isOfOneNotification(one: Deciding, other: Deciding): boolean {
  return one.notification.id === other.notification.id
}

export function isPending(delivery: Pick<Delivery, 'status'>): boolean {
  return delivery.status === 'pending'
}

const RETRY_FIRST_MS = 1000
export const RETRY_LONGEST_MS = 5 * MINUTE_MS

/**
 * How long to wait after the `attemptCount`-th failed attempt: 1 s doubling to 5 min, then between half and all of it,
 * so that many deliveries do not come back at once. `random` is in [0, 1).
 */
export function retryDelayMs(attemptCount: number, random: number): number {
  const delayMs = Math.min(RETRY_LONGEST_MS, RETRY_FIRST_MS * 2 ** (attemptCount - 1))
  return delayMs * (0.5 + random / 2)
}
