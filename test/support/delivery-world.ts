import type { CommandRun, Runner } from '../../src/core/model/ports.ts'
import type { Alert, Delivery, Ending, NotificationKind } from '../../src/core/model/types.ts'
import { deliveriesFor, plainNotification } from '../../src/core/tell/notification.ts'
import { isPending } from '../../src/core/tell/outbox.ts'
import { createDeliveryLoop } from '../../src/engine/delivery/loop.ts'
import { alert, SECOND, T0 } from './delivery-stage.ts'
import { createFakeClock } from './fake-clock.ts'
import { createFakeRunner, EXITED_0, EXITED_1 } from './fake-runner.ts'
import { collectLog } from './samples.ts'

export const ALERTS = ['mail', 'sms', 'pager', 'up-mail'] as const

/** How the alerts are configured, and whether the store is behind: what it has not kept yet, a crash takes away. */
export interface Setting {
  readonly digests: readonly string[]
  /** Whether the pager takes over from mail and sms. */
  readonly hasFallback: boolean
  readonly downAlerts: readonly string[]
  readonly upAlerts: readonly string[]
  readonly isStoreBehind: boolean
}

/** What an alert's command does at present. */
export type Mood = 'works' | 'fails' | 'is slow' | 'cannot be started'

const ENDINGS: Readonly<Record<Mood, { takesMs: number; ending: Ending }>> = {
  works: { takesMs: SECOND, ending: EXITED_0 },
  fails: { takesMs: SECOND, ending: EXITED_1 },
  'is slow': { takesMs: 15 * SECOND, ending: EXITED_0 },
  'cannot be started': { takesMs: 1, ending: { kind: 'void', reason: 'too many open files', isExhausted: true } },
}

/** Something that an alert's command was told. */
interface Telling {
  readonly id: string
  readonly alert: string
  readonly incidentId: string
  readonly kind: NotificationKind
  /** Of the notification within its incident. */
  readonly number: number
  readonly life: number
  /** Whether the loop lived to hear that it was delivered. */
  isKnown: boolean
}

