import type { Delivery } from '../../src/core/model/types.ts'
import type { World } from './world.ts'

/** Once the faults have stopped and everything has come to rest: is all told, and is all of it in the file? */
export function judgeEnd(world: World): void {
  const { accuse, engine, config, state } = world
  if (engine === null) {
    accuse('Minitor runs in the end', 'it does not')
    return
  }
  if (engine.pendingDeliveries > 0) accuse('nothing is pending in the end', `${engine.pendingDeliveries} are`)
  for (const { name, isEnabled } of config.monitors) {
    const known = state.known.get(name)
    if (!isEnabled || (known?.status === 'up' && known.flapping === null)) continue
    accuse('all is up in the end', `${name} is ${known?.flapping == null ? known?.status : 'flapping'}`)
  }
  for (const fault of untold(world)) accuse('everything is told in the end', fault)
  world.compareFile()
  judgeFile(world)
}

/** Deliveries that have neither reached anybody nor are said not to, nor were rightly dropped. */
function untold({ telling: { deliveries, tellings, saidToFail } }: World): string[] {
  const all = [...deliveries.values()]
  const isTakenOver = ({ id, alert, notification }: Delivery) =>
    all.some((one) => one.notification.id === notification.id && one.id !== id) ||
    tellings.some((one) => one.id === notification.id && one.alert !== alert)
  /** A trouble that somebody heard of; where its row is lost, what the command was told counts. */
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

function judgeFile(world: World): void {
  const { accuse, disk } = world
  disk.change((database) => {
    const ask = <Row>(sql: string) => database.query<Row, []>(sql).all()
    for (const { integrity_check: finding } of ask<{ integrity_check: string }>('PRAGMA integrity_check')) {
      if (finding !== 'ok') accuse('the file is sound', finding)
    }
    for (const { id } of ask<{ id: string }>('SELECT id FROM incidents WHERE ended_at_ms IS NULL')) {
      accuse('no incident is open in the end', id)
    }
  })
}
