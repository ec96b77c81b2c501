import type { AlertTrial, CommandRun } from '../../src/core/model/ports.ts'
import type { Alert, Delivery, Ending, NotificationKind } from '../../src/core/model/types.ts'
import { deliveriesFor, plainNotification } from '../../src/core/tell/notification.ts'
import { createDeliveryLoop } from '../../src/engine/delivery/loop.ts'
import { createFakeClock } from './fake-clock.ts'
import { createFakeRunner, EXITED_0, EXITED_1 } from './fake-runner.ts'
import { anAlert, collectLog } from './samples.ts'
import { SECOND } from './time.ts'

export const T0 = Date.UTC(2026, 0, 1)

export type Behave = (run: CommandRun, count: number) => { takesMs: number; ending: Ending; output?: string }

/** A delivery loop on a clock that stands still. `kept` is what the store holds: with it, the loop is one after a restart. */
export function start(
  alerts: readonly Alert[],
  behave: Behave,
  { clock = createFakeClock(T0), kept = new Map<string, Delivery>(), isStoreOut = false } = {},
) {
  const runner = createFakeRunner(clock, behave)
  const log = collectLog()
  const keep = (deliveries: readonly Delivery[]) => {
    for (const one of deliveries) kept.set(one.id, structuredClone(one))
  }
  const trials: AlertTrial[] = []
  let count = 0
  const loop = createDeliveryLoop({
    clock,
    runner,
    log,
    store: {
      async settle(delivery, following) {
        if (isStoreOut) throw new Error('database is locked')
        keep([delivery, ...following])
      },
      noteTrial: (trial) => trials.push(trial),
    },
    mask: (text) => text.replaceAll('hunter22', '***'),
    random: () => 1,
    nextRunId: () => `run-${++count}`,
  })
  const setAlerts = (next: readonly Alert[]) => loop.setAlerts(new Map(next.map((one) => [one.name, one])))
  setAlerts(alerts)
  loop.enqueue([...kept.values()])
  const tell = (kind: NotificationKind, monitor: string, names: readonly string[], incidentId = `${monitor}-1`) => {
    const id = `${incidentId}-${++made}`
    const deliveries = deliveriesOf({ id, incidentId, monitor, kind, alerts: names, atMs: clock.wallMs() })
    keep(deliveries)
    loop.enqueue(deliveries)
  }
  /** What each command was told, in the order of their starts: `mail web down`. */
  const told = () =>
    runner.started.map(({ run }) => `${run.command[0]} ${run.env.MINITOR_MONITOR_NAME} ${run.env.MINITOR_KIND}`)
  /** Of each run, when it began, in seconds from the start, and what it told: `5 mail: web down, web up`. */
  const runs = () =>
    runner.started.map(({ run, atMs }) => {
      const document = JSON.parse(run.input ?? '')
      const all: { monitor_name: string; kind: string }[] = document.notifications ?? [document]
      return `${atMs / SECOND} ${run.command[0]}: ${all.map((one) => `${one.monitor_name} ${one.kind}`).join(', ')}`
    })
  const messages = () => log.lines.map(({ message }) => message)
  return { clock, runner, log, loop, kept, trials, setAlerts, tell, told, runs, messages }
}

let made = 0

interface Occasion {
  readonly id: string
  readonly incidentId: string
  readonly monitor: string
  readonly kind: NotificationKind
  readonly alerts: readonly string[]
  readonly atMs: number
}

/** The deliveries of a notification that was committed a moment ago. */
export function deliveriesOf({ kind, incidentId, ...about }: Occasion): Delivery[] {
  const plain = plainNotification({ ...about, kind: 'test', message: kind, hostname: 'h' })
  return deliveriesFor({ ...plain, kind, incidentId, isUp: kind === 'up', reason: 'exit code 1' })
}

export function alert(name: string, changes: Partial<Alert> = {}): Alert {
  return anAlert({ name, command: [[name]], ...changes })
}

export const delivers: Behave = () => ({ takesMs: SECOND, ending: EXITED_0 })
export const failsIf =
  (isFailing: (run: CommandRun, count: number) => boolean): Behave =>
  (run, count) => ({ takesMs: SECOND, ending: isFailing(run, count) ? EXITED_1 : EXITED_0 })
