import type { Delivery } from './types.ts'

/** What may be done with a delivery now. */
export type Readiness =
  | { readonly kind: 'ready' }
  /** Another delivery must be settled, or at least be tried, before it. */
  | { readonly kind: 'blocked' }
  | { readonly kind: 'drop'; readonly reason: string }
  /** Those whom it would tell know nothing of the incident; those whom the fallback told do. */
  | { readonly kind: 'hand_over'; readonly reason: string }

const READY: Readiness = { kind: 'ready' }
const BLOCKED: Readiness = { kind: 'blocked' }

/**
 * Decides the order of telling for one monitor. `lane` holds its deliveries, oldest notification first, settled ones of
 * unfinished incidents included. One alert's deliveries go out one by one. A recovery goes only to those who know of the
 * outage: by the same alert, or, where the recovery has an alert of its own, once any alert has told of it. Between
 * different alerts nobody waits for retries, only for a first attempt, so that one alert's trouble delays no other. Pure.
 */
export function readiness(delivery: Delivery, lane: readonly Delivery[]): Readiness {
  const earlier = lane.slice(0, lane.indexOf(delivery)).filter((one) => one.notification !== delivery.notification)
  if (earlier.some((one) => one.alert === delivery.alert && isPending(one))) return BLOCKED
  return delivery.notification.kind === 'up'
    ? recoveryReadiness(delivery, earlier)
    : troubleReadiness(delivery, earlier)
}

function recoveryReadiness(recovery: Delivery, earlier: readonly Delivery[]): Readiness {
  const troubles = earlier.filter((one) => one.notification.incidentId === recovery.notification.incidentId)
  const own = troubles.filter((one) => one.alert === recovery.alert)
  const deciding = own.length > 0 ? own : troubles
  if (deciding.some((one) => isPending(one) && one.attemptCount === 0)) return BLOCKED
  if (deciding.some((one) => one.status === 'delivered')) return READY
  if (deciding.some(isPending)) return BLOCKED
  if (own.some((one) => one.status === 'handed_over')) {
    return { kind: 'hand_over', reason: 'the outage was told by the fallback' }
  }
  return { kind: 'drop', reason: 'nobody was told of the outage' }
}

/** News of the next outage must not overtake the recovery before it where that has an alert of its own. */
function troubleReadiness(trouble: Delivery, earlier: readonly Delivery[]): Readiness {
  const isOvertaking = earlier.some(
    (one) =>
      one.notification.kind === 'up' &&
      isPending(one) &&
      one.attemptCount === 0 &&
      !trouble.notification.alerts.includes(one.alert),
  )
  return isOvertaking ? BLOCKED : READY
}

/**
 * The pending deliveries that a new one makes pointless: a reminder that nobody has heard yet is replaced by the next
 * one, and by the recovery. Pure.
 */
export function supersededBy(delivery: Delivery, lane: readonly Delivery[]): Delivery[] {
  const { kind, incidentId } = delivery.notification
  if (incidentId === null || (kind !== 'reminder' && kind !== 'up')) return []
  return lane.filter(
    (one) =>
      isPending(one) &&
      one.notification.kind === 'reminder' &&
      one.notification.incidentId === incidentId &&
      one.notification !== delivery.notification &&
      (kind === 'up' || one.alert === delivery.alert),
  )
}

/** What of a lane is still needed: pending deliveries, and what was told of incidents that may yet have a recovery. Pure. */
export function compactLane(lane: readonly Delivery[]): Delivery[] {
  const newest = lane.findLast((one) => one.notification.incidentId !== null)?.notification.incidentId
  const isNeeded = (one: Delivery) => {
    const { incidentId } = one.notification
    return incidentId !== null && lane.some((other) => other.notification.incidentId === incidentId && isPending(other))
  }
  const kept = lane.filter((one) => isPending(one) || isNeeded(one) || isOpen(one, newest, lane))
  // Of many settled deliveries by one alert for one incident, one says all: the first that reached somebody.
  return kept.filter((one, index) => isPending(one) || !kept.some((other, at) => saysMore(other, one, at < index)))
}

function isOpen(delivery: Delivery, newest: string | null | undefined, lane: readonly Delivery[]): boolean {
  const { incidentId } = delivery.notification
  const isEnded = lane.some((one) => one.notification.incidentId === incidentId && one.notification.kind === 'up')
  return incidentId !== null && incidentId === newest && !isEnded
}

function saysMore(other: Delivery, one: Delivery, isBefore: boolean): boolean {
  if (other === one || isPending(other) || other.alert !== one.alert) return false
  if (other.notification.incidentId !== one.notification.incidentId) return false
  return weight(other) > weight(one) || (weight(other) === weight(one) && isBefore)
}

function weight({ status }: Delivery): number {
  if (status === 'delivered') return 2
  return status === 'handed_over' ? 1 : 0
}

export function isPending(delivery: Delivery): boolean {
  return delivery.status === 'pending'
}

const RETRY_FIRST_MS = 1000
export const RETRY_LONGEST_MS = 5 * 60_000

/**
 * How long to wait after the `attemptCount`-th failed attempt: 1 s doubling to 5 min, then between half and all of it,
 * so that many deliveries do not come back at once. `random` is in [0, 1). Pure.
 */
export function retryDelayMs(attemptCount: number, random: number): number {
  const delayMs = Math.min(RETRY_LONGEST_MS, RETRY_FIRST_MS * 2 ** (attemptCount - 1))
  return delayMs * (0.5 + random / 2)
}
