import type { Decision } from '../../core/decide/decision.ts'
import { measuredIn } from '../../core/model/perfdata.ts'
import type { Change, Clock, Log, Ping, Store } from '../../core/model/ports.ts'
import { isTrouble } from '../../core/model/state.ts'
import type { CheckResult, Delivery, MonitorState, Notification } from '../../core/model/types.ts'
import { deliveriesFor, notificationsFor } from '../../core/tell/notification.ts'
import { named } from '../../core/text/printable.ts'
import { DAY_MS, MINUTE_MS } from '../../core/text/time.ts'
import type { Applied } from './applied.ts'
import { slotAtMs, type Watched } from './watched.ts'

/** A check whose decision is made; `watched` has the new state already. */
interface Decided {
  readonly watched: Watched
  readonly check: CheckResult
  readonly before: MonitorState
  readonly decision: Decision
  /** What the check follows from; null for one of a command, or of a ping that is late. */
  readonly ping: Ping | null
}

/** Resolves to whether the check is on the disk, which a routine check does not wait for. Never rejects. */
export type Commit = (decided: Decided) => Promise<boolean>

interface Options {
  readonly clock: Clock
  readonly store: Store
  readonly log: Log
  readonly hostname: string
  readonly applied: () => Applied
  /** Takes deliveries once they are committed. */
  readonly deliver: (deliveries: readonly Delivery[]) => void
}

/** A check that is further away than this is judged again before it comes. */
const FARTHEST_MS = 366 * DAY_MS
/** A check may start later than it is due, and a first failure have retries. */
const LATE_MS = 10 * MINUTE_MS
const NO_EXCUSES = { maintenanceUntilMs: null, planned: [] } as const

/** Makes the function that hands a check, the state after it and its notifications to the store, in one transaction. */
export function createCommit({ clock, store, log, hostname, applied, deliver }: Options): Commit {
  /** A check that ended in a maintenance was made in it, as the mute says. Where nothing is wrong, nothing is excused. */
  const excuses = (watched: Watched, { startedAtMs }: CheckResult): Pick<Change, 'maintenanceUntilMs' | 'planned'> => {
    const { monitor, state } = watched
    if (!isTrouble(state.status)) return NO_EXCUSES
    const { maintenance } = applied()
    const nowMs = clock.wallMs()
    return {
      maintenanceUntilMs: maintenance.until(monitor, nowMs) ?? maintenance.until(monitor, startedAtMs),
      planned: maintenance.excused(monitor, startedAtMs, nowMs + aheadMs(watched)),
    }
  }

  /** The next check may be late, or the next ping. */
  const aheadMs = ({ monitor, timetable }: Watched): number => {
    const nowMs = clock.monotonicMs()
    const nextMs = Math.min(timetable.after(nowMs) - nowMs, FARTHEST_MS)
    return 2 * nextMs + (monitor.heartbeat?.graceMs ?? 0) + LATE_MS
  }

  const notificationsOf = ({ watched, check, before, decision }: Decided): readonly Notification[] => {
    if (decision.kind === 'quiet') return []
    const { monitor, state: after } = watched
    const url = applied().urlOf(monitor.name)
    return notificationsFor(decision.tellings, { monitor, check, before, after, atMs: clock.wallMs(), hostname, url })
  }

  return (decided) => {
    const { watched, check, before, decision, ping } = decided
    const { state, lastCheck } = watched
    const notifications = notificationsOf(decided)
    const deliveries = notifications.flatMap(deliveriesFor)
    const committed = store.commit({
      check,
      ping,
      state,
      slotAtMs: slotAtMs(watched, clock),
      notifications,
      deliveries,
      quiet: watched.quiet,
      keepsOutput: check.outcome !== 'passed' || lastCheck?.outcome !== 'passed',
      measured: check.outcome === 'void' ? [] : measuredIn(check.output),
      ...excuses(watched, check),
      isRoutine: ping === null && decision.kind === 'quiet' && isRoutine(check, before, state),
    })
    watched.lastCheck = check
    const isCommitted = committed.then(
      () => true,
      (error: Error) => {
        // The store itself reports when it cannot write, and for how long.
        log.write('debug', `${named(check.monitor)}: going on from memory: ${error.message}`)
        return false
      },
    )
    if (deliveries.length > 0) void isCommitted.then(() => deliver(deliveries))
    return isCommitted
  }
}

/** A check that counts for nothing, or a pass where everything was fine before. */
function isRoutine(check: CheckResult, before: MonitorState, after: MonitorState): boolean {
  if (check.outcome === 'void') return true
  const isFine = (state: MonitorState) => state.status === 'up' && state.flapping === null
  return isFine(before) && isFine(after)
}
