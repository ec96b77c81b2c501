import { type Mutes, NO_MUTES, quietText } from '../../src/core/model/mute.ts'
import type { Change } from '../../src/core/model/ports.ts'
import { PENDING } from '../../src/core/model/state.ts'
import type { Monitor, MonitorState, Notification } from '../../src/core/model/types.ts'
import { expectedFigures, isPassed, isReminderDue } from './expected-state.ts'
import { isMuted, isTrueReason } from './mute-rules.ts'
import type { Scene, Witness } from './witness.ts'

export interface StateWitness extends Witness {
  /** What Minitor knows about each monitor now. */
  readonly known: ReadonlyMap<string, MonitorState>
}

/** How long it takes until the times of every monitor have followed a clock that was set. */
const SETTLED_AFTER_MS = 10 * 60_000
/** The end of trouble that never began, and of trouble that goes on. */
const NEVER = { latest: -Infinity, earliest: -Infinity }
const STILL = { latest: Infinity, earliest: Infinity }
/** Numbers above this are times, not counts. */
const EARLIEST_TIME_MS = Date.UTC(2000)

/** Checks that every state follows from the one before, across crashes too, and that nobody is left out. */
export function createStateWitness({ timeline, accuse, config }: Scene): StateWitness {
  const known = new Map<string, MonitorState>()
  const concludedAtMs = new Map<string, number>()
  /** By id, the notifications that Minitor decided on and that no crash has undone. */
  const decided = new Map<string, Notification>()
  const kept = new Set<string>()
  let mutes: Mutes = NO_MUTES
  const runs = new Map<string, { readonly startedMs: number; endedMs: number }>()
  /** When the last trouble of each monitor ended: at the latest, and at the earliest. */
  const troubleUntilMs = new Map<string, { readonly latest: number; readonly earliest: number }>()
  let frozenUntilMs = 0
  /** What the previous process knew when it stopped in an orderly way. */
  let atRest: string | null = null
  let isAllKept = true
  let isSound = true
  let clockSetAtMs = Number.NEGATIVE_INFINITY

  /** Whether the times of a monitor's last state are by the clock as it is now. */
  const isSteady = (monitor: string) =>
    Math.min(timeline.nowMs - SETTLED_AFTER_MS, concludedAtMs.get(monitor) ?? timeline.nowMs) > clockSetAtMs

  const judgeFigures = (before: MonitorState, { check, state }: Change, monitor: Monitor) => {
    const expected = expectedFigures(before, state, check, monitor.policy)
    if (expected === null || (monitor.policy.alertAfter.kind === 'time' && !isSteady(check.monitor))) return
    const { status, failureCount, passCount } = expected
    const isAsExpected = state.status === status && state.failureCount === failureCount && state.passCount === passCount
    const found = `${state.status} ${state.failureCount} ${state.passCount}`
    if (!isAsExpected) {
      accuse(
        'a state follows from the one before',
        `${check.monitor} ${check.outcome}: ${found} instead of ${status} ${failureCount} ${passCount}`,
      )
    }
    if (check.outcome !== 'void') return
    const isSame = isSteady(check.monitor) ? Bun.deepEquals(before, state) : timeless(before) === timeless(state)
    if (!isSame) accuse('a void check changes nothing', check.monitor)
  }

  const judgeIncident = (before: MonitorState, { check, state }: Change) => {
    if ((state.incidentId !== null) !== (state.status === 'down')) accuse('down has an incident', check.monitor)
    if (before.incidentId !== null && state.incidentId !== null && before.incidentId !== state.incidentId) {
      accuse('an outage has one incident', `${check.monitor} ${before.incidentId}, then ${state.incidentId}`)
    }
  }

  /** Who must be notified, if anybody; null where that is unknown. */
  const owed = (before: MonitorState, { check, state }: Change, monitor: Monitor): 'trouble' | 'up' | 'none' | null => {
    if (before.flapping !== null || state.flapping !== null || monitor.policy.flapDetection !== null) return null
    if (check.outcome === 'void') return 'none'
    if (before.status === 'down' && state.status === 'up') {
      return before.alertCount > 0 || before.stepsTold.length > 0 ? 'up' : 'none'
    }
    if (state.status !== 'down' || isPassed(check)) return 'none'
    if (before.alertCount === 0) return 'trouble'
    if (monitor.policy.alertDown.some(({ after }) => after !== null)) return null
    // After the clock was set, earlier times cannot be compared from outside.
    const isDue =
      isSteady(check.monitor) || monitor.policy.alertEvery.kind !== 'time'
        ? isReminderDue(before, check, monitor.policy)
        : null
    return isDue === null ? null : isDue ? 'trouble' : 'none'
  }

  const judgeTelling = (before: MonitorState, change: Change, monitor: Monitor) => {
    const { check, notifications, quiet } = change
    const { incidentId } = change.state
    const { startedMs } = runs.get(check.runId) ?? { startedMs: Infinity }
    const overlapsWith = (parent: string) => startedMs <= (troubleUntilMs.get(parent)?.latest ?? -Infinity)
    const situation = { mutes, known, incidentId, wallMs: timeline.wallMs(), config: config(), overlapsWith }
    const kinds = notifications.map(({ kind }) => kind)
    const about = `${check.monitor} ${check.outcome}: ${kinds.join(' ') || `nobody (${quietText(quiet)})`}`
    switch (owed(before, change, monitor)) {
      case 'up':
        if (kinds.join() !== 'up') accuse('whoever was told hears of the recovery', about)
        break
      case 'none':
        if (kinds.length > 0) accuse('nobody is told without need', about)
        break
      case 'trouble':
        if (kinds.length === 0 && !isTrueReason(quiet, monitor, situation)) accuse('an outage is told', about)
    }
    // What a recovery from flapping owes does not depend on thresholds.
    if (before.flapping?.isTold && change.state.flapping === null && change.state.status === 'up') {
      if (kinds.join() !== 'up') accuse('whoever heard of flapping hears of its end', about)
    }
    const isTrouble = kinds.some((kind) => kind !== 'up')
    // A parent that fails at the same moment may have been too late.
    const dependsOn = monitor.dependsOn.filter((name) => concludedAtMs.get(name) !== timeline.nowMs)
    const surelyOverlapsWith = (parent: string) => startedMs < (troubleUntilMs.get(parent)?.earliest ?? -Infinity)
    if (isTrouble && isMuted({ ...monitor, dependsOn }, { ...situation, overlapsWith: surelyOverlapsWith })) {
      accuse('what is muted is not told', about)
    }
  }

  const noteTrouble = ({ check }: Change) => {
    const { endedMs } = runs.get(check.runId) ?? { endedMs: timeline.nowMs }
    runs.delete(check.runId)
    if (check.outcome === 'void') return
    const before = troubleUntilMs.get(check.monitor) ?? NEVER
    const latest = Math.min(before.latest, Math.max(endedMs, frozenUntilMs))
    troubleUntilMs.set(
      check.monitor,
      isPassed(check) ? { latest, earliest: Math.min(before.earliest, endedMs) } : STILL,
    )
  }

  const judgeNotifications = ({ notifications, deliveries, state, check }: Change) => {
    for (const notification of notifications) {
      const { id, alerts, incidentId } = notification
      if (decided.has(id)) accuse('a notification is made once', id)
      decided.set(id, notification)
      const made = deliveries.filter((one) => one.notification.id === id)
      if (made.map(({ alert }) => alert).join() !== alerts.join()) accuse('each alert has its delivery', id)
      if (!made.every(({ status }) => status === 'pending')) accuse('a new delivery is pending', id)
      if (state.incidentId === incidentId && !id.endsWith(`-${state.notificationCount}`)) {
        const isLast = notification === notifications.at(-1)
        if (isLast) accuse('notifications are numbered', `${check.monitor} ${id}, counted ${state.notificationCount}`)
      }
    }
  }

  return {
    known,
    ended(_, isOrderly) {
      atRest = isOrderly && isAllKept && isSound ? textOf(known) : null
    },
    spoiled() {
      atRest = null
      isSound = false
    },
    opened() {
      isSound = true
    },
    logged(_, message) {
      if (message.endsWith('could not be saved before the end')) isAllKept = false
    },
    began({ snapshot }) {
      known.clear()
      troubleUntilMs.clear()
      runs.clear()
      for (const [name, { state }] of snapshot.monitors) {
        known.set(name, state)
        troubleUntilMs.set(name, ['failing', 'down'].includes(state.status) ? STILL : NEVER)
      }
      if (atRest !== null && atRest !== textOf(known)) accuse('a stop keeps all', `${textOf(known)}, not ${atRest}`)
      atRest = null
      isAllKept = true
      mutes = snapshot.mutes
      // What is not in the file was never decided.
      for (const id of decided.keys()) if (!kept.has(id)) decided.delete(id)
    },
    applied(writes) {
      for (const write of writes) {
        if (write.kind === 'check') for (const { id } of write.change.notifications) kept.add(id)
      }
    },
    mutesHeard(next) {
      mutes = next
    },
    clockSet() {
      // A process that stands still sees it when it goes on.
      clockSetAtMs = Math.max(timeline.nowMs, frozenUntilMs)
    },
    frozen(ms) {
      frozenUntilMs = Math.max(frozenUntilMs, timeline.nowMs + ms)
      if (clockSetAtMs > timeline.nowMs - SETTLED_AFTER_MS) clockSetAtMs = frozenUntilMs
    },
    departed({ monitor }) {
      known.delete(monitor)
      troubleUntilMs.delete(monitor)
    },
    checkStarted: ({ runId }) => void runs.set(runId, { startedMs: timeline.nowMs, endedMs: Infinity }),
    checkEnded({ runId }) {
      const run = runs.get(runId)
      if (run !== undefined) run.endedMs = timeline.nowMs
    },
    committed(change) {
      const { check, state } = change
      const monitor = config().monitors.find(({ name }) => name === check.monitor)
      const before = known.get(check.monitor) ?? PENDING
      known.set(check.monitor, state)
      if (monitor === undefined || !monitor.isEnabled) {
        return accuse('only what is watched is concluded', check.monitor)
      }
      judgeFigures(before, change, monitor)
      judgeIncident(before, change)
      judgeTelling(before, change, monitor)
      noteTrouble(change)
      concludedAtMs.set(check.monitor, timeline.nowMs)
      judgeNotifications(change)
    },
  }
}

function textOf(known: ReadonlyMap<string, MonitorState>): string {
  return [...known]
    .map(([name, state]) => `${name} ${JSON.stringify(state)}`)
    .sort()
    .join('\n')
}

/** A state without its times, which follow the clock when that is set. */
function timeless(state: MonitorState): string {
  return JSON.stringify(state, (_, value) => (value > EARLIEST_TIME_MS ? 'a time' : value))
}
