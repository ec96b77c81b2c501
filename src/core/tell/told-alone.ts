import { alertsForRecovery } from '../decide/decision.ts'
import type { Delivery, Monitor, MonitorState, Notification } from '../model/types.ts'
import { excerpt } from '../text/cut.ts'
import { notificationId } from '../text/identity.ts'

/** An incident that a server has told by itself and whose end it has not told. */
interface OpenIncident {
  readonly monitor: string
  readonly incidentId: string
  /** All that the server knows of the monitor. */
  readonly state: MonitorState
  readonly alerts: readonly string[]
  readonly startedAtMs: number
  readonly failureCount: number
  readonly alertCount: number
}

/** What a server has told by itself, of which others know nothing, and which is not at its end. */
export interface ToldAlone {
  readonly node: string
  /** In the order of telling, with those that decide who hears of the end. */
  readonly deliveries: readonly Delivery[]
  readonly open: readonly OpenIncident[]
}

interface Known {
  readonly monitor: Monitor
  readonly state: MonitorState
}

/** Whoever takes it over knows what the commands have printed: it watches the same. */
const OUTPUT_LIMIT = 500

/** Of the incidents of which something was told since `sinceMs`: others are known to all. Unix epoch milliseconds. */
export function toldAlone(
  node: string,
  monitors: Iterable<Known>,
  { deliveries, sinceMs }: { readonly deliveries: readonly Delivery[]; readonly sinceMs: number },
): ToldAlone {
  const open = [...monitors]
    .flatMap(openIncidents)
    .filter(({ state, startedAtMs }) => Math.max(state.lastToldAtMs ?? 0, startedAtMs) >= sinceMs)
  const late = new Set(open.map(({ incidentId }) => incidentId))
  for (const { notification } of deliveries) {
    if (notification.incidentId !== null && notification.atMs >= sinceMs) late.add(notification.incidentId)
  }
  const cut = (delivery: Delivery): Delivery => {
    const { notification } = delivery
    return { ...delivery, notification: { ...notification, output: excerpt(notification.output, OUTPUT_LIMIT) } }
  }
  return {
    node,
    deliveries: deliveries.filter(({ notification: { incidentId } }) => late.has(incidentId ?? '')).map(cut),
    open,
  }
}

function openIncidents({ monitor, state }: Known): readonly OpenIncident[] {
  const { incidentId, flapping, outageStartedAtMs, failureCount, alertCount, stepsTold } = state
  const alerts = alertsForRecovery(monitor.policy, stepsTold)
  const counts = { monitor: monitor.name, state, alerts, failureCount, alertCount }
  const isTold = alertCount > 0 || stepsTold.length > 0
  const outage = incidentId === null || !isTold ? [] : [{ ...counts, incidentId, startedAtMs: outageStartedAtMs ?? 0 }]
  if (flapping === null || !flapping.isTold || flapping.incidentId === incidentId) return outage
  return [...outage, { ...counts, incidentId: flapping.incidentId, startedAtMs: flapping.startedAtMs }]
}

/**
 * Whether an incident that another server has told by itself is the next one of a monitor that has none here: here it has
 * not begun yet, or was not seen. What names it is then the same for both.
 */
export function isNextIncident({ state: told }: Pick<OpenIncident, 'state'>, { state }: Pick<Known, 'state'>): boolean {
  const hasNone = state.incidentId === null && state.flapping === null
  return hasNone && told.fineSinceMs !== null && told.fineSinceMs === state.fineSinceMs
}

/**
 * That an incident which another server has told by itself is over; null where it is an incident of this server, too, which
 * tells its end. Where the monitor is down, that is another incident.
 */
export function endOfToldAlone(
  { incidentId, alerts, startedAtMs, failureCount, alertCount }: OpenIncident,
  about: Known & { readonly node: string; readonly atMs: number; readonly hostname: string },
): Notification | null {
  const { monitor, state, node, atMs, hostname } = about
  if (state.incidentId === incidentId || state.flapping?.incidentId === incidentId) return null
  const goesOn = `${monitor.name}: the incident that ${node} told by itself goes on as ${state.incidentId}`
  return {
    id: notificationId(incidentId, { kind: 'up', number: 1 }),
    incidentId,
    kind: 'up',
    monitor: monitor.name,
    atMs,
    alerts,
    message: state.status === 'down' ? goesOn : `${monitor.name} check is up again!`,
    isUp: true,
    status: state.status,
    alertCount,
    failureCount,
    startedAtMs,
    lastSuccessAtMs: state.lastSuccessAtMs,
    exitCode: null,
    reason: '',
    output: '',
    description: monitor.description,
    runbook: monitor.runbook,
    tags: monitor.tags,
    group: monitor.group,
    hostname,
    url: '',
  }
}
