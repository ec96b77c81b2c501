import { isStaleParent, muteOf } from '../core/mute.ts'
import { deliveriesFor, notificationsFor } from '../core/notification.ts'
import type { Clock, Log, Store } from '../core/ports.ts'
import { type Decision, type Transition, transition } from '../core/transition.ts'
import type { CheckResult, Delivery, Mute, Silence } from '../core/types.ts'
import { describeChange, describeCheck, describeMute } from './describe.ts'
import { count, type Watched } from './watched.ts'

interface Options {
  readonly clock: Clock
  readonly store: Store
  readonly log: Log
  readonly hostname: string
  readonly silences: readonly Silence[]
  /** Takes deliveries once they are committed. */
  readonly deliver: (deliveries: readonly Delivery[]) => void
  readonly parentsOf: (watched: Watched) => readonly Watched[]
  /** Checks a monitor out of turn; resolves when its new state is known. */
  readonly checkNow: (watched: Watched) => Promise<void>
}

/** The second half of a check's walk: transition, commit, deliver. The function that it makes never rejects. */
export function createConclude(options: Options): (watched: Watched, check: CheckResult) => Promise<void> {
  const { clock, store, log, hostname, silences, deliver, parentsOf, checkNow } = options

  const decide = async (watched: Watched, check: CheckResult): Promise<Transition> => {
    const { monitor, state } = watched
    const step = { monitor: monitor.name, state, check, policy: monitor.policy }
    const unmuted = transition({ ...step, mute: null })
    if (unmuted.decision.kind === 'quiet' || unmuted.state.status !== 'down') return unmuted
    const mute = await findMute(watched, unmuted.state.outageStartedAtMs ?? check.startedAtMs)
    return mute === null ? unmuted : transition({ ...step, mute })
  }

  /** A parent that was last checked before this outage began may be its cause: it is checked first. */
  const findMute = async (watched: Watched, outageStartedAtMs: number): Promise<Mute | null> => {
    const parents = parentsOf(watched)
    for (const parent of parents) {
      if (isStaleParent(parent.state, outageStartedAtMs)) await checkNow(parent)
    }
    return muteOf(watched.monitor, {
      atMs: clock.wallMs(),
      silences,
      parents: parents.map((parent) => ({ name: parent.monitor.name, status: parent.state.status })),
    })
  }

  const tellLog = (watched: Watched, check: CheckResult, before: Watched['state'], decision: Decision) => {
    if (watched.state.status !== before.status) log.write(...describeChange(watched, check))
    else log.write(...describeCheck(check))
    const mute = decision.kind === 'quiet' ? decision.mute : null
    if (mute !== null && mute.reason !== watched.muteReason) log.write(...describeMute(watched, mute))
    watched.muteReason = mute?.reason ?? ''
  }

  return async (watched, check) => {
    const before = watched.state
    const { state, decision } = await decide(watched, check)
    count(watched.tally, check, decision.kind === 'tell')
    if (check.outcome === 'void') return
    watched.state = state
    const nowMs = clock.wallMs()
    const occasion = { monitor: watched.monitor, check, before, after: state, atMs: nowMs, hostname }
    const deliveries =
      decision.kind === 'tell' ? notificationsFor(decision.tellings, occasion).flatMap(deliveriesFor) : []
    const slotAtMs = nowMs - (clock.monotonicMs() - watched.slotMs)
    await store.commit({ check, state, slotAtMs, deliveries }).catch((error: Error) => {
      log.write('error', `"${check.monitor}" could not be kept, going on from memory: ${error.message}`)
    })
    tellLog(watched, check, before, decision)
    if (deliveries.length > 0) deliver(deliveries)
  }
}