/** Deliveries of two monitors, with all that can happen to them. `faults` says what must not have happened. */
export function createWorld({ digests, hasFallback, downAlerts, upAlerts, isStoreBehind }: Setting) {
  const clock = createFakeClock(T0)
  const log = collectLog()
  const moods = new Map<string, Mood>()
  const removed = new Set<string>()
  const incidents = new Map<string, { readonly id: string; notificationCount: number; isOpen: boolean }>()
  const told: Telling[] = []
  const faults: string[] = []
  const disk = createDisk(isStoreBehind, (id) => [...incidents.values()].some((one) => one.isOpen && one.id === id))
  const commands = createFakeRunner(clock, (run) => ENDINGS[moods.get(run.command[0]) ?? 'works'])
  let life = 0
  let nextRunId = 0

  const configured = (): ReadonlyMap<string, Alert> => {
    const hasTaker = hasFallback && !removed.has('pager')
    const fallbackOf = (name: string) => (hasTaker && (name === 'mail' || name === 'sms') ? 'pager' : null)
    const digestMsOf = (name: string) => (digests.includes(name) ? 5 * SECOND : null)
    const of = (name: string) =>
      alert(name, { retryForMs: 20 * SECOND, fallback: fallbackOf(name), digestMs: digestMsOf(name) })
    return new Map(ALERTS.filter((name) => !removed.has(name)).map((name) => [name, of(name)]))
  }

  const rowsOf = (incidentId: string) =>
    [...disk.rows.values()].filter(({ notification }) => notification.incidentId === incidentId)

  /** `together`: what stands before it in the same digest. */
  const judge = (telling: Telling, together: readonly Telling[]) => {
    const { id, alert, incidentId, kind, number } = telling
    const ofIncident = [...told, ...together].filter((one) => one.incidentId === incidentId)
    const before = ofIncident.filter((one) => one.alert === alert)
    // What a crash has cut off is repeated as a whole, and so is what a store that is behind has not kept.
    const isRemembered = (one: Telling) => one.life === life || (one.isKnown && !isStoreBehind)
    const remembered = before.filter(isRemembered)
    if (remembered.some((one) => one.id === id)) faults.push(`${id} is told twice by ${alert}`)
    if (remembered.some((one) => one.number > number)) faults.push(`${id} is told by ${alert} after newer news`)
    const older = rowsOf(incidentId).filter((one) => one.alert === alert && numberOf(one.notification.id) < number)
    const left = older.filter((one) => isPending(one) && !together.some(({ id }) => id === one.notification.id))
    if (left.length > 0 && !isStoreBehind) faults.push(`${id} is told by ${alert} before older news`)
    // Those who hear the rest of a digest know of the outage.
    const knows = (one: Telling) => one.kind !== 'up' && (one.isKnown || together.includes(one))
    const isOfAny = alert === 'pager' || !downAlerts.includes(alert)
    if (kind === 'up' && !(isOfAny ? ofIncident : before).some(knows)) {
      faults.push(`${id}: a recovery by ${alert}, who did not tell of the outage`)
    }
    const isOver = rowsOf(incidentId).some(({ notification }) => notification.kind === 'up')
    if (kind === 'reminder' && isOver) faults.push(`${id} reminds by ${alert} of an outage that is over`)
  }

  /** The commands as one process of Minitor sees them. */
  const runnerOf = (isAlive: () => boolean): Runner => {
    const running = new Set<string>()
    return {
      close: async () => {},
      async run(run) {
        if (!isAlive()) return never
        const [name] = run.command
        if (digests.includes(name) && running.has(name)) faults.push(`two digests by ${name} at once`)
        running.add(name)
        const tellings = tellingsOf(run, life)
        const isTold = ENDINGS[moods.get(name) ?? 'works'].ending === EXITED_0
        for (const [index, telling] of tellings.entries()) judge(telling, tellings.slice(0, index))
        if (isTold) told.push(...tellings)
        const result = await commands.run(run)
        if (!isAlive()) return never
        running.delete(name)
        for (const telling of tellings) telling.isKnown = isTold
        return result
      },
    }
  }

  /** A process of Minitor, from its start on. What it does after its end has no effect. */
  const begin = () => {
    const number = ++life
    const isAlive = () => life === number
    const store = {
      async settle(delivery: Delivery, following: readonly Delivery[]) {
        if (isAlive()) disk.settle(delivery, following)
      },
    }
    const nextId = () => `run-${++nextRunId}`
    const loop = createDeliveryLoop({
      clock,
      log,
      store,
      runner: runnerOf(isAlive),
      random: () => 0.5,
      nextRunId: nextId,
    })
    loop.setAlerts(configured())
    loop.enqueue(disk.load())
    return loop
  }

  const tell = (monitor: string, kind: NotificationKind, alerts: readonly string[]) => {
    const incident = incidents.get(monitor)
    if (incident === undefined) throw new Error('an incident comes before its notifications')
    const id = `${incident.id}-${++incident.notificationCount}`
    const about = { kind: 'test', id, monitor, message: kind, alerts, hostname: 'h' } as const
    const plain = plainNotification({ ...about, atMs: clock.wallMs() })
    const deliveries = deliveriesFor({ ...plain, kind, incidentId: incident.id })
    disk.commit(deliveries)
    loop.enqueue(deliveries)
  }

  let loop = begin()
  return {
    clock,
    disk,
    log,
    moods,
    faults,
    get loop() {
      return loop
    },
    /** A check that tells somebody: of an outage, of its lasting, or of its end. */
    check(monitor: string, isUp: boolean) {
      const incident = incidents.get(monitor)
      if (incident?.isOpen) {
        if (isUp) incident.isOpen = false
        tell(monitor, isUp ? 'up' : 'reminder', isUp ? upAlerts : downAlerts)
      } else {
        const number = Number(incident?.id.split('-')[1] ?? 0) + 1
        incidents.set(monitor, { id: `${monitor}-${number}`, notificationCount: 0, isOpen: true })
        tell(monitor, 'down', downAlerts)
      }
    },
    crash() {
      disk.crash()
      loop = begin()
    },
    async restart() {
      const isClosed = loop.close(7 * SECOND)
      await clock.advance(7 * SECOND)
      await isClosed
      disk.flush()
      loop = begin()
    },
    remove(name: string) {
      removed.add(name)
      loop.setAlerts(configured())
    },
    addAll() {
      removed.clear()
      loop.setAlerts(configured())
    },
  }
}

const never = new Promise<never>(() => {})

/** Of a notification within its incident. */
function numberOf(notificationId: string): number {
  return Number(notificationId.split('-').at(-1))
}

function tellingsOf({ command: [alert], input }: CommandRun, life: number): Telling[] {
  const document = JSON.parse(input ?? '')
  const all: { notification_id: string; incident_id: string; kind: NotificationKind }[] = document.notifications ?? [
    document,
  ]
  return all.map(({ notification_id: id, incident_id: incidentId, kind }) => {
    return { id, alert, incidentId, kind, number: numberOf(id), life, isKnown: false }
  })
}

/** Keeps what it is given in order; while it is behind, only with the next commit. */
function createDisk(isBehind: boolean, isOpen: (incidentId: string | null) => boolean) {
  const rows = new Map<string, Delivery>()
  let queue: Delivery[] = []
  const flush = () => {
    for (const one of queue) rows.set(one.id, structuredClone(one))
    queue = []
  }
  return {
    rows: rows as ReadonlyMap<string, Delivery>,
    flush,
    commit(deliveries: readonly Delivery[]) {
      queue.push(...deliveries)
      flush()
    },
    settle(delivery: Delivery, following: readonly Delivery[]) {
      queue.push(delivery, ...following)
      if (!isBehind) flush()
    },
    crash() {
      queue = []
    },
    /** What is pending, and what was told of incidents that are open or have something pending. */
    load(): Delivery[] {
      const all = [...rows.values()]
      const unfinished = new Set(all.filter(isPending).map((one) => one.notification.incidentId))
      const isNeeded = ({ notification: { incidentId } }: Delivery) => isOpen(incidentId) || unfinished.has(incidentId)
      return all.filter(isNeeded).map((one) => structuredClone(one))
    },
  }
}
