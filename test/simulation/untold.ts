import type { Delivery } from '../../src/core/model/types.ts'
import type { TellingWitness } from './telling-witness.ts'

type Told = Pick<TellingWitness, 'deliveries' | 'tellings' | 'saidToFail'>

/** Deliveries that neither reached anybody, nor were reported as failed, nor were rightly dropped. */
export function untold({ deliveries, tellings, saidToFail }: Told): string[] {
  const all = [...deliveries.values()]
  const isTakenOver = ({ id, alert, notification }: Delivery) =>
    all.some((one) => one.notification.id === notification.id && one.id !== id) ||
    tellings.some((one) => one.id === notification.id && one.alert !== alert)
  /** A recovery goes where its trouble went: to the fallback. */
  const isTakenOverAndTold = ({ alert, notification }: Delivery) =>
    all.some((one) => one.notification.id === notification.id && one.alert !== alert && one.status === 'delivered')
  /** Trouble that somebody heard of; where its row is lost, the run of the command counts. */
  const hasReached = (incidentId: string, isBy: (alert: string) => boolean) =>
    all.some(
      ({ notification: { incidentId: of, kind }, alert, status }) =>
        of === incidentId && kind !== 'up' && isBy(alert) && status === 'delivered',
    ) ||
    tellings.some(
      (one) =>
        one.incidentId === incidentId &&
        one.kind !== 'up' &&
        isBy(one.alert) &&
        one.isHeard &&
        !one.isForgotten &&
        !deliveries.has(`${one.id}/${one.alert}`),
    )

  const mayBeDropped = ({ notification, alert }: Delivery) => {
    const { kind, incidentId, alerts } = notification
    if (incidentId === null) return false
    const ofIncident = all.filter((one) => one.notification.incidentId === incidentId)
    const hasLaterNews = ofIncident.some((one) => one.alert === alert && one.status === 'delivered')
    if (kind !== 'up') return kind === 'reminder' || hasLaterNews
    const troubles = ofIncident.filter((one) => one.notification.kind !== 'up')
    const wasTrying = tellings.some((one) => one.incidentId === incidentId && one.kind !== 'up' && one.alert === alert)
    const isOwn = wasTrying || troubles.some((one) => one.notification.alerts.includes(alert))
    const isForAny = alerts.includes(alert) && !isOwn
    if (troubles.some((one) => one.alert === alert && one.status === 'handed_over' && isTakenOverAndTold(one)))
      return false
    return !hasReached(incidentId, (other) => isForAny || other === alert)
  }

  const isDone = (one: Delivery) => {
    switch (one.status) {
      case 'delivered':
        return true
      case 'failed':
        return saidToFail.has(one.id)
      case 'handed_over':
        return isTakenOver(one)
      case 'dropped':
        return mayBeDropped(one)
      case 'pending':
        return false
    }
  }
  return all.filter((one) => !isDone(one)).map((one) => `${one.id} is ${one.status}: ${one.reason}`)
}
