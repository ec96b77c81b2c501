import { afterRun, type Span } from '../../core/decide/cause.ts'
import { type Decision, type Transition, whyQuiet } from '../../core/decide/decision.ts'
import { transitionMuted } from '../../core/decide/transition.ts'
import { quietText } from '../../core/model/mute.ts'
import type { Clock, Log, Ping } from '../../core/model/ports.ts'
import { isPass } from '../../core/model/state.ts'
import type { CheckResult, MonitorState } from '../../core/model/types.ts'
import type { Commit } from './commit.ts'
import { count, type DurationCounts } from './counts.ts'
import { describeChange, describeCheck, describeMute } from './describe.ts'
import type { GuardWatch } from './guard.ts'
import type { Muting } from './muting.ts'
import type { UnwatchedTime } from './unwatched.ts'
import type { Watched } from './watched.ts'

export interface Concluded {
  /** As it counts. */
  readonly check: CheckResult
  /** Whether it is on the disk, once that is known; a routine check does not wait for that. */
  readonly kept: Promise<boolean>
}

/**
 * `isCurrent` says whether the check still is about the monitor of today: while a guard or a parent is run, a reload may
 * remove the monitor or change its command, and then nothing is concluded: null. `from` is what the check follows from:
 * a run of its command, a ping, or a ping that is late.
 */
export type Conclude = (
  watched: Watched,
  check: CheckResult,
  isCurrent: () => boolean,
  from: { readonly span: Span } | { readonly ping: Ping | null },
) => Promise<Concluded | null>

interface Options {
  readonly clock: Clock
  readonly log: Log
  readonly guard: Pick<GuardWatch, 'doubt'>
  readonly muting: Muting
  readonly unwatchedTime: Pick<UnwatchedTime, 'followClock'>
  readonly durations: DurationCounts
  readonly commit: Commit
  /** A monitor's new state is known. */
  readonly onChange: (monitor: string) => void
}

/**
 * The second half of a check's walk: doubt, decide, count, commit. The function that it makes never rejects; it resolves
 * once the monitor's new state is known, and does not wait for the disk.
 */
export function createConclude(options: Options): Conclude {
  const { clock, log, guard, muting, unwatchedTime, durations, commit, onChange } = options

  /** While the guard or a parent is run, the clock may be set: it is followed, and no check began later than now. */
  const inTime = (check: CheckResult): CheckResult => {
    unwatchedTime.followClock()
    const nowMs = Math.round(clock.wallMs())
    return check.startedAtMs <= nowMs ? check : { ...check, startedAtMs: nowMs }
  }

  const decide = async (watched: Watched, doubted: CheckResult, span: Span | null) => {
    let check = doubted
    const transition: Transition = await transitionMuted(
      () => {
        check = inTime(doubted)
        return { monitor: watched.monitor.name, state: watched.state, check, policy: watched.monitor.policy }
      },
      async (after, decideWith) => decideWith(await muting.find(watched, after, span)),
    )
    return { check, ...transition }
  }

  const report = (
    watched: Watched,
    check: CheckResult,
    { before, decision, wasPlanned }: { before: MonitorState; decision: Decision; wasPlanned: boolean },
  ) => {
    const { status, incidentId } = watched.state
    // What has outlasted its maintenance is news.
    if (status !== before.status || (wasPlanned && decision.kind === 'tell')) {
      log.write(...describeChange(watched, check, muting.now(watched, incidentId)))
    } else log.write(...describeCheck(check))
    const mute = decision.kind === 'quiet' ? decision.mute : null
    const muteReason = mute === null ? '' : quietText(mute)
    if (mute !== null && muteReason !== watched.muteReason) log.write(...describeMute(watched, mute))
    watched.muteReason = muteReason
  }

  const noteCause = (watched: Watched, check: CheckResult, span: Span | null) => {
    if (check.outcome === 'void') return
    const nowMs = clock.monotonicMs()
    watched.cause = afterRun(watched.cause, span ?? { startedMs: nowMs, endedMs: nowMs }, isPass(check))
  }

  return async (watched, result, isCurrent, from) => {
    const span = 'span' in from ? from.span : null
    // Of a check with places, those on this machine were doubted one by one: the guard knows nothing of others.
    const doubted = result.places === undefined ? await guard.doubt(result, span) : result
    if (!isCurrent()) return null
    const { check, state, decision } = await decide(watched, doubted, span)
    if (!isCurrent()) return null
    const before = watched.state
    watched.state = state
    noteCause(watched, check, span)
    const wasPlanned = typeof watched.quiet !== 'string' && watched.quiet.by === 'maintenance'
    watched.quiet = whyQuiet(decision)
    if (state.status !== before.status) watched.statusSinceMs = check.startedAtMs
    count(watched.tally, check, decision.kind === 'tell')
    durations.add(check)
    const kept = commit({ watched, check, before, decision, ping: 'ping' in from ? from.ping : null })
    report(watched, check, { before, decision, wasPlanned })
    onChange(check.monitor)
    return { check, kept }
  }
}
