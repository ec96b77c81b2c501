import { alertsForRecovery } from '../decide/decision.ts'
import { withoutFuture } from '../model/state.ts'
import type { Delivery, Monitor, MonitorState, Notification } from '../model/types.ts'
import { incidentId, notificationId } from '../text/identity.ts'
import { deliveriesFor } from './notification.ts'

/** What a server has told about a monitor, and the journal does not know. */
export interface ToldOf {
  readonly monitor: string
  /** What the server knew of the monitor in the end; null if nothing that the journal does not know. */
  readonly state: MonitorState | null
  /** All that is not in the journal of each incident that somebody has heard of, in the order of telling. */
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
  /** Of incidents before the one of the state. */
  readonly earlier: readonly Delivery[]
  /** Of the incident that is that of the state from now on. */
  readonly begun: readonly Delivery[]
}

interface Here {
  readonly monitor: Monitor
  readonly state: MonitorState
  /** Whether people have heard here that the incident is over, after they were told of it there. */
  readonly isEnded: (incidentId: string) => boolean
  readonly nowMs: number
  readonly hostname: string
}

/**
 * The leader owes an end to each incident that another server has told by itself. An incident that is open here ends here.
 * One that may still begin here, or that this server missed, is the same incident: it begins now. The same is true where the
 * other server has seen more ends: the outage that goes on here takes the name that it has there. The end of all others is
 * told now.
 */
export function carryOn(told: ToldOf, here: Here): CarriedOn {
  const { monitor } = here
  let { state } = here
  const earlier: Delivery[] = []
  let begun: readonly Delivery[] = []
  const isAhead = told.state !== null && nextNumber(told.state) > nextNumber(state)
  for (const [id, ofIncident] of Map.groupBy(told.deliveries, ({ notification }) => notification.incidentId ?? '')) {
    const isOver = ofIncident.some(({ notification, status }) => notification.kind === 'up' && status !== 'dropped')
    const isOpen = state.incidentId === id || state.flapping?.incidentId === id
    if (isOpen && (isOver || isTold(state, id))) continue
    const isNext = incidentId(monitor.name, nextNumber(state)) === id
    const isNew = isAhead || isOpen || (isNext && state.incidentId === null && state.flapping === null)
    if (isNew && !isOver && told.state?.incidentId === id) {
      const before = state
      state = withoutFuture(told.state, here.nowMs)
      begun = ofIncident
      if (before.incidentId !== null && before.incidentId !== id && isTold(before, before.incidentId)) {
        const alerts = alertsForRecovery(monitor.policy, before.stepsTold)
        const about = { ...before, alerts, startedAtMs: before.outageStartedAtMs ?? here.nowMs }
        earlier.push(...deliveriesFor(endOf(before.incidentId, about, { ...here, state })))
      }
      continue
    }
    // Its name is used up: no other incident may have it.
    if (isNext) state = withNext(state, nextNumber(state) + 1)
    const isEndedHere = here.isEnded(id)
    if (!isOver && isEndedHere) continue
    earlier.push(
      // An end that is on its way here, later than the one there, is not to count as told already.
      ...ofIncident.filter(({ notification }) => !isEndedHere || notification.kind !== 'up'),
      ...(isOver ? [] : deliveriesFor(endOf(id, aboutHeard(ofIncident, monitor), { ...here, state }))),
    )
  }
  if (told.state !== null && isAhead && begun.length === 0) {
    state = withNext(state, Math.max(nextNumber(told.state), nextNumber(state)))
  }
  return { state: state === here.state ? null : state, earlier, begun }
}

/** What names the incident after the one that is open, or the next one. */
function nextNumber({ incidentId, flapping, fineSinceMs }: MonitorState): number {
  return (fineSinceMs ?? 0) + (incidentId === null && flapping === null ? 0 : 1)
}

function withNext(state: MonitorState, next: number): MonitorState {
  return { ...state, fineSinceMs: (state.fineSinceMs ?? 0) + next - nextNumber(state) }
}

function isTold({ incidentId, alertCount, stepsTold, flapping }: MonitorState, id: string): boolean {
  if (flapping?.incidentId === id && flapping.isTold) return true
  return incidentId === id && (alertCount > 0 || stepsTold.length > 0)
}

type About = Pick<Notification, 'alerts' | 'failureCount' | 'alertCount' | 'startedAtMs'>

function aboutHeard(told: readonly Delivery[], { policy }: Monitor): About {
  const heard = told.filter(({ status }) => status === 'delivered')
  const { failureCount, alertCount, startedAtMs } = (heard.at(-1) ?? (told[0] as Delivery)).notification
  const stepsTold = heard.map(({ alert }) => alert)
  return { alerts: alertsForRecovery(policy, stepsTold), failureCount, alertCount, startedAtMs }
}

function endOf(id: string, about: About, { monitor, state, nowMs, hostname }: Here): Notification {
  const { alerts, failureCount, alertCount, startedAtMs } = about
  return {
    id: notificationId(id, { kind: 'up', number: 1 }),
    incidentId: id,
    kind: 'up',
    monitor: monitor.name,
    atMs: nowMs,
    alerts,
    message:
      state.status === 'down'
        ? `${monitor.name}: the incident that one server told goes on as ${state.incidentId}`
        : `${monitor.name} check is up again!`,
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
