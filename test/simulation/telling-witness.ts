import type { CommandRun } from '../../src/core/model/ports.ts'
import type { Delivery, Ending, NotificationKind } from '../../src/core/model/types.ts'
import type { Kept } from './file-witness.ts'
import type { Life } from './timeline.ts'
import type { Scene, Witness } from './witness.ts'

/** Something that an alert's command was told. */
export interface Telling {
  readonly id: string
  readonly alert: string
  readonly incidentId: string
  readonly kind: NotificationKind
  readonly monitor: string
  readonly life: number
  /** Whether the command ended well, and whether Minitor lived to hear of it. */
  isTold: boolean
  isHeard: boolean
  /** Told while the store had trouble, and gone with the process that knew of it. */
  isForgotten: boolean
}

export interface TellingWitness extends Witness {
  readonly tellings: readonly Telling[]
  /** In their last form, as Minitor knows them. */
  readonly deliveries: ReadonlyMap<string, Delivery>
  /** Deliveries by id of which the log said that they failed. */
  readonly saidToFail: ReadonlySet<string>
}

const RUNS_PER_ALERT = 8

/** Sees that what is told is kept before, in order, to those it concerns, and only once as far as anybody can know. */
export function createTellingWitness(scene: Scene & { readonly kept: Kept }): TellingWitness {
  const { accuse, kept, config, storeTroubles, isStopping } = scene
  const deliveries = new Map<string, Delivery>()
  /** Of notifications, in the order in which they were made. */
  const orders = new Map<string, number>()
  const tellings: Telling[] = []
  const running = new Map<CommandRun, readonly Telling[]>()
  /** Notifications that may be told, and those of them that may although the file does not have them. */
  const released = new Set<string>()
  const refused = new Set<string>()
  const saidToFail = new Set<string>()
  let life: Life | null = null

  const put = (delivery: Delivery) => {
    const { id } = delivery.notification
    if (!orders.has(id)) orders.set(id, orders.size)
    deliveries.set(delivery.id, delivery)
  }
  const orderOf = (id: string) => orders.get(id) ?? -1

  /** Whether Minitor knows that this was told: it heard so itself, or the file says so. */
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
    // What goes to the log is seen only when it is settled, which may be a moment after the recovery came.
    if (kind === 'reminder' && isOver && alert !== 'log') accuse('nobody is reminded of what is over', about)
  }

  /** Whose the outage was to tell must have told it; others follow anybody who has. */
  const judgeRecovery = ({ id, alert, incidentId }: Telling, together: readonly Telling[]) => {
    const troubles = [...deliveries.values()].filter(
      ({ notification }) => notification.incidentId === incidentId && notification.kind !== 'up',
    )
    // Whose it was may have changed with the configuration: the last news count.
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
        const [telling] = tellingsOf([delivery], life)
        if (telling !== undefined) {
          judge(telling, [])
          tellings.push({ ...telling, isTold: true, isHeard: true })
        }
      } else if (status === 'delivered' && !tellings.some(isTold)) accuse('delivered is what was told', id)
      if (status === 'handed_over' && following.length === 0) {
        const isToldBySome =
          notification.alerts.some((other) => other !== alert) ||
          [...deliveries.values()].some((one) => one.id !== id && one.notification.id === notification.id)
        if (!isToldBySome) accuse('somebody takes over', id)
      }
      for (const one of [delivery, ...following]) put(one)
    },
    alertStarted(run) {
      const [program] = run.command
      const alert = program.replace('alert-', '')
      const same = [...running.keys()].filter((one) => one.command[0] === program).length
      if (same >= RUNS_PER_ALERT) accuse('an alert runs so often at once', alert)
      const about = documentsOf(run)
      const told = about.map((one) => ({
        ...one,
        alert,
        life: life?.number ?? 0,
        isTold: false,
        isHeard: false,
        isForgotten: false,
      }))
      for (const [index, telling] of told.entries()) judge(telling, told.slice(0, index))
      if (config().alerts.get(alert) === undefined) accuse('only alerts that there are run', alert)
      running.set(run, told)
      tellings.push(...told)
    },
    alertEnded(run, ending: Ending) {
      const isTold = ending.kind === 'exited' && ending.exitCode === 0
      for (const telling of running.get(run) ?? []) Object.assign(telling, { isTold, isHeard: isTold && life?.isAlive })
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

function tellingsOf(deliveries: readonly Delivery[], life: Life | null): Telling[] {
  return deliveries.map(({ notification, alert }) => ({
    id: notification.id,
    incidentId: notification.incidentId ?? '',
    kind: notification.kind,
    monitor: notification.monitor,
    alert,
    life: life?.number ?? 0,
    isTold: false,
    isHeard: false,
    isForgotten: false,
  }))
}
