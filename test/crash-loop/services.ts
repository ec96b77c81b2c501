import type { Random } from '../support/random.ts'
import { type Site, uptimeMs } from '../support/site.ts'

export const INTERVAL_MS = 100

/** A service that really flips, and how it is watched. */
export interface Service {
  readonly name: string
  readonly alertAfter: number
  /** As in the configuration: -1 backs off, 0 is once, n is every n failing checks. */
  readonly alertEvery: number
  readonly recoverAfter: number
  readonly alerts: readonly string[]
  /** The alerts that deliver in the end; they differ where a fallback takes over. */
  readonly tellers: readonly string[]
}

const plain = { recoverAfter: 1, alertAfter: 1, alertEvery: 0 }

export const SERVICES: readonly Service[] = [
  { ...plain, name: 'door', alerts: ['tell'], tellers: ['tell'] },
  { ...plain, name: 'site', alertAfter: 2, alertEvery: 2, alerts: ['tell', 'late'], tellers: ['tell', 'late'] },
  { ...plain, name: 'mail', alertAfter: 2, alertEvery: -1, alerts: ['slow'], tellers: ['slow'] },
  { ...plain, name: 'disk', alertEvery: 1, alerts: ['moody'], tellers: ['moody'] },
  { ...plain, name: 'link', alertAfter: 2, alerts: ['deaf'], tellers: ['tell'] },
  { ...plain, name: 'calm', recoverAfter: 2, alertEvery: 3, alerts: ['late'], tellers: ['late'] },
]

/** One line in one write: when, and what. */
const told = (alert: string) =>
  `read -r up rest </proc/uptime; echo "$up ${alert}" {notification_id} {kind} {monitor_name} {incident_id} >>told`

const begun = (alert: string, ...steps: readonly string[]) =>
  `  ${alert}: { command: 'echo "begin ${alert}" >>alerting; ${[...steps, `echo "end ${alert}" >>alerting`].join('; ')}' }`

/** Each check writes what it sees to one file, in one write before it ends, with the pid of its daemon. */
const check = ({ name }: Service) =>
  `read -r state number <${name}.state; read -r up rest </proc/uptime; ` +
  `echo "$up $PPID ${name} $state $number" >>seen; echo "$state $number"; test "$state" = up`

export const CONFIG = [
  `check_interval: ${INTERVAL_MS}ms`,
  'monitors:',
  ...SERVICES.flatMap((service) => [
    `  - name: ${service.name}`,
    `    command: '${check(service)}'`,
    `    alert_after: ${service.alertAfter}`,
    `    alert_every: ${service.alertEvery}`,
    `    recover_after: ${service.recoverAfter}`,
    `    alerts: [ ${service.alerts.join(', ')} ]`,
    `    alert_up: [ ${service.alerts.join(', ')} ]`,
  ]),
  // Each daemon leaves one of these behind.
  '  - { name: hung, command: "sleep 600 & sleep 600", timeout: 1h }',
  'alerts:',
  begun('tell', told('tell')),
  // A kill falls before the message is sent, or between that and the mark.
  begun('slow', 'sleep 0.2', told('slow')),
  begun('late', told('late'), 'sleep 0.2'),
  begun(
    'moody',
    'if test -e trouble && test {attempt} -lt 3 && test $(( $$ % 2 )) = 0; then echo "end moody" >>alerting; exit 1; fi',
    told('moody'),
  ),
  '  deaf: { command: "exit 1", retry_for: 0, fallback: tell }',
].join('\n')

/** An outage of a service, in uptime: it had begun at `fromMs`, and had not ended at `toMs`. */
export interface Outage {
  readonly service: string
  /** From 1. */
  readonly number: number
  readonly fromMs: number
  readonly toMs: number
}

/** Services that go down and come back at random until they are stopped. */
export interface Flipping {
  /** Brings all services up; returns every outage there was. */
  stop(): Outage[]
}

/** How long a service stays as it is, in milliseconds; a fifth of the times are short. */
export interface Pace {
  readonly shortMs: readonly [number, number]
  readonly longMs: readonly [number, number]
}

const QUICK: Pace = { shortMs: [20, 300], longMs: [400, 2500] }

export function flipServices(
  site: Site,
  random: Random,
  { names = SERVICES.map(({ name }) => name), pace = QUICK }: { names?: readonly string[]; pace?: Pace } = {},
): Flipping {
  const outages: Outage[] = []
  const down = new Map<string, Omit<Outage, 'toMs'>>()
  const timers = new Map<string, ReturnType<typeof setTimeout>>()

  const recover = (service: string) => {
    const outage = down.get(service)
    if (outage === undefined) return
    outages.push({ ...outage, toMs: uptimeMs() })
    site.replace(`${service}.state`, `up ${outage.number}\n`)
    down.delete(service)
  }

  const fail = (service: string) => {
    const number = outages.filter((outage) => outage.service === service).length + 1
    site.replace(`${service}.state`, `down ${number}\n`)
    // Times are noted to a hundredth of a second and may be a little later.
    down.set(service, { service, number, fromMs: uptimeMs() + 10 })
  }

  const flipLater = (service: string) => {
    const isShort = random.chance(0.2)
    const delayMs = random.between(...(isShort ? pace.shortMs : pace.longMs))
    const timer = setTimeout(() => {
      if (down.has(service)) recover(service)
      else fail(service)
      flipLater(service)
    }, delayMs)
    timers.set(service, timer)
  }

  for (const name of names) {
    site.replace(`${name}.state`, 'up 0\n')
    flipLater(name)
  }
  return {
    stop() {
      for (const timer of timers.values()) clearTimeout(timer)
      for (const name of names) recover(name)
      return outages
    },
  }
}
