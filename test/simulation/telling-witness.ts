import type { Change, CommandRun } from '../../src/core/model/ports.ts'
import type { Alert, Delivery, NotificationKind } from '../../src/core/model/types.ts'
import type { Kept } from './file-witness.ts'
import type { Life } from './timeline.ts'
import type { Scene, Witness } from './witness.ts'

/** One run of an alert's command, and what it was given. */
export interface Telling {
  readonly id: string
  readonly alert: string
  readonly incidentId: string
  readonly kind: NotificationKind
  readonly monitor: string
  readonly life: number
  /** Whether the command succeeded, and whether Minitor lived to see that. */
  isTold: boolean
  isHeard: boolean
  /** Sent while the store had trouble, and lost with the process that knew of it. */
  isForgotten: boolean
}

type Handlers = Required<Pick<Witness, 'released' | 'settled' | 'alertStarted' | 'alertEnded' | 'logged'>>

export interface TellingWitness extends Handlers {
  /** A process begins with what is in the file. */
  began(beginning: { readonly life: Pick<Life, 'number' | 'isAlive'> }): void
  committed(change: Pick<Change, 'deliveries'>): void
  readonly tellings: readonly Telling[]
  /** In their latest form, as Minitor knows them. */
  readonly deliveries: ReadonlyMap<string, Delivery>
  /** Ids of the deliveries that the log reported as failed. */
  readonly saidToFail: ReadonlySet<string>
}

export interface TellingScene extends Pick<Scene, 'accuse' | 'storeTroubles' | 'isStopping'> {
  readonly kept: Pick<Kept, 'deliveries'>
  /** The alerts as they are configured now. */
  readonly alerts: () => ReadonlyMap<string, Alert>
}

/** A command of an alert that is running. */
interface Attempt {
  readonly alert: string
  readonly isDigest: boolean
  readonly tellings: readonly Telling[]
}

const RUNS_PER_ALERT = 8

/**
 * Judges deliveries: only what is saved is sent, in order, to those it concerns, and only once as far as anybody can
 * know. Knows nothing of the code that it judges; the simulation and the property of the delivery loop share it.
 */
