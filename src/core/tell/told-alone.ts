import { alertsForRecovery } from '../decide/decision.ts'
import type { Delivery, Monitor, MonitorState, Notification } from '../model/types.ts'
import { incidentId, notificationId } from '../text/identity.ts'
import { deliveriesFor } from './notification.ts'

/** What a server has told of a monitor, of which the journal knows nothing. */
export interface ToldOf {
  readonly monitor: string
  /** What the server knew of the monitor in the end; null if nothing that the journal does not know. */
  readonly state: MonitorState | null
  /** Of each incident of which somebody has heard, all that is not in the journal; in the order of telling. */
  readonly deliveries: readonly Delivery[]
  /** When somebody has heard of it last, by the server's clock. */
  readonly toldAtMs: number
}

/** What a server has told, and could not publish before others went on. */
export interface ToldAlone {
  readonly node: string
  readonly monitors: readonly ToldOf[]
}

/** What is to be known and told of a monitor from now on; `state` is null where that stays as it is. */
interface CarriedOn {
  readonly state: MonitorState | null
  readonly deliveries: readonly Delivery[]
}

interface Here {
  readonly monitor: Monitor
  readonly state: MonitorState
  /** Whether people have heard here that the incident is over, after they were told of it there. */
  readonly isEnded: (incidentId: string) => boolean
  /** Who has told it. */
  readonly node: string
  readonly nowMs: number
  readonly hostname: string
}

/**
 * Whoever leads owes an end to each incident of which another server has told by itself. One that is open here ends here.
 * One that may yet begin here, or was not seen, is the same incident: it begins now. Of all others the end is told now.
 */
export function carryOn(told: ToldOf, here: Here): CarriedOn {
  let { state } = here
  const deliveries: Delivery[] = []
  for (const [id, ofIncident] of Map.groupBy(told.deliveries, ({ notification }) => notification.incidentId ?? '')) {
    const isOver = ofIncident.some(({ notification, status }) => notification.kind === 'up' && status !== 'dropped')
    const isOpen = state.incidentId === id || state.flapping?.incidentId === id
    if (isOpen && (isOver || isTold(state, id))) continue
    const isNext = isOpen || isNextIncident(id, here.monitor, state)
    if (isNext && !isOver && told.state?.incidentId === id) {
      state = told.state
      deliveries.push(...ofIncident)
      continue
    }
    // Its name is used up: no other incident may have it.
    if (isNext) state = { ...state, fineSinceMs: Math.max(Math.round(here.nowMs), (state.fineSinceMs ?? 0) + 1) }
    if (!isOver && here.isEnded(id)) continue
    deliveries.push(...ofIncident, ...(isOver ? [] : deliveriesFor(endOf(id, ofIncident, { ...here, state }))))
  }
  return { state: state === here.state ? null : state, deliveries }
}

function isTold({ incidentId, alertCount, stepsTold, flapping }: MonitorState, id: string): boolean {
  if (flapping?.incidentId === id && flapping.isTold) return true
  return incidentId === id && (alertCount > 0 || stepsTold.length > 0)
}

/** What names an incident is the same for all servers. */
function isNextIncident(id: string, { name }: Monitor, { incidentId: current, flapping, fineSinceMs }: MonitorState) {
  return current === null && flapping === null && fineSinceMs !== null && incidentId(name, fineSinceMs) === id
}

function endOf(id: string, told: readonly Delivery[], { monitor, state, node, nowMs, hostname }: Here): Notification {
  const heard = told.filter(({ status }) => status === 'delivered')
  const { failureCount, alertCount, startedAtMs } = (heard.at(-1) ?? (told[0] as Delivery)).notification
  const goesOn = `${monitor.name}: the incident that ${node} told by itself goes on as ${state.incidentId}`
  return {
    id: notificationId(id, { kind: 'up', number: 1 }),
    incidentId: id,
    kind: 'up',
    monitor: monitor.name,
    atMs: nowMs,
    alerts: alertsForRecovery(
      monitor.policy,
      heard.map(({ alert }) => alert),
    ),
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
