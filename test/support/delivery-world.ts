import type { Runner } from '../../src/core/model/ports.ts'
import type { Alert, Delivery, Ending, NotificationKind } from '../../src/core/model/types.ts'
import { isPending } from '../../src/core/tell/outbox.ts'
import { createDeliveryLoop } from '../../src/engine/delivery/loop.ts'
import { createTellingWitness } from '../simulation/telling-witness.ts'
import { alert, deliveriesOf, T0 } from './delivery-stage.ts'
import { createFakeClock } from './fake-clock.ts'
import { createFakeRunner, EXITED_0, EXITED_1 } from './fake-runner.ts'
import { SECOND } from './time.ts'

export const ALERTS = ['mail', 'sms', 'pager', 'up-mail'] as const

/** How the alerts are configured, and whether the store is behind: a crash takes away what it has not saved yet. */
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

/** One process of Minitor. What it does after its end has no effect. */
interface Life {
  readonly number: number
  isAlive: boolean
}

/** Deliveries of two monitors, with all that can happen to them, before the judge that the simulation has, too. */
export function createWorld({ digests, hasFallback, downAlerts, upAlerts, isStoreBehind }: Setting) {
  const clock = createFakeClock(T0)
  const moods = new Map<string, Mood>()
  const removed = new Set<string>()
  const incidents = new Map<string, { readonly id: string; notificationCount: number; isOpen: boolean }>()
  const faults: string[] = []
  const disk = createDisk(isStoreBehind, (id) => [...incidents.values()].some((one) => one.isOpen && one.id === id))
  const commands = createFakeRunner(clock, (run) => ENDINGS[moods.get(run.command[0]) ?? 'works'])
  let nextRunId = 0

  const configured = (): ReadonlyMap<string, Alert> => {
    const hasTaker = hasFallback && !removed.has('pager')
    const fallbackOf = (name: string) => (hasTaker && (name === 'mail' || name === 'sms') ? 'pager' : null)
    const digestMsOf = (name: string) => (digests.includes(name) ? 5 * SECOND : null)
    const of = (name: string) =>
      alert(name, { retryForMs: 20 * SECOND, fallback: fallbackOf(name), digestMs: digestMsOf(name) })
    return new Map(ALERTS.filter((name) => !removed.has(name)).map((name) => [name, of(name)]))
  }

  const telling = createTellingWitness({
    accuse: (rule, what) => faults.push(`${rule}: ${what}`),
    kept: { deliveries: disk.rows },
    alerts: configured,
    storeTroubles: () => (isStoreBehind ? ['it is behind'] : []),
    isStopping: () => false,
  })

  /** The commands as a process sees them. */
  const runnerOf = (life: Life): Runner => ({
    close: async () => {},
    async run(run) {
      if (!life.isAlive) return never
      telling.alertStarted(run)
      const result = await commands.run(run)
      if (!life.isAlive) return never
      telling.alertEnded(run, result.ending)
      return result
    },
  })

  const begin = (number: number) => {
    const life: Life = { number, isAlive: true }
    telling.began({ life })
    const loop = createDeliveryLoop({
      clock,
      log: { write: (level, message, fields = {}) => life.isAlive && telling.logged(level, message, fields) },
      store: {
        async settle(delivery, following) {
          if (!life.isAlive) return
          telling.settled(delivery, following)
          disk.settle(delivery, following)
          telling.released([delivery, ...following], !isStoreBehind)
        },
        noteTrial() {},
      },
      runner: runnerOf(life),
      mask: (text) => text,
      random: () => 0.5,
      nextRunId: () => `run-${++nextRunId}`,
    })
    loop.setAlerts(configured())
    loop.enqueue(disk.load())
    return { life, loop }
  }
  let present = begin(1)

  const beginAgain = () => {
    present.life.isAlive = false
    present = begin(present.life.number + 1)
  }

  const tell = (monitor: string, kind: NotificationKind, alerts: readonly string[]) => {
    const incident = incidents.get(monitor)
    if (incident === undefined) throw new Error('an incident comes before its notifications')
    const id = `${incident.id}-${++incident.notificationCount}`
    const deliveries = deliveriesOf({ id, incidentId: incident.id, monitor, kind, alerts, atMs: clock.wallMs() })
    disk.commit(deliveries)
    telling.committed({ deliveries })
    present.loop.enqueue(deliveries)
    telling.released(deliveries, true)
  }

  return {
    clock,
    disk,
    telling,
    moods,
    faults,
    get loop() {
      return present.loop
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
      beginAgain()
    },
    async restart() {
      const isClosed = present.loop.close(7 * SECOND)
      await clock.advance(7 * SECOND)
      await isClosed
      disk.flush()
      beginAgain()
    },
    remove(name: string) {
      removed.add(name)
      present.loop.setAlerts(configured())
    },
    addAll() {
      removed.clear()
      present.loop.setAlerts(configured())
    },
  }
}

const never = new Promise<never>(() => {})

/** Saves what it is given in order; while it is behind, only with the next commit. */
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
