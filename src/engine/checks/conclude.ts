import { type Decision, type Transition, whyQuiet } from '../../core/decide/decision.ts'
import { transition } from '../../core/decide/transition.ts'
import { isStaleParent, quietText } from '../../core/model/mute.ts'
import { measuredIn } from '../../core/model/perfdata.ts'
import type { Clock, Log, Ping, Store } from '../../core/model/ports.ts'
import { isPass } from '../../core/model/state.ts'
import type { CheckResult, Delivery, MonitorState, Mute } from '../../core/model/types.ts'
import { deliveriesFor, notificationsFor } from '../../core/tell/notification.ts'
import { describeChange, describeCheck, describeMute } from './describe.ts'
import type { MuteNow } from './look.ts'
import { count, type DurationCounts, slotAtMs, type Watched } from './watched.ts'

export interface ConcludeOptions {
  readonly clock: Clock
  readonly store: Store
  readonly log: Log
  readonly hostname: string
  readonly muteNow: MuteNow
  readonly durations: DurationCounts
  /** Why failures mean nothing now; null when they do. */
  readonly guardFailure: () => Promise<string | null>
  /** Takes deliveries once they are committed. */
  readonly deliver: (deliveries: readonly Delivery[]) => void
  /** Of the monitor's page; empty without one. */
  readonly urlOf: (monitor: string) => string
  readonly parentsOf: (watched: Watched) => readonly Watched[]
  /** A monitor's new state is known. */
  readonly onConcluded: (monitor: string) => void
  /** Checks a monitor out of turn; resolves when its new state is known. */
  readonly checkNow: (watched: Watched) => Promise<void>
}

export interface Concluded {
  /** As it counts. */
  readonly check: CheckResult
  /** Whether it is on the disk, once that is known; of a routine check that is not waited for. */
  readonly kept: Promise<boolean>
}

/**
 * `isCurrent` says whether the check still speaks of the monitor of today: while a guard or a parent is asked, a reload may
 * remove the monitor or change its command, and then nothing is concluded: null. `ping` is what the check follows from.
 */
export type Conclude = (
  watched: Watched,
  check: CheckResult,
  isCurrent: () => boolean,
  ping?: Ping,
) => Promise<Concluded | null>

/**
 * The second half of a check's walk: transition, commit, deliver. The function that it makes never rejects; it resolves
 * once the monitor's new state is known, and does not wait for the disk.
 */
export function createConclude(options: ConcludeOptions): Conclude {
  const { clock, store, log, hostname, muteNow, durations, guardFailure, deliver, urlOf, parentsOf, checkNow } = options

  /** When the guard was last found to fail, in monotonic milliseconds. */
  let guardFailedMs = -Infinity

  /** While the guard fails, a failure says nothing about the monitor; nor does that of a check which began before it passed. */
  const doubt = async (check: CheckResult): Promise<CheckResult> => {
    if (check.outcome === 'void' || isPass(check)) return check
    const startedMs = clock.monotonicMs() - check.durationMs
    const failure = await guardFailure()
    if (failure !== null) guardFailedMs = clock.monotonicMs()
    else if (startedMs > guardFailedMs) return check
    const guard = failure === null ? 'the guard failed when this began' : `the guard fails (${failure})`
    return { ...check, outcome: 'void', reason: `${guard}, so this counts for nothing: ${check.reason}` }
  }

  const decide = async (watched: Watched, check: CheckResult): Promise<Transition> => {
    const fold = ({ monitor, state }: Watched, mute: Mute | null) =>
      transition({ monitor: monitor.name, state, check, policy: monitor.policy, mute })
    const unmuted = fold(watched, null)
    if (unmuted.decision.kind === 'quiet' || unmuted.decision.tellings[0].kind === 'up') return unmuted
    const mute = await findMute(watched, unmuted.state, check)
    // While a parent was checked, the clock may have been set, and the times in the state with it.
    return fold(watched, mute)
  }

  /** A parent that was last checked before this outage began may be its cause: it is checked first. */
  const findMute = async (watched: Watched, after: MonitorState, check: CheckResult): Promise<Mute | null> => {
    for (const parent of parentsOf(watched)) {
      if (isStaleParent(parent.state, after.outageStartedAtMs ?? check.startedAtMs)) await checkNow(parent)
    }
    return muteNow(watched, after.incidentId)
  }

  const tellLog = (watched: Watched, check: CheckResult, before: MonitorState, decision: Decision) => {
    if (watched.state.status !== before.status) log.write(...describeChange(watched, check))
    else log.write(...describeCheck(check))
    const mute = decision.kind === 'quiet' ? decision.mute : null
    const muteReason = mute === null ? '' : quietText(mute)
    if (mute !== null && muteReason !== watched.muteReason) log.write(...describeMute(watched, mute))
    watched.muteReason = muteReason
  }

  const commit = (watched: Watched, check: CheckResult, { before, decision, ping }: Basis): Promise<boolean> => {
    const { monitor, state, lastCheck } = watched
    const atMs = clock.wallMs()
    const occasion = { monitor, check, before, after: state, atMs, hostname, url: urlOf(monitor.name) }
    const notifications = decision.kind === 'tell' ? notificationsFor(decision.tellings, occasion) : []
    const deliveries = notifications.flatMap(deliveriesFor)
    const kept = store.commit({
      check,
      ping,
      state,
      slotAtMs: slotAtMs(watched, clock),
      notifications,
      deliveries,
      quiet: watched.quiet,
      keepsOutput: check.outcome !== 'passed' || lastCheck?.outcome !== 'passed',
      measured: check.outcome === 'void' ? [] : measuredIn(check.output),
      isRoutine: ping === null && decision.kind === 'quiet' && isRoutine(check, before, state),
    })
    watched.lastCheck = check
    const isKept = kept.then(
      () => true,
      (error: Error) => {
        // The store itself says when, and for how long, it cannot keep anything.
        log.write('debug', `"${check.monitor}": going on from memory: ${error.message}`)
        return false
      },
    )
    if (deliveries.length > 0) void isKept.then(() => deliver(deliveries))
    return isKept
  }

  return async (watched, result, isCurrent, ping) => {
    const check = await doubt(result)
    if (!isCurrent()) return null
    const { state, decision } = await decide(watched, check)
    if (!isCurrent()) return null
    const before = watched.state
    count(watched.tally, check, decision.kind === 'tell')
    durations.add(check)
    watched.state = state
    watched.quiet = whyQuiet(decision)
    if (state.status !== before.status) watched.statusSinceMs = check.startedAtMs
    const kept = commit(watched, check, { before, decision, ping: ping ?? null })
    tellLog(watched, check, before, decision)
    options.onConcluded(check.monitor)
    return { check, kept }
  }
}

interface Basis {
  readonly before: MonitorState
  readonly decision: Decision
  readonly ping: Ping | null
}

/** A check that counts for nothing, or a pass where everything was fine before. */
function isRoutine(check: CheckResult, before: MonitorState, after: MonitorState): boolean {
  if (check.outcome === 'void') return true
  const isFine = (state: MonitorState) => state.status === 'up' && state.flapping === null
  return isFine(before) && isFine(after)
}