export function createTellingWitness(scene: TellingScene): TellingWitness {
  const { accuse, kept, alerts, storeTroubles, isStopping } = scene
  const deliveries = new Map<string, Delivery>()
  /** Ids of notifications, in the order in which they were made. */
  const orders = new Map<string, number>()
  const tellings: Telling[] = []
  const running = new Map<CommandRun, Attempt>()
  /** Notifications that may be sent, and those that may be sent although they are not in the file. */
  const released = new Set<string>()
  const refused = new Set<string>()
  const saidToFail = new Set<string>()
  let life: Pick<Life, 'number' | 'isAlive'> | null = null

  const put = (delivery: Delivery) => {
    const { id } = delivery.notification
    if (!orders.has(id)) orders.set(id, orders.size)
    deliveries.set(delivery.id, delivery)
  }
  const orderOf = (id: string) => orders.get(id) ?? -1

  const newTelling = (about: About, alert: string): Telling => {
    return { ...about, alert, life: life?.number ?? 0, isTold: false, isHeard: false, isForgotten: false }
  }

  /** The alerts that take over from an alert, its fallback first. */
  const fallbacksOf = (alert: string): string[] => {
    const names: string[] = []
    for (let name = alerts().get(alert)?.fallback; name != null && ![alert, ...names].includes(name); ) {
      names.push(name)
      name = alerts().get(name)?.fallback
    }
    return names
  }

  /** Whether Minitor knows that this was delivered: from its own run, or from the file. */
  const isRemembered = (one: Telling) =>
    one.isTold && (one.life === life?.number || kept.deliveries.get(`${one.id}/${one.alert}`)?.status === 'delivered')

  const judgeOrder = (telling: Telling, together: readonly Telling[]) => {
    const { id, alert, monitor, incidentId, kind } = telling
    const about = `${id} by ${alert}`
    const before = tellings.filter((one) => one.alert === alert && isRemembered(one))
    if (before.some((one) => one.id === id)) accuse('nothing is told twice', about)
    const isNewer = (one: Telling) => one.incidentId === incidentId && orderOf(one.id) > orderOf(id)
    if (incidentId !== '' && before.some(isNewer)) accuse('nothing is told after newer news', about)
    const isWaiting = (one: Delivery) =>
      one.alert === alert &&
      one.status === 'pending' &&
      one.notification.monitor === monitor &&
      orderOf(one.notification.id) < orderOf(id) &&
      together.every((other) => other.id !== one.notification.id)
    if ([...deliveries.values()].some(isWaiting)) accuse('older news is told first', about)
    const isOver = [...deliveries.values()].some(
      ({ notification }) =>
        notification.incidentId === incidentId && notification.kind === 'up' && released.has(notification.id),
    )
    // A delivery to the log shows only when it is settled, which may be a moment after the recovery.
    if (kind === 'reminder' && isOver && alert !== 'log') accuse('nobody is reminded of what is over', about)
  }

  /** The alerts of the outage must have reported it; others follow any that has. */
  const judgeRecovery = ({ id, alert, incidentId }: Telling, together: readonly Telling[]) => {
    const troubles = [...deliveries.values()].filter(
      ({ notification }) => notification.incidentId === incidentId && notification.kind !== 'up',
    )
    // A reload may have changed the alerts: the last notification counts.
    const isOwn = troubles.at(-1)?.notification.alerts.includes(alert) === true
    const isEarlier = (one: Telling) =>
      one.incidentId === incidentId && one.kind !== 'up' && (one.alert === alert || !isOwn)
    const hasTold = tellings.some((one) => one.isTold && isEarlier(one)) || together.some(isEarlier)
    if (!hasTold) accuse('a recovery goes to those who know of the outage', `${id} by ${alert}`)
  }

  const judge = (telling: Telling, together: readonly Telling[]) => {
    const { id, alert } = telling
    const isKept = refused.has(id) || [...kept.deliveries.values()].some(({ notification }) => notification.id === id)
    if (!isKept && storeTroubles().length === 0) {
      accuse('nothing is told before it is kept', `${id} by ${alert}`)
    }
    judgeOrder(telling, together)
    if (telling.kind === 'up') judgeRecovery(telling, together)
  }

  return {
    tellings,
    deliveries,
    saidToFail,
    began(beginning) {
      life = beginning.life
      for (const one of tellings)
        one.isForgotten ||= refused.has(one.id) && !kept.deliveries.has(`${one.id}/${one.alert}`)
      running.clear()
      released.clear()
      refused.clear()
      deliveries.clear()
      orders.clear()
      for (const delivery of kept.deliveries.values()) {
        put(delivery)
        released.add(delivery.notification.id)
      }
    },
    committed: (change) => change.deliveries.forEach(put),
    released(those, isKept) {
      const isTroubled = storeTroubles().length > 0 || isStopping()
      if (!isKept && !isTroubled) accuse('who refuses has trouble', those.map(({ id }) => id).join())
      for (const { notification } of those) {
        released.add(notification.id)
        if (!isKept) refused.add(notification.id)
      }
    },
    settled(delivery, following) {
      const { id, notification, alert, status } = delivery
      const before = deliveries.get(id)
      if (before !== undefined && before.status !== 'pending') accuse('what is settled stays so', id)
      const isTold = (one: Telling) =>
        one.id === notification.id && one.alert === alert && one.isHeard && one.life === life?.number
      if (status === 'delivered' && alert === 'log') {
        const { kind, monitor, incidentId } = notification
        const telling = newTelling({ id: notification.id, incidentId: incidentId ?? '', kind, monitor }, alert)
        judge(telling, [])
        tellings.push({ ...telling, isTold: true, isHeard: true })
      } else if (status === 'delivered' && !tellings.some(isTold)) accuse('delivered is what was told', id)
      for (const one of [delivery, ...following]) put(one)
      const takers = fallbacksOf(alert)
      const hasTried = (taker: string) => deliveries.get(`${notification.id}/${taker}`)?.status === 'handed_over'
      if (status === 'failed' && !takers.every(hasTried)) accuse('nothing fails before its fallbacks do', id)
      if (status !== 'handed_over') return
      const hasTaker = takers.some(
        (one) => notification.alerts.includes(one) || deliveries.has(`${notification.id}/${one}`),
      )
      if (!hasTaker) accuse('the fallback takes over', id)
      if (following.some((one) => !takers.includes(one.alert))) accuse('nobody but the fallback takes over', id)
    },
    alertStarted(run) {
      const alert = run.command[0].replace('alert-', '')
      if (alerts().get(alert) === undefined) accuse('only alerts that there are run', alert)
      const others = [...running.values()].filter((one) => one.alert === alert)
      if (others.length >= RUNS_PER_ALERT) accuse('an alert runs so often at once', alert)
      const isDigest = alerts().get(alert)?.digestMs != null
      if (isDigest && others.some((one) => one.isDigest)) accuse('digests go out one by one', alert)
      const told = documentsOf(run).map((about) => newTelling(about, alert))
      for (const [index, telling] of told.entries()) judge(telling, told.slice(0, index))
      running.set(run, { alert, isDigest, tellings: told })
      tellings.push(...told)
    },
    alertEnded(run, ending) {
      const isTold = ending.kind === 'exited' && ending.exitCode === 0
      for (const telling of running.get(run)?.tellings ?? []) {
        Object.assign(telling, { isTold, isHeard: isTold && life?.isAlive })
      }
      running.delete(run)
    },
    logged(level, _, { notification, alert }) {
      if (level === 'error' && notification !== undefined) saidToFail.add(`${notification}/${alert}`)
    },
  }
}

type About = Pick<Telling, 'id' | 'incidentId' | 'kind' | 'monitor'>

function documentsOf({ input }: CommandRun): About[] {
  const document = JSON.parse(input ?? '')
  const all: { notification_id: string; incident_id: string; kind: NotificationKind; monitor_name: string }[] =
    document.notifications ?? [document]
  return all.map((one) => ({
    id: one.notification_id,
    incidentId: one.incident_id,
    kind: one.kind,
    monitor: one.monitor_name,
  }))
}
