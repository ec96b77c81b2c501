import type { Pace, Service } from '../crash-loop/services.ts'
import { limitMs } from '../support/pace.ts'

/** Six services on three servers, and all that runs beside them: no slow machine falls behind that. */
export const INTERVAL_MS = limitMs(250)

/** From shorter than two checks to several times as long as a takeover. */
export const PACE: Pace = {
  shortMs: [limitMs(50), limitMs(500)],
  longMs: [limitMs(1_500), limitMs(20_000)],
}

const plain = { recoverAfter: 1, alertAfter: 1, alertEvery: 0, alerts: ['tell'], tellers: ['tell'] }

/** `away` is checked by agents: a server that is on its own cannot reach them. */
export const SERVICES: readonly Service[] = [
  { ...plain, name: 'door' },
  { ...plain, name: 'site', alertAfter: 2, alertEvery: 4 },
  { ...plain, name: 'mail', alertAfter: 2, alertEvery: -1, alerts: ['slow'], tellers: ['slow'] },
  { ...plain, name: 'calm', recoverAfter: 2, alertEvery: 6, alerts: ['late'], tellers: ['late'] },
  { ...plain, name: 'away', alertAfter: 2 },
]

export const AWAY = 'away'
export const TAG = 'far'

/** One line in one write: when, which process of which node, and what; at its end what the check said last. */
const told = (directory: string, alert: string) =>
  `read -r up rest </proc/uptime; echo "$up $PPID $NODE ${alert}" ` +
  `{notification_id} {kind} {monitor_name} {incident_id} {last_output} >>${directory}/told`

const check = (directory: string, { name }: Service) =>
  `read -r state number <${directory}/${name}.state; read -r up rest </proc/uptime; ` +
  `echo "$up $PPID ${name} $state $number" >>${directory}/seen; echo "$state $number"; test "$state" = up`

export function failoverConfig(directory: string): readonly string[] {
  return [
    `check_interval: ${INTERVAL_MS}ms`,
    'monitors:',
    ...SERVICES.flatMap((service) => [
      `  - name: ${service.name}`,
      `    command: '${check(directory, service)}'`,
      ...(service.name === AWAY ? [`    run_on: {tag: ${TAG}}`] : []),
      `    alert_after: ${service.alertAfter}`,
      `    alert_every: ${service.alertEvery}`,
      `    recover_after: ${service.recoverAfter}`,
      `    alerts: [ ${service.alerts.join(', ')} ]`,
      `    alert_up: [ ${service.alerts.join(', ')} ]`,
    ]),
    'alerts:',
    `  tell: { command: '${told(directory, 'tell')}' }`,
    // A takeover falls before the message is sent, or between that and the mark.
    `  slow: { command: 'sleep 0.2; ${told(directory, 'slow')}' }`,
    `  late: { command: '${told(directory, 'late')}; sleep 0.2' }`,
  ]
}
